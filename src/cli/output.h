// Results on standard output, words to people on standard error.

#ifndef HASHVET_SRC_CLI_OUTPUT_H_
#define HASHVET_SRC_CLI_OUTPUT_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "src/cli/exit_code.h"

namespace hashvet::cli {

// Lines to standard output, gathered into large writes. A write that fails (a
// full disk, a reader that went away) is remembered: everything after it is
// dropped, and Finish turns the exit code into kUsage with one line on standard
// error. Not thread-safe.
class Output {
 public:
  // One line; the line break is added.
  void Line(std::string_view line);
  // As it is, without a line break.
  void Text(std::string_view text);
  void Flush();

  // Nothing more is printed: `status` is as if a write had failed.
  void Fail(const absl::Status& status) { status_.Update(status); }

  // Nobody can read what would come next.
  bool failed() const { return !status_.ok(); }

  // Flushes. Returns `code`, or kUsage when something could not be written.
  ExitCode Finish(ExitCode code);

 private:
  std::string buffer_;
  absl::Status status_;
};

// "hashvet: <text>" on standard error, in one write, with what a terminal would
// obey made visible and without words that may be hash values. A progress bar
// in the way is cleared first.
void Say(std::string_view text);

// Words that hold a long run of hex digits, given where a file or a list was
// wanted, become "<64 hex digits>". Names keep theirs: a word with a '.' or '/'
// in it, as of the files of a published directory, or one that is a file here.
std::string WithoutHashWords(std::string_view text);

// Text that cannot break a line or steer a terminal: control characters and
// backslashes become \n, \t, \r, \\ or \xNN. Names without them stay as they
// are.
std::string Escaped(std::string_view text);

// An Escaped field of a tab-separated line; "-" for an empty one.
std::string Field(std::string_view text);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_OUTPUT_H_
