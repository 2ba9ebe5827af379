#include "src/cli/policy_file.h"

#include <sys/stat.h>

#include <cstddef>
#include <string_view>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "hashvet/base/mapped_file.h"
#include "hashvet/base/status.h"

namespace hashvet::cli {

void AddPolicyOption(CLI::App& command, std::string& file) {
  command
      .add_option("--policy", file,
                  "A policy file: what is asked of each list in place of what "
                  "the list says (see config check)")
      ->type_name("FILE");
}

absl::StatusOr<PolicyConfig> LoadPolicy(const std::string& path,
                                        std::vector<std::string>* problems) {
  HASHVET_ASSIGN_OR_RETURN(const std::vector<std::byte> bytes,
                           ReadFile(path, kPolicyConfigMaxBytes));
  struct stat info;
  if (path != "-" && ::stat(path.c_str(), &info) == 0 &&
      (info.st_mode & S_IWOTH) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("policy file: everybody may write it: ", path));
  }
  return ParsePolicyConfig(
      std::string_view(reinterpret_cast<const char*>(bytes.data()),
                       bytes.size()),
      path == "-" ? "standard input" : path, problems);
}

}  // namespace hashvet::cli
