// hashvet completion: shell scripts that complete commands and options,
// generated from the program's own description of itself.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "src/cli/command.h"
#include "src/cli/output.h"

namespace hashvet::cli {
namespace {

struct OptionText {
  std::vector<std::string> long_names;   // without dashes
  std::vector<std::string> short_names;  // without the dash
  std::string description;
  bool takes_value = false;
  std::vector<std::string> choices;  // of the value, where they are fixed

  std::vector<std::string> Spellings() const {
    std::vector<std::string> all;
    for (const std::string& name : short_names) all.push_back("-" + name);
    for (const std::string& name : long_names) all.push_back("--" + name);
    return all;
  }
};

struct CommandText {
  std::vector<std::string> path;  // "hashvet", "snapshot", "build"
  std::string description;
  std::vector<OptionText> options;
  std::vector<std::string> commands;
  std::vector<std::string> choices;  // of its FILE, where they are fixed

  std::string Path() const { return absl::StrJoin(path, " "); }
};

// CLI11 shows fixed values as "TEXT:{full,nn512}".
std::vector<std::string> ChoicesOf(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const size_t open = type.find('{');
  const size_t close = type.find('}', open == std::string::npos ? 0 : open);
  if (open == std::string::npos || close == std::string::npos) return {};
  return absl::StrSplit(type.substr(open + 1, close - open - 1), ',');
}

void Collect(const CLI::App& app, std::vector<std::string> path,
             std::vector<CommandText>& all) {
  path.push_back(app.get_name());
  CommandText command{path, app.get_description(), {}, {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    if (!option->nonpositional()) {
      command.choices = ChoicesOf(*option);
      continue;
    }
    command.options.push_back(
        {option->get_lnames(), option->get_snames(), option->get_description(),
         option->get_items_expected_max() > 0, ChoicesOf(*option)});
  }
  const std::vector<const CLI::App*> children =
      app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* child : children) {
    command.commands.push_back(child->get_name());
  }
  all.push_back(std::move(command));
  for (const CLI::App* child : children) Collect(*child, path, all);
}

std::string BashScript(const std::vector<CommandText>& commands) {
  std::string paths, words, values;
  for (const CommandText& command : commands) {
    const std::string path = command.Path();
    if (command.path.size() > 1) {
      absl::StrAppend(&paths, paths.empty() ? "" : "|", "\"", path, "\"");
    }
    std::vector<std::string> options;
    for (const OptionText& option : command.options) {
      for (const std::string& name : option.Spellings()) {
        options.push_back(name);
        if (!option.takes_value) continue;
        absl::StrAppend(&values, "    \"", path, " ", name, "\") values=\"",
                        absl::StrJoin(option.choices, " "), "\" ;;\n");
      }
    }
    absl::StrAppend(
        &words, "    \"", path, "\")\n      options=\"",
        absl::StrJoin(options, " "), "\"\n      words=\"",
        absl::StrJoin(
            command.commands.empty() ? command.choices : command.commands, " "),
        "\" ;;\n");
  }
  return absl::StrCat(R"(_hashvet() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local path=hashvet word options="" words="" values=none
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
    )",
                      paths, R"() path="$path $word" ;;
    esac
  done
  case "$path" in
)",
                      words, R"(  esac
  case "$path $previous" in
)",
                      values, R"(  esac
  # Nothing offered means a file name: -o default completes it.
  COMPREPLY=()
  if [[ $values != none ]]; then
    COMPREPLY=($(compgen -W "$values" -- "$current"))
  elif [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}
complete -o default -F _hashvet hashvet
)");
}

std::string Bash(const std::vector<CommandText>& commands) {
  return absl::StrCat(
      "# bash completion of hashvet; put this in ~/.bashrc:\n"
      "#   source <(hashvet completion bash)\n",
      BashScript(commands));
}

std::string Zsh(const std::vector<CommandText>& commands) {
  return absl::StrCat(
      "#compdef hashvet\n"
      "# zsh completion of hashvet; put this in ~/.zshrc after compinit:\n"
      "#   source <(hashvet completion zsh)\n"
      "autoload -U +X bashcompinit && bashcompinit\n",
      BashScript(commands));
}

std::string FishQuoted(std::string_view text) {
  return absl::StrCat(
      "'",
      absl::StrReplaceAll(absl::string_view(text.data(), text.size()),
                          {{"\\", "\\\\"}, {"'", "\\'"}}),
      "'");
}

std::string Fish(const std::vector<CommandText>& commands) {
  std::string script =
      "# fish completion of hashvet; save it as\n"
      "# ~/.config/fish/completions/hashvet.fish\n";
  for (const CommandText& command : commands) {
    // Chosen: every word of its path, and none of its own commands yet.
    std::vector<std::string> conditions;
    for (size_t i = 1; i < command.path.size(); ++i) {
      conditions.push_back("__fish_seen_subcommand_from " + command.path[i]);
    }
    if (!command.commands.empty()) {
      conditions.push_back("not __fish_seen_subcommand_from " +
                           absl::StrJoin(command.commands, " "));
    }
    const std::string head =
        absl::StrCat("complete -c hashvet -n ",
                     FishQuoted(absl::StrJoin(conditions, "; and ")));
    for (const CommandText& child : commands) {
      if (child.path.size() != command.path.size() + 1) continue;
      if (!std::equal(command.path.begin(), command.path.end(),
                      child.path.begin())) {
        continue;
      }
      absl::StrAppend(&script, head, " -f -a ", child.path.back(), " -d ",
                      FishQuoted(child.description), "\n");
    }
    if (!command.choices.empty()) {
      absl::StrAppend(&script, head, " -f -a ",
                      FishQuoted(absl::StrJoin(command.choices, " ")), "\n");
    }
    for (const OptionText& option : command.options) {
      absl::StrAppend(&script, head);
      for (const std::string& name : option.long_names) {
        absl::StrAppend(&script, " -l ", name);
      }
      for (const std::string& name : option.short_names) {
        absl::StrAppend(&script, " -s ", name);
      }
      if (option.takes_value) absl::StrAppend(&script, " -r");
      if (!option.choices.empty()) {
        absl::StrAppend(&script, " -f -a ",
                        FishQuoted(absl::StrJoin(option.choices, " ")));
      }
      absl::StrAppend(&script, " -d ", FishQuoted(option.description), "\n");
    }
  }
  return script;
}

}  // namespace

void AddCompletionCommand(CLI::App& program, Run& run) {
  auto shell = std::make_shared<std::string>();
  CLI::App& command = *program.add_subcommand(
      "completion", "A script that teaches a shell to complete hashvet");
  command.add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command.footer(
      "Example:\n"
      "  source <(hashvet completion bash)\n");
  command.callback([&program, &run, shell] {
    run = [&program, shell] {
      std::vector<CommandText> commands;
      Collect(program, {}, commands);
      Output output;
      output.Text(*shell == "bash"  ? Bash(commands)
                  : *shell == "zsh" ? Zsh(commands)
                                    : Fish(commands));
      return output.Finish(ExitCode::kOk);
    };
  });
}

}  // namespace hashvet::cli
