// hashvet match: pictures, or hash lines, to verdicts.

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hashvet/audit/audit_log.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/log.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/list/list_policy.h"
#include "hashvet/matcher/matcher.h"
#include "src/cli/asked_kinds.h"
#include "src/cli/command.h"
#include "src/cli/filter_records.h"
#include "src/cli/hash_lines.h"
#include "src/cli/inputs.h"
#include "src/cli/list_options.h"
#include "src/cli/match_picture.h"
#include "src/cli/metrics_file.h"
#include "src/cli/ordered_work.h"
#include "src/cli/output.h"
#include "src/cli/picture_input.h"
#include "src/cli/policy_check.h"
#include "src/cli/progress_bar.h"
#include "src/cli/verdict_audit.h"
#include "src/cli/verdict_output.h"

namespace hashvet::cli {
namespace {

// Hashes asked about together: enough that each loaded row of a list serves
// many of them, few enough that answers keep coming.
constexpr size_t kBlockValues = 4096;

// A block of fewer is done before threads would have started.
constexpr size_t kMinValuesForThreads = 256;

struct MatchCommandOptions {
  InputOptions inputs;
  PictureOptions picture;
  ListAccessOptions lists;
  std::vector<std::string> only;
  std::optional<uint32_t> max_distance;
  bool hashes = false;
  std::string format;  // of a filter; empty: it is none
  std::string kind;
  bool watch = false;
  std::string audit;
  std::string metrics;
  size_t threads = 0;
  bool json = false;
};

MatchOptions RequestOf(const MatchCommandOptions& options) {
  MatchOptions request;
  request.only_lists = options.only;
  request.max_distance = options.max_distance;
  return request;
}

// Errors: NotFound when --only names a list that is not there.
absl::Status CheckOnly(const std::vector<std::string>& only,
                       const Matcher& matcher) {
  std::vector<std::string> names;
  const std::shared_ptr<const Generation> generation = matcher.generation();
  for (const Generation::List& list : generation->lists()) {
    names.push_back(list.policy.name);
  }
  for (const std::string& name : only) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    return absl::NotFoundError(
        absl::StrCat("list: got ", name, ", want one of ",
                     absl::StrJoin(names, ", "), ": --only"));
  }
  return absl::OkStatus();
}

// Half the bits are those of a stranger: what is more is a mistake.
absl::Status TooWide(uint32_t max_distance, HashKind kind) {
  return absl::InvalidArgumentError(
      absl::StrCat("--max-distance: got ", max_distance, ", want 0 to ",
                   MaxThreshold(kind, ByteVectorMetric::kNone), " for ",
                   ToAbsl(NameOf(kind)), ", half of its bits"));
}

PictureAnswer MatchFile(const std::string& file, const PictureReader& pictures,
                        const Matcher& matcher, const MatchOptions& request) {
  return HashAndMatch(matcher, request, [&](std::span<const HashKind> kinds) {
    return pictures.Hash(file, kinds);
  });
}

void MatchPictures(const MatchCommandOptions& options,
                   const PictureReader& pictures, Inputs& inputs,
                   const Matcher& matcher, Output& output,
                   VerdictOutput& verdicts) {
  struct Answer {
    std::string file;
    PictureAnswer its;
  };
  const MatchOptions request = RequestOf(options);
  ProgressBar progress("pictures", inputs.total());
  WorkInOrder(
      options.threads, [&] { return inputs.Next(); },
      [&](std::string file) {
        PictureAnswer its = MatchFile(file, pictures, matcher, request);
        return Answer{std::move(file), std::move(its)};
      },
      [&](const Answer& answer) {
        verdicts.Print(answer.file, answer.its.verdict, &answer.its.picture);
        output.Flush();  // a write costs little beside a picture
        progress.Advance();
        return !output.failed();
      });
}

// Matches blocks of values, large ones on threads.
class BlockMatcher {
 public:
  explicit BlockMatcher(const MatchCommandOptions& options)
      : threads_(options.threads), request_(RequestOf(options)) {}

  std::vector<Verdict> Match(const Matcher& matcher,
                             const std::vector<HashValue>& values) {
    if (values.size() >= kMinValuesForThreads && threads_ != 1) {
      if (pool_ == nullptr) pool_ = MakeThreadPool(threads_);
      request_.executor = pool_.get();
    } else {
      request_.executor = nullptr;
    }
    return matcher.MatchValues(values, request_);
  }

