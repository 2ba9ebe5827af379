// A ledger of a test's own, with a clock that the test moves.

#ifndef HASHVET_TESTS_LEDGER_LEDGER_SUPPORT_H_
#define HASHVET_TESTS_LEDGER_LEDGER_SUPPORT_H_

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/ledger/ledger.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/status_matchers.h"

namespace hashvet::testing {

// A PDQ value like a picture's: 128 ones, no pattern. The same for the same
// number.
inline HashValue BalancedPdq(uint64_t number) {
  std::mt19937_64 random(number);
  Hash256 hash;
  for (size_t ones = 0; ones < 128;) {
    const size_t bit = random() % Hash256::kBits;
    if (!hash.bit(bit)) ++ones;
    hash.set_bit(bit, true);
  }
  return HashValue::Pdq(hash);
}

inline HashValue Md5Of(uint64_t number) {
  std::mt19937_64 random(number);
  std::vector<uint8_t> bytes(16);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return *HashValue::FromBytes(HashKind::kMd5, bytes);
}

inline EntryUpdate Entry(std::string key, std::vector<HashValue> values) {
  EntryUpdate update = {.key = std::move(key)};
  for (HashValue& value : values) {
    update.values.push_back({.value = std::move(value)});
  }
  return update;
}

inline EntryUpdate Deleted(std::string key) {
  return {.key = std::move(key), .status = SourceStatus::kDeleted};
}

class LedgerTest : public ::testing::Test {
 protected:
  LedgerTest() : folder_(ScratchFolder::InMemory()) {}

  void SetUp() override { Open(); }

  void Open(bool dry_run = false) {
    ledger_ = nullptr;
    auto opened = Ledger::Open(path(), Options(dry_run));
    ASSERT_OK(opened);
    ledger_ = *std::move(opened);
  }
  LedgerOptions Options(bool dry_run = false) {
    return {.create = true,
            .dry_run = dry_run,
            .busy_timeout_ms = 0,
            .now = [this] { return now_; }};
  }
  std::string path() const { return folder_.Path("ledger"); }

  void MakeList(const std::string& name) {
    ASSERT_OK(ledger_->CreateList({.policy = {.name = name}}, "test"));
  }

  static Delta DeltaOf(const std::string& list,
                       std::vector<EntryUpdate> updates) {
    Delta delta = {.list = list, .author = "test"};
    for (EntryUpdate& update : updates) delta.updates.Add(std::move(update));
    return delta;
  }
  DeltaResult Apply(Delta delta) {
    const auto result = ledger_->Apply(std::move(delta));
    EXPECT_OK(result);
    return result.ok() ? *result : DeltaResult();
  }
  DeltaResult Apply(const std::string& list, std::vector<EntryUpdate> updates) {
    return Apply(DeltaOf(list, std::move(updates)));
  }

  EntryState StateOf(const std::string& list, const std::string& key) {
    const auto entry = ledger_->FindEntry(list, key);
    EXPECT_OK(entry);
    return entry.ok() ? entry->state : EntryState::kDeleted;
  }
  // "list/key" of who makes it match, in order.
  std::vector<std::string> MatchedBy(const HashValue& value) {
    const auto carriers = ledger_->WhoCarries(value);
    EXPECT_OK(carriers);
    std::vector<std::string> by;
    if (!carriers.ok()) return by;
    for (const Carrier& each : *carriers) {
      if (each.matches) by.push_back(each.list + "/" + each.key);
    }
    return by;
  }

  ScratchFolder folder_;
  uint64_t now_ = 1'700'000'000;
  std::unique_ptr<Ledger> ledger_;
};

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_LEDGER_LEDGER_SUPPORT_H_
