// Random histories of everything that can be done to a ledger, against a model
// that is a few maps in memory: what matches, by whom, and every entry's state
// are equal after each step, whatever was replayed, restarted or left open.

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/ledger/ledger_support.h"

namespace hashvet::testing {
namespace {

constexpr uint64_t kDay = 86'400;
constexpr size_t kKeys = 8;
constexpr size_t kValues = 6;  // the last one is held by a guard

HashValue ValueOf(size_t number) {
  if (number + 1 == kValues) return HashValue::Pdq(Hash256());
  return number % 2 == 0 ? BalancedPdq(number) : Md5Of(number);
}

struct ModelEntry {
  SourceStatus status = SourceStatus::kActive;
  std::set<size_t> values;
  std::string category;
  std::optional<uint64_t> updated_at;
  std::optional<uint64_t> expires_at;
  uint64_t deleted_at = 0;
  bool suppressed = false;
  std::optional<uint64_t> until;
};

// What an operator decided of the guarded value, kept while the entry is known.
using Decisions = std::map<std::string, Hold>;

struct ModelList {
  std::map<std::string, ModelEntry> entries;
  Decisions decisions;
  std::optional<std::map<std::string, EntryUpdate>> generation;
};

class Model {
 public:
  void Settle(uint64_t now) {
    for (auto& [name, list] : lists) {
      for (auto& [key, entry] : list.entries) {
        if (entry.suppressed && entry.until.has_value() &&
            *entry.until <= now) {
          entry.suppressed = false;
        }
        if (entry.status == SourceStatus::kActive &&
            entry.expires_at.has_value() && *entry.expires_at <= now) {
          entry.status = SourceStatus::kWithdrawn;
        }
      }
      std::erase_if(list.entries, [&](const auto& each) {
        const bool is_old =
            each.second.status == SourceStatus::kDeleted &&
            each.second.deleted_at + kTombstoneDays * kDay <= now;
        if (is_old) list.decisions.erase(each.first);
        return is_old;
      });
    }
  }

  void Apply(ModelList& list, const EntryUpdate& update,
             const std::set<size_t>& values, bool unite, bool restore,
             uint64_t now) {
    const auto found = list.entries.find(update.key);
    SourceStatus status = update.status;
    if (status == SourceStatus::kActive && update.expires_at.has_value() &&
        *update.expires_at <= now) {
      status = SourceStatus::kWithdrawn;
    }
    if (found == list.entries.end()) {
      ModelEntry entry = {.status = status, .updated_at = update.updated_at};
      if (status == SourceStatus::kDeleted) {
        entry.deleted_at = now;
      } else {
        entry.values = values;
        entry.category = update.category;
        entry.expires_at = update.expires_at;
      }
      list.entries[update.key] = entry;
      return;
    }
    ModelEntry& entry = found->second;
    const bool both =
        update.updated_at.has_value() && entry.updated_at.has_value();
    if (both && *update.updated_at < *entry.updated_at && !restore) return;
    const bool later = both && *update.updated_at > *entry.updated_at;
    if (status == SourceStatus::kDeleted) {
      if (update.updated_at.has_value()) entry.updated_at = update.updated_at;
      if (entry.status == SourceStatus::kDeleted) return;
      entry.status = status;
      entry.values.clear();
      entry.category.clear();
      entry.expires_at.reset();
      entry.deleted_at = now;
      if (list.decisions.contains(update.key) &&
          list.decisions[update.key] == Hold::kHeld) {
        list.decisions.erase(update.key);
      }
      return;
    }
    const bool was_deleted = entry.status == SourceStatus::kDeleted;
    if (was_deleted && !restore && !later) return;
    const std::set<size_t> before = entry.values;
    entry.status = status;
    entry.values = values;
    const ModelEntry old = entry;
    if (unite && !was_deleted) {
      entry.values.insert(before.begin(), before.end());
      if (!update.category.empty()) entry.category = update.category;
      if (update.updated_at.has_value()) entry.updated_at = update.updated_at;
      if (update.expires_at.has_value()) entry.expires_at = update.expires_at;
    } else {
      entry.category = update.category;
      entry.updated_at = update.updated_at;
      entry.expires_at = update.expires_at;
    }
  }

