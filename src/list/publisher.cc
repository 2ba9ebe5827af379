#include "hashvet/list/publisher.h"

#include <fcntl.h>

#include <algorithm>
#include <ctime>
#include <span>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/atomic_file.h"
#include "hashvet/base/file_error.h"
#include "hashvet/base/mapped_file.h"
#include "hashvet/base/status.h"
#include "hashvet/list/refusal.h"
#include "src/list/change_hold.h"
#include "src/list/garbage.h"
#include "src/list/manifest_file.h"
#include "src/list/private_file.h"
#include "src/list/published_directory.h"
#include "src/list/stored_file.h"

namespace hashvet {
namespace {

constexpr size_t kCopyBytes = size_t{1} << 20;

// What a state holds, plain or sealed.
std::pair<std::string_view, std::string_view> ContentOf(
    const PublishedState& state) {
  return {state.base.snapshot, state.overlay.has_value()
                                   ? std::string_view(state.overlay->snapshot)
                                   : std::string_view()};
}

// One change to a directory, from the lock to the new manifest.
class Publication {
 public:
  static absl::StatusOr<Publication> Begin(const std::string& path,
                                           const PublishOptions& options) {
    if (options.keep_last > kMaxKeptStates) {
      return absl::InvalidArgumentError(
          absl::StrCat("kept states: got ", options.keep_last, ", want 0..",
                       kMaxKeptStates));
    }
    HASHVET_ASSIGN_OR_RETURN(PublishedDirectory directory,
                             PublishedDirectory::Open(path));
    HASHVET_RETURN_IF_ERROR(directory.CheckOwner());
    HASHVET_RETURN_IF_ERROR(directory.CheckGroup(options.group_id));
    HASHVET_ASSIGN_OR_RETURN(Descriptor lock, directory.Lock());
    Publication publication(std::move(directory), std::move(lock), options);
    HASHVET_RETURN_IF_ERROR(publication.ReadCurrent());
    return publication;
  }

  // Null where nothing is published yet.
  const Manifest* current() const {
    return current_.has_value() ? &*current_ : nullptr;
  }

  // The current manifest, to build upon.
  absl::StatusOr<const Manifest*> Vouched() const {
    if (!current_.has_value()) {
      return absl::NotFoundError(
          absl::StrCat("nothing is published: ", directory_.path()));
    }
    if (!vouched_) {
      return Refuse(Refusal::kUnsigned,
                    absl::StrCat("manifest without a signature, which a signed "
                                 "one cannot build upon: ",
                                 directory_.path()));
    }
    return &*current_;
  }

  absl::StatusOr<OpenedState> Open(const PublishedState& state) const {
    return OpenState(directory_, state, how_);
  }

  // A file that lies in the directory, flushed and verified, under a name that
  // does not count yet.
  struct Incoming {
    AtomicFile file;
    StoredFile stored;
    OpenedFile opened;
  };
  absl::StatusOr<Incoming> Store(const std::string& snapshot_path) const {
    HASHVET_ASSIGN_OR_RETURN(AtomicFile file, Create(kIncomingFile));
    HASHVET_ASSIGN_OR_RETURN(const Sha256Digest sha256,
                             Copy(snapshot_path, file));
    HASHVET_RETURN_IF_ERROR(file.Prepare());
    StoredFile stored;
    stored.size_bytes = file.size_bytes();
    stored.sha256 = sha256;
    stored.file = ContentName(stored.sha256);

    const std::string& path = file.temporary_path();
    const Descriptor written(
        ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (written.number() < 0) {
      return FileError(errno, "cannot read back", path);
    }
    // What is verified is what the disk gives back, where it can be asked.
    ::posix_fadvise(written.number(), 0, 0, POSIX_FADV_DONTNEED);
    StoredFileOptions how = how_;
    how.verify_always = true;
    how.verify_rings = true;
    how.verified_path.clear();  // its name, and so its times, change yet
    HASHVET_ASSIGN_OR_RETURN(
        OpenedFile opened,
        OpenStoredFile(written.number(), snapshot_path, stored, how));
    stored.snapshot = opened.snapshot->version();
    return Incoming{std::move(file), std::move(stored), std::move(opened)};
  }

  // Whether the base `next` may follow what is published without somebody's
  // consent. Bases are compared; what an overlay changed is not counted.
  absl::Status CheckHold(const SnapshotReader& next) const {
    if (!current_.has_value() || options_.accept_change) {
      return absl::OkStatus();
    }
    PublishedState base_alone = current_->current;
    base_alone.overlay.reset();
    StoredFileOptions how = how_;
    how.verify_never = true;  // the counts are all that is read
    const absl::StatusOr<OpenedState> now =
        OpenState(directory_, base_alone, how);
    if (!now.ok()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "held: what is published cannot be opened to compare with: accept "
          "the new one explicitly (--accept): ",
          now.status().message()));
    }
    return CheckChange(*now->base.snapshot, next);
  }

