// What `doctor` says of a published directory, whether or not its list can be
// served.

#ifndef HASHVET_SRC_CLI_PUBLICATION_REPORT_H_
#define HASHVET_SRC_CLI_PUBLICATION_REPORT_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "hashvet/list/publication.h"
#include "src/cli/json_line.h"

namespace hashvet::cli {

struct PublicationReport {
  Manifest manifest;
  bool expired = false;
  std::string signed_by;                // a key's id; empty: not signed
  std::optional<bool> signature_holds;  // none: no key to check it with
  bool sealed = false;
  // Of a sealed list that could be opened: whether its memory was locked.
  std::optional<bool> memory_locked;
};

// Errors: those of ReadManifest, but for what is refused.
absl::StatusOr<PublicationReport> ExaminePublication(
    const std::string& directory, const PublishedOptions& options);

std::string PublicationText(const PublicationReport& report);
void AddPublication(const PublicationReport& report, JsonLine& json);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_PUBLICATION_REPORT_H_
