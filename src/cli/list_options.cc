#include "src/cli/list_options.h"

namespace hashvet::cli {

void AddListOptions(CLI::App& command, ListAccessOptions& options) {
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

void AddTrustOptions(CLI::App& command, ListAccessOptions& options) {
  command
      .add_option("--policy", options.policy,
                  "A policy file: what is asked of each list in place of what "
                  "the list says (see config check)")
      ->type_name("FILE");
  command
      .add_option("--trusted-keys", options.trusted_keys,
                  "Public keys in PEM; manifests must be signed by one of them")
      ->type_name("FILE");
  command
      .add_option("--publication", options.publication,
                  "What published directories must be, by the name that their "
                  "manifests sign")
      ->type_name("NAME");
  command
      .add_option("--encrypt-key", options.encrypt_key,
                  "Opens sealed lists: 32 bytes, 64 hex digits or base64, from "
                  "fd:N, file:PATH or command:CMD")
      ->type_name("SOURCE");
  command
      .add_option("--state", options.state,
                  "Remembers the newest manifests seen, so that older ones are "
                  "refused, and in FILE.verified which files were verified")
      ->type_name("FILE");
}

absl::StatusOr<ListAccess> PrepareLists(const ListAccessOptions& options) {
  if (options.files.empty() && options.directories.empty()) {
    return absl::InvalidArgumentError(
        "got no list, want a snapshot file (--list L.hvs) or a published "
        "directory (--lists DIR)");
  }
  return ListAccess::Prepare(options);
}

}  // namespace hashvet::cli
