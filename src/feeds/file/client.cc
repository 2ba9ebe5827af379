// A list in a file, or in all the files of a directory, read as a whole at
// every sync: what it no longer has is taken away.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "hashvet/hash/sha256.h"
#include "src/base/descriptor.h"
#include "src/feeds/file/format_options.h"
#include "src/feeds/protocols.h"

namespace hashvet {
namespace {

absl::Status CannotOpen(const std::string& path) {
  return FeedError(
      FeedCause::kNetwork, absl::StatusCode::kNotFound,
      absl::StrCat("file: cannot open: ", std::strerror(errno), ": ", path));
}

class FileClient : public FeedClient {
 public:
  FileClient(std::string path, FormatOptions format)
      : path_(std::move(path)), format_(std::move(format)) {}

  bool always_full() const override { return true; }

  absl::StatusOr<FeedPage> Next(const std::string&) override {
    return absl::UnimplementedError("file: read as a whole");
  }

  absl::StatusOr<bool> IsUnchanged(const std::string& checkpoint) override {
    HASHVET_ASSIGN_OR_RETURN(const std::string identity, Identity());
    return identity == checkpoint;
  }

  absl::Status ReadAll(
      absl::FunctionRef<absl::Status(FeedPage)> sink) override {
    HASHVET_ASSIGN_OR_RETURN(const auto files, Files());
    // As they are before they are read: what changes meanwhile is read again.
    HASHVET_ASSIGN_OR_RETURN(const std::string identity, Identity());
    PageMaker pages(sink);
    for (const std::string& file : files) {
      HASHVET_RETURN_IF_ERROR(ReadOne(file, pages));
    }
    return pages.Finish(identity);
  }

  FeedPlace Describe(const std::string&) const override { return {}; }

  absl::StatusOr<std::vector<std::string>> Test() override {
    HASHVET_ASSIGN_OR_RETURN(const auto files, Files());
    std::vector<std::string> lines;
    for (const std::string& file : files) {
      const Descriptor opened(
          ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
      struct stat info;
      if (opened.number() < 0 || ::fstat(opened.number(), &info) != 0) {
        return CannotOpen(file);
      }
      lines.push_back(absl::StrCat(file, ": ", info.st_size, " bytes"));
    }
    return lines;
  }

 private:
  // The file, or those of the directory by name; hidden ones are none.
  absl::StatusOr<std::vector<std::string>> Files() const {
    std::error_code error;
    if (!std::filesystem::is_directory(path_, error)) {
      return std::vector<std::string>{path_};
    }
    std::vector<std::string> files;
    for (const auto& each : std::filesystem::directory_iterator(path_, error)) {
      if (each.is_regular_file(error) &&
          !each.path().filename().string().starts_with('.')) {
        files.push_back(each.path().string());
      }
    }
    if (error) {
      return FeedError(
          FeedCause::kNetwork, absl::StatusCode::kNotFound,
          absl::StrCat("file: cannot list: ", error.message(), ": ", path_));
    }
    // A directory that was not mounted says nothing of the list.
    if (files.empty()) {
      return FeedError(FeedCause::kNetwork, absl::StatusCode::kNotFound,
                       absl::StrCat("file: the directory is empty: ", path_));
    }
    std::ranges::sort(files);
    return files;
  }

  // Which files these are, how long and when last written, and how they are
  // read.
  absl::StatusOr<std::string> Identity() const {
    HASHVET_ASSIGN_OR_RETURN(const auto files, Files());
    std::string text = format_.identity;
    for (const std::string& file : files) {
      struct stat info;
      if (::stat(file.c_str(), &info) != 0) return CannotOpen(file);
      absl::StrAppend(&text, "\n", file, " ", info.st_dev, ".", info.st_ino,
                      ".", info.st_size, ".", info.st_mtim.tv_sec, ".",
                      info.st_mtim.tv_nsec, ".", info.st_ctim.tv_sec, ".",
                      info.st_ctim.tv_nsec);
    }
    HASHVET_ASSIGN_OR_RETURN(
        const Sha256Digest digest,
        Sha256Of(std::as_bytes(std::span(text.data(), text.size()))));
    return Sha256Text(digest);
  }

  absl::Status ReadOne(const std::string& path, PageMaker& pages) {
    const Descriptor file(
        ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    struct stat before;
    if (file.number() < 0 || ::fstat(file.number(), &before) != 0) {
      return CannotOpen(path);
    }
    const auto source = [&](std::span<char> buffer) -> absl::StatusOr<size_t> {
      while (true) {
        const ssize_t got = ::read(file.number(), buffer.data(), buffer.size());
        if (got >= 0) return static_cast<size_t>(got);
        if (errno == EINTR) continue;
        return FeedError(FeedCause::kNetwork,
                         absl::StrCat("file: cannot read: ",
                                      std::strerror(errno), ": ", path));
      }
    };
    HASHVET_RETURN_IF_ERROR(ReadInFormat(format_, source, path, pages));
    // What is still being written is no list; one that was replaced is.
    struct stat after;
    if (::fstat(file.number(), &after) != 0) return CannotOpen(path);
    if (before.st_size == after.st_size &&
        before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
        before.st_mtim.tv_nsec == after.st_mtim.tv_nsec) {
      return absl::OkStatus();
    }
    return FeedError(
        FeedCause::kNetwork,
        absl::StrCat("file: written to while it was read (put a new one in "
                     "place by renaming it): ",
                     path));
  }

  const std::string path_;
  const FormatOptions format_;
};

absl::StatusOr<std::string> PathOf(const FeedConfig& config) {
  const auto found = config.options.find("path");
  if (found != config.options.end() && !found->second.empty()) {
    return found->second;
  }
  return absl::InvalidArgumentError(
      "feed: option path: missing, want a file or directory");
}

absl::Status Check(const FeedConfig& config) {
  HASHVET_RETURN_IF_ERROR(PathOf(config).status());
  return FormatOf(config).status();
}

absl::StatusOr<std::unique_ptr<FeedClient>> Make(const FeedConfig& config,
                                                 const std::string&,
                                                 const FeedClientOptions&) {
  HASHVET_ASSIGN_OR_RETURN(std::string path, PathOf(config));
  HASHVET_ASSIGN_OR_RETURN(FormatOptions format, FormatOf(config));
  return std::unique_ptr<FeedClient>(
      new FileClient(std::move(path), std::move(format)));
}

FeedPlace Describe(const std::string&) { return {}; }

}  // namespace

FeedProtocol FileProtocol() {
  return {
      .name = "file",
      .needs_base = false,
      .needs_credential = false,
      .options = {"path", "format", "kind", "scheme", "categories", "mapping"},
      .check = &Check,
      .make = &Make,
      .describe = &Describe,
      .reads_whole = true};
}

}  // namespace hashvet
