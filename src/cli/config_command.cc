// hashvet config: is a policy file right, by itself and for these lists.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/list/snapshot_reader.h"
#include "hashvet/matcher/policy_config.h"
#include "src/cli/command.h"
#include "src/cli/json_line.h"
#include "src/cli/output.h"

namespace hashvet::cli {
namespace {

struct CheckOptions {
  std::string file;
  std::vector<std::string> lists;
  bool json = false;
};

ExitCode Tell(const CheckOptions& options, ExitCode code, size_t lists,
              const std::vector<std::string>& problems) {
  Output output;
  const bool ok = code == ExitCode::kOk;
  if (options.json) {
    JsonLine json;
    json.FileField(options.file);
    json.Field("ok", ok);
    if (ok) json.Field("lists", lists);
    json.BeginArray("problems");
    for (const std::string& problem : problems) json.Item(problem);
    json.EndArray();
    output.Line(json.Finish());
  } else {
    for (const std::string& problem : problems) Say(problem);
    output.Line(absl::StrCat(ok ? "OK\t" : "BAD\t", Escaped(options.file)));
  }
  return output.Finish(code);
}

ExitCode RunCheck(const CheckOptions& options) {
  std::vector<std::string> problems;
  const absl::StatusOr<PolicyConfig> config =
      ReadPolicyConfig(options.file, &problems);
  if (!config.ok()) {
    // What kept the file from being read at all is no problem of its text.
    if (problems.empty()) {
      problems.emplace_back(config.status().message());
    }
    return Tell(options, ExitCode::kUsage, 0, problems);
  }
  std::vector<ListPolicy> lists;
  for (const std::string& file : options.lists) {
    const auto snapshot = SnapshotReader::Open(file);
    if (!snapshot.ok()) {
      problems.emplace_back(snapshot.status().message());
      return Tell(options, ExitCode::kListProblem, 0, problems);
    }
    const auto more = (*snapshot)->lists();
    lists.insert(lists.end(), more.begin(), more.end());
  }
  if (!options.lists.empty()) {
    std::vector<std::string> unknown;
    (void)Apply(*config, lists, &unknown, &problems);
    problems.insert(problems.end(), unknown.begin(), unknown.end());
  }
  return Tell(options, problems.empty() ? ExitCode::kOk : ExitCode::kUsage,
              config->lists.size(), problems);
}

void AddConfigCheck(CLI::App& config, Run& run) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App& command =
      *config.add_subcommand("check", "Whether a policy file is right");
  command
      .add_option("FILE", options->file, "A policy file; - is standard input")
      ->type_name("")
      ->required();
  command
      .add_option("--list", options->lists,
                  "A snapshot file whose lists the policy is for; may be "
                  "repeated, and every list the policy names must then be "
                  "among them")
      ->type_name("FILE");
  AddJsonOption(command, options->json);
  command.footer(
      "Prints OK or BAD, a tab and the file; each problem is a line on "
      "standard\nerror, with its line and column.\n"
      "Exit: 0 right, 2 some problem, 3 a list that cannot be opened.\n\n"
      "Example:\n"
      "  hashvet config check hashvet.toml --list known.hvs\n");
  OnRun(command, run, options, &RunCheck);
}

}  // namespace

void AddConfigCommand(CLI::App& program, Run& run) {
  CLI::App& command = *program.add_subcommand(
      "config",
      "The policy file, which says what is asked of each list: check");
  command.require_subcommand(1);
  AddConfigCheck(command, run);
  command.footer(
      "Example:\n"
      "  hashvet config check hashvet.toml\n");
}

}  // namespace hashvet::cli
