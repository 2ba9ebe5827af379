// The manifest: one line in a published directory that says which files are the
// list now. Whoever replaces it (publisher.h) makes a list go live; whoever
// reads it (publication.h) serves what it names, and nothing else.
//
//   {"format":1,"publication":"ncmec/industry","version":13, … }
//   the same, a space, and ed25519:KEYID:SIGNATURE when it is signed
//
// docs/manifest.md describes it member by member.

#ifndef HASHVET_LIST_MANIFEST_H_
#define HASHVET_LIST_MANIFEST_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/sha256.h"
#include "hashvet/list/signing_key.h"

namespace hashvet {

inline constexpr char kManifestFile[] = "manifest";
inline constexpr size_t kMaxManifestBytes = size_t{64} << 10;   // inclusive
inline constexpr size_t kMaxKeptStates = 64;                    // inclusive
inline constexpr uint64_t kMaxStoredBytes = uint64_t{1} << 44;  // inclusive

// A file as it lies in the directory, sealed or plain.
struct StoredFile {
  std::string file;         // ContentName(sha256)
  uint64_t size_bytes = 0;  // 1 .. kMaxStoredBytes
  Sha256Digest sha256 = {};
  std::string snapshot;  // SnapshotReader::version(), 16 hex digits

  friend bool operator==(const StoredFile&, const StoredFile&) = default;
};

// What a matcher serves: a base, and what changed since.
struct PublishedState {
  uint64_t version = 0;       // of the manifest that first published it
  uint64_t published_at = 0;  // then; seconds since 1970
  StoredFile base;
  std::optional<StoredFile> overlay;

  friend bool operator==(const PublishedState&,
                         const PublishedState&) = default;
};

struct Manifest {
  // Which list this is: 1 .. 128 of A-Z a-z 0-9 . _ - /
  std::string publication;
  uint64_t version = 0;  // from 1, rising with every change
  uint64_t published_at = 0;
  std::optional<uint64_t> expires_at;  // not served from then on
  PublishedState current;  // of this version, or after a rollback an older one
  // Earlier states whose files are still there, the newest first, without the
  // current one.
  std::vector<PublishedState> kept;

  friend bool operator==(const Manifest&, const Manifest&) = default;
};

// "<first 32 hex digits>.hvs"
HASHVET_EXPORT std::string ContentName(const Sha256Digest& sha256);

// The same manifest gives the same bytes; no line break.
HASHVET_EXPORT std::string ManifestText(const Manifest& manifest);

// Strictly: no unknown member, none twice, every number in its range, every
// file name the one of its content. `where` is for messages.
//
// Errors: InvalidArgument, naming the member; FailedPrecondition for a newer
// format.
HASHVET_EXPORT absl::StatusOr<Manifest> ParseManifest(std::string_view text,
                                                      std::string_view where);

// A manifest file taken apart.
struct ManifestLine {
  std::string text;  // as signed, for ParseManifest
  struct Signed {
    std::string key_id;
    Signature signature;
  };
  std::optional<Signed> signature;
};

// Errors: refused (endless data); InvalidArgument (not one line, or no
// signature where one should be).
HASHVET_EXPORT absl::StatusOr<ManifestLine> SplitManifest(
    std::string_view file, std::string_view where);

// What a manifest file holds, with its line break; signed unless `key` is null.
// Errors: as SigningKey::Sign.
HASHVET_EXPORT absl::StatusOr<std::string> ManifestFileOf(
    std::string_view text, const SigningKey* key);

// OK for a line signed by one of these keys.
//
// Errors: refused (unsigned) or refused (wrong key).
HASHVET_EXPORT absl::Status CheckSignature(
    const ManifestLine& line, const std::vector<PublicKey>& trusted,
    std::string_view where);

// Errors: InvalidArgument for what is no publication's name.
HASHVET_EXPORT absl::Status CheckPublicationName(std::string_view name);

}  // namespace hashvet

#endif  // HASHVET_LIST_MANIFEST_H_
