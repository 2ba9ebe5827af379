#include "hashvet/base/status.h"
#include "src/feeds/json_writer.h"
#include "src/feeds/store.h"
#include "src/feeds/tcap/client.h"

namespace hashvet::tcap {

std::string Write(const Checkpoint& checkpoint) {
  JsonWriter json;
  json.Text("after", checkpoint.after);
  json.Number("read_to", checkpoint.read_to);
  WriteClock(checkpoint.clock, json);
  if (checkpoint.set.has_value()) {
    json.BeginObject("set");
    json.Text("next", checkpoint.set->next);
    json.Text("last_on", checkpoint.set->last_on);
    json.Text("last_id", checkpoint.set->last_id);
    json.Bool("restore", checkpoint.set->restore);
    json.Number("rows", checkpoint.set->rows);
    json.Number("hole_end", checkpoint.set->hole_end);
    WriteDebts("holes", checkpoint.set->holes, json);
    json.EndObject();
  }
  WriteDebts("debts", checkpoint.debts, json);
  return json.Finish();
}

absl::StatusOr<Checkpoint> ParseCheckpoint(const std::string& text) {
  Checkpoint checkpoint;
  if (text.empty()) return checkpoint;
  HASHVET_ASSIGN_OR_RETURN(const JsonValue json,
                           ReadJsonText(text, "TCAP checkpoint"));
  checkpoint.after = json.TextOf("after");
  checkpoint.read_to = NumberOf(json, "read_to", 0);
  checkpoint.clock = ReadClock(json);
  if (const JsonValue* set = json.Find("set")) {
    const JsonValue* const restore = set->Find("restore");
    checkpoint.set = {
        .next = std::string(set->TextOf("next")),
        .last_on = std::string(set->TextOf("last_on")),
        .last_id = std::string(set->TextOf("last_id")),
        .restore = restore != nullptr && restore->Bool().value_or(false),
        .rows = NumberOf(*set, "rows", 0),
        .hole_end = NumberOf(*set, "hole_end", 0),
        .holes = ReadDebts(*set, "holes")};
  }
  checkpoint.debts = ReadDebts(json, "debts");
  return checkpoint;
}

FeedPlace DescribeCheckpoint(const std::string& text) {
  FeedPlace place;
  const auto checkpoint = ParseCheckpoint(text);
  if (!checkpoint.ok()) return place;
  if (checkpoint->read_to > 0) place.read_to = checkpoint->read_to;
  place.debts = checkpoint->debts;
  return place;
}

}  // namespace hashvet::tcap
