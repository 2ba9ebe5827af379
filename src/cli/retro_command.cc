// hashvet retro: what is new on the lists, against what a platform has stored.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "hashvet/base/atomic_file.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/mapped_file.h"
#include "hashvet/base/status.h"
#include "hashvet/ledger/retro.h"
#include "hashvet/list/text_list.h"
#include "src/base/descriptor.h"
#include "src/cli/inputs.h"
#include "src/cli/list_command.h"
#include "src/cli/output.h"
#include "src/cli/progress_bar.h"

namespace hashvet::cli {
namespace {

// Asked about together.
constexpr size_t kBlock = 65'536;

// What an interruption costs at most: what was found since is kept back until
// then. Marking waits for the disk.
constexpr auto kMarkEvery = std::chrono::seconds(1);
constexpr size_t kMaxKeptBack = size_t{8} << 20;  // bytes

struct RetroOptionsGiven {
  LedgerSettings ledger;
  uint64_t since = 0;
  std::vector<std::string> stored;
  std::vector<std::string> only;
  std::string kind = "pdq";
  std::string output;
  size_t threads = 0;
};

struct Counts {
  uint64_t stored = 0;
  uint64_t invalid = 0;
  uint64_t matches = 0;
};

// Lines to standard output, or to a file that an interrupted run goes on with:
// beside it, OUT.progress says how many stored hashes are done, and how much of
// OUT tells of them.
class RetroOutput {
 public:
  RetroOutput(std::string path, std::string run)
      : path_(std::move(path)), run_(std::move(run)) {}

  absl::Status Open() {
    if (path_.empty()) return absl::OkStatus();
    file_ =
        Descriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (file_.number() < 0) return Error("cannot open");
    if (const auto progress = ReadFile(Progress(), 65'536); progress.ok()) {
      const std::string text(reinterpret_cast<const char*>(progress->data()),
                             progress->size());
      const std::vector<std::string> words = absl::StrSplit(text, '\n');
      uint64_t counts[4];
      bool is_right = words.size() == 6 && words[0] == run_;
      for (size_t w = 0; is_right && w < 4; ++w) {
        is_right = absl::SimpleAtoi(words[w + 1], &counts[w]);
      }
      if (is_right) {
        size_bytes_ = counts[0];
        done_ = {counts[1], counts[2], counts[3]};
      }
    }
    if (::ftruncate(file_.number(), static_cast<off_t>(size_bytes_)) != 0 ||
        ::lseek(file_.number(), 0, SEEK_END) < 0) {
      return Error("cannot go on with");
    }
    return absl::OkStatus();
  }

  const Counts& done() const { return done_; }  // by an interrupted run

  void Line(std::string_view line) {
    if (path_.empty()) {
      output_.Line(line);
    } else {
      buffer_.append(line);
      buffer_.push_back('\n');
    }
  }

  bool IsDue() const {
    return path_.empty() || buffer_.size() >= kMaxKeptBack ||
           std::chrono::steady_clock::now() - marked_ >= kMarkEvery;
  }

  // So far everything is told.
  absl::Status Mark(const Counts& counts) {
    if (path_.empty()) {
      output_.Flush();
      return output_.failed() ? absl::DataLossError("nobody reads the output")
                              : absl::OkStatus();
    }
    for (size_t at = 0; at < buffer_.size();) {
      const ssize_t wrote =
          ::write(file_.number(), buffer_.data() + at, buffer_.size() - at);
      if (wrote < 0 && errno != EINTR) return Error("cannot write");
      at += wrote > 0 ? static_cast<size_t>(wrote) : 0;
    }
    size_bytes_ += buffer_.size();
    buffer_.clear();
    if (::fdatasync(file_.number()) != 0) return Error("cannot flush");
    HASHVET_ASSIGN_OR_RETURN(AtomicFile progress,
                             AtomicFile::Create(Progress()));
    const std::string text =
        absl::StrCat(run_, "\n", size_bytes_, "\n", counts.stored, "\n",
                     counts.invalid, "\n", counts.matches, "\n");
    HASHVET_RETURN_IF_ERROR(progress.Append(std::as_bytes(std::span(text))));
    HASHVET_RETURN_IF_ERROR(progress.Commit());
    marked_ = std::chrono::steady_clock::now();
    return absl::OkStatus();
  }

  ExitCode Finish(ExitCode code) {
    if (!path_.empty()) ::unlink(Progress().c_str());
    return output_.Finish(code);
  }

 private:
  std::string Progress() const { return path_ + ".progress"; }
  absl::Status Error(const char* what) const {
    return absl::DataLossError(
        absl::StrCat(what, ": ", std::strerror(errno), ": ", path_));
  }

  const std::string path_;
  const std::string run_;  // what was asked: another run's progress is not ours
  Descriptor file_;
  std::string buffer_;
  uint64_t size_bytes_ = 0;
  std::chrono::steady_clock::time_point marked_ =
      std::chrono::steady_clock::now();
  Counts done_;
  Output output_;
};

// `id,hash` or `id,KIND:hash`; the id may hold commas.
absl::StatusOr<std::pair<std::string_view, HashValue>> ParseStored(
    std::string_view line, HashKind kind) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const size_t comma = line.rfind(',');
  if (comma == std::string_view::npos || comma == 0) {
    return absl::InvalidArgumentError("want id,hash");
  }
  HASHVET_ASSIGN_OR_RETURN(const ListEntry entry,
                           ParseListLine(line.substr(comma + 1), kind, 0));
  return std::pair(line.substr(0, comma), entry.value);
}

class Retro {
 public:
  Retro(const RetroOptionsGiven& options, HashKind kind,
        const RetroMatcher& matcher, RetroOutput& output)
      : options_(options),
        kind_(kind),
        matcher_(matcher),
        output_(output),
        pool_(MakeThreadPool(options.threads)),
        counts_(output.done()) {}

