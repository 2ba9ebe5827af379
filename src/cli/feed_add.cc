// hashvet feed add, list and remove: which list comes from where.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hashvet/base/status.h"
#include "src/cli/feed_command.h"
#include "src/cli/output.h"
#include "src/cli/publish_options.h"

namespace hashvet::cli {
namespace {

struct AddOptions {
  LedgerSettings ledger;
  std::string list;
  FeedConfig config;
  std::vector<std::string> options;  // NAME=VALUE
  std::string every = "15m";
  bool update = false;
};

absl::StatusOr<FeedConfig> ConfigOf(const AddOptions& options) {
  FeedConfig config = options.config;
  HASHVET_ASSIGN_OR_RETURN(config.every_s,
                           ParseSeconds("--every", options.every));
  for (const std::string& option : options.options) {
    const size_t equals = option.find('=');
    if (equals == std::string::npos || equals == 0) {
      return absl::InvalidArgumentError("--option: want NAME=VALUE");
    }
    config.options[option.substr(0, equals)] = option.substr(equals + 1);
  }
  HASHVET_RETURN_IF_ERROR(CheckFeedConfig(config));
  return config;
}

ExitCode RunAdd(const AddOptions& options) {
  const auto config = ConfigOf(options);
  if (!config.ok()) return UsageError(config.status());
  const auto ledger = OpenLedger(options.ledger);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  const auto there = LoadFeedConfig(**ledger, options.list);
  if (!there.ok()) return LedgerProblem(there.status());
  if (there->has_value() != options.update) {
    return LedgerProblem(
        options.update
            ? absl::NotFoundError(absl::StrCat(
                  "feed: the list has none to update: ", options.list))
            : absl::AlreadyExistsError(
                  absl::StrCat("feed: the list has one: ", options.list,
                               " (--update sets it anew)")));
  }
  if (absl::Status status = StoreFeedConfig(**ledger, options.list, *config);
      !status.ok()) {
    return LedgerProblem(status);
  }
  const auto state = LoadFeedState(**ledger, options.list);
  if (!state.ok()) return LedgerProblem(state.status());
  Output output;
  if (options.ledger.json) {
    JsonLine json;
    json.Field("list", options.list);
    json.Field("protocol", config->protocol);
    json.Field("anew", state->full);
    output.Line(json.Finish());
  } else {
    output.Line(absl::StrCat(
        options.list, ": fed by ", config->protocol,
        config->base_url.empty() ? "" : " at ", Escaped(config->base_url),
        state->full ? ", read anew with the next sync" : ""));
  }
  return FinishLedger(**ledger, output);
}

ExitCode RunList(const LedgerSettings& settings) {
  const auto ledger = OpenLedger(settings);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  const auto lists = (*ledger)->Lists();
  if (!lists.ok()) return LedgerProblem(lists.status());
  Output output;
  for (const LedgerList& list : *lists) {
    const auto config = LoadFeedConfig(**ledger, list.policy.name);
    if (!config.ok()) return LedgerProblem(config.status());
    if (!config->has_value()) continue;
    const FeedConfig& feed = **config;
    if (settings.json) {
      JsonLine json;
      json.Field("list", list.policy.name);
      json.Field("protocol", feed.protocol);
      json.Field("base", feed.base_url);
      json.Field("credential", feed.credential);
      json.Field("every_s", feed.every_s);
      json.BeginObject("options");
      for (const auto& [name, value] : feed.options) json.Field(name, value);
      json.EndObject();
      output.Line(json.Finish());
    } else {
      output.Line(absl::StrCat(
          list.policy.name, "\t", feed.protocol, "\t", Field(feed.base_url),
          "\t", Field(feed.credential), "\tevery ", feed.every_s, " s"));
    }
  }
  return FinishLedger(**ledger, output);
}

struct RemoveOptions {
  LedgerSettings ledger;
  std::string list;
};

ExitCode RunRemove(const RemoveOptions& options) {
  const auto ledger = OpenLedger(options.ledger);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  absl::Status status = FeedOf(**ledger, options.list).status();
  if (status.ok()) {
    status = StoreFeedConfig(**ledger, options.list, std::nullopt);
  }
  if (!status.ok()) return LedgerProblem(status);
  Output output;
  if (options.ledger.json) {
    JsonLine json;
    json.Field("list", options.list);
    json.Field("removed", true);
    output.Line(json.Finish());
  } else {
    output.Line(absl::StrCat(options.list, ": fed no more"));
  }
  return FinishLedger(**ledger, output);
}

}  // namespace

void AddFeedAdd(CLI::App& feed, Run& run) {
  auto options = std::make_shared<AddOptions>();
  CLI::App& command =
      *feed.add_subcommand("add", "A list is fed from a source from now on");
  FeedConfig& config = options->config;
  command.add_option("LIST", options->list, "The list's name: it is there")
      ->type_name("")
      ->required();
  command
      .add_option("--protocol", config.protocol,
                  absl::StrCat("What the source speaks: ",
                               absl::StrJoin(FeedProtocols(), ", ")))
      ->type_name("NAME")
      ->required();
  command
      .add_option("--base", config.base_url,
                  "Where it is: https, or http to loopback")
      ->type_name("URL");
  command
      .add_option("--credential", config.credential,
                  "Where the secret lies, never the secret: env:NAME, "
                  "file:PATH, command:CMD or fd:N")
      ->type_name("SOURCE");
  command
      .add_option("--option", options->options,
                  "What the protocol asks for beyond that: NAME=VALUE")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command
      .add_option("--every", options->every,
                  "How often feed sync --daemon asks: 10s to 30d")
      ->type_name("DURATION")
      ->capture_default_str();
  command
      .add_option("--ca", config.ca_file,
                  "Authorities in PEM, instead of the system's")
      ->type_name("FILE");
  command
      .add_option("--client-cert", config.client_certificate,
                  "Who we are, in PEM")
      ->type_name("FILE");
  command
      .add_option("--client-key", config.client_key,
                  "Its key in PEM, yours alone (0600)")
      ->type_name("FILE");
  command
      .add_option("--pin", config.pins,
                  "The server's public key, sha256//BASE64; give the backup's "
                  "too")
      ->type_name("PIN")
      ->allow_extra_args(false);
  command
      .add_option("--proxy", config.proxy,
                  "Through which to ask; none from the environment")
      ->type_name("URL");
  command.add_flag("--update", options->update,
                   "The list has a feed: everything is set anew. What was read "
                   "stays read, unless the source is another");
  AddLedgerOptions(command, options->ledger, true);
  command.footer(
      "Exit: 0 done, 2 usage error, 3 no such list, it has a feed, or the "
      "ledger is\nrefused, 15 another process is writing to it.\n\n"
      "Example:\n"
      "  hashvet feed add ncmec/ngo --ledger ledger --protocol ncmec \\\n"
      "    --base https://hashsharing.ncmec.org/npo --credential "
      "file:/etc/hashvet/ncmec\n");
  OnRun(command, run, options, &RunAdd);

  auto listing = std::make_shared<LedgerSettings>();
  CLI::App& all = *feed.add_subcommand("list", "Which lists are fed, and how");
  AddLedgerOptions(all, *listing, false);
  all.footer(
      "A line each: list, protocol, base, credential, how often.\n"
      "Exit: 0 done, 3 the ledger is refused.\n\n"
      "Example:\n"
      "  hashvet feed list --ledger ledger\n");
  OnRun(all, run, listing, &RunList);

  auto removal = std::make_shared<RemoveOptions>();
  CLI::App& remove =
      *feed.add_subcommand("remove", "A list is fed no more; its entries stay");
  remove.add_option("LIST", removal->list, "The list's name")
      ->type_name("")
      ->required();
  AddLedgerOptions(remove, removal->ledger, true);
  remove.footer(
      "How far it was read is forgotten.\n"
      "Exit: 0 done, 3 no such list or feed, 15 another process is writing.\n\n"
      "Example:\n"
      "  hashvet feed remove ncmec/ngo --ledger ledger\n");
  OnRun(remove, run, removal, &RunRemove);
}

}  // namespace hashvet::cli
