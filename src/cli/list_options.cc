#include "src/cli/list_options.h"

#include <chrono>
#include <span>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/list/key_source.h"
#include "hashvet/list/signing_key.h"
#include "hashvet/matcher/list_source.h"
#include "src/cli/policy_file.h"

namespace hashvet::cli {
namespace {

absl::Status ForOption(std::string_view option, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(ToAbsl(option), ": ", status.message()));
}

}  // namespace

void AddListOptions(CLI::App& command, ListOptions& options) {
  command.add_option("--list", options.files, "A list: a snapshot file")
      ->type_name("L.hvs")
      ->allow_extra_args(false);
  command
      .add_option("--lists", options.directories,
                  "A published directory (snapshot publish), followed through "
                  "its manifest")
      ->type_name("DIR")
      ->allow_extra_args(false);
  AddTrustOptions(command, options);
}

void AddTrustOptions(CLI::App& command, ListOptions& options) {
  AddPolicyOption(command, options.policy);
  command
      .add_option("--trusted-keys", options.trusted_keys,
                  "Public keys in PEM; manifests must be signed by one of them")
      ->type_name("FILE");
  command
      .add_option("--encrypt-key", options.encrypt_key,
                  "Opens sealed lists: 32 bytes, 64 hex digits or base64, from "
                  "fd:N, file:PATH or command:CMD")
      ->type_name("SOURCE");
  command
      .add_option("--state", options.state,
                  "Remembers the newest manifests seen, so that older ones are "
                  "refused")
      ->type_name("FILE");
}

absl::StatusOr<ListAccess> ListAccess::Prepare(const ListOptions& options) {
  if (options.files.empty() && options.directories.empty()) {
    return absl::InvalidArgumentError(
        "got no list, want --list L.hvs or --lists DIR");
  }
  ListAccess access;
  access.options_ = options;
  if (!options.trusted_keys.empty()) {
    auto keys = ReadPublicKeys(options.trusted_keys);
    if (!keys.ok()) return ForOption("--trusted-keys", keys.status());
    access.published_.trust.keys = *std::move(keys);
  }
  access.published_.trust.state_path = options.state;
  if (!options.policy.empty()) {
    HASHVET_ASSIGN_OR_RETURN(access.policy_, LoadPolicy(options.policy));
  }
  if (!options.encrypt_key.empty()) {
    const auto secret = ReadSecret(options.encrypt_key);
    if (!secret.ok()) return ForOption("--encrypt-key", secret.status());
    auto key = EncryptionKey::FromSecret(secret->bytes());
    if (!key.ok()) return ForOption("--encrypt-key", key.status());
    access.encryption_key_ =
        std::make_unique<const EncryptionKey>(*std::move(key));
    access.published_.encryption_key = access.encryption_key_.get();
  }
  if (!options.directories.empty()) {
    access.pool_ = MakeThreadPool(0);
    access.published_.executor = access.pool_.get();
  }
  return access;
}

absl::StatusOr<Matcher> ListAccess::Follow() const {
  return Matcher::Follow(MakeListSource({.files = options_.files,
                                         .directories = options_.directories,
                                         .published = published_,
                                         .policy = policy()}));
}

PolicyOverride ListAccess::policy() const {
  if (!policy_.has_value()) return {};
  return [config = *policy_](std::span<const ListPolicy> own) {
    return Apply(config, own);
  };
}

WatchOptions ListAccess::watch() const {
  WatchOptions options;
  if (policy_.has_value() && policy_->selftest_every_s.has_value()) {
    options.self_test_every = std::chrono::seconds(*policy_->selftest_every_s);
  }
  return options;
}

}  // namespace hashvet::cli
