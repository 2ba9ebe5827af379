// hashvet snapshot selftest: can these lists match?

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/status.h"
#include "hashvet/list/publication.h"
#include "hashvet/list/snapshot_reader.h"
#include "hashvet/matcher/generation.h"
#include "hashvet/matcher/known_answers.h"
#include "src/cli/json_line.h"
#include "src/cli/list_options.h"
#include "src/cli/output.h"
#include "src/cli/snapshot_command.h"

namespace hashvet::cli {
namespace {

struct SelftestOptions {
  ListAccessOptions lists;
  size_t entries = KnownAnswerOptions{}.entries;
  size_t threads = 0;
  bool json = false;
};

absl::StatusOr<Generation::Part> OpenFile(const std::string& path,
                                          Executor& executor) {
  HASHVET_ASSIGN_OR_RETURN(auto base,
                           SnapshotReader::Open(path, {.executor = &executor}));
  return Generation::Part{std::move(base), nullptr};
}

absl::StatusOr<Generation::Part> OpenDirectory(
    const std::string& directory, const PublishedOptions& options) {
  HASHVET_ASSIGN_OR_RETURN(Published published,
                           OpenPublished(directory, options));
  return Generation::Part{std::move(published.base),
                          std::move(published.overlay)};
}

// The version that was tested.
absl::StatusOr<std::string> Test(absl::StatusOr<Generation::Part> part,
                                 const PolicyOverride& policy,
                                 const KnownAnswerOptions& options) {
  HASHVET_RETURN_IF_ERROR(part.status());
  HASHVET_ASSIGN_OR_RETURN(const auto generation,
                           Generation::Create({*part}, policy));
  HASHVET_RETURN_IF_ERROR(TestKnownAnswers(*generation, options));
  return generation->version();
}

void Print(const std::string& place, const absl::StatusOr<std::string>& tested,
           bool as_json, Output& output) {
  if (!as_json) {
    output.Line(absl::StrCat(tested.ok() ? "OK" : "BAD", "\t", Field(place)));
    if (!tested.ok()) Say(ToStd(tested.status().message()));
    return;
  }
  JsonLine json;
  json.FileField(place);
  json.Field("ok", tested.ok());
  if (tested.ok()) {
    json.Field("version", *tested);
  } else {
    json.Field("status", ToStd(tested.status().message()));
  }
  output.Line(json.Finish());
}

ExitCode RunSelftest(const SelftestOptions& options) {
  if (absl::Status status = CheckSimdTarget(); !status.ok()) {
    return UsageError(status);
  }
  if (options.lists.files.empty() && options.lists.directories.empty()) {
    return UsageError(
        absl::InvalidArgumentError("got no list, want FILE or --lists DIR"));
  }
  const absl::StatusOr<ListAccess> access = ListAccess::Prepare(options.lists);
  if (!access.ok()) return UsageError(access.status());
  const std::unique_ptr<Executor> pool = MakeThreadPool(options.threads);
  KnownAnswerOptions what;
  what.entries = options.entries;
  what.executor = pool.get();
  Output output;
  ExitCode code = ExitCode::kOk;
  const auto test = [&](const std::string& place,
                        absl::StatusOr<Generation::Part> part) {
    const auto tested = Test(std::move(part), access->policy(), what);
    if (!tested.ok()) code = ExitCode::kListProblem;
    Print(place, tested, options.json, output);
  };
  for (const std::string& file : options.lists.files) {
    test(file, OpenFile(file, *pool));
  }
  for (const std::string& directory : options.lists.directories) {
    test(directory, OpenDirectory(directory, access->published()));
  }
  return output.Finish(code);
}

}  // namespace

void AddSnapshotSelftest(CLI::App& snapshot, Run& run) {
  auto options = std::make_shared<SelftestOptions>();
  CLI::App& command = *snapshot.add_subcommand(
      "selftest", "Whether lists can match: the known-answer test");
  command.add_option("FILE", options->lists.files, "Snapshot files")
      ->type_name("");
  command
      .add_option("--lists", options->lists.directories,
                  "A published directory")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command
      .add_option("--entries", options->entries,
                  "How many entries, chosen at random, must find themselves")
      ->type_name("N")
      ->check(CLI::Range(0, 10'000'000).description(""))
      ->capture_default_str();
  AddTrustOptions(command, options->lists);
  AddThreadsOption(command, options->threads);
  AddJsonOption(command, options->json);
  command.footer(
      "For each list and kind with a threshold the file's canaries must be "
      "found as they\nare and at exactly the threshold, and not one past it; "
      "entries must find\nthemselves; and no entry may be near a picture that "
      "everybody has, such as a\nblank page.\n"
      "Prints OK or BAD, a tab and the file or directory; the reason is on "
      "standard\nerror.\n"
      "Exit: 0 all can, 2 usage error or a key that cannot be read, 3 some "
      "cannot.\n\n"
      "Example:\n"
      "  hashvet snapshot selftest known.hvs\n"
      "  hashvet snapshot selftest --lists lists\n");
  OnRun(command, run, options, &RunSelftest);
}

}  // namespace hashvet::cli