  // Whether a plain file may follow what is published.
  absl::Status CheckSealing(const Incoming& incoming) const {
    if (incoming.opened.sealed || options_.allow_plain ||
        !current_.has_value()) {
      return absl::OkStatus();
    }
    HASHVET_ASSIGN_OR_RETURN(const bool sealed,
                             IsStoredSealed(current_->current.base));
    if (!sealed) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat("what is published is sealed, and no key is given to seal "
                     "the next one: ",
                     directory_.path()));
  }

  absl::Status Keep(Incoming& incoming) const {
    return incoming.file.CommitAs(directory_.PathOf(incoming.stored.file));
  }

  // The manifest that makes `state` current, of this publication.
  absl::StatusOr<Manifest> Next(PublishedState state,
                                const std::string& first_list) const {
    Manifest next;
    next.publication = !options_.publication.empty() ? options_.publication
                       : current_.has_value()        ? current_->publication
                                                     : first_list;
    HASHVET_RETURN_IF_ERROR(CheckPublicationName(next.publication));
    if (current_.has_value() && current_->publication != next.publication) {
      return Refuse(Refusal::kWrongList,
                    absl::StrCat("got publication ", next.publication,
                                 ", the directory's is ", current_->publication,
                                 ": ", directory_.path()));
    }
    next.version = std::max(current_.has_value() ? current_->version + 1 : 1,
                            options_.min_version);
    next.published_at =
        options_.now_s.value_or(static_cast<uint64_t>(std::time(nullptr)));
    if (options_.expires_after_s.has_value()) {
      next.expires_at = next.published_at + *options_.expires_after_s;
    }
    if (state.version == 0) {
      state.version = next.version;
      state.published_at = next.published_at;
    }
    if (current_.has_value() && vouched_) {
      next.kept = current_->kept;
      next.kept.push_back(current_->current);
    }
    // The same lists under an older version are the same state, however they
    // are sealed: each sealing makes another file.
    std::erase_if(next.kept, [&](const PublishedState& kept) {
      return kept.version == state.version ||
             ContentOf(kept) == ContentOf(state);
    });
    std::ranges::sort(next.kept, std::ranges::greater(),
                      &PublishedState::version);
    if (next.kept.size() > options_.keep_last) {
      next.kept.resize(options_.keep_last);
    }
    next.current = std::move(state);
    return next;
  }

  absl::StatusOr<PublishResult> Replace(Manifest next) const {
    // A text that its readers would refuse must not go live.
    const std::string text = ManifestText(next);
    HASHVET_RETURN_IF_ERROR(
        ParseManifest(text, directory_.PathOf(kManifestFile)).status());
    HASHVET_ASSIGN_OR_RETURN(const std::string line,
                             ManifestFileOf(text, options_.signing_key));
    if (line.size() > kMaxManifestBytes) {
      return absl::ResourceExhaustedError(
          absl::StrCat("manifest: over ", kMaxManifestBytes, " bytes"));
    }
    HASHVET_ASSIGN_OR_RETURN(AtomicFile file, Create(kManifestFile));
    HASHVET_RETURN_IF_ERROR(file.Append(std::as_bytes(std::span(line))));
    HASHVET_RETURN_IF_ERROR(file.Prepare());
    HASHVET_ASSIGN_OR_RETURN(const std::vector<std::byte> written,
                             ReadFile(file.temporary_path(), line.size()));
    if (!std::ranges::equal(written, std::as_bytes(std::span(line)))) {
      return absl::DataLossError(
          absl::StrCat("manifest: the disk gives back other bytes than were "
                       "written: ",
                       directory_.path()));
    }
    HASHVET_RETURN_IF_ERROR(file.Commit());
    PublishResult result;
    result.manifest = std::move(next);
    return result;
  }

  // What nothing names, now and before. That it cannot be removed keeps no list
  // from going live: the next publisher tries again.
  Collected CollectLeftovers() const {
    absl::flat_hash_set<std::string> named;
    if (current_.has_value()) AddNames(*current_, named);
    const auto now = ReadManifestFile(directory_, {});
    // Without a manifest there is nothing to tell leftovers by.
    if (!now.ok()) return {};
    AddNames(now->manifest, named);
    return Collect(directory_, named).value_or(Collected());
  }

