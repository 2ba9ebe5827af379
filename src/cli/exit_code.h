// What the program's exit status says. Scripts rely on these numbers.

#ifndef HASHVET_SRC_CLI_EXIT_CODE_H_
#define HASHVET_SRC_CLI_EXIT_CODE_H_

namespace hashvet::cli {

enum class ExitCode : int {
  kOk = 0,               // all done, nothing matched
  kMatched = 1,          // all done, something matched
  kUsage = 2,            // usage, configuration, or an output that failed
  kListProblem = 3,      // a list is missing, damaged, empty or refused
  kFailed = 4,           // some inputs failed, nothing matched
  kFailedMatched = 5,    // some inputs failed, something matched
  kNetwork = 10,         // a feed's source is not reached: asked again later
  kAuthentication = 11,  // credentials refused, or a server not proved
  kProtocol = 12,        // what a feed's source says cannot be read
  kHeld = 13,            // a guard holds it: look, then accept it explicitly
  kStale = 14,           // a feed's list is not its source's present state
  kLocked = 15,          // another process has the ledger: try again
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
