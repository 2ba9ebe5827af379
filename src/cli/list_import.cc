// hashvet list import: text lists into the ledger, in transactions of a million
// entries, each with the place that the next begins at.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hashvet/base/status.h"
#include "hashvet/list/text_list.h"
#include "src/base/descriptor.h"
#include "src/cli/list_command.h"
#include "src/cli/output.h"
#include "src/cli/progress_bar.h"
#include "src/cli/publish_options.h"

namespace hashvet::cli {
namespace {

// Of a transaction, at most; two are held, the one that is applied and the one
// that is read, some 250 MiB, so that SQLite's own cache is kept small: what a
// chunk changes it passes through in order anyway.
constexpr size_t kMaxChunkEntries = 1'000'000;
constexpr size_t kMaxChunkBytes = size_t{96} << 20;
constexpr size_t kCacheBytes = size_t{64} << 20;
constexpr size_t kMaxChunkInvalid = 10'000;  // lines that are no entry

struct ImportOptions {
  LedgerSettings ledger;
  std::string list;
  std::vector<std::string> files;
  std::string kind = "pdq";
  std::string category_scheme;
  bool restore = false;
  bool full = false;
  bool accept = false;
  size_t chunk = kMaxChunkEntries;
  std::string current_at;
};

// A file's text, and which file it is: a place in another one says nothing.
class TextFile {
 public:
  static absl::StatusOr<TextFile> Open(const std::string& path) {
    if (path == "-") return TextFile(Descriptor(::dup(STDIN_FILENO)), "");
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    struct stat info;
    if (file.number() < 0 || ::fstat(file.number(), &info) != 0) {
      return absl::NotFoundError(
          absl::StrCat("cannot open: ", std::strerror(errno), ": ", path));
    }
    if (S_ISDIR(info.st_mode)) {
      return absl::InvalidArgumentError(
          absl::StrCat("got a directory, want a file: ", path));
    }
    if (!S_ISREG(info.st_mode)) return TextFile(std::move(file), "");
    return TextFile(
        std::move(file),
        absl::StrCat(info.st_dev, ".", info.st_ino, ".", info.st_size, ".",
                     info.st_mtim.tv_sec, ".", info.st_mtim.tv_nsec));
  }

  absl::StatusOr<size_t> Read(std::span<char> buffer) {
    while (true) {
      const ssize_t got = ::read(file_.number(), buffer.data(), buffer.size());
      if (got >= 0) return static_cast<size_t>(got);
      if (errno == EINTR) continue;
      return absl::DataLossError(
          absl::StrCat("cannot read: ", std::strerror(errno)));
    }
  }
  // Empty for what can be read once only.
  const std::string& identity() const { return identity_; }

 private:
  TextFile(Descriptor file, std::string identity)
      : file_(std::move(file)), identity_(std::move(identity)) {}
  Descriptor file_;
  std::string identity_;
};

std::string CheckpointName(const std::string& path) {
  return absl::StrCat("import ", path);
}

struct Imported {
  DeltaResult result;
  uint64_t resumed_at = 0;  // entries that an interrupted import had done
  uint64_t entries = 0;
  uint64_t invalid = 0;
};

// Reads one file and applies it, a chunk at a time, and reads on meanwhile.
class Import {
 public:
  Import(Ledger& ledger, const ImportOptions& options, HashKind bare_kind,
         const std::string& path, ProgressBar& progress)
      : ledger_(ledger),
        options_(options),
        bare_kind_(bare_kind),
        name_(path == "-" ? "standard input" : path),
        checkpoint_name_(CheckpointName(path)),
        progress_(progress) {}

  absl::StatusOr<Imported> Run(TextFile file) {
    HASHVET_RETURN_IF_ERROR(FindPlace(file.identity()));
    const TextListOptions how = {
        .bare_kind = bare_kind_,
        .skip_invalid = true,
        .invalid = [this](uint64_t line, std::string_view text,
                          std::string_view reason) {
          return Invalid(line, text, reason);
        }};
    HASHVET_ASSIGN_OR_RETURN(
        const TextListReport report,
        ReadTextList(
            [&](std::span<char> buffer) { return file.Read(buffer); }, name_,
            how, [this](ListEntry entry) { return Add(std::move(entry)); }));
    imported_.entries = report.entries;
    HASHVET_RETURN_IF_ERROR(Apply(true));
    HASHVET_RETURN_IF_ERROR(Finish());
    return std::move(imported_);
  }
  // Values that are in the ledger, whatever became of the rest.
  uint64_t done() const { return done_; }

 private:
  absl::Status FindPlace(const std::string& identity) {
    identity_ = identity;
    HASHVET_ASSIGN_OR_RETURN(
        const auto place, ledger_.Checkpoint(options_.list, checkpoint_name_));
    if (!place.has_value() || identity.empty()) return absl::OkStatus();
    const std::vector<std::string> words = absl::StrSplit(*place, ' ');
    uint64_t done = 0;
    if (words.size() == 2 && words[0] == identity &&
        absl::SimpleAtoi(words[1], &done)) {
      imported_.resumed_at = done;
      done_ = done;
    }
    return absl::OkStatus();
  }

