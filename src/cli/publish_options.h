// What commands that change a published directory share: their options, the
// keys these name, and what they print.

#ifndef HASHVET_SRC_CLI_PUBLISH_OPTIONS_H_
#define HASHVET_SRC_CLI_PUBLISH_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/audit/audit_log.h"
#include "hashvet/base/executor.h"
#include "hashvet/list/publisher.h"
#include "hashvet/list/sealed_file.h"
#include "hashvet/list/signing_key.h"
#include "src/cli/json_line.h"

namespace hashvet::cli {

// A command that changes what a published directory serves.
struct ChangeOptions {
  std::string directory;
  std::string file;  // of publish
  bool overlay = false;
  bool accept = false;
  std::string name;
  std::optional<uint64_t> to;  // of rollback
  bool plain = false;
  uint64_t min_version = 1;
  size_t keep = 3;
  std::string expires;
  std::string sign_key;
  std::string trusted_keys;
  std::string encrypt_key;
  std::string group;
  std::string audit;
  size_t threads = 0;
  bool json = false;
};

// --lists.
void AddDirectoryOption(CLI::App& command, std::string& directory);
// --lists, --keep, --expires, the keys, --min-version, --group, --audit,
// --threads and --json.
void AddChangeOptions(CLI::App& command, ChangeOptions& options);

// What the options say, with the keys in memory.
struct Prepared {
  PublishOptions options;
  std::optional<AuditLog> audit;  // none where no file is given
  std::unique_ptr<const SigningKey> signing_key;
  std::unique_ptr<const EncryptionKey> encryption_key;
  std::unique_ptr<Executor> pool;
};
absl::StatusOr<Prepared> Prepare(const ChangeOptions& given);

// Of --current-at: "now", or a time as in 2026-01-31T12:00:00Z, in seconds
// since 1970.
absl::StatusOr<uint64_t> ParseTime(const std::string& text);

// A duration: 90s, 15m, 36h, 30d. Errors: InvalidArgument, naming the option.
absl::StatusOr<uint64_t> ParseSeconds(std::string_view option,
                                      const std::string& text);

// A list that cannot match, or that matches every blank page, must not go live.
absl::Status TestPublished(const SnapshotReader& base,
                           const SnapshotReader* overlay);

void CollectedObject(const Collected& collected, JsonLine& json);
std::string CollectedText(const Collected& collected);
// Everything about the result, into an object that is open.
void ResultFields(const ChangeOptions& options, const Prepared& prepared,
                  const PublishResult& result, JsonLine& json);
std::string ResultText(const ChangeOptions& options,
                       const PublishResult& result);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_PUBLISH_OPTIONS_H_
