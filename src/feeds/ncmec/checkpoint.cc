#include "hashvet/base/status.h"
#include "src/feeds/json_writer.h"
#include "src/feeds/ncmec/client.h"
#include "src/feeds/store.h"

namespace hashvet::ncmec {

std::string Write(const Checkpoint& checkpoint) {
  JsonWriter json;
  json.Number("until", checkpoint.until);
  json.Number("window", checkpoint.window);
  json.Number("quiet", checkpoint.quiet);
  json.Number("restore_to", checkpoint.restore_to);
  WriteClock(checkpoint.clock, json);
  if (checkpoint.range.has_value()) {
    json.BeginObject("range");
    json.Number("from", checkpoint.range->from);
    json.Number("to", checkpoint.range->to);
    json.Bool("debt", checkpoint.range->debt);
    json.Text("next", checkpoint.range->next);
    json.Number("next_at", checkpoint.range->next_at);
    json.Number("rows", checkpoint.range->rows);
    json.EndObject();
  }
  WriteDebts("debts", checkpoint.debts, json);
  return json.Finish();
}

absl::StatusOr<Checkpoint> ParseCheckpoint(const std::string& text) {
  Checkpoint checkpoint;
  if (text.empty()) return checkpoint;
  HASHVET_ASSIGN_OR_RETURN(const JsonValue json,
                           ReadJsonText(text, "NCMEC checkpoint"));
  checkpoint.until = NumberOf(json, "until", 0);
  checkpoint.window = NumberOf(json, "window", 0);
  checkpoint.quiet = NumberOf(json, "quiet", 0);
  checkpoint.restore_to = NumberOf(json, "restore_to", 0);
  checkpoint.clock = ReadClock(json);
  if (const JsonValue* range = json.Find("range")) {
    const JsonValue* const debt = range->Find("debt");
    checkpoint.range = {.from = NumberOf(*range, "from", 0),
                        .to = NumberOf(*range, "to", 0),
                        .debt = debt != nullptr && debt->Bool().value_or(false),
                        .next = std::string(range->TextOf("next")),
                        .next_at = NumberOf(*range, "next_at", 0),
                        .rows = NumberOf(*range, "rows", 0)};
  }
  checkpoint.debts = ReadDebts(json, "debts");
  return checkpoint;
}

FeedPlace DescribeCheckpoint(const std::string& text) {
  FeedPlace place;
  const auto checkpoint = ParseCheckpoint(text);
  if (!checkpoint.ok()) return place;
  if (checkpoint->until > 0) place.read_to = checkpoint->until;
  place.debts = checkpoint->debts;
  return place;
}

}  // namespace hashvet::ncmec
