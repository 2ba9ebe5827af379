// hashvet doctor: what works here and what does not.

#include <sys/stat.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/status.h"
#include "hashvet/decode/decode.h"
#include "hashvet/index/flat_index.h"
#include "hashvet/list/snapshot_reader.h"
#include "src/cli/command.h"
#include "src/cli/json_line.h"
#include "src/cli/output.h"

namespace hashvet::cli {
namespace {

struct DoctorOptions {
  std::vector<std::string> lists;
  bool json = false;
};

struct ListReport {
  std::string file;
  absl::StatusOr<std::shared_ptr<const SnapshotReader>> snapshot;
  int64_t age_seconds = 0;  // since the file was written
};

struct Report {
  std::vector<std::string> compiled;  // CPU targets
  std::vector<std::string> runnable;
  absl::StatusOr<std::string_view> active;
  absl::Status codec_module;
  size_t processors = 0;
  std::vector<ListReport> lists;
};

int64_t AgeSeconds(const std::string& file) {
  struct stat info;
  if (::stat(file.c_str(), &info) != 0) return 0;
  return static_cast<int64_t>(std::time(nullptr)) - info.st_mtim.tv_sec;
}

Report Examine(const DoctorOptions& options) {
  Report report;
  report.compiled = absl::StrSplit(HASHVET_COMPILED_SIMD_TARGETS, ',');
  for (const std::string_view target : RunnableSimdTargets()) {
    report.runnable.emplace_back(target);
  }
  report.active = ActiveSimdTarget();
  report.codec_module = CheckCodecModule();
  report.processors = MakeThreadPool(0)->parallelism();
  for (const std::string& file : options.lists) {
    report.lists.push_back(
        {file, SnapshotReader::Open(file), AgeSeconds(file)});
  }
  return report;
}

std::vector<std::string> ProblemsOf(const Report& report) {
  std::vector<std::string> problems;
  const auto add = [&](const absl::Status& status) {
    if (!status.ok()) problems.emplace_back(status.message());
  };
  add(report.active.status());
  add(report.codec_module);
  for (const ListReport& list : report.lists) add(list.snapshot.status());
  return problems;
}

std::string JsonOf(const Report& report) {
  JsonLine json;
  json.Field("version", HASHVET_VERSION);
  json.Field("compiler", HASHVET_COMPILER);
  json.Field("processors", report.processors);
  json.BeginObject("cpu_targets");
  json.BeginArray("compiled");
  for (const std::string& target : report.compiled) json.Item(target);
  json.EndArray();
  json.BeginArray("runnable");
  for (const std::string& target : report.runnable) json.Item(target);
  json.EndArray();
  if (report.active.ok()) json.Field("active", *report.active);
  json.EndObject();
  json.BeginObject("formats");
  json.Field("jpeg", true);
  for (const char* format : {"png", "webp", "bmp", "tiff"}) {
    json.Field(format, report.codec_module.ok());
  }
  json.EndObject();
  json.BeginArray("lists");
  for (const ListReport& list : report.lists) {
    json.BeginItem();
    json.FileField(list.file);
    json.Field("ok", list.snapshot.ok());
    if (list.snapshot.ok()) {
      const SnapshotReader& snapshot = **list.snapshot;
      json.Field("name", snapshot.lists()[0].name);
      json.Field("version", snapshot.version());
      json.Field("entries", snapshot.entries());
      json.Field("age_seconds", list.age_seconds);
      json.Field(
          "threshold",
          KindPolicyOf(snapshot.lists()[0], HashKind::kPdq)->max_distance);
    }
    json.EndObject();
  }
  json.EndArray();
  json.BeginArray("problems");
  for (const std::string& problem : ProblemsOf(report)) json.Item(problem);
  json.EndArray();
  return json.Finish();
}

std::string AgeText(int64_t seconds) {
  constexpr int64_t kHour = 3600;
  constexpr int64_t kDay = 24 * kHour;
  if (seconds < 2 * kHour) return absl::StrCat(seconds / 60, " minutes");
  if (seconds < 2 * kDay) return absl::StrCat(seconds / kHour, " hours");
  return absl::StrCat(seconds / kDay, " days");
}

void PrintText(const Report& report, Output& output) {
  output.Line("version      hashvet " HASHVET_VERSION);
  output.Line("compiler     " HASHVET_COMPILER);
  output.Line(absl::StrCat("processors   ", report.processors));
  output.Line(absl::StrCat(
      "CPU targets  compiled ", absl::StrJoin(report.compiled, " "),
      "; run here ", absl::StrJoin(report.runnable, " "), "; active ",
      report.active.ok() ? ToAbsl(*report.active) : "none"));
  output.Line(absl::StrCat("pictures     JPEG", report.codec_module.ok()
                                                    ? ", PNG, WebP, BMP, TIFF"
                                                    : " only"));
  for (const ListReport& list : report.lists) {
    if (!list.snapshot.ok()) {
      output.Line(absl::StrCat("list         ", Escaped(list.file), ": BAD"));
      continue;
    }
    const SnapshotReader& snapshot = **list.snapshot;
    output.Line(absl::StrCat(
        "list         ", Escaped(list.file), ": ", snapshot.lists()[0].name,
        ", ", snapshot.entries(), " entries, ", AgeText(list.age_seconds),
        " old, threshold ",
        KindPolicyOf(snapshot.lists()[0], HashKind::kPdq)->max_distance));
  }
  for (const std::string& problem : ProblemsOf(report)) {
    output.Line(absl::StrCat("problem      ", Escaped(problem)));
  }
}

ExitCode RunDoctor(const DoctorOptions& options) {
  const Report report = Examine(options);
  Output output;
  if (options.json) {
    output.Line(JsonOf(report));
  } else {
    PrintText(report, output);
  }
  ExitCode code = ExitCode::kOk;
  for (const ListReport& list : report.lists) {
    if (!list.snapshot.ok()) code = ExitCode::kListProblem;
  }
  if (!report.active.ok()) code = ExitCode::kUsage;
  return output.Finish(code);
}

}  // namespace

void AddDoctorCommand(CLI::App& program, Run& run) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App& command =
      *program.add_subcommand("doctor", "What works here and what does not");
  command.add_option("--list", options->lists, "Snapshot files to look at")
      ->type_name("L.hvs");
  AddJsonOption(command, options->json);
  command.footer(
      "Exit: 0, 2 when HASHVET_SIMD_TARGET names no CPU target of this "
      "machine,\n3 when a list is bad. Codecs that do not open are told and "
      "are no error.\n\n"
      "Example:\n"
      "  hashvet doctor --list known.hvs\n");
  OnRun(command, run, options, &RunDoctor);
}

}  // namespace hashvet::cli