  static bool Matches(const ModelList& list, const std::string& key,
                      const ModelEntry& entry, size_t value) {
    if (entry.status != SourceStatus::kActive || entry.suppressed ||
        !entry.values.contains(value)) {
      return false;
    }
    if (value + 1 != kValues) return true;
    const auto decided = list.decisions.find(key);
    return decided != list.decisions.end() &&
           decided->second == Hold::kReleased;
  }

  std::vector<std::string> MatchedBy(size_t value) const {
    std::vector<std::string> by;
    for (const auto& [name, list] : lists) {
      for (const auto& [key, entry] : list.entries) {
        if (Matches(list, key, entry, value)) {
          by.push_back(absl::StrCat(name, "/", key));
        }
      }
    }
    return by;
  }

  std::map<std::string, ModelList> lists;
};

class LedgerModelTest : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    // Small lists: a fall by one entry is no broken feed.
    for (const char* name : {"a", "b"}) {
      LedgerList list = {.policy = {.name = name}};
      list.guards.change = false;
      ASSERT_OK(ledger_->CreateList(list, "test"));
      model_.lists[name];
    }
  }

  size_t Below(size_t bound) { return random_() % bound; }
  bool OneIn(size_t count) { return Below(count) == 0; }
  std::string AnyKey() { return absl::StrCat("k", Below(kKeys)); }

  struct Said {
    std::string list;
    bool unite = false;
    bool restore = false;
    std::vector<EntryUpdate> updates;
  };

  EntryUpdate AnyUpdate() {
    EntryUpdate update = {.key = AnyKey()};
    const size_t what = Below(10);
    if (what < 2) update.status = SourceStatus::kDeleted;
    if (what == 2) update.status = SourceStatus::kWithdrawn;
    if (OneIn(2)) update.updated_at = 1000 + clock_ + Below(5);
    if (update.status == SourceStatus::kDeleted) return update;
    for (size_t v = 0; v < kValues; ++v) {
      if (OneIn(4)) update.values.push_back({.value = ValueOf(v)});
    }
    if (OneIn(3)) update.category = absl::StrCat("category ", Below(3));
    if (OneIn(8)) update.expires_at = now_ + Below(3) * kDay;
    return update;
  }

  static std::set<size_t> NumbersOf(const EntryUpdate& update) {
    std::set<size_t> numbers;
    for (size_t v = 0; v < kValues; ++v) {
      if (std::ranges::find(update.values, ValueOf(v), &EntryValue::value) !=
          update.values.end()) {
        numbers.insert(v);
      }
    }
    return numbers;
  }

  // The guarded value is held where it newly comes to an entry that no operator
  // has decided about.
  static void HoldNew(ModelList& list, const std::string& key,
                      const std::set<size_t>& before) {
    const auto entry = list.entries.find(key);
    const bool has = entry != list.entries.end() &&
                     entry->second.values.contains(kValues - 1);
    const bool had = before.contains(kValues - 1);
    const auto decided = list.decisions.find(key);
    if (has && !had && decided == list.decisions.end()) {
      list.decisions[key] = Hold::kHeld;
    }
    if (!has && had && decided != list.decisions.end() &&
        decided->second == Hold::kHeld) {
      list.decisions.erase(key);
    }
  }

  void ApplyToModel(ModelList& list, const EntryUpdate& update, bool unite,
                    bool restore) {
    std::set<size_t> before;
    if (const auto found = list.entries.find(update.key);
        found != list.entries.end()) {
      before = found->second.values;
    }
    model_.Apply(list, update, NumbersOf(update), unite, restore, now_);
    HoldNew(list, update.key, before);
  }

