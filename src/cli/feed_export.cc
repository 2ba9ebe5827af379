// hashvet feed export: a list of the ledger in the forms that feeds are read
// in, to be moved, compared and fed to another hashvet.

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/text.h"
#include "hashvet/list/csv.h"
#include "hashvet/list/text_list.h"
#include "src/cli/feed_command.h"
#include "src/cli/output.h"
#include "src/cli/text_out.h"

namespace hashvet::cli {
namespace {

struct ExportFeedOptions {
  LedgerSettings ledger;
  std::string list;
  std::string format = "csv";
  std::string kind = "pdq";
  std::string output;
  std::string mapping;
};

constexpr std::array<std::string_view, 5> kFormats = {"csv", "jsonl", "typed",
                                                      "bare", "dataset"};

// The entry's values that match, those of a kind in their order.
std::map<HashKind, std::vector<const EntryValue*>> LiveValues(
    const LedgerEntry& entry) {
  std::map<HashKind, std::vector<const EntryValue*>> live;
  for (const EntryValue& value : entry.said.values) {
    if (Matches(entry, value)) live[value.value.kind()].push_back(&value);
  }
  return live;
}

// An entry's lines: the nth has the nth value of each kind, so that a column
// has one.
absl::Status AddJsonLines(const LedgerEntry& entry, TextOut& out) {
  const auto live = LiveValues(entry);
  for (size_t i = 0;; ++i) {
    JsonLine json;
    json.Field("key", entry.said.key);
    bool has_value = false;
    for (const auto& [kind, values] : live) {
      if (i >= values.size()) continue;
      has_value = true;
      json.Field(NameOf(kind), ToHex(values[i]->value));
    }
    if (!has_value) return absl::OkStatus();
    json.Field("category", entry.said.category);
    json.Field("category_scheme", entry.said.category_scheme);
    json.Field("opinion", NameOf(entry.opinion));
    json.BeginArray("tags");
    for (const std::string& tag : entry.tags) json.Item(tag);
    json.EndArray();
    if (entry.said.updated_at.has_value()) {
      json.Field("updated_at",
                 absl::FormatTime("%Y-%m-%dT%H:%M:%SZ",
                                  absl::FromUnixSeconds(static_cast<int64_t>(
                                      *entry.said.updated_at)),
                                  absl::UTCTimeZone()));
    }
    HASHVET_RETURN_IF_ERROR(out.Line(json.Finish()));
  }
}

std::string DatasetLine(const std::string& list, const LedgerEntry& entry,
                        const EntryValue& value) {
  std::string line(NameOf(value.value.kind()));
  for (const std::string& text : {ToHex(value.value), list, entry.said.category,
                                  absl::StrJoin(entry.tags, " ")}) {
    line.push_back(',');
    AppendCsvField(text, false, line);
  }
  return line;
}

absl::Status AddEntry(const ExportFeedOptions& options, HashKind bare_kind,
                      const LedgerEntry& entry, TextOut& out) {
  if (options.format == "jsonl") return AddJsonLines(entry, out);
  for (const EntryValue& value : entry.said.values) {
    if (!Matches(entry, value)) continue;
    if (options.format == "csv") {
      HASHVET_RETURN_IF_ERROR(
          out.Line(ToCsvLine({.value = value.value,
                              .key = entry.said.key,
                              .category = entry.said.category,
                              .quality = value.quality,
                              .category_scheme = entry.said.category_scheme,
                              .opinion = entry.opinion})));
    } else if (options.format == "dataset") {
      HASHVET_RETURN_IF_ERROR(
          out.Line(DatasetLine(options.list, entry, value)));
    } else if (options.format == "typed") {
      HASHVET_RETURN_IF_ERROR(out.Line(absl::StrCat(
          ToAbsl(NameOf(value.value.kind())), " ", ToHex(value.value))));
    } else if (value.value.kind() == bare_kind) {
      HASHVET_RETURN_IF_ERROR(out.Line(ToHex(value.value)));
    }
  }
  return absl::OkStatus();
}

// What `feed add --option format=mapped` needs to read JSON lines back.
absl::Status WriteMapping(Ledger& ledger, const ExportFeedOptions& options,
                          Output& output) {
  HASHVET_ASSIGN_OR_RETURN(const ListStats stats, ledger.Stats(options.list));
  HASHVET_ASSIGN_OR_RETURN(TextOut out, TextOut::Open(options.mapping, output));
  JsonLine json;
  json.Field("format", "jsonl");
  json.Field("key", "key");
  json.BeginObject("values");
  for (const auto& [kind, counts] : stats.kinds) {
    json.Field(NameOf(kind), NameOf(kind));
  }
  json.EndObject();
  json.Field("category", "category");
  json.Field("updated_at", "updated_at");
  HASHVET_RETURN_IF_ERROR(out.Line(json.Finish()));
  return out.Finish();
}

absl::Status Check(const ExportFeedOptions& options) {
  if (std::ranges::find(kFormats, options.format) == kFormats.end()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--format: got '", options.format, "', want one of ",
        absl::StrJoin(kFormats, ", ",
                      [](std::string* text, std::string_view name) {
                        text->append(name);
                      })));
  }
  if (!options.mapping.empty() && options.format != "jsonl") {
    return absl::InvalidArgumentError(
        "--mapping: of --format jsonl only: the others explain themselves");
  }
  return ParseHashKind(options.kind).status();
}

