#include "src/cli/publish_options.h"

#include <grp.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hashvet/base/checked.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/sha256.h"
#include "hashvet/list/key_source.h"
#include "hashvet/matcher/generation.h"
#include "hashvet/matcher/known_answers.h"
#include "src/cli/command.h"
#include "src/cli/output.h"
#include "src/cli/publish_audit.h"

namespace hashvet::cli {
namespace {

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

}  // namespace

absl::StatusOr<uint64_t> ParseTime(const std::string& text) {
  if (text == "now") return static_cast<uint64_t>(std::time(nullptr));
  absl::Time time;
  std::string why;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &why)) {
    const int64_t seconds = absl::ToUnixSeconds(time);
    if (seconds > 0) return static_cast<uint64_t>(seconds);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--current-at: got '", text,
                   "', want now, or a time as 2026-01-31T12:00:00Z"));
}

absl::StatusOr<uint64_t> ParseSeconds(std::string_view option,
                                      const std::string& text) {
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
      absl::StrCat(ToAbsl(option), ": got '", text,
                   "', want 1 second to 100 years, as 90s, 15m, 36h or 30d"));
}

absl::StatusOr<Prepared> Prepare(const ChangeOptions& given) {
  Prepared prepared;
  PublishOptions& options = prepared.options;
  if (!given.name.empty()) {
    HASHVET_RETURN_IF_ERROR(CheckPublicationName(given.name));
  }
  options.publication = given.name;
  options.keep_last = given.keep;
  options.accept_change = given.accept;
  options.allow_plain = given.plain;
  options.min_version = given.min_version;
  if (!given.expires.empty()) {
    HASHVET_ASSIGN_OR_RETURN(options.expires_after_s,
                             ParseSeconds("--expires", given.expires));
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

void CollectedObject(const Collected& collected, JsonLine& json) {
  json.BeginObject("collected");
  json.Field("files", collected.files);
  json.Field("size_bytes", collected.size_bytes);
  json.Field("names_sha256", Sha256Text(collected.sha256));
  json.EndObject();
}

void ResultFields(const ChangeOptions& options, const Prepared& prepared,
                  const PublishResult& result, JsonLine& json) {
  const Manifest& manifest = result.manifest;
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
      .add_option("--min-version", options.min_version,
                  "The manifest's version is at least this: above what readers "
                  "have seen, where the manifest was lost")
      ->type_name("N")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 62).description(""));
  command
      .add_option("--group", options.group, "The group that may read the list")
      ->type_name("GROUP");
  AddPublishAuditOption(command, options.audit);
  AddThreadsOption(command, options.threads);
  AddJsonOption(command, options.json);
}

}  // namespace hashvet::cli
