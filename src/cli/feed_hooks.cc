#include "src/cli/feed_hooks.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/safe_text.h"
#include "hashvet/base/status.h"
#include "src/cli/output.h"

namespace hashvet::cli {

void AddHookOptions(CLI::App& command, FeedHooks& hooks) {
  command
      .add_option("--on-update", hooks.on_update,
                  "A command to run when a list has changed")
      ->type_name("CMD");
  command
      .add_option("--on-error", hooks.on_error,
                  "A command to run when a sync has failed")
      ->type_name("CMD");
  command
      .add_option("--on-stale", hooks.on_stale,
                  "A command to run when a list is not its source's present "
                  "state for twice --every")
      ->type_name("CMD");
}

void RunHook(const std::string& command, std::string_view event,
             std::string_view list, std::string_view detail) {
  if (command.empty()) return;
  std::vector<std::string> texts;
  for (char** each = environ; *each != nullptr; ++each) texts.push_back(*each);
  texts.push_back(absl::StrCat("HASHVET_EVENT=", ToAbsl(event)));
  texts.push_back(absl::StrCat("HASHVET_LIST=", ToAbsl(list)));
  texts.push_back(absl::StrCat("HASHVET_DETAIL=", WithoutHashes(detail)));
  std::vector<char*> environment;
  for (std::string& text : texts) environment.push_back(text.data());
  environment.push_back(nullptr);
  std::string shell = "/bin/sh";
  std::string flag = "-c";
  std::string text = command;
  char* const arguments[] = {shell.data(), flag.data(), text.data(), nullptr};
  // What it prints is for people: results are ours.
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t process = 0;
  const int error = ::posix_spawn(&process, shell.c_str(), &actions, nullptr,
                                  arguments, environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    return Say(absl::StrCat("the command for ", ToAbsl(event),
                            " cannot be run: ", std::strerror(error)));
  }
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) {
    Say(absl::StrCat("the command for ", ToAbsl(event), " failed: ",
                     WIFEXITED(status)
                         ? absl::StrCat("exit ", WEXITSTATUS(status))
                         : absl::StrCat("signal ", WTERMSIG(status))));
  }
}

}  // namespace hashvet::cli