ExitCode RunExport(const ExportFeedOptions& options) {
  if (absl::Status status = Check(options); !status.ok()) {
    return UsageError(status);
  }
  const HashKind kind = *ParseHashKind(options.kind);
  const auto ledger = OpenLedgerToAsk(options.ledger);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  Output output;
  auto out = TextOut::Open(options.output, output);
  if (!out.ok()) return UsageError(out.status());
  absl::Status status = absl::OkStatus();
  if (options.format == "csv") {
    status = out->Line(std::string(CsvHeader()));
  } else if (options.format == "dataset") {
    status = out->Line("signal_type,signal_str,collab,category,tags");
  }
  if (status.ok()) {
    status =
        (*ledger)->ForEachEntry(options.list, [&](const LedgerEntry& entry) {
          return AddEntry(options, kind, entry, *out);
        });
  }
  if (status.ok() && !options.mapping.empty()) {
    status = WriteMapping(**ledger, options, output);
  }
  if (!status.ok()) return LedgerProblem(status);
  if (status = out->Finish(); !status.ok()) return UsageError(status);
  return FinishLedger(**ledger, output);
}

}  // namespace

void AddFeedExport(CLI::App& feed, Run& run) {
  auto options = std::make_shared<ExportFeedOptions>();
  CLI::App& command = *feed.add_subcommand(
      "export", "What of a list matches, in a form that a feed is read in");
  command.add_option("LIST", options->list, "The list's name")
      ->type_name("")
      ->required();
  command
      .add_option("--format", options->format,
                  "csv, jsonl, typed, bare or dataset")
      ->type_name("FORMAT")
      ->capture_default_str();
  command.add_option("--kind", options->kind, "Of --format bare: which values")
      ->type_name("KIND")
      ->capture_default_str();
  command
      .add_option("-o,--output", options->output,
                  "A file, which appears whole or not at all")
      ->type_name("FILE");
  command
      .add_option("--mapping", options->mapping,
                  "Of --format jsonl: the mapping that reads it back, to a "
                  "file")
      ->type_name("FILE");
  AddLedgerOptions(command, options->ledger, false);
  command.footer(
      "csv has keys, categories and opinions, a line a value; jsonl a line an "
      "entry; typed\nis KIND HASH; bare the hashes of one kind; dataset "
      "python-threatexchange's CSV.\nWhat is quarantined, suppressed or "
      "withdrawn is left out.\n"
      "Exit: 0 done, 2 usage error, 3 no such list, or the ledger is "
      "refused.\n\n"
      "Example:\n"
      "  hashvet feed export ncmec/ngo --ledger ledger --format jsonl \\\n"
      "    -o ngo.jsonl --mapping ngo.mapping\n");
  OnRun(command, run, options, &RunExport);
}

}  // namespace hashvet::cli