  absl::Status Run(ProgressBar& progress) {
    uint64_t skip = counts_.stored + counts_.invalid;
    for (const std::string& path : options_.stored) {
      HASHVET_ASSIGN_OR_RETURN(LineReader reader, LineReader::Open(path));
      while (std::optional<std::string> line = reader.Next()) {
        progress.Advance();
        if (line->empty() || line->front() == '#') continue;
        if (skip > 0) {
          --skip;
          continue;
        }
        HASHVET_RETURN_IF_ERROR(Add(*line, reader));
      }
      HASHVET_RETURN_IF_ERROR(reader.status());
    }
    HASHVET_RETURN_IF_ERROR(Flush());
    return output_.Mark(counts_);
  }
  const Counts& counts() const { return counts_; }

 private:
  absl::Status Add(const std::string& line, const LineReader& reader) {
    const auto stored = ParseStored(line, kind_);
    if (!stored.ok()) {
      if (++counts_.invalid <= TextListReport::kMaxInvalidShown) {
        Say(absl::StrCat(reader.name(), ":", reader.lines(), ": ",
                         stored.status().message()));
      }
      return absl::OkStatus();
    }
    ++counts_.stored;
    ids_.emplace_back(stored->first);
    values_.push_back(stored->second);
    return values_.size() < kBlock ? absl::OkStatus() : Flush();
  }

  absl::Status Flush() {
    SearchOptions how;
    how.executor = pool_.get();
    HASHVET_RETURN_IF_ERROR(
        matcher_.Match(values_, how, [this](const RetroMatch& match) {
          ++counts_.matches;
          output_.Line(options_.ledger.json ? Json(match) : Text(match));
          return absl::OkStatus();
        }));
    ids_.clear();
    values_.clear();
    return output_.IsDue() ? output_.Mark(counts_) : absl::OkStatus();
  }

  std::string Json(const RetroMatch& match) const {
    JsonLine json;
    json.Field("id", ids_[match.stored]);
    json.Field("version", matcher_.version());
    json.Field("list", match.list);
    json.Field("entry", match.key);
    json.Field("category", match.category);
    json.Field("kind", NameOf(match.kind));
    json.Field("distance", match.distance);
    return json.Finish();
  }
  std::string Text(const RetroMatch& match) const {
    return absl::StrCat(Field(ids_[match.stored]), "\t", matcher_.version(),
                        "\t", Field(match.list), "\t", Field(match.key), "\t",
                        Field(match.category), "\t", ToAbsl(NameOf(match.kind)),
                        "\t", match.distance);
  }