  // Errors: the value's own; InvalidArgument for a kind whose bits are too few
  // for the --max-distance.
  absl::Status WhyNotAsked(const absl::StatusOr<HashValue>& value) const {
    if (!value.ok()) return value.status();
    const uint32_t distance = request_.max_distance.value_or(0);
    if (InfoOf(value->kind()).family != HashFamily::kBits ||
        distance <= MaxThreshold(value->kind(), ByteVectorMetric::kNone)) {
      return absl::OkStatus();
    }
    return TooWide(distance, value->kind());
  }

 private:
  const size_t threads_;
  MatchOptions request_;
  std::unique_ptr<Executor> pool_;  // made when first needed
};

// Answers a block of hash lines, in order.
class HashLineMatcher {
 public:
  HashLineMatcher(const MatchCommandOptions& options, VerdictOutput& verdicts)
      : values_(options), verdicts_(verdicts) {}

  void Answer(const Matcher& matcher, const std::vector<HashLine>& lines) {
    std::vector<HashValue> values;
    for (const HashLine& line : lines) {
      if (values_.WhyNotAsked(line.value).ok()) values.push_back(*line.value);
    }
    const std::vector<Verdict> answers = values_.Match(matcher, values);
    size_t next = 0;
    for (const HashLine& line : lines) {
      if (absl::Status why = values_.WhyNotAsked(line.value); why.ok()) {
        verdicts_.Print(line.id, answers[next++], nullptr);
      } else {
        verdicts_.PrintUnreadable(line.id, why);
      }
    }
  }

