#include "src/matcher/list_place.h"

#include <sys/stat.h>

#include <cerrno>
#include <span>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/checksum.h"
#include "hashvet/base/log.h"
#include "hashvet/base/status.h"
#include "hashvet/matcher/known_answers.h"
#include "src/base/directory_of.h"

namespace hashvet {
namespace {

// Between two tries to open what failed for a reason of the moment.
constexpr std::chrono::seconds kRetryTime{1};

// Whether the same bytes may be taken later.
bool MayGoAway(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kDataLoss:
      return false;
    default:  // not there yet, no rights, no memory …
      return true;
  }
}

// Changes with every change of the file; empty where there is none.
std::string FileIdentity(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0) return "";
  return absl::StrCat(info.st_dev, " ", info.st_ino, " ", info.st_size, " ",
                      info.st_mtim.tv_sec, " ", info.st_mtim.tv_nsec, " ",
                      info.st_ctim.tv_sec, " ", info.st_ctim.tv_nsec);
}

class FilePlace final : public ListPlace {
 public:
  explicit FilePlace(std::string path) : path_(std::move(path)) {}

  std::string directory() const override { return DirectoryOf(path_); }

 private:
  absl::StatusOr<std::string> Identity() override {
    std::string identity = FileIdentity(path_);
    if (!identity.empty()) return identity;
    return absl::NotFoundError(
        absl::StrCat("cannot examine: ", std::generic_category().message(errno),
                     ": ", path_));
  }

  absl::StatusOr<Generation::Part> Open() override {
    HASHVET_ASSIGN_OR_RETURN(auto base, SnapshotReader::Open(path_));
    struct stat info;
    const bool known = ::stat(path_.c_str(), &info) == 0 && info.st_mtime > 0;
    return Generation::Part{
        std::move(base), nullptr,
        known ? static_cast<uint64_t>(info.st_mtime) : uint64_t{0}};
  }

  const std::string path_;
};

class PublishedPlace final : public ListPlace {
 public:
  PublishedPlace(std::string directory, PublishedOptions options)
      : directory_(std::move(directory)), options_(std::move(options)) {}

  std::string directory() const override { return directory_; }

 private:
  absl::StatusOr<std::string> Identity() override {
    absl::StatusOr<Manifest> manifest =
        ReadManifest(directory_, options_.trust);
    if (manifest.ok()) {
      current_ = manifest->current;
      return ManifestText(*manifest);
    }
    if (!absl::IsNotFound(manifest.status())) {
      return std::move(manifest).status();
    }
    return absl::NotFoundError(
        absl::StrCat(manifest.status().message(),
                     " (hashvet snapshot publish puts a list there)"));
  }

  std::string FileIdentities() override {
    const auto of = [this](const StoredFile& file) {
      return FileIdentity(absl::StrCat(directory_, "/", file.file));
    };
    return absl::StrCat(
        of(current_.base), "/",
        current_.overlay.has_value() ? of(*current_.overlay) : "");
  }

  absl::StatusOr<Generation::Part> Open() override {
    HASHVET_ASSIGN_OR_RETURN(Published published,
                             OpenPublished(directory_, options_));
    if (!published.memory_locked) {
      Log(LogLevel::kWarning,
          ToStd(absl::StrCat("lists decrypted into memory that the system "
                             "would not lock, and may swap out: ",
                             directory_)));
    }
    return Generation::Part{std::move(published.base),
                            std::move(published.overlay),
                            published.manifest.current.published_at};
  }

  const std::string directory_;
  const PublishedOptions options_;
  PublishedState current_;  // as the manifest last said
};

}  // namespace

absl::StatusOr<Generation::Part> ListPlace::OpenTested(
    const PolicyOverride& policy) {
  HASHVET_ASSIGN_OR_RETURN(Generation::Part part, Open());
  HASHVET_ASSIGN_OR_RETURN(const auto alone,
                           Generation::Create({part}, policy));
  // The same few of the same list: a list that is taken once is taken always.
  const std::string version = part.version();
  const uint64_t seed = Checksum(std::as_bytes(std::span(version)));
  HASHVET_RETURN_IF_ERROR(
      TestKnownAnswers(*alone, KnownAnswerOptions::Quick(seed)));
  return part;
}

bool ListPlace::Look(const PolicyOverride& policy) {
  // Before opening: a replacement in between is then seen as a change.
  absl::StatusOr<std::string> identity = Identity();
  if (!identity.ok()) {
    refusal_ = std::move(identity).status();
    return false;
  }
  const Clock::time_point now = Clock::now();
  // Files are looked at only where they were refused: what serves need not be
  // verified again because somebody linked or touched it.
  const std::string files = FileIdentities();
  if (*identity == seen_ && now < next_try_ &&
      (seen_status_.ok() || files == seen_files_)) {
    refusal_ = seen_status_;
    return false;
  }
  seen_ = *std::move(identity);
  seen_files_ = files;
  absl::StatusOr<Generation::Part> part = OpenTested(policy);
  seen_status_ = part.status();
  refusal_ = seen_status_;
  next_try_ = MayGoAway(seen_status_) ? Clock::now() + kRetryTime
                                      : Clock::time_point::max();
  if (!part.ok()) return false;
  part_ = *std::move(part);
  return true;
}

std::unique_ptr<ListPlace> MakeFilePlace(std::string path) {
  return std::make_unique<FilePlace>(std::move(path));
}

std::unique_ptr<ListPlace> MakePublishedPlace(std::string directory,
                                              PublishedOptions options) {
  return std::make_unique<PublishedPlace>(std::move(directory),
                                          std::move(options));
}

}  // namespace hashvet
