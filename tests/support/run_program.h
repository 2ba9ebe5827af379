// Runs a program as its users do: arguments, streams, environment, limits, exit
// code.

#ifndef HASHVET_TESTS_SUPPORT_RUN_PROGRAM_H_
#define HASHVET_TESTS_SUPPORT_RUN_PROGRAM_H_

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hashvet::testing {

struct RunOptions {
  std::string input;  // on standard input
  std::vector<std::pair<std::string, std::string>> environment;  // added
  std::string folder;                      // to run in; empty: here
  std::string output_path;                 // standard output goes here instead
  std::optional<uint64_t> max_file_bytes;  // RLIMIT_FSIZE
  bool unprivileged = false;  // as nobody, where the tests run as root
  bool terminal = false;      // standard error is one
};

struct ProgramResult {
  int exit_code = -1;  // 128 + the signal that ended it
  std::string out;
  std::string err;
};

// REQUIRES: arguments[0] is the program's path. Ends the test program when it
// cannot be started.
ProgramResult RunProgram(const std::vector<std::string>& arguments,
                         const RunOptions& options = {});

// A program that is talked to while it runs.
class RunningProgram {
 public:
  explicit RunningProgram(const std::vector<std::string>& arguments,
                          const RunOptions& options = {});
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;
  ~RunningProgram();  // kills it when it still runs

  void Write(const std::string& text);
  void CloseInput();
  void CloseOutput();  // as a reader that goes away
  // The next line it prints, without the line break; nothing when it prints
  // none in time or ends.
  std::optional<std::string> ReadLine(
      std::chrono::milliseconds timeout = std::chrono::seconds(20));
  // Ends it at once, as kill -9 does. False when it had ended by itself.
  bool Kill();
  void Signal(int signal);
  // Closes its input, reads the rest and waits for its end.
  ProgramResult Finish();

 private:
  // Moves what is there from the pipes; false when both have ended.
  bool Read(int timeout_ms);

  pid_t process_ = -1;
  int input_ = -1;
  int output_ = -1;
  int error_ = -1;
  std::string out_;
  std::string err_;
};

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_SUPPORT_RUN_PROGRAM_H_