 private:
  BlockMatcher values_;
  VerdictOutput& verdicts_;
};

// Answers records of standard input, in order. Whatever is there is answered
// together, and before more is waited for.
void Filter(const MatchCommandOptions& options, HashKind kind,
            const Matcher& matcher, Output& output, VerdictOutput& verdicts) {
  const FilterFormat format = options.format == "binary"
                                  ? FilterFormat::kBinary
                                  : FilterFormat::kNdjson;
  BlockMatcher values(options);
  RecordReader reader(format, kind);
  std::vector<FilterRecord> block;
  const auto answer_block = [&] {
    std::vector<HashValue> queries;
    for (const FilterRecord& record : block) {
      if (values.WhyNotAsked(record.value).ok()) {
        queries.push_back(*record.value);
      }
    }
    const std::vector<Verdict> answers = values.Match(matcher, queries);
    size_t next = 0;
    for (const FilterRecord& record : block) {
      absl::Status why = values.WhyNotAsked(record.value);
      if (why.ok()) {
        verdicts.PrintRecord(record, format, answers[next++]);
        continue;
      }
      Verdict unreadable;
      unreadable.outcome = Outcome::kUnreadable;
      unreadable.status = std::move(why);
      verdicts.PrintRecord(record, format, unreadable);
      if (format == FilterFormat::kBinary) {
        Say(ToStd(unreadable.status.message()));
      }
    }
    output.Flush();
    block.clear();
  };
  while (!output.failed()) {
    if (block.size() == kBlockValues || (!block.empty() && !reader.Ready())) {
      answer_block();
      continue;
    }
    std::optional<FilterRecord> record = reader.Next();
    if (!record.has_value()) break;
    block.push_back(*std::move(record));
  }
  answer_block();
  if (const absl::Status status = reader.status(); !status.ok()) {
    // No record is made up: there are fewer answers, and the exit code says it.
    Say(ToStd(status.message()));
    verdicts.NoteFailure();
  }
}

void MatchHashLines(const MatchCommandOptions& options, Inputs& inputs,
                    const Matcher& matcher, Output& output,
                    VerdictOutput& verdicts) {
  HashLineMatcher hash_lines(options, verdicts);
  ProgressBar progress("hashes", std::nullopt);
  std::vector<HashLine> block;
  const auto answer_block = [&] {
    hash_lines.Answer(matcher, block);
    output.Flush();
    progress.Advance(block.size());
    block.clear();
  };
  while (std::optional<std::string> file = inputs.Next()) {
    absl::StatusOr<LineReader> reader = LineReader::Open(*file);
    if (!reader.ok()) {
      answer_block();
      verdicts.PrintUnreadable(*file, reader.status());
      continue;
    }
    while (std::optional<HashLine> line = NextHashLine(*reader)) {
      block.push_back(*std::move(line));
      if (block.size() == kBlockValues) answer_block();
      if (output.failed()) return;
    }
    if (!reader->status().ok()) {
      answer_block();
      verdicts.PrintUnreadable(*file, reader->status());
    }
  }
  answer_block();
}

// Refusals and failed tests of lists reach people while others are served, and
// so does what is wrong with how they are opened.
void SayWhatIsLogged() {
  SetLogSink([](LogLevel level, std::string_view line) {
    if (level != LogLevel::kInfo) Say(line);
  });
}

// Answers each line of standard input before reading the next.
//
//   pictures  null where the lines are hashes
//   kind      of a filter's values
//   audit     may be null; must outlive the matcher
ExitCode Watch(const MatchCommandOptions& options,
               const PictureReader* pictures, HashKind kind, WatchOptions watch,
               AuditLog* audit, Matcher& matcher) {
  watch.observer = [audit](const GenerationEvent& event) {
    if (audit != nullptr) Keep(event, *audit);
    if (event.what == GenerationEvent::What::kRecovered) {
      Say(absl::StrCat("lists are well again, none is refused: generation ",
                       event.generation, " serves"));
    }
  };
  if (absl::Status status = matcher.Watch(watch); !status.ok()) {
    return UsageError(status);
  }
  std::unique_ptr<MetricsFile> metrics;  // written a last time at the end
  if (!options.metrics.empty()) {
    auto started = MetricsFile::Start(options.metrics);
    if (!started.ok()) return UsageError(started.status());
    metrics = *std::move(started);
  }
  if (!options.format.empty()) {
    Output output;
    VerdictOutput verdicts(output, /*json=*/true, audit);
    Filter(options, kind, matcher, output, verdicts);
    return output.Finish(verdicts.exit_code());
  }
  absl::StatusOr<LineReader> reader = LineReader::Open(
      "-", options.inputs.nul_separated && !options.hashes ? '\0' : '\n');
  if (!reader.ok()) return UsageError(reader.status());
  Output output;
  VerdictOutput verdicts(output, options.json, audit);
  HashLineMatcher hash_lines(options, verdicts);
  while (std::optional<std::string> line = reader->Next()) {
    if (options.hashes) {
      std::optional<HashLine> query = ParseHashLine(
          *line, absl::StrCat("-:", reader->lines()), reader->lines() == 1);
      if (!query.has_value()) continue;
      hash_lines.Answer(matcher, {*std::move(query)});
    } else if (!line->empty()) {
      // Standard input is where the names come from: "-" is a file.
      const std::string file = *line == "-" ? "./-" : *std::move(line);
      const PictureAnswer its =
          MatchFile(file, *pictures, matcher, RequestOf(options));
      verdicts.Print(file, its.verdict, &its.picture);
    }
    output.Flush();
    if (output.failed()) break;
  }
  if (!reader->status().ok()) verdicts.PrintUnreadable("-", reader->status());
  return output.Finish(verdicts.exit_code());
}

uint32_t MaxThresholdOfBits(HashKind kind) {
  return MaxThreshold(kind, ByteVectorMetric::kNone);
}

// What is wrong with it whatever is asked about; empty: nothing. The bounds are
// those of policies.
std::string CheckMaxDistance(const std::string& text) {
  uint32_t most = 0;
  for (const HashKindInfo& info : AllHashKinds()) {
    if (info.family == HashFamily::kBits) {
      most = std::max(most, MaxThresholdOfBits(info.kind));
    }
  }
  uint32_t bits = 0;
  if (absl::SimpleAtoi(text, &bits) && bits <= most) return "";
  return absl::StrCat("got ", text, ", want 0 to ", most,
                      " and no more than half of the kind's bits");
}

// Pictures are asked under PDQ, which is then the kind of a --max-distance;
// hash lines are of many kinds, some of which it may suit.
//
// Errors: InvalidArgument when it suits none that can be asked about.
absl::Status CheckKindsOfMaxDistance(const MatchCommandOptions& options,
                                     const Matcher* matcher) {
  if (!options.max_distance.has_value()) return absl::OkStatus();
  std::optional<HashKind> widest;
  if (!options.hashes) widest = HashKind::kPdq;
  if (options.hashes && matcher != nullptr) {
    for (const HashKind kind : SearchableKinds(*matcher)) {
      if (InfoOf(kind).family == HashFamily::kBits &&
          (!widest.has_value() ||
           MaxThresholdOfBits(*widest) < MaxThresholdOfBits(kind))) {
        widest = kind;
      }
    }
  }
  if (!widest.has_value() ||
      *options.max_distance <= MaxThresholdOfBits(*widest)) {
    return absl::OkStatus();
  }
  return TooWide(*options.max_distance, *widest);
}

ExitCode ListProblem(const absl::Status& status) {
  Say(ToStd(status.message()));
  return ExitCode::kListProblem;
}

ExitCode RunMatch(const MatchCommandOptions& options) {
  if (absl::Status status = CheckSimdTarget(); !status.ok()) {
    return UsageError(status);
  }
  // Before a key is read or a list opened.
  std::optional<PictureReader> pictures;
  if (!options.hashes) {
    absl::StatusOr<PictureReader> opened =
        PictureReader::Open(options.picture, options.threads);
    if (!opened.ok()) return UsageError(opened.status());
    pictures = *std::move(opened);
  }
  if (absl::Status status = CheckKindsOfMaxDistance(options, nullptr);
      !status.ok()) {
    return UsageError(status);
  }
  const PictureReader* const reading =
      pictures.has_value() ? &*pictures : nullptr;
  const absl::StatusOr<ListAccess> access = PrepareLists(options.lists);
  if (!access.ok()) return UsageError(access.status());
  const InputOptions& names = options.inputs;
  HashKind kind = HashKind::kPdq;
  if (!options.kind.empty()) {
    const absl::StatusOr<HashKind> said = ParseHashKind(options.kind);
    if (!said.ok()) return UsageError(said.status());
    kind = *said;
  }
  const bool filters = !options.format.empty();
  if (filters && options.json) {
    return UsageError(absl::InvalidArgumentError(
        "--format says what is printed, want no --json"));
  }
  if (filters && !(names.files.empty() && names.file_lists.empty())) {
    return UsageError(absl::InvalidArgumentError(
        "--format reads from standard input, want no FILE and no --file-list"));
  }
  if (options.watch && !(names.files.empty() && names.file_lists.empty())) {
    return UsageError(absl::InvalidArgumentError(
        "--watch reads from standard input, want no FILE and no --file-list"));
  }
  absl::StatusOr<Inputs> inputs = absl::UnknownError("");
  if (!options.watch && !filters) {
    inputs = Inputs::Open(names);
    if (!inputs.ok()) return UsageError(inputs.status());
  }
  SayWhatIsLogged();
  std::optional<AuditLog> audit;  // the matcher's thread writes there too
  absl::StatusOr<Matcher> matcher = access->Follow();
  if (!matcher.ok()) return ListProblem(matcher.status());
  for (const std::string& line :
       PoliciesOfNoList(options.lists.policy, matcher->status().lists)) {
    Say(line);
  }
  if (absl::Status status = CheckOnly(options.only, *matcher); !status.ok()) {
    return ListProblem(status);
  }
  if (!options.watch) {  // its lists may be others tomorrow
    if (absl::Status status = CheckKindsOfMaxDistance(options, &*matcher);
        !status.ok()) {
      return UsageError(status);
    }
  }
  for (const std::string& line :
       CarriedOnlyLines(options.only, matcher->status().lists)) {
    Say(line);
  }
  if (!options.audit.empty()) {
    absl::StatusOr<AuditLog> opened = AuditLog::Open(options.audit);
    if (!opened.ok()) return UsageError(opened.status());
    audit = *std::move(opened);
  }
  AuditLog* const kept = audit.has_value() ? &*audit : nullptr;
  if (options.watch) {
    return Watch(options, reading, kind, access->watch(), kept, *matcher);
  }

  Output output;
  VerdictOutput verdicts(output, options.json, kept);
  if (filters) {
    Filter(options, kind, *matcher, output, verdicts);
    return output.Finish(verdicts.exit_code());
  }
  if (options.hashes) {
    MatchHashLines(options, *inputs, *matcher, output, verdicts);
  } else {
    MatchPictures(options, *reading, *inputs, *matcher, output, verdicts);
  }
  if (!inputs->status().ok()) {
    verdicts.PrintUnreadable("--file-list", inputs->status());
  }
  return output.Finish(verdicts.exit_code());
}

}  // namespace