  // Of one key in one delta the last holds, but for one that is older; rows of
  // one entry say together what the last of them leaves open.
  static std::vector<EntryUpdate> LastOfEach(const Said& said) {
    std::map<std::string, EntryUpdate> last;
    for (const EntryUpdate& update : said.updates) {
      const auto found = last.find(update.key);
      if (found == last.end()) {
        last[update.key] = update;
        continue;
      }
      EntryUpdate& before = found->second;
      EntryUpdate next = update;
      if (said.unite) {
        next.values.insert(next.values.begin(), before.values.begin(),
                           before.values.end());
        Normalise(next);
        if (next.category.empty()) next.category = before.category;
        if (!next.updated_at.has_value()) next.updated_at = before.updated_at;
        if (!next.expires_at.has_value()) next.expires_at = before.expires_at;
      } else if (next.updated_at.has_value() && before.updated_at.has_value() &&
                 *next.updated_at < *before.updated_at) {
        continue;
      }
      before = next;
    }
    std::vector<EntryUpdate> updates;
    for (auto& [key, update] : last) updates.push_back(update);
    return updates;
  }

  void Say(const Said& said) {
    Delta delta = DeltaOf(said.list, said.updates);
    delta.unite = said.unite;
    delta.restore = said.restore;
    Apply(delta);
    model_.Settle(now_);
    for (const EntryUpdate& update : LastOfEach(said)) {
      ApplyToModel(model_.lists[said.list], update, said.unite, said.restore);
    }
  }

