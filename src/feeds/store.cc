#include "src/feeds/store.h"

#include <algorithm>

#include "hashvet/base/safe_text.h"
#include "hashvet/base/status.h"
#include "src/feeds/json_writer.h"

namespace hashvet {
namespace {

void WriteCounts(std::string_view key, const FeedCounts& counts,
                 JsonWriter& json) {
  json.BeginObject(key);
  for (const auto& [name, count] : counts) json.Number(ToUtf8(name), count);
  json.EndObject();
}

FeedCounts ReadCounts(const JsonValue& json, std::string_view key) {
  FeedCounts counts;
  if (const JsonValue* found = json.Find(key)) {
    for (const auto& [name, value] : found->members) {
      counts[name] = NumberOf(*found, name, 0);
    }
  }
  return counts;
}

bool IsTrue(const JsonValue& json, std::string_view key) {
  const JsonValue* const found = json.Find(key);
  return found != nullptr && found->Bool().value_or(false);
}

}  // namespace

absl::Status StoreText(Ledger& ledger, const std::string& list,
                       const std::string& name, const std::string& text) {
  return ledger
      .Apply({.list = list,
              .checkpoint_name = name,
              .checkpoint = text,
              .author = "feed"})
      .status();
}

uint64_t NumberOf(const JsonValue& json, std::string_view key,
                  uint64_t otherwise) {
  const JsonValue* const found = json.Find(key);
  if (found == nullptr) return otherwise;
  const auto number = found->Integer();
  return number.has_value() && *number >= 0 ? static_cast<uint64_t>(*number)
                                            : otherwise;
}

void AddDebt(uint64_t from, uint64_t to, std::vector<FeedDebt>& debts) {
  const auto there = std::ranges::find(debts, from, &FeedDebt::from);
  if (there == debts.end()) {
    debts.push_back({.from = from, .to = to, .tries = 1});
    return;
  }
  there->to = std::max(there->to, to);
  ++there->tries;
}

void WriteDebts(std::string_view key, const std::vector<FeedDebt>& debts,
                JsonWriter& json) {
  json.BeginArray(key);
  for (const FeedDebt& debt : debts) {
    json.BeginItem();
    json.Number("from", debt.from);
    json.Number("to", debt.to);
    json.Number("tries", debt.tries);
    json.EndObject();
  }
  json.EndArray();
}

std::vector<FeedDebt> ReadDebts(const JsonValue& json, std::string_view key) {
  std::vector<FeedDebt> debts;
  if (const JsonValue* found = json.Find(key)) {
    for (const JsonValue& debt : found->items) {
      debts.push_back({.from = NumberOf(debt, "from", 0),
                       .to = NumberOf(debt, "to", 0),
                       .tries = NumberOf(debt, "tries", 0)});
    }
  }
  return debts;
}

std::string WriteFeedState(const FeedState& state) {
  JsonWriter json;
  json.Text("checkpoint", state.checkpoint);
  json.Text("whole", state.whole);
  json.Bool("full", state.full);
  json.Bool("finishing", state.finishing);
  json.Number("contact_at", state.contact_at);
  json.Number("success_at", state.success_at);
  json.Number("newest_at", state.newest_at);
  json.Number("failures", state.failures);
  json.Number("next_try_at", state.next_try_at);
  json.Text("last_error", ToUtf8(state.last_error));
  WriteCounts("drift", state.drift, json);
  WriteCounts("carried", state.carried, json);
  return json.Finish();
}

absl::StatusOr<FeedState> ReadFeedState(const std::string& text) {
  FeedState state;
  if (text.empty()) return state;
  HASHVET_ASSIGN_OR_RETURN(const JsonValue json,
                           ReadJsonText(text, "the ledger's feed state"));
  state.checkpoint = json.TextOf("checkpoint");
  state.whole = json.TextOf("whole");
  state.full = IsTrue(json, "full");
  state.finishing = IsTrue(json, "finishing");
  state.contact_at = NumberOf(json, "contact_at", 0);
  state.success_at = NumberOf(json, "success_at", 0);
  state.newest_at = NumberOf(json, "newest_at", 0);
  state.failures = NumberOf(json, "failures", 0);
  state.next_try_at = NumberOf(json, "next_try_at", 0);
  state.last_error = json.TextOf("last_error");
  state.drift = ReadCounts(json, "drift");
  state.carried = ReadCounts(json, "carried");
  return state;
}

absl::StatusOr<FeedState> LoadFeedState(Ledger& ledger,
                                        const std::string& list) {
  HASHVET_ASSIGN_OR_RETURN(const auto text,
                           ledger.Checkpoint(list, kStateName));
  return ReadFeedState(text.value_or(""));
}

}  // namespace hashvet
