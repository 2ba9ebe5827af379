// Puts lists into a published directory, so that each goes live whole and
// proven, or not at all.
//
// A snapshot is copied (or sealed) into a temporary file there and flushed to
// the disk, read back from it and verified completely, put to the known-answer
// test, renamed to the name of its content; then the manifest is replaced the
// same way, and readers follow it (publication.h). Whatever fails before that
// last step leaves the list as it was.
//
// The directory is the publisher's own, mode 0700, or 0750 for one group of
// readers. One process publishes at a time; what a killed one left behind goes
// with the next.

#ifndef HASHVET_LIST_PUBLISHER_H_
#define HASHVET_LIST_PUBLISHER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/sha256.h"
#include "hashvet/list/manifest.h"
#include "hashvet/list/sealed_file.h"
#include "hashvet/list/signing_key.h"
#include "hashvet/list/snapshot_reader.h"

namespace hashvet {

struct PublishOptions {
  // Empty: the directory's, or for the first one the name of the snapshot's
  // first list.
  std::string publication;
  // Earlier states that can be rolled back to, 0 .. kMaxKeptStates.
  size_t keep_last = 3;
  // The manifest's version is at least this one: for a directory whose manifest
  // was lost, above what its readers have seen.
  uint64_t min_version = 1;
  // Readers refuse the list when no newer manifest came by then. None: never.
  std::optional<uint64_t> expires_after_s;
  // Signs the manifest. A manifest that is signed already must be by this key
  // or one of `trusted`; the states of one that is not signed are not vouched
  // for by signing: they are not carried over.
  const SigningKey* signing_key = nullptr;
  std::vector<PublicKey> trusted;
  // Seals what is published, and opens what was.
  const EncryptionKey* encryption_key = nullptr;
  // Where what is published is sealed, the next one must be too, unless this is
  // true: a forgotten key must not put a list on the disk as it is.
  bool allow_plain = false;
  // Publish holds back a base of which a list and kind has over 5 % fewer
  // entries than the base that is published, or more than twice as many (from
  // 100 entries on), or none at all any more: a broken feed. PublishOverlay
  // holds back an overlay that does so to its base, though its removals, being
  // explicit, may take 20 %. True lets both through.
  bool accept_change = false;
  // Lets this group read: directory 0750, files 0640.
  std::optional<uint32_t> group_id;
  Executor* executor = nullptr;  // may be null
  // Told how many more bytes were copied. May be empty.
  std::function<void(uint64_t bytes)> progress;
  // Instead of the clock, seconds since 1970: for tests.
  std::optional<uint64_t> now_s;
};

// The known-answer test; `overlay` may be null. An error is passed on, and
// nothing goes live.
using KnownAnswerTest = absl::FunctionRef<absl::Status(
    const SnapshotReader& base, const SnapshotReader* overlay)>;

// Which files are gone: the proof of deletion, for a log.
struct Collected {
  uint64_t files = 0;
  uint64_t size_bytes = 0;
  Sha256Digest sha256 = {};  // of their names, sorted, a line break after each
};

struct PublishResult {
  Manifest manifest;
  // What was left behind by others and by states no longer kept. The files of
  // the state before are left to readers that are still opening them.
  Collected collected;
};

// A base goes live; an overlay of the one before goes with it.
//
// Errors: the list stays as it was, but for an error that says the directory
// could not be flushed: then the new list is in place and a power cut may bring
// back the old one.
//   NotFound, PermissionDenied  the directory: missing, another's, too open
//   FailedPrecondition          another process is publishing; an overlay where
//                               a base should be; a signed manifest, and no
//                               key; a plain list after a sealed one; held, as
//                               PublishOptions::accept_change says, or because
//                               what is published cannot be opened to compare
//                               with
//   InvalidArgument             an option; a damaged manifest
//   refused (wrong list)        another publication's directory
//   refused (wrong key)         a manifest by another key
//   and those of SnapshotReader::Open, AtomicFile, Seal and `test`
HASHVET_EXPORT absl::StatusOr<PublishResult> Publish(
    const std::string& directory, const std::string& snapshot_path,
    const PublishOptions& options, KnownAnswerTest test);

// An overlay goes live beside the base that it was made for, which must be the
// current one; it replaces the overlay before.
//
// Errors: as Publish; refused (mix-and-match) for another base's overlay or one
// that removes canaries,
// refused (unsigned) where the base's manifest is not vouched for.
HASHVET_EXPORT absl::StatusOr<PublishResult> PublishOverlay(
    const std::string& directory, const std::string& overlay_path,
    const PublishOptions& options, KnownAnswerTest test);

// A state that is kept becomes the current one, under a new version: the one
// that `to` first published, or the newest before the current one. The state
// that was current is kept.
//
// Errors: as Publish; NotFound when there is no such state.
HASHVET_EXPORT absl::StatusOr<PublishResult> Rollback(
    const std::string& directory, std::optional<uint64_t> to,
    const PublishOptions& options, KnownAnswerTest test);

// Removes what the manifest does not name: files of states no longer kept, and
// what killed publishers left. Files that are not a publisher's are not
// touched. A reader that is opening a state which has just gone starts again
// with the manifest.
//
// Errors: as Publish; NotFound where nothing is published.
HASHVET_EXPORT absl::StatusOr<Collected> CollectGarbage(
    const std::string& directory);

}  // namespace hashvet

#endif  // HASHVET_LIST_PUBLISHER_H_