  const RetroOptionsGiven& options_;
  const HashKind kind_;
  const RetroMatcher& matcher_;
  RetroOutput& output_;
  const std::unique_ptr<Executor> pool_;
  std::vector<std::string> ids_;
  std::vector<HashValue> values_;
  Counts counts_;
};

// What each file is, so that an interrupted run goes on with the very same ones
// only; and that none of them is where the output goes.
absl::StatusOr<std::string> IdentityOf(const RetroOptionsGiven& options) {
  struct stat out;
  const bool has_out =
      !options.output.empty() && ::stat(options.output.c_str(), &out) == 0;
  std::string identity;
  for (const std::string& path : options.stored) {
    struct stat info;
    if (path == "-" || ::stat(path.c_str(), &info) != 0 ||
        !S_ISREG(info.st_mode)) {
      // Read once only: nothing can be gone on with.
      absl::StrAppend(&identity, " ", ::getpid(), ".",
                      absl::GetCurrentTimeNanos());
      continue;
    }
    if (has_out && info.st_dev == out.st_dev && info.st_ino == out.st_ino) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--output: got a file that is to be read, want another: ", path));
    }
    absl::StrAppend(&identity, " ", info.st_dev, ".", info.st_ino, ".",
                    info.st_size, ".", info.st_mtim.tv_sec, ".",
                    info.st_mtim.tv_nsec);
  }
  return identity;
}

ExitCode RunRetro(const RetroOptionsGiven& options) {
  if (absl::Status status = CheckSimdTarget(); !status.ok()) {
    return UsageError(status);
  }
  const auto identity = IdentityOf(options);
  if (!identity.ok()) return UsageError(identity.status());
  const auto kind = ParseHashKind(options.kind);
  if (!kind.ok()) return UsageError(kind.status());
  const auto ledger = OpenLedger(options.ledger);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  const auto matcher =
      RetroMatcher::Create(**ledger, options.since, {.lists = options.only});
  if (!matcher.ok()) return LedgerProblem(matcher.status());
  if (absl::Status status = (*ledger)->Close(); !status.ok()) {
    return LedgerProblem(status);
  }
  std::vector<std::string> asked = options.stored;
  asked.insert(asked.end(), options.only.begin(), options.only.end());
  RetroOutput output(
      options.output,
      absl::StrCat("since ", options.since, " to ", matcher->version(), " ",
                   options.kind, options.ledger.json ? " json " : " ",
                   Escaped(absl::StrJoin(asked, " ")), *identity));
  if (absl::Status status = output.Open(); !status.ok()) {
    return UsageError(status);
  }
  ProgressBar progress("hashes", std::nullopt);
  Retro retro(options, *kind, *matcher, output);
  if (absl::Status status = retro.Run(progress); !status.ok()) {
    return UsageError(status);
  }
  const Counts& counts = retro.counts();
  const ExitCode code =
      output.Finish(ExitCodeFor(counts.invalid > 0, counts.matches > 0));
  Say(absl::StrCat(
      matcher->values(), " values new since version ", options.since, ", ",
      matcher->carried_only() > 0
          ? absl::StrCat(matcher->carried_only(),
                         " of kinds that their list has no threshold for, ")
          : "",
      counts.stored, " stored, ", counts.matches, " matches, ", counts.invalid,
      " invalid lines; next time --since ", matcher->version()));
  return code;
}

}  // namespace

void AddRetroCommand(CLI::App& program, Run& run) {
  auto options = std::make_shared<RetroOptionsGiven>();
  CLI::App& command = *program.add_subcommand(
      "retro", "What is new on the lists, against hashes that are stored");
  command
      .add_option("STORED", options->stored,
                  "Lines id,hash or id,KIND:hash; - is standard input")
      ->type_name("")
      ->required();
  command
      .add_option("--since", options->since,
                  "The ledger's version that was matched against last; 0 for "
                  "everything")
      ->type_name("VERSION")
      ->check(CLI::NonNegativeNumber.description(""))
      ->required();
  command.add_option("--only", options->only, "These lists, by name")
      ->type_name("NAME")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      .add_option("--kind", options->kind,
                  "Of hashes that state no kind of their own")
      ->type_name("KIND")
      ->capture_default_str();
  command
      .add_option("-o,--output", options->output,
                  "Where matches go; the same command goes on with it after an "
                  "interruption")
      ->type_name("OUT");
  AddThreadsOption(command, options->threads);
  AddLedgerOptions(command, options->ledger, false);
  command.footer(
      "A line a match: id, the ledger's version, list, entry, category, kind, "
      "distance.\nId and version are its identity: the same question gives the "
      "same lines. Values of\nlists of known good are left out.\n"
      "Exit: 0 nothing matches, 1 something does, 2 usage error or the output "
      "cannot be\nwritten, 3 the ledger is refused, 4 or 5 as 0 or 1, and some "
      "lines were invalid,\n15 another process is writing to the ledger.\n\n"
      "Example:\n"
      "  hashvet retro --ledger ledger --since 41 -o matches.tsv stored.csv\n");
  OnRun(command, run, options, &RunRetro);
}

}  // namespace hashvet::cli
