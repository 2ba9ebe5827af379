// hashvet-kafka: a consumer group's worker. docs/kafka.md is the contract.

#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "hashvet/audit/audit_log.h"
#include "hashvet/base/log.h"
#include "hashvet/base/status.h"
#include "hashvet/index/flat_index.h"
#include "hashvet/matcher/list_access.h"
#include "src/cli/exit_code.h"
#include "src/cli/list_options.h"
#include "src/cli/metrics_file.h"
#include "src/cli/output.h"
#include "src/cli/picture_input.h"
#include "src/cli/policy_check.h"
#include "src/cli/verdict_audit.h"
#include "src/kafka/properties.h"
#include "src/kafka/root_folder.h"
#include "src/kafka/worker.h"

namespace hashvet::kafka {
namespace {

using cli::ExitCode;
using cli::Say;

struct Options {
  std::string properties;
  ListAccessOptions lists;
  cli::PictureOptions picture;
  WorkerOptions worker;
  std::string root;
  bool hashes = false;
  std::string metrics;
  std::string audit;
};

std::atomic<bool> stop = false;
static_assert(std::atomic<bool>::is_always_lock_free);

void StopOnSignals() {
  struct sigaction action = {};
  action.sa_handler = [](int) { stop = true; };
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  // A write that fails is told by its return value, not by a signal.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

ExitCode Told(ExitCode code, const absl::Status& status) {
  Say(ToStd(status.message()));
  return code;
}

void AddOptions(CLI::App& program, Options& options) {
  WorkerOptions& worker = options.worker;
  program
      .add_option("--properties", options.properties,
                  "librdkafka's settings: bootstrap.servers, TLS, SASL; "
                  "name=value a line")
      ->type_name("FILE")
      ->required();
  program.add_option("--input", worker.input.topic, "Where messages come from")
      ->type_name("TOPIC")
      ->required();
  program.add_option("--results", worker.results, "Where answers go")
      ->type_name("TOPIC")
      ->required();
  program
      .add_option("--dead-letters", worker.dead_letters,
                  "Where messages go that have no answer, with the reason")
      ->type_name("TOPIC")
      ->required();
  program
      .add_option("--group", worker.input.group,
                  "The consumer group; its workers share the input")
      ->type_name("NAME")
      ->required();
  program
      .add_option("--instance", worker.input.instance,
                  "Static membership: a name of this worker's own, under which "
                  "it keeps its partitions over a restart")
      ->type_name("NAME");
  cli::AddListOptions(program, options.lists);
  program
      .add_option("--root", options.root,
                  "Messages may name files below this folder; without it none")
      ->type_name("DIR");
  CLI::Option* const hashes =
      program.add_flag("--hashes", options.hashes,
                       "Messages carry hashes alone: no decoder is started");
  hashes->excludes("--root");
  program
      .add_option("--max-message-bytes", worker.max_message_bytes,
                  "Larger messages are dead letters, without their value")
      ->type_name("N")
      ->transform(CLI::AsSizeValue(true).description(""))
      ->capture_default_str();
  program
      .add_option("--max-open", worker.max_open,
                  "Messages read and not yet answered; beyond it the input is "
                  "paused")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000).description(""))
      ->capture_default_str();
  program
      .add_option("--max-open-bytes", worker.max_open_bytes,
                  "The same in bytes of messages and answers")
      ->type_name("N")
      ->transform(CLI::AsSizeValue(true).description(""))
      ->capture_default_str();
  const auto milliseconds = [&](const char* name,
                                std::chrono::milliseconds& value,
                                const char* what) {
    program
        .add_option_function<int64_t>(
            name,
            [&value](int64_t ms) { value = std::chrono::milliseconds(ms); },
            what)
        ->type_name("MS")
        ->check(CLI::Range(int64_t{1}, int64_t{3'600'000}).description(""))
        ->default_str(absl::StrCat(value.count()));
  };
  milliseconds("--commit-every-ms", worker.commit_every,
               "How often offsets are committed");
  milliseconds("--connect-timeout-ms", worker.connect_timeout,
               "How long the brokers are waited for at first");
  program
      .add_option("--metrics", options.metrics,
                  "Write metrics to this file every few seconds, for "
                  "Prometheus' textfile collector")
      ->type_name("FILE");
  program
      .add_option("--audit", options.audit,
                  "Append each match to this audit log (….jsonl) before its "
                  "answer is sent, and what becomes of the lists; a log for "
                  "each worker")
      ->type_name("FILE");
  options.picture.trim = true;  // as match does
  cli::AddPictureOptions(program, options.picture);
  program
      .add_option("--threads", worker.threads,
                  "How many threads; 0 is one for each processor")
      ->type_name("N")
      ->check(CLI::Range(0, 4096).description(""))
      ->capture_default_str();
  program.footer(
      "Messages, answers and dead letters are described in docs/kafka.md. An "
      "offset is\ncommitted when the brokers have acknowledged its answer, so "
      "that nothing is lost;\nan answer that is sent twice has the same key "
      "and the same bytes. SIGTERM ends the\nworker: what it has answered is "
      "committed, the rest is left to others.\n"
      "Exit: 0 ended by a signal, 2 usage, configuration, a topic that does "
      "not exist,\nan audit log that does not take a match, 3 a list problem, "
      "10 brokers not reached, 11 refused by "
      "them, or they are not\nproved, 12 a broker's answer that ends the "
      "client, 15 another process has the\ninstance's name.\n\n"
      "Example:\n"
      "  hashvet-kafka --properties kafka.properties --group hashvet "
      "--input uploads \\\n    --results verdicts --dead-letters "
      "uploads-dead --lists lists --root /srv/uploads\n");
}

// What options say together; empty: nothing is wrong.
std::string ProblemOf(const WorkerOptions& worker) {
  // Answers that are read again as messages would have answers of their own,
  // without end.
  if (worker.input.topic == worker.results ||
      worker.input.topic == worker.dead_letters ||
      worker.results == worker.dead_letters) {
    return "--input, --results, --dead-letters: got one topic twice, want "
           "three";
  }
  constexpr size_t kMost = size_t{1} << 40;
  for (const auto& [name, value] :
       {std::pair("--max-message-bytes", worker.max_message_bytes),
        std::pair("--max-open-bytes", worker.max_open_bytes)}) {
    if (value == 0 || value > kMost) {
      return absl::StrCat(name, ": want 1 to ", kMost, " bytes");
    }
  }
  return "";
}

// Before lists and keys are opened, whatever decodes is started.
ExitCode Work(Options& options) {
  if (absl::Status status = ActiveSimdTarget().status(); !status.ok()) {
    return Told(ExitCode::kUsage, status);
  }
  std::optional<cli::PictureReader> pictures;
  if (!options.hashes) {
    auto opened =
        cli::PictureReader::Open(options.picture, options.worker.threads);
    if (!opened.ok()) return Told(ExitCode::kUsage, opened.status());
    pictures = *std::move(opened);
  }
  std::optional<RootFolder> root;
  if (!options.root.empty()) {
    auto opened = RootFolder::Open(options.root);
    if (!opened.ok()) return Told(ExitCode::kUsage, opened.status());
    root.emplace(*std::move(opened));
  }
  auto properties = ReadProperties(options.properties);
  if (!properties.ok()) return Told(ExitCode::kUsage, properties.status());
  options.worker.client = {*std::move(properties), options.properties};
  std::optional<AuditLog> audit;  // the matcher's thread writes there too
  const absl::StatusOr<ListAccess> access = cli::PrepareLists(options.lists);
  if (!access.ok()) return Told(ExitCode::kUsage, access.status());
  SetLogSink([](LogLevel level, std::string_view line) {
    if (level != LogLevel::kInfo) Say(line);
  });
  absl::StatusOr<Matcher> matcher = access->Follow();
  if (!matcher.ok()) return Told(ExitCode::kListProblem, matcher.status());
  for (const std::string& line :
       cli::PoliciesOfNoList(options.lists.policy, matcher->status().lists)) {
    Say(line);
  }
  if (!options.audit.empty()) {
    auto opened = AuditLog::Open(options.audit);
    if (!opened.ok()) return Told(ExitCode::kUsage, opened.status());
    audit = *std::move(opened);
  }
  AuditLog* const kept = audit.has_value() ? &*audit : nullptr;
  std::unique_ptr<cli::MetricsFile> metrics;
  if (!options.metrics.empty()) {
    auto started = cli::MetricsFile::Start(options.metrics);
    if (!started.ok()) return Told(ExitCode::kUsage, started.status());
    metrics = *std::move(started);
  }
  WatchOptions watch = access->watch();
  watch.observer = [kept](const GenerationEvent& event) {
    if (kept != nullptr) cli::Keep(event, *kept);
    if (event.what == GenerationEvent::What::kRecovered) {
      Say(absl::StrCat("lists are well again, none is refused: generation ",
                       event.generation, " serves"));
    }
  };
  if (absl::Status status = matcher->Watch(watch); !status.ok()) {
    return Told(ExitCode::kUsage, status);
  }
  auto worker = Worker::Make(options.worker, *matcher,
                             pictures.has_value() ? &*pictures : nullptr,
                             root.has_value() ? &*root : nullptr, kept);
  if (!worker.ok()) return Told(ExitCode::kUsage, worker.status());
  const Failure end = (*worker)->Run(stop);
  if (!end.text.empty()) Say(end.text);
  return end.code;
}

ExitCode Main(int argc, char** argv) {
  StopOnSignals();
  CLI::App program(
      "Answers the messages of a Kafka topic: hashes and pictures to verdicts.",
      "hashvet-kafka");
  program.set_version_flag("--version", "hashvet-kafka " HASHVET_VERSION);
  program
      .set_config("--config", "", "Options from a file: option=value a line")
      ->type_name("FILE");
  program.allow_config_extras(CLI::config_extras_mode::error);
  program.get_formatter()->column_width(34);
  Options options;
  AddOptions(program, options);
  try {
    program.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    cli::Output output;
    output.Text(program.help());
    return output.Finish(ExitCode::kOk);
  } catch (const CLI::CallForVersion& version) {
    cli::Output output;
    output.Line(version.what());
    return output.Finish(ExitCode::kOk);
  } catch (const CLI::Error& error) {
    Say(absl::StrCat(error.what(), " (see hashvet-kafka --help)"));
    return ExitCode::kUsage;
  }
  for (const CLI::Option* option : program.get_options()) {
    for (const std::string& given : option->results()) {
      if (!option->nonpositional() || !given.empty()) continue;
      Say(absl::StrCat(option->get_name(), ": got an empty text, want ",
                       option->get_type_name()));
      return ExitCode::kUsage;
    }
  }
  if (const std::string problem = ProblemOf(options.worker); !problem.empty()) {
    Say(problem);
    return ExitCode::kUsage;
  }
  return Work(options);
}

}  // namespace
}  // namespace hashvet::kafka

int main(int argc, char** argv) {
  using hashvet::cli::ExitCode;
  // Lists and pictures are confidential: a crash leaves no copy of them on the
  // disk. It cannot fail: a limit may always be lowered.
  const rlimit no_core = {.rlim_cur = 0, .rlim_max = 0};
  (void)setrlimit(RLIMIT_CORE, &no_core);
  try {
    return static_cast<int>(hashvet::kafka::Main(argc, argv));
  } catch (const std::exception& error) {
    // Only the standard library's own remain: above all, no memory.
    hashvet::cli::Say(error.what());
    return static_cast<int>(ExitCode::kUsage);
  }
}
