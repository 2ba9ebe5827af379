// Lines of an export: to a file that appears whole or not at all, or to
// standard output.

#ifndef HASHVET_SRC_CLI_TEXT_OUT_H_
#define HASHVET_SRC_CLI_TEXT_OUT_H_

#include <optional>
#include <span>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/base/atomic_file.h"
#include "hashvet/base/status.h"
#include "hashvet/ledger/ledger.h"
#include "src/cli/output.h"

namespace hashvet::cli {

class TextOut {
 public:
  //   path  empty: to `output`, which must outlive it
  static absl::StatusOr<TextOut> Open(const std::string& path, Output& output) {
    TextOut out(output);
    if (!path.empty()) {
      HASHVET_ASSIGN_OR_RETURN(out.file_, AtomicFile::Create(path));
    }
    return out;
  }
  absl::Status Line(std::string line) {
    if (!file_.has_value()) {
      output_.Line(line);
      return absl::OkStatus();
    }
    line.push_back('\n');
    return file_->Append(std::as_bytes(std::span(line)));
  }
  absl::Status Finish() {
    return file_.has_value() ? file_->Commit() : absl::OkStatus();
  }

 private:
  explicit TextOut(Output& output) : output_(output) {}
  Output& output_;
  std::optional<AtomicFile> file_;
};

// Whether a value of an entry is one that matches.
inline bool Matches(const LedgerEntry& entry, const EntryValue& value) {
  return entry.said.status == SourceStatus::kActive && !entry.suppressed &&
         (value.hold == Hold::kNone || value.hold == Hold::kReleased);
}

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_TEXT_OUT_H_
