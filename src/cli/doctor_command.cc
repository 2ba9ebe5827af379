// hashvet doctor: what works here and what does not.

#include <sys/stat.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/safe_text.h"
#include "hashvet/base/status.h"
#include "hashvet/index/flat_index.h"
#include "hashvet/list/publication.h"
#include "hashvet/matcher/list_source.h"
#include "hashvet/matcher/matcher.h"
#include "hashvet/sandbox/decoder_pool.h"
#include "src/cli/command.h"
#include "src/cli/json_line.h"
#include "src/cli/list_options.h"
#include "src/cli/output.h"
#include "src/cli/policy_check.h"
#include "src/cli/publication_report.h"
#include "src/cli/tiny_pictures.h"

namespace hashvet::cli {
namespace {

struct DoctorOptions {
  ListAccessOptions lists;
  bool json = false;
};

// A snapshot file or published directory.
struct PlaceReport {
  std::string file;
  int64_t age_seconds = 0;  // since the file, or the manifest, was written
  // What a matcher says of it; not OK: why no matcher takes it.
  absl::StatusOr<MatcherStatus> status;
  // Of a directory with a manifest that can be read.
  std::optional<PublicationReport> publication;
};

struct Report {
  std::vector<std::string> compiled;  // CPU targets
  std::vector<std::string> runnable;
  absl::StatusOr<std::string_view> active;
  absl::Status decoder;  // whether its program starts
  Confinement confinement;
  std::string decoder_program;
  absl::Status codec_module;  // whether the decoder opens it
  bool reads_avif = false;    // not in every build
  bool reads_heic = false;
  size_t processors = 0;
  std::vector<PlaceReport> lists;
  std::vector<std::string> policies;  // of lists that are not there
};

int64_t AgeSeconds(const std::string& file) {
  struct stat info;
  if (::stat(file.c_str(), &info) != 0) return 0;
  return static_cast<int64_t>(std::time(nullptr)) - info.st_mtim.tv_sec;
}

PlaceReport ExaminePlace(const std::string& place, bool is_directory,
                         const ListAccess& access) {
  ListSourceOptions source;
  (is_directory ? source.directories : source.files) = {place};
  source.published = access.published();
  source.policy = access.policy();
  PlaceReport report;
  report.file = place;
  report.age_seconds = AgeSeconds(
      is_directory ? absl::StrCat(place, "/", kManifestFile) : place);
  {
    const absl::StatusOr<Matcher> matcher =
        Matcher::Follow(MakeListSource(std::move(source)));
    if (matcher.ok()) {
      report.status = matcher->status();
    } else {
      report.status = matcher.status();
    }
  }
  // After that: two copies of a decrypted list might not be lockable.
  if (is_directory) {
    auto publication = ExaminePublication(place, access.published());
    if (publication.ok()) report.publication = *std::move(publication);
  }
  return report;
}

void ExamineDecoder(Report& report) {
  const absl::StatusOr<std::unique_ptr<DecoderPool>> pool =
      DecoderPool::Start({.max_active = 1});
  report.decoder = pool.status();
  if (!pool.ok()) return;
  report.confinement = (*pool)->confinement();
  report.decoder_program = (*pool)->program();
  report.codec_module = (*pool)->CheckCodecs();
  const auto reads = [&](std::span<const uint8_t> picture) {
    return (*pool)->Hash(std::as_bytes(picture), "", {}).outcome ==
           HashOutcome::kHashed;
  };
  report.reads_avif = reads(kTinyAvif);
  report.reads_heic = reads(kTinyHeic);
}

// access  OK where the options name a list
Report Examine(const DoctorOptions& options,
               const absl::StatusOr<ListAccess>& access) {
  Report report;
  report.compiled = absl::StrSplit(HASHVET_COMPILED_SIMD_TARGETS, ',');
  for (const std::string_view target : RunnableSimdTargets()) {
    report.runnable.emplace_back(target);
  }
  report.active = ActiveSimdTarget();
  ExamineDecoder(report);
  report.processors = MakeThreadPool(0)->parallelism();
  for (const std::string& file : options.lists.files) {
    report.lists.push_back(ExaminePlace(file, false, *access));
  }
  for (const std::string& directory : options.lists.directories) {
    report.lists.push_back(ExaminePlace(directory, true, *access));
  }
  std::vector<ListStatus> open;
  for (const PlaceReport& place : report.lists) {
    // Its lists are missing for a reason that is told.
    if (!place.status.ok()) return report;
    open.insert(open.end(), place.status->lists.begin(),
                place.status->lists.end());
  }
  report.policies = PoliciesOfNoList(options.lists.policy, open);
  return report;
}

std::vector<std::string> ProblemsOf(const Report& report) {
  std::vector<std::string> problems;
  const auto add = [&](const absl::Status& status) {
    if (!status.ok()) problems.emplace_back(status.message());
  };
  add(report.active.status());
  add(report.decoder);
  add(report.codec_module);
  if (const std::string lacks = MissingFrom(report.confinement);
      report.decoder.ok() && !lacks.empty()) {
    problems.push_back(absl::StrCat("decoder: this kernel lacks ", lacks,
                                    "; pictures are decoded without it"));
  }
  for (const PlaceReport& place : report.lists) {
    add(place.status.status());
    if (place.publication.has_value() &&
        !place.publication->memory_locked.value_or(true)) {
      problems.push_back(
          absl::StrCat("lists decrypted into memory that the system would not "
                       "lock (RLIMIT_MEMLOCK), and may swap out: ",
                       place.file));
    }
    if (!place.status.ok()) continue;
    for (const ListStatus& list : place.status->lists) add(list.answers);
  }
  problems.insert(problems.end(), report.policies.begin(),
                  report.policies.end());
  return problems;
}

// A list's threshold for PDQ, which every list has.
uint32_t ThresholdOf(const ListStatus& list) {
  return KindPolicyOf(list.policy, HashKind::kPdq)->max_distance;
}

void AddList(JsonLine& json, const PlaceReport& place, const ListStatus& list) {
  json.BeginItem();
  json.FileField(place.file);
  json.Field("ok", true);
  json.Field("name", list.name);
  json.Field("version", list.version);
  json.Field("entries", list.entries);
  json.Field("age_seconds", place.age_seconds);
  json.Field("threshold", ThresholdOf(list));
  json.Field("role", NameOf(list.role));
  json.Field("staleness", NameOf(list.staleness));
  if (list.age_s.has_value()) json.Field("confirmed_seconds_ago", *list.age_s);
  json.Field("answers", list.answers.ok());
  json.BeginArray("carried_only");
  for (const Generation::CarriedOnly& carried : list.carried_only) {
    json.BeginItem();
    json.Field("kind", NameOf(carried.kind));
    json.Field("entries", carried.entries);
    json.EndObject();
  }
  json.EndArray();
  if (place.publication.has_value()) AddPublication(*place.publication, json);
  json.EndObject();
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
  json.BeginObject("decoder");
  json.Field("ok", report.decoder.ok());
  if (report.decoder.ok()) {
    json.Field("program", ToUtf8(report.decoder_program));
    json.Field("landlock", report.confinement.landlock);
    json.Field("seccomp", report.confinement.seccomp);
  }
  json.EndObject();
  json.BeginObject("formats");
  json.Field("jpeg", report.decoder.ok());
  for (const char* format : {"png", "webp", "gif", "bmp", "tiff"}) {
    json.Field(format, report.decoder.ok() && report.codec_module.ok());
  }
  json.Field("avif", report.reads_avif);
  json.Field("heic", report.reads_heic);
  json.EndObject();
  json.BeginArray("lists");
  for (const PlaceReport& place : report.lists) {
    if (place.status.ok()) {
      for (const ListStatus& list : place.status->lists) {
        AddList(json, place, list);
      }
      continue;
    }
    json.BeginItem();
    json.FileField(place.file);
    json.Field("ok", false);
    json.Field("refused", ToStd(place.status.status().message()));
    if (place.publication.has_value()) AddPublication(*place.publication, json);
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

std::string DescriptionOf(const PlaceReport& place, const ListStatus& list) {
  std::string text = absl::StrCat(
      list.name, ", ", list.entries, " entries, version ", list.version, ", ",
      AgeText(place.age_seconds), " old, role ", ToAbsl(NameOf(list.role)),
      ", threshold ", ThresholdOf(list), ", ", ToAbsl(NameOf(list.staleness)));
  if (list.age_s.has_value()) {
    absl::StrAppend(&text, " (confirmed ",
                    AgeText(static_cast<int64_t>(*list.age_s)), " ago)");
  }
  for (const Generation::CarriedOnly& carried : list.carried_only) {
    absl::StrAppend(&text, ", ", carried.entries, " ",
                    ToAbsl(NameOf(carried.kind)),
                    " entries carried only: no threshold, want one in a "
                    "policy file (--policy)");
  }
  return text;
}

std::string PicturesOf(const Report& report) {
  if (!report.decoder.ok()) return "none";
  std::string formats = report.codec_module.ok()
                            ? "JPEG, PNG, WebP, GIF, BMP, TIFF"
                            : "JPEG only";
  if (report.reads_avif) formats += ", AVIF";
  if (report.reads_heic) formats += ", HEIC";
  return formats;
}

std::string DecoderOf(const Report& report) {
  if (!report.decoder.ok()) return "none";
  const Confinement& by = report.confinement;
  return absl::StrCat(
      Escaped(report.decoder_program), "; Landlock ",
      by.landlock == 0 ? "missing" : absl::StrCat("version ", by.landlock),
      ", seccomp ", by.seccomp ? "on" : "missing");
}

void PrintText(const Report& report, Output& output) {
  output.Line("version      hashvet " HASHVET_VERSION);
  output.Line("compiler     " HASHVET_COMPILER);
  output.Line(absl::StrCat("processors   ", report.processors));
  output.Line(absl::StrCat(
      "CPU targets  compiled ", absl::StrJoin(report.compiled, " "),
      "; run here ", absl::StrJoin(report.runnable, " "), "; active ",
      report.active.ok() ? ToAbsl(*report.active) : "none"));
  output.Line(absl::StrCat("pictures     ", PicturesOf(report)));
  output.Line(absl::StrCat("decoder      ", DecoderOf(report)));
  for (const PlaceReport& place : report.lists) {
    if (place.publication.has_value()) {
      output.Line(absl::StrCat("published    ", Escaped(place.file), ": ",
                               PublicationText(*place.publication)));
    }
    if (!place.status.ok()) {
      output.Line(absl::StrCat("list         ", Escaped(place.file), ": BAD"));
      continue;
    }
    for (const ListStatus& list : place.status->lists) {
      output.Line(absl::StrCat("list         ", Escaped(place.file), ": ",
                               DescriptionOf(place, list)));
    }
  }
  for (const std::string& problem : ProblemsOf(report)) {
    output.Line(absl::StrCat("problem      ", Escaped(problem)));
  }
}

ExitCode RunDoctor(const DoctorOptions& options) {
  absl::StatusOr<ListAccess> access = absl::UnknownError("no list");
  if (!options.lists.files.empty() || !options.lists.directories.empty()) {
    access = ListAccess::Prepare(options.lists);
    if (!access.ok()) return UsageError(access.status());
  }
  const Report report = Examine(options, access);
  Output output;
  if (options.json) {
    output.Line(JsonOf(report));
  } else {
    PrintText(report, output);
  }
  ExitCode code = ExitCode::kOk;
  for (const PlaceReport& place : report.lists) {
    if (!place.status.ok()) {
      code = ExitCode::kListProblem;
      continue;
    }
    for (const ListStatus& list : place.status->lists) {
      if (!list.answers.ok()) code = ExitCode::kListProblem;
    }
  }
  if (!report.active.ok()) code = ExitCode::kUsage;
  return output.Finish(code);
}

}  // namespace

void AddDoctorCommand(CLI::App& program, Run& run) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App& command =
      *program.add_subcommand("doctor", "What works here and what does not");
  AddListOptions(command, options->lists);
  AddJsonOption(command, options->json);
  command.footer(
      "Exit: 0, 2 when HASHVET_SIMD_TARGET names no CPU target of this "
      "machine,\n3 when a list is bad or too old to answer. Codecs that do not "
      "open are told and "
      "are no error.\n\n"
      "Example:\n"
      "  hashvet doctor --list known.hvs\n");
  OnRun(command, run, options, &RunDoctor);
}

}  // namespace hashvet::cli
