// hashvet: the program. Each command is in a file of its own,
// <name>_command.cc.

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hashvet/base/safe_text.h"
#include "hashvet/base/status.h"
#include "hashvet/index/flat_index.h"
#include "src/cli/command.h"
#include "src/cli/output.h"

namespace hashvet::cli {

void AddJsonOption(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "One JSON object a line");
}

void AddThreadsOption(CLI::App& command, size_t& threads) {
  command
      .add_option("--threads", threads,
                  "How many threads; 0 is one for each processor")
      ->type_name("N")
      ->check(CLI::Range(0, 4096).description(""))
      ->capture_default_str();
}

ExitCode UsageError(const absl::Status& status) {
  Say(WithoutHashes(ToStd(status.message())));
  return ExitCode::kUsage;
}

absl::Status CheckSimdTarget() { return ActiveSimdTarget().status(); }

namespace {

// The command that was being parsed when something was wrong, for its help.
const CLI::App& DeepestParsed(const CLI::App& app) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  return chosen.empty() ? app : DeepestParsed(*chosen.back());
}

std::string FullName(const CLI::App& app) {
  return app.get_parent() == nullptr
             ? app.get_name()
             : absl::StrCat(FullName(*app.get_parent()), " ", app.get_name());
}

std::string NamesOfCommands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    names.push_back(command->get_name());
  }
  return absl::StrJoin(names, ", ");
}

// What CLI11 says, and where: it names neither the command that it does not
// know nor the configuration file.
std::string Describe(const CLI::Error& error, const CLI::App& program) {
  const CLI::App& command = DeepestParsed(program);
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
      !command.get_subcommands(nullptr).empty()) {
    const std::vector<std::string> words = program.remaining(true);
    const std::string got =
        words.empty() ? "none" : absl::StrCat("'", words.front(), "'");
    return absl::StrCat("command: got ", got, ", want one of ",
                        NamesOfCommands(command));
  }
  if (dynamic_cast<const CLI::ConfigError*>(&error) != nullptr) {
    return absl::StrCat("configuration: ", error.what(), ": ",
                        program.get_config_ptr()->as<std::string>());
  }
  if (dynamic_cast<const CLI::FileError*>(&error) != nullptr) {
    return absl::StrCat("configuration: ", error.what());
  }
  return error.what();
}

// What follows "--" are names even where they begin with a dash. CLI11 holds to
// that only until the first name, so such names are given a folder: ./-x.jpg.
std::vector<std::string> Arguments(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto mark = std::find(arguments.begin(), arguments.end(), "--");
  if (mark == arguments.end()) return arguments;
  for (auto name = mark + 1; name != arguments.end(); ++name) {
    if (name->size() > 1 && name->front() == '-') name->insert(0, "./");
  }
  arguments.erase(mark);
  return arguments;
}

// Options read as not given where their text is empty: a variable that was not
// set would publish without a signature, or match without a policy.
absl::Status CheckNoneIsEmpty(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    const std::vector<std::string>& given = option->results();
    if (!option->nonpositional() ||
        std::find(given.begin(), given.end(), "") == given.end()) {
      continue;
    }
    return absl::InvalidArgumentError(absl::StrCat(
        option->get_name(), ": got an empty text, want ",
        option->get_type_name(), " (see ", FullName(app), " --help)"));
  }
  for (const CLI::App* chosen : app.get_subcommands()) {
    HASHVET_RETURN_IF_ERROR(CheckNoneIsEmpty(*chosen));
  }
  return absl::OkStatus();
}

ExitCode Main(int argc, char** argv) {
  // A write that fails is told by its return value, not by a signal.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);

  CLI::App program(
      "Hashes pictures perceptually and matches them against hash lists.",
      "hashvet");
  Run run;
  program.set_version_flag("--version", "hashvet " HASHVET_VERSION);
  program
      .set_config("--config", "",
                  "Options from a file: a section [command] for each, "
                  "option=value a line")
      ->type_name("FILE");
  program.allow_config_extras(CLI::config_extras_mode::error);
  program.require_subcommand(1);
  program.fallthrough();
  program.get_formatter()->column_width(34);
  AddHashCommand(program, run);
  AddCompareCommand(program, run);
  AddSnapshotCommand(program, run);
  AddListCommand(program, run);
  AddFeedCommand(program, run);
  AddRetroCommand(program, run);
  AddMatchCommand(program, run);
  AddConfigCommand(program, run);
  AddAuditCommand(program, run);
  AddBenchCommand(program, run);
  AddDoctorCommand(program, run);
  AddCompletionCommand(program, run);
  program.footer(
      "hashvet COMMAND --help tells more, with an example.\n"
      "Exit: 0 nothing matched, 1 something matched, 2 usage, configuration "
      "or\noutput error, 3 a list problem, 4 some inputs failed, 5 some "
      "failed and\nsome matched; feeds: 10 network, 11 authentication, 12 "
      "protocol, 14 stale; 13 held\nby a guard, 15 another process has the "
      "ledger.\n");

  try {
    std::vector<std::string> arguments = Arguments(argc, argv);
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
    program.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    Output output;
    output.Text(program.help());
    return output.Finish(ExitCode::kOk);
  } catch (const CLI::CallForVersion& version) {
    Output output;
    output.Line(version.what());
    return output.Finish(ExitCode::kOk);
  } catch (const CLI::Error& error) {
    Say(absl::StrCat(WithoutHashes(Describe(error, program)), " (see ",
                     FullName(DeepestParsed(program)), " --help)"));
    return ExitCode::kUsage;
  }
  if (absl::Status status = CheckNoneIsEmpty(program); !status.ok()) {
    return UsageError(status);
  }
  return run();
}

}  // namespace
}  // namespace hashvet::cli

int main(int argc, char** argv) {
  using hashvet::cli::ExitCode;
  // Lists and pictures are confidential: a crash leaves no copy of them on the
  // disk. It cannot fail: a limit may always be lowered.
  const rlimit no_core = {.rlim_cur = 0, .rlim_max = 0};
  (void)setrlimit(RLIMIT_CORE, &no_core);
  try {
    return static_cast<int>(hashvet::cli::Main(argc, argv));
  } catch (const std::exception& error) {
    // Only the standard library's own remain: above all, no memory.
    hashvet::cli::Say(error.what());
    return static_cast<int>(ExitCode::kUsage);
  }
}
