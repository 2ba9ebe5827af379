#include "src/cli/inputs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"

namespace hashvet::cli {
namespace {

constexpr size_t kReadBytes = size_t{64} << 10;

absl::Status ReadError(int error, const char* what, const std::string& name) {
  const std::string message = absl::StrCat(
      what, ": ", std::generic_category().message(error), ": ", name);
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError(message);
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(message);
    default:
      return absl::InternalError(message);
  }
}

}  // namespace

absl::StatusOr<LineReader> LineReader::Open(const std::string& path,
                                            char separator) {
  if (path == "-") {
    return LineReader(STDIN_FILENO, "standard input", separator);
  }
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) return ReadError(errno, "cannot open", path);
  LineReader reader(descriptor, path, separator);
  struct stat info;
  if (::fstat(descriptor, &info) == 0 && S_ISDIR(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("got a directory, want a file: ", path));
  }
  return reader;
}

LineReader::LineReader(LineReader&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      name_(std::move(other.name_)),
      separator_(other.separator_),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_),
      lines_(other.lines_),
      status_(std::move(other.status_)) {}

LineReader& LineReader::operator=(LineReader&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(name_, other.name_);
  std::swap(separator_, other.separator_);
  std::swap(buffer_, other.buffer_);
  std::swap(begin_, other.begin_);
  std::swap(lines_, other.lines_);
  std::swap(status_, other.status_);
  return *this;
}

LineReader::~LineReader() {
  if (descriptor_ > STDIN_FILENO) ::close(descriptor_);
}

bool LineReader::Fill() {
  buffer_.erase(0, begin_);
  begin_ = 0;
  const size_t had = buffer_.size();
  buffer_.resize(had + kReadBytes);
  ssize_t got;
  do {
    got = ::read(descriptor_, buffer_.data() + had, kReadBytes);
  } while (got < 0 && errno == EINTR);
  if (got < 0) status_ = ReadError(errno, "cannot read", name_);
  buffer_.resize(had + static_cast<size_t>(std::max<ssize_t>(got, 0)));
  return got > 0;
}

std::optional<std::string> LineReader::Next() {
  if (!status_.ok()) return std::nullopt;
  std::string line;
  bool begun = false;
  size_t searched = begin_;
  while (true) {
    const size_t end = buffer_.find(separator_, searched);
    const size_t piece_end = std::min(end, buffer_.size());
    if (piece_end > begin_) {
      begun = true;
      line.append(buffer_, begin_,
                  std::min(piece_end - begin_, kMaxBytes - line.size()));
    }
    if (end != std::string::npos) {
      begin_ = end + 1;
      break;
    }
    begin_ = buffer_.size();
    searched = 0;
    if (!Fill()) {
      if (!begun || !status_.ok()) return std::nullopt;
      break;
    }
  }
  ++lines_;
  return line;
}

void AddInputOptions(CLI::App& command, InputOptions& options,
                     const std::string& what) {
  command.add_option("FILE", options.files, what)->type_name("");
  command
      .add_option("--file-list", options.file_lists,
                  "Also every file that F names, one a line; - reads the names "
                  "from standard input")
      ->type_name("F")
      ->allow_extra_args(false);
  command.add_flag("-0,--null", options.nul_separated,
                   "Names in a --file-list end with a NUL byte, as find "
                   "-print0 writes them");
}

absl::StatusOr<Inputs> Inputs::Open(const InputOptions& options) {
  if (options.files.empty() && options.file_lists.empty()) {
    return absl::InvalidArgumentError(
        "got no input, want at least one FILE, - or --file-list F");
  }
  const auto stdin_uses =
      std::count(options.files.begin(), options.files.end(), "-") +
      std::count(options.file_lists.begin(), options.file_lists.end(), "-");
  if (stdin_uses > 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "standard input (-): asked for ", stdin_uses, " times, want once"));
  }
  std::vector<LineReader> lists;
  for (const std::string& path : options.file_lists) {
    HASHVET_ASSIGN_OR_RETURN(
        LineReader list,
        LineReader::Open(path, options.nul_separated ? '\0' : '\n'));
    lists.push_back(std::move(list));
  }
  return Inputs(options.files, std::move(lists));
}

std::optional<std::string> Inputs::Next() {
  if (next_file_ < files_.size()) return files_[next_file_++];
  while (next_list_ < lists_.size()) {
    LineReader& list = lists_[next_list_];
    while (std::optional<std::string> name = list.Next()) {
      if (name->empty()) continue;
      if (*name == "-") return "./-";
      return name;
    }
    if (status_.ok()) status_ = list.status();
    ++next_list_;
  }
  return std::nullopt;
}

std::optional<uint64_t> Inputs::total() const {
  if (!lists_.empty()) return std::nullopt;
  return files_.size();
}

}  // namespace hashvet::cli
