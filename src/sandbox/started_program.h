// A program started so that its starter's other affairs are not touched: no
// SIGCHLD is raised when it ends, no wait for any child finds it, no descriptor
// of the starter's is open in it, and little of the environment.

#ifndef HASHVET_SRC_SANDBOX_STARTED_PROGRAM_H_
#define HASHVET_SRC_SANDBOX_STARTED_PROGRAM_H_

#include <unistd.h>

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "src/base/descriptor.h"

namespace hashvet {

class StartedProgram {
 public:
  // Runs `path` with `socket` as its standard input, and nothing else open but
  // /dev/null for its standard output and error.
  //
  // Errors: Unavailable, with the system's reason.
  static absl::StatusOr<StartedProgram> Start(const std::string& path,
                                              int socket);

  StartedProgram(StartedProgram&&) = default;
  StartedProgram& operator=(StartedProgram&&) = default;
  // Kills it if it still runs; not in a process that its starter forked. Whose
  // child it is sees to the rest.
  ~StartedProgram();

  int process() const { return process_; }

 private:
  StartedProgram(int process, Descriptor handle)
      : process_(process), owner_(getpid()), handle_(std::move(handle)) {}

  int process_;
  int owner_;          // whose it is to end
  Descriptor handle_;  // a pidfd: never another process's
};

}  // namespace hashvet

#endif  // HASHVET_SRC_SANDBOX_STARTED_PROGRAM_H_