  absl::Status Add(ListEntry entry) {
    progress_.Advance();
    if (++seen_ <= imported_.resumed_at) return absl::OkStatus();
    EntryUpdate update = {.key = std::move(entry.key),
                          .category = std::move(entry.category),
                          .category_scheme = std::move(entry.category_scheme),
                          .stated = entry.opinion};
    // A number of a line is nobody's identity: the next file has it too.
    if (update.key.starts_with("line-")) update.key = KeyOfValue(entry.value);
    if (update.category_scheme.empty() && !update.category.empty()) {
      update.category_scheme = options_.category_scheme;
    }
    update.values.push_back(
        {.value = std::move(entry.value), .quality = entry.quality});
    updates_.Add(std::move(update));
    return updates_.size() < options_.chunk &&
                   updates_.size_bytes() < kMaxChunkBytes
               ? absl::OkStatus()
               : Apply(false);
  }

  absl::Status Invalid(uint64_t line, std::string_view text,
                       std::string_view reason) {
    ++imported_.invalid;
    if (imported_.invalid <= TextListReport::kMaxInvalidShown) {
      Say(absl::StrCat(name_, ":", line, ": ", ToAbsl(reason)));
    }
    // With the chunk that it stands in.
    invalid_.push_back({absl::StrCat(name_, ":", line),
                        std::string(text.substr(0, kMaxTextBytes)),
                        std::string(reason)});
    return invalid_.size() < kMaxChunkInvalid ? absl::OkStatus() : Apply(false);
  }

  absl::Status Apply(bool is_last) {
    Delta delta = {.list = options_.list,
                   .checkpoint_name = checkpoint_name_,
                   .unite = true,
                   .restore = options_.restore,
                   .into_generation = options_.full,
                   .author = options_.ledger.Author()};
    std::swap(delta.updates, updates_);
    std::swap(delta.malformed_lines, invalid_);
    // What is done leaves no place: read again, it is all looked at again.
    if (!identity_.empty()) {
      delta.checkpoint = is_last ? "" : absl::StrCat(identity_, " ", seen_);
    }
    HASHVET_RETURN_IF_ERROR(Finish());
    applying_ =
        std::async(std::launch::async,
                   [&ledger = ledger_, delta = std::move(delta)]() mutable {
                     return ledger.Apply(std::move(delta));
                   });
    return absl::OkStatus();
  }

  // Waits for the chunk that is being applied, if one is.
  absl::Status Finish() {
    if (!applying_.valid()) return absl::OkStatus();
    HASHVET_ASSIGN_OR_RETURN(const DeltaResult result, applying_.get());
    done_ = applying_until_;
    imported_.result.Add(result);
    return absl::OkStatus();
  }