 private:
  Publication(PublishedDirectory directory, Descriptor lock,
              const PublishOptions& options)
      : directory_(std::move(directory)),
        lock_(std::move(lock)),
        options_(options) {
    how_.encryption_key = options.encryption_key;
    how_.executor = options.executor;
    how_.verified_path = directory_.PathOf(kVerifiedFile);
  }

  // False for a file that is not there any more: nothing can be told of it.
  absl::StatusOr<bool> IsStoredSealed(const StoredFile& file) const {
    const auto descriptor = directory_.OpenFile(file.file);
    if (absl::IsNotFound(descriptor.status())) return false;
    HASHVET_RETURN_IF_ERROR(descriptor.status());
    const auto mapped =
        MappedFile::Map(descriptor->number(), directory_.PathOf(file.file));
    return mapped.ok() && IsSealed(mapped->bytes());
  }

  absl::Status ReadCurrent() {
    absl::StatusOr<ManifestFile> file = ReadManifestFile(directory_, {});
    if (absl::IsNotFound(file.status())) return absl::OkStatus();
    HASHVET_RETURN_IF_ERROR(file.status());
    const bool is_signed = file->line.signature.has_value();
    if (options_.signing_key == nullptr) {
      if (is_signed) {
        return absl::FailedPreconditionError(
            absl::StrCat("the manifest is signed, and no key is given to sign "
                         "the next one: ",
                         directory_.path()));
      }
    } else if (is_signed) {
      std::vector<PublicKey> keys = options_.trusted;
      keys.push_back(options_.signing_key->public_key());
      HASHVET_RETURN_IF_ERROR(
          CheckSignature(file->line, keys, directory_.PathOf(kManifestFile)));
    } else {
      vouched_ = false;
    }
    current_ = std::move(file->manifest);
    return absl::OkStatus();
  }

  // The snapshot, sealed where a key is given, and what it then digests to. The
  // original is not mapped any more when the copy is verified: two of them need
  // not fit in memory.
  absl::StatusOr<Sha256Digest> Copy(const std::string& snapshot_path,
                                    AtomicFile& file) const {
    HASHVET_ASSIGN_OR_RETURN(const MappedFile source,
                             MappedFile::Open(snapshot_path));
    HASHVET_ASSIGN_OR_RETURN(Sha256 sha, Sha256::Create());
    const auto append = [&](std::span<const std::byte> part) {
      sha.Update(part);
      if (options_.progress) options_.progress(part.size());
      return file.Append(part);
    };
    if (options_.encryption_key != nullptr && !IsSealed(source.bytes())) {
      HASHVET_RETURN_IF_ERROR(
          Seal(source.bytes(), *options_.encryption_key, append));
    } else {
      for (auto rest = source.bytes(); !rest.empty();) {
        const auto part = rest.first(std::min(rest.size(), kCopyBytes));
        HASHVET_RETURN_IF_ERROR(append(part));
        rest = rest.subspan(part.size());
      }
    }
    return sha.Finish();
  }

  absl::StatusOr<AtomicFile> Create(const char* name) const {
    HASHVET_ASSIGN_OR_RETURN(AtomicFile file,
                             AtomicFile::Create(directory_.PathOf(name)));
    if (options_.group_id.has_value()) {
      HASHVET_RETURN_IF_ERROR(file.ShareWithGroup(*options_.group_id));
    }
    return file;
  }

  PublishedDirectory directory_;
  Descriptor lock_;
  const PublishOptions& options_;
  StoredFileOptions how_;
  std::optional<Manifest> current_;
  bool vouched_ = true;  // current_ is as trusted as what is published now
};

// Under the lock; whatever comes of it, nothing is left behind.
absl::StatusOr<PublishResult> Change(
    const std::string& directory, const PublishOptions& options,
    absl::FunctionRef<absl::StatusOr<PublishResult>(const Publication&)> body) {
  HASHVET_ASSIGN_OR_RETURN(const Publication publication,
                           Publication::Begin(directory, options));
  absl::StatusOr<PublishResult> result = body(publication);
  const Collected collected = publication.CollectLeftovers();
  if (result.ok()) result->collected = collected;
  return result;
}

// The state that `to` first published, or the newest before the current one.
absl::StatusOr<const PublishedState*> FindKept(const Manifest& manifest,
                                               std::optional<uint64_t> to,
                                               const std::string& directory) {
  std::string versions;
  for (const PublishedState& state : manifest.kept) {
    if (to.has_value() ? state.version == *to
                       : state.version < manifest.current.version) {
      return &state;
    }
    absl::StrAppend(&versions, " ", state.version);
  }
  return absl::NotFoundError(absl::StrCat(
      "rollback: want ",
      to.has_value() ? absl::StrCat("version ", *to)
                     : "a version before the current one",
      ", kept", versions.empty() ? " is none" : versions, ": ", directory));
}

}  // namespace

