#include "hashvet/base/status.h"
#include "src/feeds/json_writer.h"
#include "src/feeds/stopncii/client.h"
#include "src/feeds/store.h"

namespace hashvet::stopncii {
namespace {

bool IsTrue(const JsonValue& json, std::string_view key) {
  const JsonValue* const found = json.Find(key);
  return found != nullptr && found->Bool().value_or(false);
}

}  // namespace

std::string Write(const Checkpoint& checkpoint) {
  JsonWriter json;
  json.Number("start", checkpoint.start);
  json.Number("fetched_at", checkpoint.fetched_at);
  WriteClock(checkpoint.clock, json);
  json.Number("restore_to", checkpoint.restore_to);
  if (checkpoint.set.has_value()) {
    const Checkpoint::Set& set = *checkpoint.set;
    json.BeginObject("set");
    json.Number("asked", set.asked);
    json.Number("from", set.from);
    json.Text("token", set.token);
    json.Number("token_at", set.token_at);
    json.Number("begun_at", set.begun_at);
    json.Number("begun_date", set.begun_date);
    json.Number("newest", set.newest);
    json.Bool("debt", set.debt);
    json.EndObject();
  }
  WriteDebts("debts", checkpoint.debts, json);
  return json.Finish();
}

absl::StatusOr<Checkpoint> ParseCheckpoint(const std::string& text) {
  Checkpoint checkpoint;
  if (text.empty()) return checkpoint;
  HASHVET_ASSIGN_OR_RETURN(const JsonValue json,
                           ReadJsonText(text, "StopNCII checkpoint"));
  checkpoint.start = NumberOf(json, "start", 0);
  checkpoint.fetched_at = NumberOf(json, "fetched_at", 0);
  checkpoint.clock = ReadClock(json);
  checkpoint.restore_to = NumberOf(json, "restore_to", 0);
  if (const JsonValue* set = json.Find("set")) {
    checkpoint.set = {.asked = NumberOf(*set, "asked", 0),
                      .from = NumberOf(*set, "from", 0),
                      .token = std::string(set->TextOf("token")),
                      .token_at = NumberOf(*set, "token_at", 0),
                      .begun_at = NumberOf(*set, "begun_at", 0),
                      .begun_date = NumberOf(*set, "begun_date", 0),
                      .newest = NumberOf(*set, "newest", 0),
                      .debt = IsTrue(*set, "debt")};
  }
  checkpoint.debts = ReadDebts(json, "debts");
  return checkpoint;
}

FeedPlace DescribeCheckpoint(const std::string& text) {
  FeedPlace place;
  const auto checkpoint = ParseCheckpoint(text);
  if (!checkpoint.ok()) return place;
  if (checkpoint->start > 0) place.read_to = checkpoint->start;
  place.debts = checkpoint->debts;
  return place;
}

}  // namespace hashvet::stopncii