  void Step() {
    const std::string name = OneIn(2) ? "a" : "b";
    ModelList& list = model_.lists[name];
    switch (Below(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
      case 5: {
        Said said = {.list = name, .unite = OneIn(4), .restore = OneIn(8)};
        const size_t count = 1 + Below(4);
        for (size_t i = 0; i < count; ++i) said.updates.push_back(AnyUpdate());
        Say(said);
        said_.push_back(said);
        if (said_.size() > 20) said_.erase(said_.begin());
        break;
      }
      case 6: {  // a page comes again, now or late
        if (!said_.empty()) Say(said_[Below(said_.size())]);
        break;
      }
      case 7: {
        const std::string key = AnyKey();
        std::optional<uint64_t> until;
        if (OneIn(2)) until = now_ + (1 + Below(4)) * kDay;
        const absl::Status status =
            ledger_->Suppress(name, {key}, until, "why", "test");
        // Refused, it has changed nothing: nor is what was due settled.
        if (status.ok()) {
          model_.Settle(now_);
          ModelEntry& entry = list.entries.at(key);
          entry.suppressed = true;
          entry.until = until;
        } else {
          ASSERT_OK(ledger_->ApplyDue());
          model_.Settle(now_);
          const auto found = list.entries.find(key);
          EXPECT_TRUE(found == list.entries.end() ||
                      found->second.status == SourceStatus::kDeleted);
        }
        break;
      }
      case 8: {
        const std::string key = AnyKey();
        const absl::Status status = ledger_->Unsuppress(name, {key}, "test");
        ASSERT_OK(ledger_->ApplyDue());
        model_.Settle(now_);
        EXPECT_EQ(status.ok(), list.entries.contains(key));
        if (status.ok()) list.entries.at(key).suppressed = false;
        break;
      }
      case 9: {
        now_ += Below(2 * kDay);
        if (OneIn(20)) now_ += kTombstoneDays * kDay;
        clock_ += Below(3);
        ASSERT_OK(ledger_->ApplyDue());
        model_.Settle(now_);
        break;
      }
      case 10: {
        const auto held = ledger_->Quarantine(name);
        ASSERT_OK(held);
        if (held->empty()) break;
        const QuarantineItem& item = (*held)[Below(held->size())];
        const bool release = OneIn(2);
        ASSERT_OK(ledger_->Decide(
            release ? std::vector<int64_t>{item.id} : std::vector<int64_t>{},
            release ? std::vector<int64_t>{} : std::vector<int64_t>{item.id},
            "test"));
        ASSERT_TRUE(list.decisions.contains(item.key)) << item.key;
        list.decisions[item.key] = release ? Hold::kReleased : Hold::kDropped;
        break;
      }
      case 11: {
        const absl::Status status = ledger_->BeginGeneration(name, "test");
        EXPECT_EQ(status.ok(), !list.generation.has_value());
        if (status.ok()) list.generation.emplace();
        break;
      }
      case 12: {
        Said page = {.list = name};
        for (size_t i = 0; i < 3; ++i) page.updates.push_back(AnyUpdate());
        Delta delta = DeltaOf(name, page.updates);
        delta.into_generation = true;
        const auto result = ledger_->Apply(delta);
        EXPECT_EQ(result.ok(), list.generation.has_value());
        if (!result.ok()) break;
        model_.Settle(now_);
        for (const EntryUpdate& update : page.updates) {
          (*list.generation)[update.key] = update;
        }
        break;
      }
      case 13: {
        const auto result = ledger_->FinishGeneration(name, true, "test");
        EXPECT_EQ(result.ok(), list.generation.has_value());
        if (!result.ok()) break;
        model_.Settle(now_);
        std::vector<std::string> missing;
        for (const auto& [key, update] : *list.generation) {
          ApplyToModel(list, update, false, true);
        }
        for (const auto& [key, entry] : list.entries) {
          if (!list.generation->contains(key)) missing.push_back(key);
        }
        for (const std::string& key : missing) {
          ApplyToModel(list, {.key = key, .status = SourceStatus::kDeleted},
                       false, false);
        }
        list.generation.reset();
        break;
      }
      case 14: {
        if (OneIn(4)) {
          const absl::Status status = ledger_->AbandonGeneration(name);
          EXPECT_EQ(status.ok(), list.generation.has_value());
          list.generation.reset();
        }
        break;
      }
      default: {
        if (OneIn(10)) {
          ASSERT_OK(ledger_->Close());
          Open();
        }
        break;
      }
    }
  }

  // The entries' states, and who makes each value match.
  void Compare() {
    for (size_t v = 0; v < kValues; ++v) {
      ASSERT_EQ(MatchedBy(ValueOf(v)), model_.MatchedBy(v)) << "value " << v;
    }
    for (const auto& [name, list] : model_.lists) {
      for (size_t k = 0; k < kKeys; ++k) {
        const std::string key = absl::StrCat("k", k);
        const auto entry = ledger_->FindEntry(name, key);
        const auto known = list.entries.find(key);
        ASSERT_EQ(entry.ok(), known != list.entries.end()) << name << key;
        if (!entry.ok()) continue;
        ASSERT_EQ(entry->said.status, known->second.status) << name << key;
        ASSERT_EQ(entry->suppressed, known->second.suppressed) << name << key;
        ASSERT_EQ(entry->said.category, known->second.category) << name << key;
        ASSERT_EQ(entry->said.values.size(), known->second.values.size())
            << name << key;
      }
    }
  }

  std::mt19937_64 random_{7};
  uint64_t clock_ = 0;  // of the source
  std::vector<Said> said_;
  Model model_;
};

// HASHVET_LEDGER_STEPS says how many; ./dev evidence ledger asks for a million.
TEST_F(LedgerModelTest, EqualsTheModelAfterAnyHistory) {
  const char* asked = std::getenv("HASHVET_LEDGER_STEPS");
  const int steps = asked == nullptr ? 4'000 : std::atoi(asked);
  for (int step = 0; step < steps; ++step) {
    SCOPED_TRACE(absl::StrCat("step ", step));
    ASSERT_NO_FATAL_FAILURE(Step());
    ASSERT_NO_FATAL_FAILURE(Compare());
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_OK(ledger_->Verify());
  RecordProperty("steps", steps);
}

}  // namespace
}  // namespace hashvet::testing
