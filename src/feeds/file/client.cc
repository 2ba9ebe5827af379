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
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "src/base/descriptor.h"
#include "src/feeds/file/formats.h"
#include "src/feeds/protocols.h"

namespace hashvet {
namespace {

constexpr size_t kMaxMappingBytes = size_t{1} << 16;

absl::Status CannotOpen(const std::string& path) {
  return FeedError(
      FeedCause::kNetwork, absl::StatusCode::kNotFound,
      absl::StrCat("file: cannot open: ", std::strerror(errno), ": ", path));
}

struct FileOptions {
  std::string path;
  std::string format = "text";
  HashKind kind = HashKind::kPdq;
  std::string scheme;
  std::set<std::string> categories;
  FieldMapping mapping;
};

class FileClient : public FeedClient {
 public:
  explicit FileClient(FileOptions options) : options_(std::move(options)) {}

  bool always_full() const override { return true; }

  absl::StatusOr<FeedPage> Next(const std::string&) override {
    return absl::UnimplementedError("file: read as a whole");
  }

  absl::Status ReadAll(
      absl::FunctionRef<absl::Status(FeedPage)> sink) override {
    HASHVET_ASSIGN_OR_RETURN(const auto files, Files());
    PageMaker pages(sink);
    for (const std::string& file : files) {
      HASHVET_RETURN_IF_ERROR(ReadOne(file, pages));
    }
    return pages.Finish();
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
    if (!std::filesystem::is_directory(options_.path, error)) {
      return std::vector<std::string>{options_.path};
    }
    std::vector<std::string> files;
    for (const auto& each :
         std::filesystem::directory_iterator(options_.path, error)) {
      if (each.is_regular_file(error) &&
          !each.path().filename().string().starts_with('.')) {
        files.push_back(each.path().string());
      }
    }
    if (error) {
      return FeedError(FeedCause::kNetwork, absl::StatusCode::kNotFound,
                       absl::StrCat("file: cannot list: ", error.message(),
                                    ": ", options_.path));
    }
    // A directory that was not mounted says nothing of the list.
    if (files.empty()) {
      return FeedError(
          FeedCause::kNetwork, absl::StatusCode::kNotFound,
          absl::StrCat("file: the directory is empty: ", options_.path));
    }
    std::ranges::sort(files);
    return files;
  }

  absl::Status ReadOne(const std::string& path, PageMaker& pages) {
    const Descriptor file(
        ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (file.number() < 0) return CannotOpen(path);
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
    if (options_.format == "vics") {
      VicsOptions how = {.categories = options_.categories};
      if (!options_.scheme.empty()) how.scheme = options_.scheme;
      return ReadVicsFile(source, path, how, pages);
    }
    if (options_.format == "text") {
      return ReadTextFile(source, path, options_.kind, options_.scheme, pages);
    }
    return ReadMappedFile(source, path, options_.mapping, pages);
  }

  const FileOptions options_;
};

std::string OptionOf(const FeedConfig& config, std::string_view name) {
  const auto found = config.options.find(name);
  return found == config.options.end() ? "" : found->second;
}

absl::StatusOr<std::string> ReadSmall(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (file.number() < 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "feed: option mapping: cannot open: ", std::strerror(errno), ": ",
        path));
  }
  std::string text(kMaxMappingBytes + 1, '\0');
  const ssize_t got = ::read(file.number(), text.data(), text.size());
  if (got < 0 || static_cast<size_t>(got) > kMaxMappingBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "feed: option mapping: want a file of at most 65536 bytes: ", path));
  }
  text.resize(static_cast<size_t>(got));
  return text;
}

absl::StatusOr<FileOptions> OptionsOf(const FeedConfig& config) {
  FileOptions options = {.path = OptionOf(config, "path"),
                         .scheme = OptionOf(config, "scheme")};
  if (options.path.empty()) {
    return absl::InvalidArgumentError(
        "feed: option path: missing, want a file or directory");
  }
  if (const std::string format = OptionOf(config, "format"); !format.empty()) {
    options.format = format;
  }
  if (const std::string kind = OptionOf(config, "kind"); !kind.empty()) {
    HASHVET_ASSIGN_OR_RETURN(options.kind, ParseHashKind(kind));
  }
  if (const std::string text = OptionOf(config, "categories"); !text.empty()) {
    const std::vector<std::string> words = absl::StrSplit(text, ',');
    options.categories.insert(words.begin(), words.end());
  }
  if (options.format == "icse") {
    options.mapping = IcseMapping();
    if (!options.scheme.empty()) options.mapping.scheme = options.scheme;
  } else if (options.format == "mapped") {
    const std::string path = OptionOf(config, "mapping");
    HASHVET_ASSIGN_OR_RETURN(const std::string text, ReadSmall(path));
    HASHVET_ASSIGN_OR_RETURN(options.mapping, ParseMapping(text, path));
  } else if (options.format != "text" && options.format != "vics") {
    return absl::InvalidArgumentError(
        absl::StrCat("feed: option format: got '", options.format,
                     "', want text, vics, icse or mapped"));
  }
  return options;
}

absl::Status Check(const FeedConfig& config) {
  return OptionsOf(config).status();
}

absl::StatusOr<std::unique_ptr<FeedClient>> Make(const FeedConfig& config,
                                                 const std::string&,
                                                 const FeedClientOptions&) {
  HASHVET_ASSIGN_OR_RETURN(FileOptions options, OptionsOf(config));
  return std::unique_ptr<FeedClient>(new FileClient(std::move(options)));
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
      .describe = &Describe};
}

}  // namespace hashvet