  Ledger& ledger_;
  const ImportOptions& options_;
  const HashKind bare_kind_;
  const std::string name_;
  const std::string checkpoint_name_;
  ProgressBar& progress_;
  std::string identity_;
  UpdateBatch updates_;
  std::vector<MalformedLine> invalid_;
  uint64_t seen_ = 0;
  uint64_t done_ = 0;
  uint64_t applying_until_ = 0;
  Imported imported_;
  // The chunk before, while the next one is read: the ledger is the other
  // thread's until it is done.
  std::future<absl::StatusOr<DeltaResult>> applying_;
};

// A generation of its own, or the one that the same import was interrupted in:
// what another left there is no part of this list.
absl::Status OpenGeneration(Ledger& ledger, const ImportOptions& options) {
  HASHVET_ASSIGN_OR_RETURN(const auto open,
                           ledger.OpenGeneration(options.list));
  if (open.has_value()) {
    if (options.files.size() == 1) {
      HASHVET_ASSIGN_OR_RETURN(const TextFile file,
                               TextFile::Open(options.files[0]));
      HASHVET_ASSIGN_OR_RETURN(
          const auto place,
          ledger.Checkpoint(options.list, CheckpointName(options.files[0])));
      if (!file.identity().empty() && place.has_value() &&
          place->starts_with(file.identity() + " ")) {
        return absl::OkStatus();
      }
    }
    HASHVET_RETURN_IF_ERROR(ledger.AbandonGeneration(options.list));
  }
  return ledger.BeginGeneration(options.list, options.ledger.Author());
}

ExitCode RunImport(const ImportOptions& options) {
  const auto kind = ParseHashKind(options.kind);
  if (!kind.ok()) return UsageError(kind.status());
  if (options.full && options.ledger.dry_run) {
    return UsageError(absl::InvalidArgumentError(
        "--full --dry-run: want list diff, which tells what would change"));
  }
  std::optional<uint64_t> confirmed_at;
  if (!options.current_at.empty()) {
    const auto time = ParseTime(options.current_at);
    if (!time.ok()) return UsageError(time.status());
    confirmed_at = *time;
  }
  const auto ledger = Ledger::Open(
      options.ledger.directory,
      {.dry_run = options.ledger.dry_run, .cache_bytes = kCacheBytes});
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  if (options.full) {
    if (absl::Status status = OpenGeneration(**ledger, options); !status.ok()) {
      return LedgerProblem(status);
    }
  }
  Imported all;
  {
    ProgressBar progress("entries", std::nullopt);
    for (const std::string& path : options.files) {
      auto file = TextFile::Open(path);
      if (!file.ok()) return LedgerProblem(file.status());
      Import import(**ledger, options, *kind, path, progress);
      auto imported = import.Run(*std::move(file));
      if (!imported.ok()) {
        const ExitCode code = LedgerProblem(imported.status());
        Say(absl::StrCat("the first ", import.done(), " values of ", path,
                         " are in the ledger; the same command goes on there"));
        return code;
      }
      all.result.Add(imported->result);
      all.resumed_at += imported->resumed_at;
      all.entries += imported->entries;
      all.invalid += imported->invalid;
    }
  }
  if (options.full) {
    auto finished = (*ledger)->FinishGeneration(options.list, options.accept,
                                                options.ledger.Author());
    if (!finished.ok()) return LedgerProblem(finished.status());
    finished->quarantined.insert(all.result.quarantined.begin(),
                                 all.result.quarantined.end());
    all.result = *std::move(finished);
  }
  // Once all of it is there.
  if (confirmed_at.has_value()) {
    const auto told = (*ledger)->Apply({.list = options.list,
                                        .confirmed_at = confirmed_at,
                                        .author = options.ledger.Author()});
    if (!told.ok()) return LedgerProblem(told.status());
  }
  Output output;
  if (options.ledger.json) {
    JsonLine json;
    json.Field("list", options.list);
    json.Field("values", all.entries);
    json.Field("resumed_at", all.resumed_at);
    json.Field("invalid_lines", all.invalid);
    DeltaFields(all.result, json);
    output.Line(json.Finish());
  } else {
    output.Line(absl::StrCat(
        options.list, ": ", all.entries, " values read, ",
        all.resumed_at > 0
            ? absl::StrCat("the first ", all.resumed_at, " done before, ")
            : "",
        all.invalid > 0 ? absl::StrCat(all.invalid, " lines in quarantine, ")
                        : "",
        DeltaText(all.result)));
  }
  return FinishLedger(**ledger, output);
}

}  // namespace

void AddListImport(CLI::App& list, Run& run) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App& command =
      *list.add_subcommand("import", "Text lists into a list of the ledger");
  command.add_option("LIST", options->list, "The list's name")
      ->type_name("")
      ->required();
  command
      .add_option("INPUT", options->files,
                  "Lists: a hash a line, hash,quality,file, KIND HASH, or CSV "
                  "with a header; - is standard input")
      ->type_name("")
      ->required();
  command
      .add_option("--kind", options->kind,
                  "Of values that state no kind of their own")
      ->type_name("KIND")
      ->capture_default_str();
  command
      .add_option("--category-scheme", options->category_scheme,
                  "Whose word the categories are, where the text does not say")
      ->type_name("NAME");
  command.add_flag("--restore", options->restore,
                   "Bring back entries that were deleted");
  command.add_flag("--full", options->full,
                   "INPUT is the whole list: what it lacks is deleted, all at "
                   "once in the end");
  command.add_flag("--accept", options->accept,
                   "With --full: also when it lacks more than the list's "
                   "guards allow");
  command
      .add_option("--chunk", options->chunk,
                  "Entries of a transaction, at most: 1..1000000")
      ->type_name("N")
      ->check(CLI::Range(size_t{1}, kMaxChunkEntries).description(""))
      ->capture_default_str();
  command
      .add_option("--current-at", options->current_at,
                  "When the source confirmed that this is its present state, "
                  "for the list's staleness: now, or as 2026-01-31T12:00:00Z")
      ->type_name("TIME");
  AddLedgerOptions(command, options->ledger, true);
  command.footer(
      "Rows of one key are one entry, whose values are added to those it has. "
      "Rows\nwithout a key get one made from the value. Lines that are no "
      "entry, and values\nthat a guard holds, go to quarantine and stop "
      "nothing.\n"
      "Every chunk is a transaction of its own, with the place in the file: "
      "the same\ncommand goes on there after an interruption.\n"
      "Exit: 0 done, 2 usage error, 3 an input is missing, no such list, or "
      "the ledger is\nrefused, 13 held by a guard (--full), 15 another process "
      "is writing to it.\n\n"
      "Example:\n"
      "  hashvet list import ncmec/industry --ledger ledger list.csv\n");
  OnRun(command, run, options, &RunImport);
}

}  // namespace hashvet::cli
