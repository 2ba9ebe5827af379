// Encryption at rest: a snapshot file, sealed with AES-256-GCM in blocks of
// 1 MiB under a key of its own. docs/sealed_file.md describes the bytes.
//
// Every block proves that it is what was written, under this key, at this place
// of this file: a block that was changed, moved, dropped or taken from another
// file is refused, and so is a changed header or end. A sealed list is opened
// into private memory: it is not shared between processes, and opening it reads
// all of it.

#ifndef HASHVET_LIST_SEALED_FILE_H_
#define HASHVET_LIST_SEALED_FILE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/export.h"
#include "hashvet/base/private_memory.h"

namespace hashvet {

// 32 secret bytes, which files' keys are derived from.
class HASHVET_EXPORT EncryptionKey {
 public:
  // From 32 bytes as they are, or 64 hex digits, or base64, either of which may
  // end in a line break; as ReadSecret brings it:
  //
  //   openssl rand -hex 32 > seal.key
  //
  // Errors: InvalidArgument, which tells lengths and no content.
  static absl::StatusOr<EncryptionKey> FromSecret(
      std::span<const std::byte> secret);

  // 16 hex digits that tell keys apart and tell nothing about the key.
  const std::string& id() const { return id_; }
  std::span<const std::byte> bytes() const { return memory_.bytes(); }

 private:
  EncryptionKey(PrivateMemory memory, std::string id)
      : memory_(std::move(memory)), id_(std::move(id)) {}
  PrivateMemory memory_;
  std::string id_;
};

// Whether a file begins as sealed ones do.
HASHVET_EXPORT bool IsSealed(std::span<const std::byte> stored);

// Hands the sealed file to `append`, piece by piece. Sealing the same bytes
// twice gives different files.
//
// Errors: those of `append`; InvalidArgument (no bytes); FailedPrecondition
// (OpenSSL lacks the cipher, or gives no random bytes).
HASHVET_EXPORT absl::Status Seal(
    std::span<const std::byte> plain, const EncryptionKey& key,
    absl::FunctionRef<absl::Status(std::span<const std::byte>)> append);

// The plain bytes of a whole sealed file; `path` is for messages, `executor`
// may be null.
//
// Errors:
//   InvalidArgument     not a sealed file
//   FailedPrecondition  a newer format
//   PermissionDenied    refused (wrong key): sealed under another key
//   DataLoss            cut off, or a block that does not prove itself
//   ResourceExhausted   no memory
HASHVET_EXPORT absl::StatusOr<PrivateMemory> Unseal(
    std::span<const std::byte> stored, const EncryptionKey& key,
    const std::string& path, Executor* executor = nullptr);

}  // namespace hashvet

#endif  // HASHVET_LIST_SEALED_FILE_H_