void AddMatchCommand(CLI::App& program, Run& run) {
  auto options = std::make_shared<MatchCommandOptions>();
  CLI::App& command = *program.add_subcommand(
      "match", "Match pictures, or hashes, against lists");
  AddInputOptions(command, options->inputs,
                  "Pictures; with --hashes files of hash lines; - is standard "
                  "input");
  AddListOptions(command, options->lists);
  command
      .add_option("--only", options->only,
                  "Ask only these lists, by name; others do not exist")
      ->type_name("NAME,...")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      .add_option("--max-distance", options->max_distance,
                  "Bits, inclusive, instead of each list's own threshold; at "
                  "most half of the kind's")
      ->type_name("D")
      ->check(CheckMaxDistance);
  CLI::Option* const hashes =
      command.add_flag("--hashes", options->hashes,
                       "Inputs are hash lines: HASH, KIND:HASH or "
                       "HASH,QUALITY,FILE");
  CLI::Option* const format =
      command
          .add_option("--format", options->format,
                      "Answer each record of standard input by one record: "
                      "ndjson ({\"id\",\"hash\",\"kind\"} a line) or binary "
                      "(a value's bytes)")
          ->type_name("FORMAT")
          ->check(CLI::IsMember({"ndjson", "binary"}))
          ->needs(hashes);
  command
      .add_option("--kind", options->kind,
                  "Of a record's value that does not say its own (pdq)")
      ->type_name("KIND")
      ->needs(format);
  CLI::Option* const watch =
      command.add_flag("--watch", options->watch,
                       "Answer each line of standard input at once; replaced "
                       "and newly published lists are picked up");
  command
      .add_option("--metrics", options->metrics,
                  "Write metrics to this file every few seconds, for "
                  "Prometheus' textfile collector")
      ->type_name("FILE")
      ->needs(watch);
  AddAuditOption(command, options->audit);
  options->picture.trim = true;  // docs/robustness.md: much found, none wrong
  AddPictureOptions(command, options->picture);
  AddThreadsOption(command, options->threads);
  AddJsonOption(command, options->json);
  command.footer(
      "Pictures are hashed under PDQ and every kind that some list carries "
      "with "
      "a\nthreshold (digests have one; with --max-distance under PDQ and "
      "digests "
      "alone); a\nmatch under any is a match.\n"
      "Prints, in the order given, a line for each match, tab-separated:\n"
      "  outcome file list entry category distance orientation action\n"
      "and for other outcomes: outcome file. Outcomes: match, no_match,\n"
      "low_quality (too flat to judge), not_sampled (every list samples, and "
      "leaves\nit out), undecodable, unsupported, over_limit, timeout, "
      "decoder_failed,\noverloaded, unreadable, list_unavailable; the last "
      "eight are failures, with the\nreason on standard error (in JSON: "
      "status). Matches of lists in the role shadow,\nand those that a list "
      "of known good excuses, are in the JSON alone.\n"
      "Control characters and backslashes in names are shown as \\n, \\t, "
      "\\\\ or\n\\xNN. During --watch a list that is gone, damaged or "
      "refused leaves the one\nbefore serving, and the known-answer test runs "
      "every minute.\n"
      "Exit: 0 nothing matched, 1 something matched, 2 usage or output "
      "error,\n3 a list problem, 4 some inputs failed, nothing matched, 5 some "
      "failed and\nsome matched.\n\n"
      "Example:\n"
      "  hashvet match --list known.hvs upload.jpg\n"
      "  hashvet match --lists lists upload.jpg\n"
      "  hashvet hash *.jpg | hashvet match --list known.hvs --hashes -\n"
      "  hashvet match --list known.hvs --hashes --format ndjson < records\n");
  OnRun(command, run, options, &RunMatch);
}

}  // namespace hashvet::cli
