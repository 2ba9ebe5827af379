#include "src/list/stored_file.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/mapped_file.h"
#include "hashvet/base/private_memory.h"
#include "hashvet/base/status.h"
#include "hashvet/list/refusal.h"
#include "hashvet/list/verified_files.h"

namespace hashvet {
namespace {

absl::Status CheckSize(uint64_t got, const StoredFile& want,
                       uint64_t max_file_bytes, const std::string& path) {
  if (got > max_file_bytes || got > want.size_bytes) {
    return Refuse(
        Refusal::kEndlessData,
        absl::StrCat("got ", got, " bytes, the manifest says ", want.size_bytes,
                     ", the limit is ", max_file_bytes, ": ", path));
  }
  if (got < want.size_bytes) {
    return Refuse(Refusal::kMixAndMatch,
                  absl::StrCat("got ", got, " bytes, the manifest says ",
                               want.size_bytes, ": ", path));
  }
  return absl::OkStatus();
}

absl::Status CheckDigest(const Sha256Digest& got, const StoredFile& want,
                         const std::string& path) {
  if (got == want.sha256) return absl::OkStatus();
  return Refuse(Refusal::kMixAndMatch,
                absl::StrCat("not the content that the manifest names: damaged "
                             "or exchanged: ",
                             path));
}

absl::Status CheckVersion(const SnapshotReader& snapshot,
                          const StoredFile& want) {
  if (want.snapshot.empty() || snapshot.version() == want.snapshot) {
    return absl::OkStatus();
  }
  return Refuse(Refusal::kMixAndMatch,
                absl::StrCat("another snapshot than the manifest names: ",
                             snapshot.path()));
}

// The list in a plain file. Verification reads all of it, once.
absl::StatusOr<OpenedFile> OpenPlain(std::shared_ptr<const MappedFile> file,
                                     const std::string& path,
                                     const StoredFile& want, bool verify,
                                     const StoredFileOptions& options) {
  const std::span<const std::byte> bytes = file->bytes();
  SnapshotOpenOptions how;
  how.verify = verify;
  how.verify_rings = options.verify_rings;
  how.hash = verify;
  how.executor = options.executor;
  OpenedFile opened;
  HASHVET_ASSIGN_OR_RETURN(
      opened.snapshot,
      SnapshotReader::FromBytes(bytes, std::move(file), path, how));
  if (verify) {
    HASHVET_RETURN_IF_ERROR(
        CheckDigest(*opened.snapshot->sha256(), want, path));
  }
  return opened;
}

absl::StatusOr<OpenedFile> OpenSealed(const MappedFile& file,
                                      const std::string& path,
                                      const StoredFile& want, bool verify,
                                      const StoredFileOptions& options) {
  if (options.encryption_key == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("sealed file: got no key to open it: ", path));
  }
  if (verify) {
    HASHVET_ASSIGN_OR_RETURN(const Sha256Digest got, Sha256Of(file.bytes()));
    HASHVET_RETURN_IF_ERROR(CheckDigest(got, want, path));
  }
  HASHVET_ASSIGN_OR_RETURN(
      PrivateMemory plain,
      Unseal(file.bytes(), *options.encryption_key, path, options.executor));
  const auto owner = std::make_shared<const PrivateMemory>(std::move(plain));
  SnapshotOpenOptions how;
  how.verify = verify;
  how.verify_rings = options.verify_rings;
  how.executor = options.executor;
  OpenedFile opened;
  opened.sealed = true;
  opened.memory_locked = owner->locked();
  HASHVET_ASSIGN_OR_RETURN(
      opened.snapshot,
      SnapshotReader::FromBytes(owner->bytes(), owner, path, how));
  return opened;
}

}  // namespace

absl::StatusOr<OpenedFile> OpenStoredFile(int descriptor,
                                          const std::string& path,
                                          const StoredFile& want,
                                          const StoredFileOptions& options) {
  HASHVET_ASSIGN_OR_RETURN(const FileIdentity identity, IdentityOf(descriptor));
  HASHVET_RETURN_IF_ERROR(
      CheckSize(identity.size_bytes, want, options.max_file_bytes, path));
  const VerifiedFiles record(options.verified_path);
  const bool has_record = !options.verified_path.empty();
  const bool verify =
      options.verify_always ||
      (!options.verify_never &&
       (!has_record || !record.Contains(identity, want.sha256)));
  const int64_t began_ns = FileClockNow();
  HASHVET_ASSIGN_OR_RETURN(MappedFile mapped,
                           MappedFile::Map(descriptor, path));
  const auto file = std::make_shared<const MappedFile>(std::move(mapped));
  const bool sealed = IsSealed(file->bytes());
  if (verify || sealed) file->Prefetch();  // all of it is read
  HASHVET_ASSIGN_OR_RETURN(
      OpenedFile opened, sealed ? OpenSealed(*file, path, want, verify, options)
                                : OpenPlain(file, path, want, verify, options));
  HASHVET_RETURN_IF_ERROR(CheckVersion(*opened.snapshot, want));
  opened.verified_now = verify;
  if (verify && has_record) {
    const auto after = IdentityOf(descriptor);
    if (after.ok() && *after == identity) {
      // Where it cannot be remembered, the next one reads the file again.
      (void)record.Remember(identity, want.sha256, began_ns);
    }
  }
  return opened;
}

absl::Status CheckOverlay(const OpenedFile& base, const StoredFile& stored,
                          const SnapshotReader& overlay) {
  const auto refuse = [&](absl::string_view why) {
    return Refuse(Refusal::kMixAndMatch,
                  absl::StrCat(why, ": ", overlay.path()));
  };
  if (!overlay.is_overlay()) return refuse("a base where an overlay should be");
  if (absl::Status fits = overlay.CheckBase(*base.snapshot); !fits.ok()) {
    return refuse(absl::StrCat("overlay of another base: ", fits.message()));
  }
  // The overlay knows its base as it is when plain.
  Sha256Digest plain = stored.sha256;
  if (base.sealed) {
    HASHVET_ASSIGN_OR_RETURN(plain, Sha256Of(base.snapshot->bytes()));
  }
  if (overlay.base().sha256 != plain ||
      overlay.base().size_bytes != base.snapshot->size_bytes() ||
      overlay.base().version != base.snapshot->version()) {
    return refuse("overlay of another base");
  }
  return absl::OkStatus();
}

absl::StatusOr<OpenedState> OpenState(const PublishedDirectory& directory,
                                      const PublishedState& state,
                                      const StoredFileOptions& options) {
  const auto open = [&](const StoredFile& file) -> absl::StatusOr<OpenedFile> {
    HASHVET_ASSIGN_OR_RETURN(const Descriptor descriptor,
                             directory.OpenFile(file.file));
    return OpenStoredFile(descriptor.number(), directory.PathOf(file.file),
                          file, options);
  };
  OpenedState opened;
  HASHVET_ASSIGN_OR_RETURN(opened.base, open(state.base));
  if (opened.base.snapshot->is_overlay()) {
    return Refuse(Refusal::kMixAndMatch,
                  absl::StrCat("an overlay where a base should be: ",
                               directory.PathOf(state.base.file)));
  }
  if (!state.overlay.has_value()) return opened;
  HASHVET_ASSIGN_OR_RETURN(opened.overlay, open(*state.overlay));
  HASHVET_RETURN_IF_ERROR(
      CheckOverlay(opened.base, state.base, *opened.overlay.snapshot));
  return opened;
}

}  // namespace hashvet
