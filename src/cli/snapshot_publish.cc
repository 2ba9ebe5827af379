// hashvet snapshot publish, rollback, gc: which list a published directory
// serves.

#include <grp.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hashvet/base/checked.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/sha256.h"
#include "hashvet/list/key_source.h"
#include "hashvet/list/publisher.h"
#include "hashvet/list/refusal.h"
#include "hashvet/list/sealed_file.h"
#include "hashvet/list/signing_key.h"
#include "hashvet/matcher/generation.h"
#include "hashvet/matcher/known_answers.h"
#include "src/cli/json_line.h"
#include "src/cli/output.h"
#include "src/cli/progress_bar.h"
#include "src/cli/publish_audit.h"
#include "src/cli/snapshot_command.h"

namespace hashvet::cli {
namespace {

struct ChangeOptions {
  std::string directory;
  std::string file;  // of publish
  bool overlay = false;
  bool accept = false;
  std::string name;
  std::optional<uint64_t> to;  // of rollback
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

struct CollectOptions {
  std::string directory;
  std::string audit;
  bool json = false;
};

// 90s, 15m, 36h, 30d
absl::StatusOr<uint64_t> ParseSeconds(const std::string& text) {
  constexpr uint64_t kMaxSeconds = uint64_t{100} * 366 * 86'400;
  uint64_t factor = 0;
  switch (text.empty() ? ' ' : text.back()) {
    case 's':
      factor = 1;
      break;
    case 'm':
      factor = 60;
      break;
    case 'h':
      factor = 3'600;
      break;
    case 'd':
      factor = 86'400;
      break;
    default:
      break;
  }
  uint64_t count = 0;
  if (factor != 0 && absl::ascii_isdigit(text.front()) &&
      absl::SimpleAtoi(text.substr(0, text.size() - 1), &count)) {
    const auto seconds = CheckedMultiply(count, factor);
    if (count > 0 && seconds.has_value() && *seconds <= kMaxSeconds) {
      return *seconds;
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--expires: got '", text,
                   "', want 1 second to 100 years, as 90s, 15m, 36h or 30d"));
}

absl::StatusOr<uint32_t> GroupId(const std::string& name) {
  uint32_t id = 0;
  if (absl::SimpleAtoi(name, &id)) return id;
  const struct group* found = ::getgrnam(name.c_str());
  if (found != nullptr) return found->gr_gid;
  return absl::InvalidArgumentError(
      absl::StrCat("--group: got '", name, "', want a group of this machine"));
}

absl::Status ForOption(std::string_view option, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(ToAbsl(option), ": ", status.message()));
}

// What the options say, with the keys in memory.
struct Prepared {
  PublishOptions options;
  std::optional<AuditLog> audit;
  std::unique_ptr<const SigningKey> signing_key;
  std::unique_ptr<const EncryptionKey> encryption_key;
  std::unique_ptr<Executor> pool;
};

absl::StatusOr<Prepared> Prepare(const ChangeOptions& given) {
  Prepared prepared;
  PublishOptions& options = prepared.options;
  if (!given.name.empty()) {
    HASHVET_RETURN_IF_ERROR(CheckPublicationName(given.name));
  }
  options.publication = given.name;
  options.keep_last = given.keep;
  options.accept_change = given.accept;
  if (!given.expires.empty()) {
    HASHVET_ASSIGN_OR_RETURN(options.expires_after_s,
                             ParseSeconds(given.expires));
  }
  if (!given.group.empty()) {
    HASHVET_ASSIGN_OR_RETURN(options.group_id, GroupId(given.group));
  }
  if (!given.sign_key.empty()) {
    const auto secret = ReadSecret(given.sign_key);
    if (!secret.ok()) return ForOption("--sign-key", secret.status());
    auto key = SigningKey::FromPem(secret->bytes());
    if (!key.ok()) return ForOption("--sign-key", key.status());
    prepared.signing_key = std::make_unique<const SigningKey>(*std::move(key));
    options.signing_key = prepared.signing_key.get();
  }
  if (!given.trusted_keys.empty()) {
    auto keys = ReadPublicKeys(given.trusted_keys);
    if (!keys.ok()) return ForOption("--trusted-keys", keys.status());
    options.trusted = *std::move(keys);
  }
  if (!given.encrypt_key.empty()) {
    const auto secret = ReadSecret(given.encrypt_key);
    if (!secret.ok()) return ForOption("--encrypt-key", secret.status());
    auto key = EncryptionKey::FromSecret(secret->bytes());
    if (!key.ok()) return ForOption("--encrypt-key", key.status());
    prepared.encryption_key =
        std::make_unique<const EncryptionKey>(*std::move(key));
    options.encryption_key = prepared.encryption_key.get();
  }
  HASHVET_ASSIGN_OR_RETURN(prepared.audit, OpenPublishAudit(given.audit));
  prepared.pool = MakeThreadPool(given.threads);
  options.executor = prepared.pool.get();
  return prepared;
}

// A list that cannot match, or that matches every blank page, must not go live.
absl::Status TestPublished(const SnapshotReader& base,
                           const SnapshotReader* overlay) {
  // Not owned: the generation is gone before the snapshots.
  const auto borrowed = [](const SnapshotReader* file) {
    return std::shared_ptr<const SnapshotReader>(std::shared_ptr<void>(), file);
  };
  HASHVET_ASSIGN_OR_RETURN(
      const auto generation,
      Generation::Create({{borrowed(&base), borrowed(overlay)}}));
  return TestKnownAnswers(*generation);
}

std::string KeptVersions(const Manifest& manifest) {
  return absl::StrJoin(manifest.kept, ", ",
                       [](std::string* out, const PublishedState& state) {
                         absl::StrAppend(out, state.version);
                       });
}

void FileObject(std::string_view key, const StoredFile& file, JsonLine& json) {
  json.BeginObject(key);
  json.Field("file", file.file);
  json.Field("size_bytes", file.size_bytes);
  json.Field("sha256", Sha256Text(file.sha256));
  json.Field("snapshot", file.snapshot);
  json.EndObject();
}

void CollectedObject(const Collected& collected, JsonLine& json) {
  json.BeginObject("collected");
  json.Field("files", collected.files);
  json.Field("size_bytes", collected.size_bytes);
  json.Field("names_sha256", Sha256Text(collected.sha256));
  json.EndObject();
}

std::string ResultJson(const ChangeOptions& options, const Prepared& prepared,
                       const PublishResult& result) {
  const Manifest& manifest = result.manifest;
  JsonLine json;
  json.Field("directory", options.directory);
  json.Field("publication", manifest.publication);
  json.Field("version", manifest.version);
  json.Field("state", manifest.current.version);
  json.Field("published_at", manifest.published_at);
  if (manifest.expires_at.has_value()) {
    json.Field("expires_at", *manifest.expires_at);
  }
  FileObject("base", manifest.current.base, json);
  if (manifest.current.overlay.has_value()) {
    FileObject("overlay", *manifest.current.overlay, json);
  }
  json.BeginArray("kept");
  for (const PublishedState& state : manifest.kept) {
    json.BeginItem();
    json.Field("version", state.version);
    json.Field("snapshot", state.base.snapshot);
    json.EndObject();
  }
  json.EndArray();
  if (prepared.signing_key != nullptr) {
    json.Field("signed_by", prepared.signing_key->public_key().id());
  }
  if (prepared.encryption_key != nullptr) {
    json.Field("sealed_under", prepared.encryption_key->id());
  }
  CollectedObject(result.collected, json);
  return json.Finish();
}

std::string CollectedText(const Collected& collected) {
  return absl::StrCat("removed ", collected.files, " files, ",
                      collected.size_bytes, " bytes");
}

std::string ResultText(const ChangeOptions& options,
                       const PublishResult& result) {
  const Manifest& manifest = result.manifest;
  const PublishedState& state = manifest.current;
  std::string text = absl::StrCat(
      Escaped(options.directory), ": ", manifest.publication, " version ",
      manifest.version, ", snapshot ", state.base.snapshot);
  if (state.overlay.has_value()) {
    absl::StrAppend(&text, " with overlay ", state.overlay->snapshot);
  }
  if (state.version != manifest.version) {
    absl::StrAppend(&text, ", as version ", state.version);
  }
  absl::StrAppend(&text, "; kept ",
                  manifest.kept.empty() ? "none" : KeptVersions(manifest));
  if (result.collected.files > 0) {
    absl::StrAppend(&text, "; ", CollectedText(result.collected));
  }
  return text;
}

ExitCode Print(const ChangeOptions& options, Prepared& prepared,
               AuditEvent event, const absl::StatusOr<PublishResult>& result) {
  if (!result.ok()) return ListProblem(result.status());
  const ExitCode code = KeepPublished(prepared.audit, event, options.directory,
                                      *result, ExitCode::kOk);
  Output output;
  output.Line(options.json ? ResultJson(options, prepared, *result)
                           : ResultText(options, *result));
  return output.Finish(code);
}

ExitCode RunPublish(const ChangeOptions& options) {
  if (absl::Status status = CheckSimdTarget(); !status.ok()) {
    return UsageError(status);
  }
  absl::StatusOr<Prepared> prepared = Prepare(options);
  if (!prepared.ok()) return UsageError(prepared.status());
  std::error_code unknown;
  const uint64_t size_bytes = std::filesystem::file_size(options.file, unknown);
  ProgressBar progress(
      "bytes", unknown ? std::nullopt : std::optional<uint64_t>(size_bytes));
  prepared->options.progress = [&](uint64_t bytes) { progress.Advance(bytes); };
  return Print(options, *prepared, AuditEvent::kPublished,
               options.overlay
                   ? PublishOverlay(options.directory, options.file,
                                    prepared->options, &TestPublished)
                   : Publish(options.directory, options.file, prepared->options,
                             &TestPublished));
}

ExitCode RunRollback(const ChangeOptions& options) {
  if (absl::Status status = CheckSimdTarget(); !status.ok()) {
    return UsageError(status);
  }
  absl::StatusOr<Prepared> prepared = Prepare(options);
  if (!prepared.ok()) return UsageError(prepared.status());
  return Print(options, *prepared, AuditEvent::kRolledBack,
               Rollback(options.directory, options.to, prepared->options,
                        &TestPublished));
}

ExitCode RunCollect(const CollectOptions& options) {
  auto audit = OpenPublishAudit(options.audit);
  if (!audit.ok()) return UsageError(audit.status());
  const absl::StatusOr<Collected> collected = CollectGarbage(options.directory);
  if (!collected.ok()) return ListProblem(collected.status());
  const ExitCode code =
      KeepCollected(*audit, options.directory, *collected, ExitCode::kOk);
  Output output;
  if (options.json) {
    JsonLine json;
    json.Field("directory", options.directory);
    CollectedObject(*collected, json);
    output.Line(json.Finish());
  } else {
    output.Line(absl::StrCat(Escaped(options.directory), ": ",
                             CollectedText(*collected), ", names ",
                             Sha256Text(collected->sha256)));
  }
  return output.Finish(code);
}

void AddDirectoryOption(CLI::App& command, std::string& directory) {
  command
      .add_option("--lists", directory,
                  "The published directory: yours, mode 0700, or 0750 with "
                  "--group")
      ->type_name("DIR")
      ->required();
}

void AddChangeOptions(CLI::App& command, ChangeOptions& options) {
  AddDirectoryOption(command, options.directory);
  command
      .add_option("--keep", options.keep,
                  "Earlier states that can be rolled back to: 0..64")
      ->type_name("K")
      ->check(CLI::Range(size_t{0}, kMaxKeptStates).description(""))
      ->capture_default_str();
  command
      .add_option("--expires", options.expires,
                  "Readers refuse the list when nothing newer came by then: "
                  "90s, 15m, 36h, 30d")
      ->type_name("DURATION");
  command
      .add_option("--sign-key", options.sign_key,
                  "Signs the manifest: an Ed25519 key in PEM, from fd:N, "
                  "file:PATH or command:CMD")
      ->type_name("SOURCE");
  command
      .add_option("--trusted-keys", options.trusted_keys,
                  "Public keys in PEM; a manifest signed by one of them may be "
                  "built upon, as one by --sign-key")
      ->type_name("FILE");
  command
      .add_option("--encrypt-key", options.encrypt_key,
                  "Seals what is published with AES-256-GCM: 32 bytes, 64 hex "
                  "digits or base64, from fd:N, file:PATH or command:CMD")
      ->type_name("SOURCE");
  command
      .add_option("--group", options.group, "The group that may read the list")
      ->type_name("GROUP");
  AddPublishAuditOption(command, options.audit);
  AddThreadsOption(command, options.threads);
  AddJsonOption(command, options.json);
}

}  // namespace

void AddSnapshotPublish(CLI::App& snapshot, Run& run) {
  auto options = std::make_shared<ChangeOptions>();
  CLI::App& command = *snapshot.add_subcommand(
      "publish", "A snapshot goes live in a published directory");
  command.add_option("FILE", options->file, "A snapshot file")
      ->type_name("")
      ->required();
  command.add_flag("--overlay", options->overlay,
                   "FILE is an overlay of the base that is published");
  command.add_flag("--accept", options->accept,
                   "Publish also what is held: a list and kind that falls by "
                   "more than 5 % (by an overlay's removals: 20 %), more than "
                   "doubles (from 100 entries on) or vanishes, next to the "
                   "base that is published");
  command
      .add_option("--name", options->name,
                  "The publication's name; the directory's, or for the first "
                  "one the list's, where not given")
      ->type_name("NAME");
  AddChangeOptions(command, *options);
  command.footer(
      "The file is copied into the directory, read back from the disk, "
      "verified "
      "and\ntested; then the manifest is replaced, which those who serve the "
      "directory\nfollow. Until then the list before serves; what fails leaves "
      "it as it was.\n"
      "Keys are never arguments: file:PATH is a file that only you may read, "
      "command:CMD\nwrites the key to its standard output.\n"
      "Exit: 0 live, 2 usage error or a key that cannot be read, 3 not "
      "published.\n\n"
      "Example:\n"
      "  mkdir -m 700 lists\n"
      "  hashvet snapshot publish --lists lists known.hvs\n");
  OnRun(command, run, options, &RunPublish);
}

void AddSnapshotRollback(CLI::App& snapshot, Run& run) {
  auto options = std::make_shared<ChangeOptions>();
  CLI::App& command = *snapshot.add_subcommand(
      "rollback", "An earlier state of a published directory goes live again");
  command
      .add_option("--to", options->to,
                  "The version that first published it; the newest before the "
                  "current one where not given")
      ->type_name("VERSION");
  AddChangeOptions(command, *options);
  command.footer(
      "Writes a new manifest, of a higher version, that names the earlier "
      "files. The\nstate that was current is kept.\n"
      "Exit: 0 live, 2 usage error or a key that cannot be read, 3 not rolled "
      "back.\n\n"
      "Example:\n"
      "  hashvet snapshot rollback --lists lists\n"
      "  hashvet snapshot rollback --lists lists --to 41\n");
  OnRun(command, run, options, &RunRollback);
}

void AddSnapshotCollect(CLI::App& snapshot, Run& run) {
  auto options = std::make_shared<CollectOptions>();
  CLI::App& command = *snapshot.add_subcommand(
      "gc", "Remove files that a published directory's manifest does not name");
  AddDirectoryOption(command, options->directory);
  AddPublishAuditOption(command, options->audit);
  AddJsonOption(command, options->json);
  command.footer(
      "States that are no longer kept, and what killed publishers left. Prints "
      "how many\nfiles and bytes are gone, and the SHA-256 of their names, as "
      "a "
      "record of the\ndeletion. Other files are not touched.\n"
      "Exit: 0 done, 2 usage error, 3 the directory is refused or has no whole "
      "manifest.\n\n"
      "Example:\n"
      "  hashvet snapshot gc --lists lists\n");
  OnRun(command, run, options, &RunCollect);
}

}  // namespace hashvet::cli
