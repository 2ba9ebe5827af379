// hashvet snapshot: what is in a snapshot file, is it whole, and its entries as
// text. The other parts have files of their own.

#include "src/cli/snapshot_command.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/atomic_file.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/text.h"
#include "hashvet/list/snapshot_reader.h"
#include "hashvet/list/text_list.h"
#include "src/cli/json_line.h"
#include "src/cli/output.h"

namespace hashvet::cli {
namespace {

struct FileOptions {
  std::vector<std::string> files;
  bool json = false;
};

struct ExportOptions {
  std::string file;
  std::string output;
  std::string format = "csv";
};

std::string BadJson(const std::string& file, const absl::Status& status) {
  JsonLine json;
  json.FileField(file);
  json.Field("ok", false);
  json.Field("status", ToStd(status.message()));
  return json.Finish();
}

std::string VerifiedJson(const std::string& file,
                         const SnapshotReader& snapshot) {
  JsonLine json;
  json.FileField(file);
  json.Field("ok", true);
  json.Field("version", snapshot.version());
  return json.Finish();
}

// Which index searches the kind.
std::string_view IndexOf(const SnapshotReader& snapshot, HashKind kind) {
  if (const RangeIndex* bits = snapshot.range_index(kind)) return bits->name();
  return snapshot.digest_index(kind) != nullptr ? "digest" : "byte vector";
}

uint64_t RemovedEntries(const SnapshotReader& overlay) {
  uint64_t removed = 0;
  for (const HashKindInfo& info : AllHashKinds()) {
    removed += overlay.removed(info.kind).size();
  }
  return removed;
}

std::string InfoJson(const std::string& file, const SnapshotReader& snapshot) {
  JsonLine json;
  json.FileField(file);
  json.Field("ok", true);
  json.Field("version", snapshot.version());
  json.Field("format", snapshot.format());
  json.Field("entries", snapshot.entries());
  json.Field("size_bytes", snapshot.size_bytes());
  json.BeginArray("kinds");
  for (const SnapshotReader::KindCounts& counts : snapshot.kinds()) {
    json.BeginItem();
    json.Field("kind", NameOf(counts.kind));
    json.Field("unique_values", counts.unique_values);
    json.Field("entries", counts.entries);
    json.Field("index", IndexOf(snapshot, counts.kind));
    json.EndObject();
  }
  json.EndArray();
  json.BeginArray("lists");
  for (size_t l = 0; l < snapshot.lists().size(); ++l) {
    const ListPolicy& list = snapshot.lists()[l];
    json.BeginItem();
    json.Field("name", list.name);
    json.Field("role", NameOf(list.role));
    json.Field("action", list.action);
    json.Field("min_quality", list.min_quality);
    json.BeginArray("kinds");
    for (const SnapshotReader::KindCounts& counts : snapshot.kinds()) {
      json.BeginItem();
      json.Field("kind", NameOf(counts.kind));
      json.Field("entries",
                 snapshot.EntriesOf(static_cast<uint16_t>(l), counts.kind));
      // None: such values are carried and not matched.
      if (const auto policy = KindPolicyOf(list, counts.kind)) {
        json.Field("max_distance", policy->max_distance);
      }
      json.EndObject();
    }
    json.EndArray();
    json.EndObject();
  }
  json.EndArray();
  if (snapshot.is_overlay()) {
    json.BeginObject("overlay");
    json.Field("base", snapshot.base().version);
    json.Field("removed", RemovedEntries(snapshot));
    json.EndObject();
  }
  return json.Finish();
}

void PrintInfo(const std::string& file, const SnapshotReader& snapshot,
               Output& output) {
  output.Line(absl::StrCat("file         ", Escaped(file)));
  output.Line(absl::StrCat("version      ", snapshot.version()));
  output.Line(absl::StrCat("format       ", snapshot.format()));
  output.Line(absl::StrCat("entries      ", snapshot.entries()));
  output.Line(absl::StrCat("bytes        ", snapshot.size_bytes()));
  if (snapshot.is_overlay()) {
    output.Line(absl::StrCat("overlay      of version ",
                             snapshot.base().version, ", ",
                             RemovedEntries(snapshot), " entries removed"));
  }
  for (const SnapshotReader::KindCounts& counts : snapshot.kinds()) {
    output.Line(absl::StrCat("kind         ", ToAbsl(NameOf(counts.kind)), ": ",
                             counts.unique_values, " unique values, ",
                             counts.entries, " entries, ",
                             ToAbsl(IndexOf(snapshot, counts.kind)), " index"));
  }
  for (size_t l = 0; l < snapshot.lists().size(); ++l) {
    const ListPolicy& list = snapshot.lists()[l];
    output.Line(absl::StrCat("list         ", list.name, ": ",
                             ToAbsl(NameOf(list.role)), ", action ",
                             list.action, ", min quality ", list.min_quality));
    for (const SnapshotReader::KindCounts& counts : snapshot.kinds()) {
      const auto policy = KindPolicyOf(list, counts.kind);
      output.Line(absl::StrCat(
          "             ", ToAbsl(NameOf(counts.kind)), ": ",
          snapshot.EntriesOf(static_cast<uint16_t>(l), counts.kind),
          " entries, ",
          policy.has_value() ? absl::StrCat("threshold ", policy->max_distance)
                             : "carried only: no threshold, want one in a "
                               "policy file (match --policy)"));
    }
  }
}

ExitCode RunInfo(const FileOptions& options) {
  Output output;
  ExitCode code = ExitCode::kOk;
  for (const std::string& file : options.files) {
    const auto snapshot = SnapshotReader::Open(file);
    if (!snapshot.ok()) code = ExitCode::kListProblem;
    if (options.json) {
      output.Line(snapshot.ok() ? InfoJson(file, **snapshot)
                                : BadJson(file, snapshot.status()));
    } else if (snapshot.ok()) {
      PrintInfo(file, **snapshot, output);
    } else {
      Say(ToStd(snapshot.status().message()));
    }
  }
  return output.Finish(code);
}

ExitCode RunVerify(const FileOptions& options) {
  Output output;
  ExitCode code = ExitCode::kOk;
  for (const std::string& file : options.files) {
    const auto snapshot = SnapshotReader::Open(file);
    if (!snapshot.ok()) code = ExitCode::kListProblem;
    if (options.json) {
      output.Line(snapshot.ok() ? VerifiedJson(file, **snapshot)
                                : BadJson(file, snapshot.status()));
      continue;
    }
    output.Line(absl::StrCat(snapshot.ok() ? "OK" : "BAD", "\t", Field(file)));
    if (!snapshot.ok()) Say(ToStd(snapshot.status().message()));
  }
  return output.Finish(code);
}

using LineSink = absl::FunctionRef<absl::Status(std::string_view)>;

// One line an entry (CSV), or a value (text), in the snapshot's order.
absl::Status WriteEntries(const SnapshotReader& snapshot, bool csv,
                          LineSink line) {
  if (csv) HASHVET_RETURN_IF_ERROR(line(CsvHeader()));
  for (const SnapshotReader::KindCounts& counts : snapshot.kinds()) {
    const uint32_t rows = snapshot.rows(counts.kind);
    for (uint32_t row = 0; row < rows; ++row) {
      if (snapshot.is_canary(counts.kind, row)) continue;
      const HashValue value = snapshot.value(counts.kind, row);
      if (!csv) {
        HASHVET_RETURN_IF_ERROR(
            line(absl::StrCat(ToAbsl(NameOf(counts.kind)), " ", ToHex(value))));
        continue;
      }
      const uint32_t entries = snapshot.entry_count(counts.kind, row);
      for (uint32_t i = 0; i < entries; ++i) {
        const EntryView entry = snapshot.entry(counts.kind, row, i);
        if (entry.list == kCanaryList) continue;
        HASHVET_RETURN_IF_ERROR(line(ToCsvLine(
            ListEntry{value, std::string(entry.key),
                      std::string(entry.category), entry.quality,
                      std::string(entry.category_scheme), entry.opinion})));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status WriteToFile(const SnapshotReader& snapshot, bool csv,
                         const std::string& path) {
  HASHVET_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
  HASHVET_RETURN_IF_ERROR(
      WriteEntries(snapshot, csv, [&](std::string_view line) {
        const std::string text = absl::StrCat(ToAbsl(line), "\n");
        return file.Append(std::as_bytes(std::span(text)));
      }));
  return file.Commit();
}

ExitCode RunExport(const ExportOptions& options) {
  const auto snapshot = SnapshotReader::Open(options.file);
  if (!snapshot.ok()) return ListProblem(snapshot.status());
  const bool csv = options.format == "csv";
  if (!options.output.empty() && options.output != "-") {
    const absl::Status status = WriteToFile(**snapshot, csv, options.output);
    return status.ok() ? ExitCode::kOk : UsageError(status);
  }
  Output output;
  // The only error is the output's own, which Finish tells.
  (void)WriteEntries(**snapshot, csv, [&](std::string_view line) {
    output.Line(line);
    return output.failed() ? absl::CancelledError() : absl::OkStatus();
  });
  return output.Finish(ExitCode::kOk);
}

}  // namespace

ExitCode ListProblem(const absl::Status& status) {
  Say(ToStd(status.message()));
  return ExitCode::kListProblem;
}

uint64_t PdqValues(const SnapshotReader& snapshot) {
  for (const SnapshotReader::KindCounts& counts : snapshot.kinds()) {
    if (counts.kind == HashKind::kPdq) return counts.unique_values;
  }
  return 0;
}

uint32_t PdqThreshold(const SnapshotReader& snapshot) {
  uint32_t largest = 0;
  for (const ListPolicy& list : snapshot.lists()) {
    largest =
        std::max(largest, KindPolicyOf(list, HashKind::kPdq)->max_distance);
  }
  return largest;
}

absl::StatusOr<std::shared_ptr<const SnapshotReader>> OpenWhole(
    const std::string& file) {
  HASHVET_ASSIGN_OR_RETURN(auto snapshot, SnapshotReader::Open(file));
  if (snapshot->is_overlay()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "got an overlay, which has changes alone, want a whole snapshot: ",
        file));
  }
  return snapshot;
}

absl::Status NoPdqValues(const std::string& file) {
  return absl::FailedPreconditionError(
      absl::StrCat("snapshot: got no PDQ value, want some: ", file));
}

void AddSnapshotInfo(CLI::App& snapshot, Run& run) {
  auto options = std::make_shared<FileOptions>();
  CLI::App& command = *snapshot.add_subcommand(
      "info", "What is in snapshot files, without their values");
  command.add_option("FILE", options->files, "Snapshot files")
      ->type_name("")
      ->required();
  AddJsonOption(command, options->json);
  command.footer(
      "Exit: 0, or 3 when a file is missing, damaged or no snapshot.\n\n"
      "Example:\n"
      "  hashvet snapshot info known.hvs\n");
  OnRun(command, run, options, &RunInfo);
}

void AddSnapshotVerify(CLI::App& snapshot, Run& run) {
  auto options = std::make_shared<FileOptions>();
  CLI::App& command =
      *snapshot.add_subcommand("verify", "Check every byte of snapshot files");
  command.add_option("FILE", options->files, "Snapshot files")
      ->type_name("")
      ->required();
  AddJsonOption(command, options->json);
  command.footer(
      "Prints OK or BAD, a tab and the file; the reason is on standard "
      "error.\n"
      "Exit: 0 all whole, 3 some not.\n\n"
      "Example:\n"
      "  hashvet snapshot verify lists/*.hvs\n");
  OnRun(command, run, options, &RunVerify);
}

void AddSnapshotExport(CLI::App& snapshot, Run& run) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App& command =
      *snapshot.add_subcommand("export", "A snapshot's entries as text");
  command.add_option("FILE", options->file, "A snapshot file")
      ->type_name("")
      ->required();
  command
      .add_option("-o,--output", options->output,
                  "The file to write, readable by its owner only; standard "
                  "output where not given")
      ->type_name("OUT");
  command
      .add_option("--format", options->format,
                  "csv: a line an entry, with a header; text: "
                  "KIND HASH, a line a value")
      ->check(CLI::IsMember({"csv", "text"}))
      ->capture_default_str();
  command.footer(
      "This prints the list's values: treat the output as the list itself.\n"
      "snapshot build reads both formats back.\n"
      "Exit: 0 written, 2 the output cannot be written, 3 the snapshot cannot "
      "be read.\n\n"
      "Example:\n"
      "  hashvet snapshot export known.hvs -o known.csv\n");
  OnRun(command, run, options, &RunExport);
}

void AddSnapshotCommand(CLI::App& program, Run& run) {
  CLI::App& command =
      *program.add_subcommand("snapshot",
                              "List files ready to be matched: build, info, "
                              "verify, export, cluster, diff, publish, "
                              "rollback, gc, selftest");
  command.require_subcommand(1);
  AddSnapshotBuild(command, run);
  AddSnapshotInfo(command, run);
  AddSnapshotVerify(command, run);
  AddSnapshotExport(command, run);
  AddSnapshotCluster(command, run);
  AddSnapshotDiff(command, run);
  AddSnapshotPublish(command, run);
  AddSnapshotRollback(command, run);
  AddSnapshotCollect(command, run);
  AddSnapshotSelftest(command, run);
  command.footer(
      "Example:\n"
      "  hashvet snapshot build -o known.hvs hashes.txt\n"
      "  hashvet snapshot info known.hvs\n");
}

}  // namespace hashvet::cli
