// hashvet list export and diff: a list as text, and what a text would change.

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/text.h"
#include "hashvet/list/text_list.h"
#include "src/cli/inputs.h"
#include "src/cli/list_command.h"
#include "src/cli/output.h"
#include "src/cli/text_out.h"

namespace hashvet::cli {
namespace {

struct ExportTextOptions {
  LedgerSettings ledger;
  std::string list;
  std::string output;
  bool all = false;
};

struct DiffOptions {
  LedgerSettings ledger;
  std::string list;
  std::string file;
  std::string kind = "pdq";
};

std::string EntryJson(const LedgerEntry& entry) {
  const EntryUpdate& said = entry.said;
  JsonLine json;
  json.Field("key", said.key);
  json.Field("state", NameOf(entry.state));
  json.Field("opinion", NameOf(entry.opinion));
  json.BeginArray("values");
  for (const EntryValue& value : said.values) {
    json.BeginItem();
    json.Field("kind", NameOf(value.value.kind()));
    json.Field("hash", ToHex(value.value));
    if (value.quality.has_value()) json.Field("quality", *value.quality);
    json.Field("matches", Matches(entry, value));
    json.EndObject();
  }
  json.EndArray();
  json.Field("category", said.category);
  json.Field("category_scheme", said.category_scheme);
  if (!said.opinions.empty()) {
    json.BeginArray("opinions");
    for (const OwnerOpinion& each : said.opinions) {
      json.BeginItem();
      json.Field("owner", each.owner);
      json.Field("opinion", NameOf(each.opinion));
      json.BeginArray("tags");
      for (const std::string& tag : each.tags) json.Item(tag);
      json.EndArray();
      json.EndObject();
    }
    json.EndArray();
  }
  if (!said.member.empty()) json.Field("member", said.member);
  if (!said.reason.empty()) json.Field("reason", said.reason);
  if (said.updated_at.has_value()) json.Field("updated_at", *said.updated_at);
  if (said.expires_at.has_value()) json.Field("expires_at", *said.expires_at);
  json.Field("first_seen", entry.first_seen);
  json.Field("last_seen", entry.last_seen);
  return json.Finish();
}

absl::Status ExportText(Ledger& ledger, const ExportTextOptions& options,
                        TextOut& out) {
  if (!options.ledger.json) {
    HASHVET_RETURN_IF_ERROR(out.Line(std::string(CsvHeader())));
  }
  return ledger.ForEachEntry(
      options.list, [&](const LedgerEntry& entry) -> absl::Status {
        if (options.ledger.json) {
          if (!options.all && entry.state != EntryState::kActive) {
            return absl::OkStatus();
          }
          return out.Line(EntryJson(entry));
        }
        for (const EntryValue& value : entry.said.values) {
          if (!options.all && !Matches(entry, value)) continue;
          HASHVET_RETURN_IF_ERROR(
              out.Line(ToCsvLine({.value = value.value,
                                  .key = entry.said.key,
                                  .category = entry.said.category,
                                  .quality = value.quality,
                                  .category_scheme = entry.said.category_scheme,
                                  .opinion = entry.opinion})));
        }
        return absl::OkStatus();
      });
}

ExitCode RunExport(const ExportTextOptions& options) {
  const auto ledger = OpenLedgerToAsk(options.ledger);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  Output output;
  auto out = TextOut::Open(options.output, output);
  if (!out.ok()) return UsageError(out.status());
  if (absl::Status status = ExportText(**ledger, options, *out); !status.ok()) {
    return LedgerProblem(status);
  }
  if (absl::Status status = out->Finish(); !status.ok()) {
    return UsageError(status);
  }
  return FinishLedger(**ledger, output);
}

// ---- What a text would change.

// Of an entry's values, in any order: equal for equal values but for chance.
uint64_t Sum(const HashValue& value) {
  return absl::Hash<std::string>()(
      absl::StrCat(static_cast<int>(value.kind()), ":", ToHex(value)));
}

struct DiffCounts {
  uint64_t added = 0;
  uint64_t changed = 0;
  uint64_t missing = 0;
  uint64_t same = 0;
  uint64_t invalid = 0;
};

absl::StatusOr<DiffCounts> Diff(Ledger& ledger, const DiffOptions& options,
                                HashKind kind, Output& output) {
  DiffCounts counts;
  absl::flat_hash_map<std::string, uint64_t> sums;
  HASHVET_ASSIGN_OR_RETURN(LineReader reader, LineReader::Open(options.file));
  std::string piece;
  size_t given = 0;
  const auto more = [&](std::span<char> buffer) -> absl::StatusOr<size_t> {
    if (given == piece.size()) {
      std::optional<std::string> line = reader.Next();
      if (!line.has_value()) {
        HASHVET_RETURN_IF_ERROR(reader.status());
        return size_t{0};
      }
      piece = *std::move(line);
      piece.push_back('\n');
      given = 0;
    }
    const size_t size = std::min(buffer.size(), piece.size() - given);
    std::copy_n(piece.data() + given, size, buffer.data());
    given += size;
    return size;
  };
  HASHVET_ASSIGN_OR_RETURN(
      const TextListReport report,
      ReadTextList(more, options.file,
                   {.bare_kind = kind, .skip_invalid = true},
                   [&](ListEntry entry) {
                     if (entry.key.starts_with("line-")) {
                       entry.key = KeyOfValue(entry.value);
                     }
                     sums[entry.key] += Sum(entry.value);
                     return absl::OkStatus();
                   }));
  counts.invalid = report.skipped;
  const auto tell = [&](const char* what, const std::string& key) {
    if (options.ledger.json) {
      JsonLine json;
      json.Field("change", what);
      json.Field("entry", key);
      output.Line(json.Finish());
    } else {
      output.Line(absl::StrCat(what, "\t", Escaped(key)));
    }
  };
  HASHVET_RETURN_IF_ERROR(
      ledger.ForEachEntry(options.list, [&](const LedgerEntry& entry) {
        const auto said = sums.find(entry.said.key);
        if (said == sums.end()) {
          ++counts.missing;
          tell("missing", entry.said.key);
          return absl::OkStatus();
        }
        uint64_t sum = 0;
        for (const EntryValue& value : entry.said.values) {
          sum += Sum(value.value);
        }
        if (sum == said->second) {
          ++counts.same;
        } else {
          ++counts.changed;
          tell("changed", entry.said.key);
        }
        sums.erase(said);
        return absl::OkStatus();
      }));
  std::vector<std::string> rest;
  for (const auto& [key, sum] : sums) rest.push_back(key);
  std::ranges::sort(rest);
  for (const std::string& key : rest) tell("added", key);
  counts.added = rest.size();
  return counts;
}

ExitCode RunDiff(const DiffOptions& options) {
  const auto kind = ParseHashKind(options.kind);
  if (!kind.ok()) return UsageError(kind.status());
  const auto ledger = OpenLedger(options.ledger);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  Output output;
  const auto counts = Diff(**ledger, options, *kind, output);
  if (!counts.ok()) return LedgerProblem(counts.status());
  if (options.ledger.json) {
    JsonLine json;
    json.Field("list", options.list);
    json.Field("added", counts->added);
    json.Field("changed", counts->changed);
    json.Field("missing", counts->missing);
    json.Field("same", counts->same);
    json.Field("invalid_lines", counts->invalid);
    output.Line(json.Finish());
  } else {
    output.Flush();
    Say(absl::StrCat(options.list, ": ", counts->added, " added, ",
                     counts->changed, " changed, ", counts->missing,
                     " missing, ", counts->same, " the same, ", counts->invalid,
                     " invalid lines"));
  }
  const bool differs = counts->added + counts->changed + counts->missing > 0;
  return FinishLedger(**ledger, output,
                      differs ? ExitCode::kMatched : ExitCode::kOk);
}

}  // namespace

void AddListExport(CLI::App& list, Run& run) {
  auto options = std::make_shared<ExportTextOptions>();
  CLI::App& command =
      *list.add_subcommand("export", "A list's entries as text");
  command.add_option("LIST", options->list, "The list's name")
      ->type_name("")
      ->required();
  command
      .add_option("-o,--output", options->output,
                  "The file to write, readable by its owner only; standard "
                  "output where not given")
      ->type_name("OUT");
  command.add_flag("--all", options->all,
                   "Withdrawn, suppressed and held ones too");
  AddLedgerOptions(command, options->ledger, false);
  command.footer(
      "CSV, a line a value, in the form that list import reads; with --json a "
      "line an\nentry, with everything about it. This prints the list's "
      "values: treat the output\nas the list itself.\n"
      "Exit: 0 written, 2 the output cannot be written, 3 no such list, or the "
      "ledger is\nrefused.\n\n"
      "Example:\n"
      "  hashvet list export reports --ledger ledger -o reports.csv\n");
  OnRun(command, run, options, &RunExport);
}

void AddListDiff(CLI::App& list, Run& run) {
  auto options = std::make_shared<DiffOptions>();
  CLI::App& command =
      *list.add_subcommand("diff", "What a list's new full text would change");
  command.add_option("LIST", options->list, "The list's name")
      ->type_name("")
      ->required();
  command
      .add_option("INPUT", options->file,
                  "The whole list as text; - is standard input")
      ->type_name("")
      ->required();
  command
      .add_option("--kind", options->kind,
                  "Of values that state no kind of their own")
      ->type_name("KIND")
      ->capture_default_str();
  AddLedgerOptions(command, options->ledger, false);
  command.footer(
      "A line an entry: added, changed (other values) or missing, a tab, its "
      "key.\nMemory: the keys of INPUT.\n"
      "Exit: 0 nothing would change, 1 something would, 2 usage error, 3 an "
      "input is\nmissing, no such list, or the ledger is refused.\n\n"
      "Example:\n"
      "  hashvet list diff ncmec/industry --ledger ledger tuesday.csv\n");
  OnRun(command, run, options, &RunDiff);
}

}  // namespace hashvet::cli
