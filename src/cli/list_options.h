// The lists that a command asks: which they are, how they are opened, and the
// matcher over them.

#ifndef HASHVET_SRC_CLI_LIST_OPTIONS_H_
#define HASHVET_SRC_CLI_LIST_OPTIONS_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "hashvet/base/executor.h"
#include "hashvet/list/publication.h"
#include "hashvet/list/sealed_file.h"
#include "hashvet/matcher/matcher.h"
#include "hashvet/matcher/policy_config.h"

namespace hashvet::cli {

struct ListOptions {
  std::vector<std::string> files;
  std::vector<std::string> directories;
  // Of published directories.
  std::string trusted_keys;
  std::string encrypt_key;
  std::string state;
  std::string policy;  // a policy file; empty: the lists' own hold
};

// --list, --lists, --policy, --trusted-keys, --encrypt-key and --state.
void AddListOptions(CLI::App& command, ListOptions& options);
// --policy and what follows: for commands that name their lists in another way.
void AddTrustOptions(CLI::App& command, ListOptions& options);

// What the options say, with the keys in memory. Must outlive the matchers made
// with it.
class ListAccess {
 public:
  // Errors: InvalidArgument for no list; a key or policy file that cannot be
  // read, naming the option. All are errors of usage.
  static absl::StatusOr<ListAccess> Prepare(const ListOptions& options);

  // A matcher that follows the lists. Errors: those of Matcher::Follow.
  absl::StatusOr<Matcher> Follow() const;

  const PublishedOptions& published() const { return published_; }
  // As the policy file says; empty without one.
  PolicyOverride policy() const;
  // How a matcher over them watches.
  WatchOptions watch() const;

 private:
  ListOptions options_;
  std::unique_ptr<const EncryptionKey> encryption_key_;
  std::unique_ptr<Executor> pool_;
  PublishedOptions published_;
  std::optional<PolicyConfig> policy_;
};

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_LIST_OPTIONS_H_
