// hashvet snapshot build: text lists to a snapshot file.

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/mapped_file.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/list/snapshot_reader.h"
#include "hashvet/list/snapshot_writer.h"
#include "hashvet/list/text_list.h"
#include "src/cli/json_line.h"
#include "src/cli/output.h"
#include "src/cli/progress_bar.h"
#include "src/cli/snapshot_command.h"

namespace hashvet::cli {
namespace {

// Longer lists come in several inputs.
constexpr size_t kMaxInputBytes = size_t{16} << 30;

struct BuildOptions {
  std::vector<std::string> inputs;
  std::string output;
  ListPolicy policy;
  uint32_t pdq_max_distance = 31;
  std::string kind = "pdq";
  bool skip_invalid = false;
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

// Adds one input's entries and counts its bad lines; the first of them are told
// on standard error.
absl::Status AddInput(const std::string& input, HashKind bare_kind,
                      SnapshotWriter& writer, ProgressBar& progress,
                      uint64_t& invalid) {
  HASHVET_ASSIGN_OR_RETURN(const std::vector<std::byte> bytes,
                           ReadFile(input, kMaxInputBytes));
  const std::string name = input == "-" ? "standard input" : input;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              bytes.size());
  // All bad lines are told, not only the first: a list is mended in one go.
  HASHVET_ASSIGN_OR_RETURN(const TextListReport report,
                           ReadTextList(text, name,
                                        TextListOptions{.bare_kind = bare_kind,
                                                        .skip_invalid = true},
                                        [&](ListEntry entry) {
                                          progress.Advance();
                                          return writer.Add(std::move(entry));
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

ExitCode RunBuild(const BuildOptions& options) {
  const absl::StatusOr<HashKind> kind = ParseHashKind(options.kind);
  if (!kind.ok()) return UsageError(kind.status());
  if (options.output == "-") {
    return UsageError(absl::InvalidArgumentError(
        "output: got standard output (-), want a file: -o"));
  }
  if (std::count(options.inputs.begin(), options.inputs.end(), "-") > 1) {
    return UsageError(absl::InvalidArgumentError(
        "standard input (-): asked for twice, want once"));
  }
  ListPolicy policy = options.policy;
  if (policy.name.empty()) {
    policy.name = std::filesystem::path(options.output).stem().string();
  }
  SetKindPolicy({.max_distance = options.pdq_max_distance}, policy);
  absl::StatusOr<SnapshotWriter> writer = SnapshotWriter::Create(policy);
  if (!writer.ok()) return UsageError(writer.status());

  uint64_t invalid = 0;
  {
    ProgressBar progress("entries", std::nullopt);
    for (const std::string& input : options.inputs) {
      const absl::Status status =
          AddInput(input, *kind, *writer, progress, invalid);
      if (!status.ok()) return ListProblem(ToStd(status.message()));
    }
  }
  if (invalid > 0 && !options.skip_invalid) {
    return ListProblem(absl::StrCat(
        "nothing written: ", invalid, " invalid line", invalid == 1 ? "" : "s",
        "; --skip-invalid builds the rest: ", options.output));
  }
  const absl::StatusOr<SnapshotCounts> counts = writer->Write(options.output);
  if (!counts.ok()) return WriteProblem(counts.status());
  // What a matcher will open is what counts.
  const auto reader = SnapshotReader::Open(options.output);
  if (!reader.ok()) return ListProblem(ToStd(reader.status().message()));
  if (invalid > 0 && !options.json) {
    Say(absl::StrCat("skipped ", invalid, " invalid line",
                     invalid == 1 ? "" : "s"));
  }

  Output output;
  if (options.json) {
    JsonLine json;
    json.FileField(options.output);
    json.Field("name", policy.name);
    json.Field("version", (*reader)->version());
    json.Field("entries", counts->entries);
    json.Field("unique_values", counts->unique_values);
    json.Field("size_bytes", counts->size_bytes);
    json.Field("skipped", invalid);
    output.Line(json.Finish());
  } else {
    output.Line(absl::StrCat(
        Escaped(options.output), ": list ", policy.name, ", ", counts->entries,
        " entries, ", counts->unique_values, " unique values, ",
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
                  "with a header; - is standard input")
      ->type_name("")
      ->required();
  command.add_option("-o,--output", options->output, "The file to write")
      ->type_name("OUT.hvs")
      ->required();
  command
      .add_option("--name", options->policy.name,
                  "The list's name; the output file's without its ending "
                  "where not given")
      ->type_name("NAME");
  command
      .add_option("--kind", options->kind,
                  "Of values that state no kind of their own")
      ->type_name("KIND")
      ->capture_default_str();
  command
      .add_option("--max-distance", options->pdq_max_distance,
                  "Bits, inclusive, that match under PDQ: 0..128")
      ->type_name("D")
      ->capture_default_str();
  command
      .add_option("--min-quality", options->policy.min_quality,
                  "Pictures below it are not judged: 0..100")
      ->type_name("Q")
      ->capture_default_str();
  command
      .add_option("--action", options->policy.action,
                  "Label handed back with every match")
      ->type_name("LABEL")
      ->capture_default_str();
  command.add_flag("--skip-invalid", options->skip_invalid,
                   "Build from the valid lines; the others are told and "
                   "counted");
  AddJsonOption(command, options->json);
  command.footer(
      "Bad lines are told as file:line: reason on standard error; without\n"
      "--skip-invalid nothing is then written. The file appears whole or not "
      "at all.\n"
      "Exit: 0 written, 2 usage error or the output cannot be written (a full "
      "disk\ntoo), 3 an input is missing, has bad lines, or no entry at "
      "all.\n\n"
      "Example:\n"
      "  hashvet snapshot build -o known.hvs --action block hashes.txt\n"
      "  hashvet hash *.jpg | hashvet snapshot build -o mine.hvs -\n");
  OnRun(command, run, options, &RunBuild);
}

}  // namespace hashvet::cli