absl::StatusOr<PublishResult> Publish(const std::string& directory,
                                      const std::string& snapshot_path,
                                      const PublishOptions& options,
                                      KnownAnswerTest test) {
  return Change(
      directory, options,
      [&](const Publication& publication) -> absl::StatusOr<PublishResult> {
        HASHVET_ASSIGN_OR_RETURN(Publication::Incoming incoming,
                                 publication.Store(snapshot_path));
        HASHVET_RETURN_IF_ERROR(publication.CheckSealing(incoming));
        const SnapshotReader& base = *incoming.opened.snapshot;
        if (base.is_overlay()) {
          return absl::FailedPreconditionError(absl::StrCat(
              "snapshot: got an overlay, want a base: ", snapshot_path));
        }
        PublishedState state;
        state.base = incoming.stored;
        HASHVET_ASSIGN_OR_RETURN(
            Manifest next,
            publication.Next(std::move(state), base.lists().front().name));
        HASHVET_RETURN_IF_ERROR(publication.CheckHold(base));
        HASHVET_RETURN_IF_ERROR(test(base, nullptr));
        HASHVET_RETURN_IF_ERROR(publication.Keep(incoming));
        return publication.Replace(std::move(next));
      });
}

absl::StatusOr<PublishResult> PublishOverlay(const std::string& directory,
                                             const std::string& overlay_path,
                                             const PublishOptions& options,
                                             KnownAnswerTest test) {
  return Change(
      directory, options,
      [&](const Publication& publication) -> absl::StatusOr<PublishResult> {
        HASHVET_ASSIGN_OR_RETURN(const Manifest* current,
                                 publication.Vouched());
        PublishedState state;
        state.base = current->current.base;
        HASHVET_ASSIGN_OR_RETURN(const OpenedState opened,
                                 publication.Open(state));
        HASHVET_ASSIGN_OR_RETURN(Publication::Incoming incoming,
                                 publication.Store(overlay_path));
        HASHVET_RETURN_IF_ERROR(publication.CheckSealing(incoming));
        const SnapshotReader& overlay = *incoming.opened.snapshot;
        if (!overlay.is_overlay()) {
          return absl::FailedPreconditionError(absl::StrCat(
              "snapshot: got a base, want an overlay: ", overlay_path));
        }
        HASHVET_RETURN_IF_ERROR(CheckOverlay(opened.base, state.base, overlay));
        if (!options.accept_change) {
          HASHVET_RETURN_IF_ERROR(
              CheckOverlayChange(*opened.base.snapshot, overlay));
        }
        state.overlay = incoming.stored;
        HASHVET_ASSIGN_OR_RETURN(Manifest next,
                                 publication.Next(std::move(state), ""));
        HASHVET_RETURN_IF_ERROR(test(*opened.base.snapshot, &overlay));
        HASHVET_RETURN_IF_ERROR(publication.Keep(incoming));
        return publication.Replace(std::move(next));
      });
}

absl::StatusOr<PublishResult> Rollback(const std::string& directory,
                                       std::optional<uint64_t> to,
                                       const PublishOptions& options,
                                       KnownAnswerTest test) {
  return Change(
      directory, options,
      [&](const Publication& publication) -> absl::StatusOr<PublishResult> {
        HASHVET_ASSIGN_OR_RETURN(const Manifest* current,
                                 publication.Vouched());
        HASHVET_ASSIGN_OR_RETURN(const PublishedState* state,
                                 FindKept(*current, to, directory));
        HASHVET_ASSIGN_OR_RETURN(const OpenedState opened,
                                 publication.Open(*state));
        HASHVET_ASSIGN_OR_RETURN(Manifest next, publication.Next(*state, ""));
        HASHVET_RETURN_IF_ERROR(
            test(*opened.base.snapshot, opened.overlay.snapshot.get()));
        return publication.Replace(std::move(next));
      });
}

absl::StatusOr<Collected> CollectGarbage(const std::string& path) {
  HASHVET_ASSIGN_OR_RETURN(const PublishedDirectory directory,
                           PublishedDirectory::Open(path));
  HASHVET_RETURN_IF_ERROR(directory.CheckOwner());
  HASHVET_ASSIGN_OR_RETURN(const Descriptor lock, directory.Lock());
  HASHVET_ASSIGN_OR_RETURN(const ManifestFile file,
                           ReadManifestFile(directory, {}));
  absl::flat_hash_set<std::string> named;
  AddNames(file.manifest, named);
  return Collect(directory, named);
}

}  // namespace hashvet
