// The inputs of a command, one at a time: names on the command line first, then
// those that --file-list files hold, so that millions of names need no memory.

#ifndef HASHVET_SRC_CLI_INPUTS_H_
#define HASHVET_SRC_CLI_INPUTS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace CLI {
class App;
}

namespace hashvet::cli {

// Lines as they arrive. A line is delivered as soon as it is complete; one
// longer than kMaxBytes is delivered without its end. Not thread-safe.
class LineReader {
 public:
  static constexpr size_t kMaxBytes = size_t{64} << 10;

  // Standard input for "-". Pipes and devices are read too.
  //
  // Errors: NotFound, PermissionDenied, InvalidArgument (a directory),
  // Internal; the message ends with the name.
  static absl::StatusOr<LineReader> Open(const std::string& path,
                                         char separator = '\n');

  LineReader(LineReader&& other) noexcept;
  LineReader& operator=(LineReader&& other) noexcept;
  ~LineReader();

  // The next line without its separator, or nothing at the end or after an
  // error.
  std::optional<std::string> Next();

  // Why reading stopped early, if it did.
  const absl::Status& status() const { return status_; }
  const std::string& name() const { return name_; }  // for messages
  uint64_t lines() const { return lines_; }          // delivered so far

 private:
  LineReader(int descriptor, std::string name, char separator)
      : descriptor_(descriptor),
        name_(std::move(name)),
        separator_(separator) {}
  bool Fill();  // false at the end or on an error

  int descriptor_;
  std::string name_;
  char separator_;
  std::string buffer_;
  size_t begin_ = 0;  // of the unread part of buffer_
  uint64_t lines_ = 0;
  absl::Status status_;
};

struct InputOptions {
  std::vector<std::string> files;
  std::vector<std::string> file_lists;
  bool nul_separated = false;
};

// FILE…, --file-list and -0. `what` describes FILE.
void AddInputOptions(CLI::App& command, InputOptions& options,
                     const std::string& what);

// Not thread-safe.
class Inputs {
 public:
  // Errors: InvalidArgument: there is no input at all, or standard input is
  // asked for twice; and those of LineReader::Open for a --file-list.
  static absl::StatusOr<Inputs> Open(const InputOptions& options);

  // The next name. "-" is standard input only when the command line says so: a
  // file of that name in a list comes back as "./-". Empty lines are no names.
  std::optional<std::string> Next();

  // How many there are, where no list must be read to know.
  std::optional<uint64_t> total() const;

  // Why a list could not be read to its end, if so.
  const absl::Status& status() const { return status_; }

 private:
  Inputs(std::vector<std::string> files, std::vector<LineReader> lists)
      : files_(std::move(files)), lists_(std::move(lists)) {}

  std::vector<std::string> files_;
  size_t next_file_ = 0;
  std::vector<LineReader> lists_;
  size_t next_list_ = 0;
  absl::Status status_;
};

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_INPUTS_H_
