// What the program's exit status says. Scripts rely on these numbers.

#ifndef HASHVET_SRC_CLI_EXIT_CODE_H_
#define HASHVET_SRC_CLI_EXIT_CODE_H_

namespace hashvet::cli {

enum class ExitCode : int {
  kOk = 0,             // all done, nothing matched
  kMatched = 1,        // all done, something matched
  kUsage = 2,          // usage, configuration, or an output that failed
  kListProblem = 3,    // a list is missing, damaged, empty or refused
  kFailed = 4,         // some inputs failed, nothing matched
  kFailedMatched = 5,  // some inputs failed, something matched
  kHeld = 13,          // a guard holds it: look, then accept it explicitly
  kLocked = 15,        // another process has the ledger: try again
};

// Of a command that went through all its inputs.
constexpr ExitCode ExitCodeFor(bool some_failed, bool some_matched) {
  if (some_failed) {
    return some_matched ? ExitCode::kFailedMatched : ExitCode::kFailed;
  }
  return some_matched ? ExitCode::kMatched : ExitCode::kOk;
}

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_EXIT_CODE_H_
