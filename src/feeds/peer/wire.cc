#include "src/feeds/peer/wire.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "hashvet/base/file_error.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "hashvet/list/refusal.h"
#include "src/base/descriptor.h"

namespace hashvet::peer {
namespace {

constexpr char kWhere[] = "the peer's manifest";

// A person must look: somebody else is answering, or holds something back.
absl::Status Distrusted(Refusal refusal, const std::string& message) {
  const absl::Status refused = Refuse(refusal, message);
  return FeedError(FeedCause::kAuthentication, ToStd(refused.message()));
}

absl::Status Unreadable(const absl::Status& status) {
  return FeedError(FeedCause::kProtocol, ToStd(status.message()));
}

}  // namespace

absl::StatusOr<SignedManifest> CheckManifest(std::string_view file,
                                             const Trust& trust) {
  const auto line = SplitManifest(file, kWhere);
  if (!line.ok()) return Unreadable(line.status());
  // Nothing of it is believed before its signature holds.
  if (absl::Status status = CheckSignature(*line, trust.keys, kWhere);
      !status.ok()) {
    return FeedError(FeedCause::kAuthentication, ToStd(status.message()));
  }
  auto manifest = ParseManifest(line->text, kWhere);
  if (!manifest.ok()) return Unreadable(manifest.status());
  HASHVET_ASSIGN_OR_RETURN(
      const Sha256Digest sha256,
      Sha256Of(std::as_bytes(std::span(line->text.data(), line->text.size()))));
  if (!trust.publication.empty() &&
      manifest->publication != trust.publication) {
    return Distrusted(Refusal::kWrongList,
                      absl::StrCat("got publication ", manifest->publication,
                                   ", want ", trust.publication));
  }
  const Seen& seen = trust.seen;
  if (seen.version > 0) {
    if (manifest->publication != seen.publication) {
      return Distrusted(Refusal::kWrongList,
                        absl::StrCat("got publication ", manifest->publication,
                                     ", which was ", seen.publication));
    }
    if (manifest->version < seen.version) {
      return Distrusted(Refusal::kRollback,
                        absl::StrCat("got version ", manifest->version,
                                     ", saw ", seen.version, " already"));
    }
    if (manifest->version == seen.version && sha256 != seen.sha256) {
      return Distrusted(
          Refusal::kMixAndMatch,
          absl::StrCat("version ", seen.version, " with another content"));
    }
  }
  if (manifest->expires_at.has_value() && *manifest->expires_at <= trust.now) {
    return Distrusted(
        Refusal::kFreeze,
        absl::StrCat("version ", manifest->version, " expired ",
                     trust.now - *manifest->expires_at, " s ago"));
  }
  return SignedManifest{.manifest = *std::move(manifest),
                        .sha256 = sha256,
                        .key_id = line->signature->key_id};
}

absl::StatusOr<std::shared_ptr<const SnapshotReader>> ReadFile(
    HttpResponse& response, const StoredFile& want) {
  std::error_code error;
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path(error);
  if (error) {
    return absl::InternalError(
        absl::StrCat("no directory for temporary files: ", error.message()));
  }
  std::string path = folder / "hashvet-peer-XXXXXX";
  const Descriptor file(::mkstemp(path.data()));  // 0600
  if (file.number() < 0) return FileError(errno, "cannot create", path);
  ::unlink(path.c_str());
  uint64_t size = 0;
  std::vector<char> buffer(size_t{1} << 18);
  while (true) {
    HASHVET_ASSIGN_OR_RETURN(const size_t got, response.Read(buffer));
    if (got == 0) break;
    size += got;
    if (size > want.size_bytes) {
      return Unreadable(Refuse(
          Refusal::kEndlessData,
          absl::StrCat("over ", want.size_bytes, " bytes: ", want.file)));
    }
    for (size_t written = 0; written < got;) {
      const ssize_t count =
          ::write(file.number(), buffer.data() + written, got - written);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return FileError(errno, "cannot write", folder.string());
      written += static_cast<size_t>(count);
    }
  }
  if (size != want.size_bytes) {
    return Unreadable(Refuse(Refusal::kMixAndMatch,
                             absl::StrCat("got ", size, " bytes, want ",
                                          want.size_bytes, ": ", want.file)));
  }
  // It has no other name any more, and no person knows it by this one.
  const std::string name = absl::StrCat("/proc/self/fd/", file.number());
  auto reader = SnapshotReader::Open(name, {.verify = true, .hash = true});
  if (!reader.ok()) {
    return FeedError(
        FeedCause::kProtocol,
        absl::StrReplaceAll(reader.status().message(), {{name, want.file}}));
  }
  if ((*reader)->sha256() != want.sha256 ||
      (*reader)->version() != want.snapshot) {
    return Unreadable(Refuse(
        Refusal::kMixAndMatch,
        absl::StrCat("another content than the manifest says: ", want.file)));
  }
  return reader;
}

absl::Status CheckTogether(const Files& files, const PublishedState& state) {
  if (files.base->is_overlay() ||
      (files.overlay != nullptr) != state.overlay.has_value()) {
    return Unreadable(
        Refuse(Refusal::kMixAndMatch, "an overlay where the base should be"));
  }
  if (files.overlay == nullptr) return absl::OkStatus();
  if (!files.overlay->is_overlay() ||
      files.overlay->base().sha256 != state.base.sha256 ||
      !files.overlay->CheckBase(*files.base).ok()) {
    return Unreadable(
        Refuse(Refusal::kMixAndMatch, "an overlay of another base"));
  }
  return absl::OkStatus();
}

}  // namespace hashvet::peer
