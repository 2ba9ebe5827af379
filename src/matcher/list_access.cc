#include "hashvet/matcher/list_access.h"

#include <chrono>
#include <span>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/list/key_source.h"
#include "hashvet/list/signing_key.h"
#include "hashvet/matcher/list_source.h"

namespace hashvet {
namespace {

absl::Status Of(std::string_view option, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(ToAbsl(option), ": ", status.message()));
}

}  // namespace

absl::StatusOr<ListAccess> ListAccess::Prepare(
    const ListAccessOptions& options) {
  if (options.files.empty() && options.directories.empty()) {
    return absl::InvalidArgumentError(
        "got no list, want a snapshot file or a published directory");
  }
  ListAccess access;
  access.options_ = options;
  if (!options.trusted_keys.empty()) {
    auto keys = ReadPublicKeys(options.trusted_keys);
    if (!keys.ok()) return Of("trusted keys", keys.status());
    access.published_.trust.keys = *std::move(keys);
  }
  access.published_.trust.publication = options.publication;
  if (!options.state.empty()) {
    access.published_.trust.state_path = options.state;
    access.published_.verified_path = absl::StrCat(options.state, ".verified");
  }
  if (!options.policy.empty()) {
    HASHVET_ASSIGN_OR_RETURN(access.policy_, ReadPolicyConfig(options.policy));
  }
  if (!options.encrypt_key.empty()) {
    const auto secret = ReadSecret(options.encrypt_key);
    if (!secret.ok()) return Of("encryption key", secret.status());
    auto key = EncryptionKey::FromSecret(secret->bytes());
    if (!key.ok()) return Of("encryption key", key.status());
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

}  // namespace hashvet
