// What the feeds layer keeps in the ledger beside entries: named texts of a
// list, in the same transactions.

#ifndef HASHVET_SRC_FEEDS_STORE_H_
#define HASHVET_SRC_FEEDS_STORE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "hashvet/feeds/sync.h"
#include "hashvet/ledger/ledger.h"
#include "src/feeds/json_reader.h"
#include "src/feeds/json_writer.h"

namespace hashvet {

inline constexpr char kStateName[] = "feed state";

absl::Status StoreText(Ledger& ledger, const std::string& list,
                       const std::string& name, const std::string& text);

std::string WriteFeedState(const FeedState& state);
// Errors: DataLoss.
absl::StatusOr<FeedState> ReadFeedState(const std::string& text);

// A member's whole number; `otherwise` where there is none.
uint64_t NumberOf(const JsonValue& json, std::string_view key,
                  uint64_t otherwise);

// A member that is an array of debts; none where there is none.
void WriteDebts(std::string_view key, const std::vector<FeedDebt>& debts,
                JsonWriter& json);
std::vector<FeedDebt> ReadDebts(const JsonValue& json, std::string_view key);

// Debts are known by where they begin: one that is there grows.
void AddDebt(uint64_t from, uint64_t to, std::vector<FeedDebt>& debts);

}  // namespace hashvet

#endif  // HASHVET_SRC_FEEDS_STORE_H_
