#include "hashvet/list/publication.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "hashvet/base/status.h"
#include "hashvet/list/refusal.h"
#include "src/list/manifest_file.h"
#include "src/list/published_directory.h"
#include "src/list/stored_file.h"
#include "src/list/trusted_state.h"

namespace hashvet {
namespace {

// A manifest that is replaced while its files are opened is read again, so
// often; publishers keep the files of the one before.
constexpr int kAttempts = 3;

absl::Status CheckTrust(const ManifestFile& file, const TrustOptions& trust,
                        const std::string& path) {
  const Manifest& manifest = file.manifest;
  if (!trust.publication.empty() && manifest.publication != trust.publication) {
    return Refuse(Refusal::kWrongList,
                  absl::StrCat("got publication ", manifest.publication,
                               ", want ", trust.publication, ": ", path));
  }
  const uint64_t now =
      trust.now_s.value_or(static_cast<uint64_t>(std::time(nullptr)));
  if (manifest.expires_at.has_value() && *manifest.expires_at <= now) {
    return Refuse(
        Refusal::kFreeze,
        // Not how long ago: what is refused for one reason reads the same.
        absl::StrCat(
            "version ", manifest.version, " expired at ",
            absl::FormatTime(absl::FromUnixSeconds(
                                 static_cast<int64_t>(*manifest.expires_at)),
                             absl::UTCTimeZone()),
            ": ", path));
  }
  if (trust.state_path.empty()) return absl::OkStatus();
  HASHVET_ASSIGN_OR_RETURN(const std::optional<SeenManifest> seen,
                           ReadSeen(trust.state_path, manifest.publication));
  if (!seen.has_value()) return absl::OkStatus();
  if (manifest.version < seen->version) {
    return Refuse(
        Refusal::kRollback,
        absl::StrCat("got version ", manifest.version, ", this host has seen ",
                     seen->version, ": ", path));
  }
  if (manifest.version == seen->version && file.sha256 != seen->sha256) {
    return Refuse(Refusal::kMixAndMatch,
                  absl::StrCat("version ", manifest.version,
                               " with another content than this host has "
                               "seen: ",
                               path));
  }
  return absl::OkStatus();
}

absl::StatusOr<ManifestFile> ReadTrusted(const PublishedDirectory& directory,
                                         const TrustOptions& trust) {
  HASHVET_ASSIGN_OR_RETURN(ManifestFile file,
                           ReadManifestFile(directory, trust.keys));
  HASHVET_RETURN_IF_ERROR(
      CheckTrust(file, trust, directory.PathOf(kManifestFile)));
  return file;
}

}  // namespace

absl::StatusOr<Manifest> ReadManifest(const std::string& directory,
                                      const TrustOptions& trust) {
  HASHVET_ASSIGN_OR_RETURN(const PublishedDirectory open,
                           PublishedDirectory::Open(directory));
  HASHVET_ASSIGN_OR_RETURN(ManifestFile file, ReadTrusted(open, trust));
  return std::move(file.manifest);
}

absl::StatusOr<Published> OpenPublished(const std::string& directory,
                                        const PublishedOptions& options) {
  HASHVET_ASSIGN_OR_RETURN(const PublishedDirectory open,
                           PublishedDirectory::Open(directory));
  HASHVET_ASSIGN_OR_RETURN(ManifestFile file, ReadTrusted(open, options.trust));
  StoredFileOptions how;
  how.encryption_key = options.encryption_key;
  how.executor = options.executor;
  how.verify_always = options.verify_always;
  how.verified_path = options.verified_path.empty() ? open.PathOf("verified")
                                                    : options.verified_path;
  how.max_file_bytes = options.trust.max_file_bytes;
  absl::StatusOr<OpenedState> state =
      OpenState(open, file.manifest.current, how);
  for (int attempt = 1; !state.ok() && attempt < kAttempts; ++attempt) {
    HASHVET_ASSIGN_OR_RETURN(ManifestFile now,
                             ReadTrusted(open, options.trust));
    if (now.sha256 == file.sha256) break;
    file = std::move(now);
    state = OpenState(open, file.manifest.current, how);
  }
  HASHVET_RETURN_IF_ERROR(state.status());

  // Only what could be opened is the newest seen: a publisher's mistake must
  // not bar the way back.
  if (!options.trust.state_path.empty()) {
    HASHVET_RETURN_IF_ERROR(
        RememberSeen(options.trust.state_path, file.manifest.publication,
                     SeenManifest{file.manifest.version, file.sha256}));
  }
  Published published;
  published.manifest = std::move(file.manifest);
  published.manifest_sha256 = file.sha256;
  published.base = std::move(state->base.snapshot);
  published.overlay = std::move(state->overlay.snapshot);
  published.memory_locked =
      state->base.memory_locked && state->overlay.memory_locked;
  published.verified_now =
      state->base.verified_now || state->overlay.verified_now;
  return published;
}

}  // namespace hashvet
