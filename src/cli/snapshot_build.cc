// hashvet snapshot build: text lists to a snapshot file.

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/mapped_file.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/list/snapshot_reader.h"
#include "hashvet/list/snapshot_writer.h"
#include "hashvet/list/text_list.h"
#include "src/cli/inputs.h"
#include "src/cli/json_line.h"
#include "src/cli/output.h"
#include "src/cli/progress_bar.h"
#include "src/cli/publish_options.h"
#include "src/cli/snapshot_command.h"

namespace hashvet::cli {
namespace {

// Longer lists come in several inputs.
constexpr size_t kMaxInputBytes = size_t{16} << 30;

struct BuildOptions {
  std::vector<std::string> inputs;
  std::string output;
  std::string base;                  // of an overlay
  std::vector<std::string> removed;  // files of keys, for an overlay
  ListPolicy policy;
  std::optional<uint32_t> max_distance;  // of `kind`
  std::string kind = "pdq";
  bool skip_invalid = false;
  bool skip_missing = false;
  std::string current_at;
  bool json = false;
};

ExitCode ListProblem(std::string_view what) {
  Say(what);
  return ExitCode::kListProblem;
}

// Where the trouble lies with the output rather than with a list.
ExitCode WriteProblem(const absl::Status& status) {
  Say(ToStd(status.message()));
  return status.code() == absl::StatusCode::kFailedPrecondition
             ? ExitCode::kListProblem  // no entries
             : ExitCode::kUsage;
}

// An input and the list it goes to: NAME=FILE, or FILE for the first list.
struct Input {
  std::string list;
  std::string file;
};

Input InputOf(const std::string& text) {
  const size_t equals = text.find('=');
  // A name that is no list's is part of a file name: "./a=b.txt".
  if (equals == std::string::npos || equals == 0 || text[0] == '.' ||
      text[0] == '/') {
    return {"", text};
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// Where the list of that name stands, appended when it is new.
uint16_t NumberOf(const std::string& name, std::vector<ListPolicy>& lists,
                  const ListPolicy& like) {
  for (size_t l = 0; l < lists.size(); ++l) {
    if (name.empty() || lists[l].name == name) return static_cast<uint16_t>(l);
  }
  lists.push_back(like);
  lists.back().name = name;
  return static_cast<uint16_t>(lists.size() - 1);
}

// Adds one input's entries and counts its bad lines; the first of them are told
// on standard error.
absl::Status AddInput(const std::string& input, uint16_t list,
                      HashKind bare_kind, SnapshotWriter& writer,
                      ProgressBar& progress, uint64_t& added,
                      uint64_t& invalid) {
  HASHVET_ASSIGN_OR_RETURN(const std::vector<std::byte> bytes,
                           ReadFile(input, kMaxInputBytes));
  const std::string name = input == "-" ? "standard input" : input;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              bytes.size());
  // All bad lines are told, not only the first: a list is mended in one go.
  HASHVET_ASSIGN_OR_RETURN(
      const TextListReport report,
      ReadTextList(
          text, name,
          TextListOptions{.bare_kind = bare_kind, .skip_invalid = true},
          [&](ListEntry entry) {
            progress.Advance();
            ++added;
            return writer.Add(list, std::move(entry));
          }));
  for (const TextListReport::Invalid& line : report.invalid) {
    Say(absl::StrCat(name, ":", line.line, ": ", line.reason));
  }
  if (report.skipped > report.invalid.size()) {
    Say(absl::StrCat(name, ": ", report.skipped - report.invalid.size(),
                     " more invalid lines"));
  }
  invalid += report.skipped;
  return absl::OkStatus();
}

// Every key that some entry of the list has.
absl::flat_hash_set<absl::string_view> KeysOf(const SnapshotReader& list) {
  absl::flat_hash_set<absl::string_view> keys;
  for (const SnapshotReader::KindCounts& counts : list.kinds()) {
    for (uint32_t row = 0; row < list.rows(counts.kind); ++row) {
      for (uint32_t i = 0; i < list.entry_count(counts.kind, row); ++i) {
        const EntryView entry = list.entry(counts.kind, row, i);
        if (entry.list != kCanaryList) keys.insert(ToAbsl(entry.key));
      }
    }
  }
  return keys;
}

// Removes the entries whose keys the file names, one a line, from every list.
// Counts the keys that none has, and tells the first of them by their lines: an
// entry that was to be withdrawn and is not found may be there under another
// key.
absl::Status RemoveKeys(const std::string& file, const SnapshotReader& base,
                        SnapshotWriter& writer, uint64_t& found,
                        uint64_t& missing) {
  constexpr uint64_t kMaxTold = 10;
  const absl::flat_hash_set<absl::string_view> known = KeysOf(base);
  HASHVET_ASSIGN_OR_RETURN(LineReader keys, LineReader::Open(file));
  for (uint64_t line = 1; std::optional<std::string> key = keys.Next();
       ++line) {
    if (key->ends_with('\r')) key->pop_back();
    if (key->empty()) continue;
    if (!known.contains(*key)) {
      if (++missing <= kMaxTold) {
        Say(absl::StrCat(file, ":", line,
                         ": no entry has this key: ", base.path()));
      }
      continue;
    }
    ++found;
    for (size_t l = 0; l < base.lists().size(); ++l) {
      HASHVET_RETURN_IF_ERROR(writer.Remove(static_cast<uint16_t>(l), *key));
    }
  }
  return keys.status();
}

// PDQ's usual threshold, and --max-distance, which is of the kind that values
// without one of their own have.
//
// Errors: InvalidArgument where the kind has no such threshold.
absl::Status SetThresholds(HashKind kind, std::optional<uint32_t> max_distance,
                           ListPolicy& policy) {
  SetKindPolicy(*DefaultKindPolicy(HashKind::kPdq), policy);
  if (!max_distance.has_value()) return absl::OkStatus();
  const absl::string_view name = ToAbsl(NameOf(kind));
  switch (InfoOf(kind).family) {
    case HashFamily::kBits:
      SetKindPolicy({.kind = kind, .max_distance = *max_distance}, policy);
      return absl::OkStatus();
    case HashFamily::kDigest:
      return absl::InvalidArgumentError(absl::StrCat(
          "--max-distance: ", name, " values are equal or not, want none"));
    case HashFamily::kByteVector:
      break;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "--max-distance: ", name,
      " values are compared under a metric, want both in a policy file: match "
      "--policy"));
}

// How many of the snapshot's values no query can reach, by kind: their list has
// no threshold for them.
std::vector<std::pair<HashKind, uint64_t>> CarriedOnly(
    const SnapshotReader& snapshot) {
  std::vector<std::pair<HashKind, uint64_t>> carried;
  for (const SnapshotReader::KindCounts& counts : snapshot.kinds()) {
    uint64_t entries = 0;
    for (size_t l = 0; l < snapshot.lists().size(); ++l) {
      if (KindPolicyOf(snapshot.lists()[l], counts.kind)) continue;
      entries += snapshot.EntriesOf(static_cast<uint16_t>(l), counts.kind);
    }
    if (entries > 0) carried.emplace_back(counts.kind, entries);
  }
  return carried;
}

std::string FolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

ExitCode RunBuild(const BuildOptions& options) {
  const absl::StatusOr<HashKind> kind = ParseHashKind(options.kind);
  if (!kind.ok()) return UsageError(kind.status());
  if (options.output == "-") {
    return UsageError(absl::InvalidArgumentError(
        "output: got standard output (-), want a file: -o"));
  }
  if (options.inputs.empty() && options.base.empty()) {
    return UsageError(absl::InvalidArgumentError(
        "got no INPUT, want at least one: snapshot build"));
  }
  if (!options.removed.empty() && options.base.empty()) {
    return UsageError(absl::InvalidArgumentError(
        "--remove: only an overlay removes entries, want --overlay-of too"));
  }
  std::vector<Input> inputs;
  for (const std::string& input : options.inputs) {
    inputs.push_back(InputOf(input));
  }
  if (std::ranges::count(inputs, std::string("-"), &Input::file) > 1) {
    return UsageError(absl::InvalidArgumentError(
        "standard input (-): asked for twice, want once"));
  }

  const std::unique_ptr<Executor> pool = MakeThreadPool(0);
  const SnapshotWriterOptions writer_options = {
      .spill_folder = FolderOf(options.output), .executor = pool.get()};
  ListPolicy policy = options.policy;
  if (!options.current_at.empty()) {
    const absl::StatusOr<uint64_t> time = ParseTime(options.current_at);
    if (!time.ok()) return UsageError(time.status());
    policy.current_at = *time;
  }
  if (absl::Status status = SetThresholds(*kind, options.max_distance, policy);
      !status.ok()) {
    return UsageError(status);
  }
  std::vector<ListPolicy> lists;
  std::vector<uint16_t> numbers;  // the list of each input
  absl::StatusOr<SnapshotWriter> writer = absl::UnknownError("");
  std::shared_ptr<const SnapshotReader> base;  // of an overlay
  if (options.base.empty()) {
    const bool named = !policy.name.empty() ||
                       std::ranges::any_of(inputs, [](const Input& input) {
                         return input.list.empty();
                       });
    if (policy.name.empty()) {
      policy.name = std::filesystem::path(options.output).stem().string();
    }
    if (named) lists.push_back(policy);
    for (const Input& input : inputs) {
      numbers.push_back(NumberOf(input.list, lists, policy));
    }
    writer = SnapshotWriter::Create(lists, writer_options);
    if (!writer.ok()) return UsageError(writer.status());
  } else {
    auto opened = SnapshotReader::Open(options.base,
                                       {.hash = true, .executor = pool.get()});
    if (!opened.ok()) return ListProblem(ToStd(opened.status().message()));
    base = *std::move(opened);
    lists.assign(base->lists().begin(), base->lists().end());
    const size_t known = lists.size();
    for (const Input& input : inputs) {
      numbers.push_back(NumberOf(input.list, lists, policy));
    }
    if (lists.size() > known) {
      return ListProblem(
          absl::StrCat("overlay: got list ", lists.back().name,
                       ", which its base does not have: ", options.base));
    }
    writer = SnapshotWriter::CreateOverlay(base, writer_options);
    if (!writer.ok()) return ListProblem(ToStd(writer.status().message()));
  }

  uint64_t changes = 0;  // entries added and keys removed
  uint64_t invalid = 0;
  {
    ProgressBar progress("entries", std::nullopt);
    for (size_t i = 0; i < inputs.size(); ++i) {
      const absl::Status status = AddInput(inputs[i].file, numbers[i], *kind,
                                           *writer, progress, changes, invalid);
      if (!status.ok()) return ListProblem(ToStd(status.message()));
    }
  }
  uint64_t missing = 0;
  for (const std::string& file : options.removed) {
    const absl::Status status =
        RemoveKeys(file, *base, *writer, changes, missing);
    if (!status.ok()) return ListProblem(ToStd(status.message()));
  }
  if (missing > 0 && !options.skip_missing) {
    return ListProblem(absl::StrCat(
        "nothing written: ", missing, " key", missing == 1 ? "" : "s",
        " that no entry has; --skip-missing removes the rest: ",
        options.output));
  }
  if (invalid > 0 && !options.skip_invalid) {
    return ListProblem(absl::StrCat(
        "nothing written: ", invalid, " invalid line", invalid == 1 ? "" : "s",
        "; --skip-invalid builds the rest: ", options.output));
  }
  if (base != nullptr && changes == 0) {
    return ListProblem(
        absl::StrCat("nothing written: the overlay adds and removes nothing: ",
                     options.output));
  }
  const absl::StatusOr<SnapshotCounts> counts = writer->Write(options.output);
  if (!counts.ok()) return WriteProblem(counts.status());
  // What a matcher will open is what counts.
  const auto reader =
      SnapshotReader::Open(options.output, {.executor = pool.get()});
  if (!reader.ok()) return ListProblem(ToStd(reader.status().message()));
  if (invalid > 0 && !options.json) {
    Say(absl::StrCat("skipped ", invalid, " invalid line",
                     invalid == 1 ? "" : "s"));
  }

  const auto carried_only = CarriedOnly(**reader);
  for (const auto& [carried, entries] : carried_only) {
    if (options.json) break;
    Say(absl::StrCat(entries, " ", ToAbsl(NameOf(carried)),
                     entries == 1 ? " entry is" : " entries are",
                     " carried only: no threshold, want --kind with "
                     "--max-distance, or one in a policy file: match "
                     "--policy"));
  }

  Output output;
  if (options.json) {
    JsonLine json;
    json.FileField(options.output);
    json.BeginArray("lists");
    for (const ListPolicy& list : lists) json.Item(list.name);
    json.EndArray();
    json.Field("version", (*reader)->version());
    json.Field("entries", counts->entries);
    json.Field("unique_values", counts->unique_values);
    if (!options.base.empty()) {
      json.Field("removed", counts->removed);
      json.Field("missing", missing);
    }
    json.Field("size_bytes", counts->size_bytes);
    json.Field("skipped", invalid);
    json.BeginArray("carried_only");
    for (const auto& [carried, entries] : carried_only) {
      json.BeginItem();
      json.Field("kind", NameOf(carried));
      json.Field("entries", entries);
      json.EndObject();
    }
    json.EndArray();
    output.Line(json.Finish());
  } else {
    output.Line(absl::StrCat(
        Escaped(options.output),
        options.base.empty() ? ": list " : ": overlay of list ",
        absl::StrJoin(lists, ", ",
                      [](std::string* out, const ListPolicy& list) {
                        *out += list.name;
                      }),
        ", ", counts->entries, " entries, ", counts->unique_values,
        " unique values, ",
        options.base.empty() ? "" : absl::StrCat(counts->removed, " removed, "),
        counts->size_bytes, " bytes, version ", (*reader)->version()));
  }
  return output.Finish(ExitCode::kOk);
}

}  // namespace

void AddSnapshotBuild(CLI::App& snapshot, Run& run) {
  auto options = std::make_shared<BuildOptions>();
  CLI::App& command =
      *snapshot.add_subcommand("build", "Text lists to a snapshot");
  command
      .add_option("INPUT", options->inputs,
                  "Lists: a hash a line, hash,quality,file, KIND HASH, or CSV "
                  "with a header; - is standard input; NAME=INPUT puts it "
                  "into the list of that name")
      ->type_name("");
  command.add_option("-o,--output", options->output, "The file to write")
      ->type_name("OUT.hvs")
      ->required();
  CLI::Option* const overlay =
      command
          .add_option("--overlay-of", options->base,
                      "Write what changes since this snapshot: INPUT's entries "
                      "are added, --remove's are gone; its lists keep their "
                      "names and policies")
          ->type_name("BASE.hvs");
  command
      .add_option("--remove", options->removed,
                  "Entry keys, one a line, that an overlay removes")
      ->type_name("KEYS.txt")
      ->allow_extra_args(false);
  command
      .add_option("--name", options->policy.name,
                  "The list's name; the output file's without its ending "
                  "where not given")
      ->type_name("NAME")
      ->excludes(overlay);
  command
      .add_option("--kind", options->kind,
                  "Of values that state no kind of their own")
      ->type_name("KIND")
      ->capture_default_str();
  command
      .add_option("--max-distance", options->max_distance,
                  "Bits, inclusive, that match under --kind: at most half of "
                  "its bits; 31 for pdq where not given")
      ->type_name("D")
      ->excludes(overlay);
  command
      .add_option("--min-quality", options->policy.min_quality,
                  "Pictures below it are not judged: 0..100")
      ->type_name("Q")
      ->excludes(overlay)
      ->capture_default_str();
  command
      .add_option("--action", options->policy.action,
                  "Label handed back with every match")
      ->type_name("LABEL")
      ->excludes(overlay)
      ->capture_default_str();
  command
      .add_option("--current-at", options->current_at,
                  "When the source last confirmed the list, for its staleness "
                  "policy: now, or as 2026-01-31T12:00:00Z; when it was "
                  "published where not given")
      ->type_name("TIME")
      ->excludes(overlay);
  command.add_flag("--skip-invalid", options->skip_invalid,
                   "Build from the valid lines; the others are told and "
                   "counted");
  command.add_flag("--skip-missing", options->skip_missing,
                   "Remove the keys that there are; the others are told and "
                   "counted");
  AddJsonOption(command, options->json);
  command.footer(
      "Bad lines are told as file:line: reason on standard error; without\n"
      "--skip-invalid nothing is then written. The file appears whole or not "
      "at all.\n"
      "Exit: 0 written, 2 usage error or the output cannot be written (a full "
      "disk\ntoo), 3 an input is missing, has bad lines, or no entry at "
      "all, or a key to\nremove is no entry's.\n\n"
      "Example:\n"
      "  hashvet snapshot build -o known.hvs --action block hashes.txt\n"
      "  hashvet hash *.jpg | hashvet snapshot build -o mine.hvs -\n"
      "  hashvet snapshot build -o both.hvs ncmec=n.csv iwf=i.csv\n"
      "  hashvet snapshot build -o today.hvs --overlay-of known.hvs \\\n"
      "    --remove withdrawn.txt new.txt\n");
  OnRun(command, run, options, &RunBuild);
}

}  // namespace hashvet::cli
