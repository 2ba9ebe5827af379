// The files of a published state, opened: sealed or plain, held to the manifest
// that names them and to each other.

#ifndef HASHVET_SRC_LIST_STORED_FILE_H_
#define HASHVET_SRC_LIST_STORED_FILE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/base/executor.h"
#include "hashvet/list/manifest.h"
#include "hashvet/list/sealed_file.h"
#include "hashvet/list/snapshot_reader.h"
#include "src/list/published_directory.h"

namespace hashvet {

struct StoredFileOptions {
  const EncryptionKey* encryption_key = nullptr;  // may be null
  Executor* executor = nullptr;                   // may be null
  bool verify_always = false;
  // Header and small sections alone, and nothing is remembered.
  bool verify_never = false;
  bool verify_rings = false;  // with the rest, as SnapshotOpenOptions
  std::string verified_path;  // record of VerifiedFiles; empty: none
  uint64_t max_file_bytes = kMaxStoredBytes;
};

struct OpenedFile {
  std::shared_ptr<const SnapshotReader> snapshot;
  bool sealed = false;
  bool memory_locked = true;
  bool verified_now = false;
};

// `want` is what the manifest says; its snapshot may be empty where nothing is
// known of it yet.
absl::StatusOr<OpenedFile> OpenStoredFile(int descriptor,
                                          const std::string& path,
                                          const StoredFile& want,
                                          const StoredFileOptions& options);

// Whether `overlay` was made for exactly this base, opened from `stored`.
//
// Errors: refused (mix-and-match).
absl::Status CheckOverlay(const OpenedFile& base, const StoredFile& stored,
                          const SnapshotReader& overlay);

struct OpenedState {
  OpenedFile base;
  OpenedFile overlay;  // its snapshot is null where there is none
};

absl::StatusOr<OpenedState> OpenState(const PublishedDirectory& directory,
                                      const PublishedState& state,
                                      const StoredFileOptions& options);

}  // namespace hashvet

#endif  // HASHVET_SRC_LIST_STORED_FILE_H_
