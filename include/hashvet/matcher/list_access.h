// Lists as an operator names them, in paths and key sources, made ready to
// follow: what programs and the C interface open lists with.

#ifndef HASHVET_MATCHER_LIST_ACCESS_H_
#define HASHVET_MATCHER_LIST_ACCESS_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/export.h"
#include "hashvet/list/publication.h"
#include "hashvet/list/sealed_file.h"
#include "hashvet/matcher/matcher.h"
#include "hashvet/matcher/policy_config.h"

namespace hashvet {

struct ListAccessOptions {
  std::vector<std::string> files;        // snapshots
  std::vector<std::string> directories;  // published
  std::string trusted_keys;  // a file of public keys in PEM; empty: manifests
                             // need not be signed
  std::string publication;   // the one that the directories must be of; empty:
                             // any
  std::string encrypt_key;   // a key source (key_source.h); empty: none
  std::string state;  // TrustOptions::state_path; beside it, as STATE.verified,
                      // the record of files that were verified. Empty: that
                      // lies beside the manifest, and older ones go unnoticed
  std::string policy;  // a policy file; empty: the lists' own hold
};

// What the options say, with the keys in memory. Must outlive the matchers made
// with it. Immutable; thread-safe.
class HASHVET_EXPORT ListAccess {
 public:
  // Errors: InvalidArgument for no list; a key or policy file that cannot be
  // read, and which of them that is.
  static absl::StatusOr<ListAccess> Prepare(const ListAccessOptions& options);

  // A matcher that follows the lists. Errors: those of Matcher::Follow.
  absl::StatusOr<Matcher> Follow() const;

  const PublishedOptions& published() const { return published_; }
  // As the policy file says; empty without one.
  PolicyOverride policy() const;
  // How a matcher over them watches.
  WatchOptions watch() const;

 private:
  ListAccessOptions options_;
  std::unique_ptr<const EncryptionKey> encryption_key_;
  std::unique_ptr<Executor> pool_;
  PublishedOptions published_;
  std::optional<PolicyConfig> policy_;
};

}  // namespace hashvet

#endif  // HASHVET_MATCHER_LIST_ACCESS_H_
