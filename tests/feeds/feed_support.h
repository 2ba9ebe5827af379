// A ledger, a feed into it, and what tests ask of both.

#ifndef HASHVET_TESTS_FEEDS_FEED_SUPPORT_H_
#define HASHVET_TESTS_FEEDS_FEED_SUPPORT_H_

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_config.h"
#include "hashvet/feeds/feed_error.h"
#include "hashvet/feeds/sync.h"
#include "hashvet/hash/text.h"
#include "tests/ledger/ledger_support.h"

namespace hashvet::testing {

// What a list holds: the values of each entry that is not deleted, as
// "kind:hex"; an entry that does not match as "withdrawn" too.
using Contents = std::map<std::string, std::set<std::string>>;

class FeedTest : public LedgerTest {
 protected:
  static constexpr char kList[] = "fed";

  void SetUp() override {
    LedgerTest::SetUp();
    ::setenv("FEED_TEST_SECRET", "user:secret", 1);
    ASSERT_OK(ledger_->CreateList(
        {.policy = {.name = kList}, .source = "source"}, "test"));
  }

  // A new ledger, with an empty list.
  void StartAgain() {
    ledger_ = nullptr;
    std::filesystem::remove_all(path());
    Open();
    ASSERT_OK(ledger_->CreateList(
        {.policy = {.name = kList}, .source = "source"}, "test"));
  }

  FeedClientOptions Fast() const {
    return {
        .now = [this] { return now_; }, .sleep = [](double) {}, .max_tries = 3};
  }
  std::unique_ptr<FeedClient> Client(const FeedConfig& config) const {
    auto client = MakeFeedClient(config, Fast());
    EXPECT_OK(client);
    return client.ok() ? *std::move(client) : nullptr;
  }
  SyncOptions How() {
    return {.author = "test",
            .force = true,
            .now = [this] { return now_; },
            .random = [] { return 0.5; }};
  }
  // A client of its own for each sync, as each run of the program has.
  absl::StatusOr<SyncReport> SyncOnce(const FeedConfig& config) {
    return SyncOnce(config, How());
  }
  absl::StatusOr<SyncReport> SyncOnce(const FeedConfig& config,
                                      const SyncOptions& how) {
    const auto client = Client(config);
    return SyncFeed(*ledger_, kList, *client, how);
  }

  Contents Held() {
    Contents contents;
    EXPECT_OK(ledger_->ForEachEntry(kList, [&](const LedgerEntry& entry) {
      std::set<std::string>& values = contents[entry.said.key];
      for (const EntryValue& each : entry.said.values) {
        values.insert(absl::StrCat(ToAbsl(NameOf(each.value.kind())), ":",
                                   ToHex(each.value)));
      }
      if (entry.said.status == SourceStatus::kWithdrawn) {
        values.insert("withdrawn");
      }
      return absl::OkStatus();
    }));
    return contents;
  }
  FeedState State() {
    const auto state = LoadFeedState(*ledger_, kList);
    EXPECT_OK(state);
    return state.ok() ? *state : FeedState();
  }
};

// How many random histories, from the environment. A sanitizer's build looks
// for other things than the rare history, at a fraction of the speed.
inline uint64_t Histories(uint64_t otherwise) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  otherwise /= 4;
#endif
  const char* const text = std::getenv("HASHVET_FEED_HISTORIES");
  uint64_t number = 0;
  return text != nullptr && absl::SimpleAtoi(text, &number) ? number
                                                            : otherwise;
}

// Thrown where a test lets the process "die" between two steps.
struct Killed {};

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_FEEDS_FEED_SUPPORT_H_
