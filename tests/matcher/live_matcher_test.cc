// A matcher whose lists are replaced while it answers.

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/base/metrics.h"
#include "hashvet/list/benign_panel.h"
#include "hashvet/matcher/list_source.h"
#include "tests/matcher/matcher_support.h"

namespace hashvet {
namespace {

using ::hashvet::testing::GenerationOf;
using ::hashvet::testing::MakeSnapshot;
using ::hashvet::testing::PdqEntry;
using ::hashvet::testing::Picture;
using ::hashvet::testing::RandomHash;
using ::hashvet::testing::Sabotaged;
using ::hashvet::testing::ScratchFolder;
using ::hashvet::testing::SnapshotBytes;
using ::hashvet::testing::StatusIs;
using ::hashvet::testing::WriteSnapshot;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kNotFound = absl::StatusCode::kNotFound;
constexpr auto kDataLoss = absl::StatusCode::kDataLoss;
constexpr auto kFailed = absl::StatusCode::kFailedPrecondition;

// What searches look at is gone.
void Blinded(testing::SnapshotBytes& file) {
  std::memset(
      file.content<char>(snapshot::SectionType::kPrefix0, HashKind::kPdq), 0,
      40);
}

class LiveMatcherTest : public ::testing::Test {
 protected:
  LiveMatcherTest() : a_(folder_.Path("a.hvs")), b_(folder_.Path("b.hvs")) {}

  // A list of one entry and some others, in place of what is at `path`.
  void Put(const std::string& path, const std::string& name,
           const Hash256& hash) {
    std::vector<ListEntry> entries = {PdqEntry(hash, "e")};
    for (int i = 0; i < 50; ++i) {
      entries.push_back(PdqEntry(RandomHash(random_), absl::StrCat("r", i)));
    }
    ASSERT_OK(WriteSnapshot(path, testing::Policy(name, 31, 50), entries));
  }
  // Bytes that are no list, by renaming, as everything that replaces a list.
  void PutBytes(const std::string& path, const std::string& bytes) {
    std::filesystem::rename(folder_.Write("new", bytes), path);
  }
  static Matcher Follow(std::vector<std::string> files) {
    auto matcher = Matcher::Follow(MakeListSource({.files = std::move(files)}));
    EXPECT_OK(matcher);
    return *std::move(matcher);
  }
  static Outcome Ask(const Matcher& matcher, const Hash256& hash) {
    return matcher.MatchValue(HashValue::Pdq(hash)).outcome;
  }
  template <typename Condition>
  static bool Within(milliseconds time, const Condition& condition) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(milliseconds(1));
    }
    return true;
  }

  ScratchFolder folder_;
  std::mt19937_64 random_{17};
  const std::string a_;
  const std::string b_;
  const Hash256 x_ = RandomHash(random_);
  const Hash256 y_ = RandomHash(random_);
};

TEST_F(LiveMatcherTest, ReloadServesWhatReplacedAList) {
  Put(a_, "a", x_);
  Matcher matcher = Follow({a_});
  const Verdict before = matcher.MatchValue(HashValue::Pdq(x_));
  EXPECT_EQ(before.outcome, Outcome::kMatch);
  EXPECT_EQ(before.generation, 1u);
  const std::shared_ptr<const Generation> old = matcher.generation();

  EXPECT_OK(matcher.Reload());  // nothing new
  EXPECT_EQ(matcher.generation(), old);
  EXPECT_EQ(matcher.status().generation, 1u);

  Put(a_, "a", y_);
  EXPECT_EQ(Ask(matcher, x_), Outcome::kMatch);  // until it is told
  EXPECT_OK(matcher.Reload());
  const Verdict after = matcher.MatchValue(HashValue::Pdq(x_));
  EXPECT_EQ(after.outcome, Outcome::kNoMatch);
  EXPECT_EQ(after.generation, 2u);
  EXPECT_NE(after.snapshot, before.snapshot);
  EXPECT_EQ(after.snapshot, matcher.status().version);
  EXPECT_EQ(Ask(matcher, y_), Outcome::kMatch);
  EXPECT_EQ(matcher.status().retired, 0u);
  // Who holds the old one may go on using it.
  EXPECT_EQ(Ask(Matcher::Serve(old), x_), Outcome::kMatch);
}

TEST_F(LiveMatcherTest, ARefusedListLeavesTheOldOneServingAndSaysWhy) {
  Counter& damaged =
      GetCounter("hashvet_generation_refusals_total", "reason=\"damaged\"");
  const uint64_t damaged_before = damaged.value();
  Put(a_, "a", x_);
  Matcher matcher = Follow({a_});
  EXPECT_OK(matcher.status().refusal);
  EXPECT_EQ(matcher.status().refusals, 0u);

  // Damaged in its middle.
  std::string bytes = ScratchFolder::Read(a_);
  bytes[bytes.size() / 2] ^= 1;
  PutBytes(a_, bytes);
  for (int i = 0; i < 3; ++i) {  // counted once, told as long as it is so
    EXPECT_EQ(matcher.Reload().code(), kDataLoss);
    EXPECT_EQ(Ask(matcher, x_), Outcome::kMatch);
    const MatcherStatus status = matcher.status();
    EXPECT_THAT(status.refusal, StatusIs(kDataLoss, HasSubstr("a.hvs")));
    EXPECT_EQ(status.last_refusal, status.refusal.message());
    EXPECT_GT(status.last_refusal_s, 0u);
    EXPECT_EQ(status.refusals, 1u);
    EXPECT_EQ(status.generation, 1u);
  }
  EXPECT_EQ(damaged.value(), damaged_before + 1);

  // For readers that are to come.
  Put(a_, "a", x_);
  ASSERT_OK(matcher.Reload());
  const std::string good = ScratchFolder::Read(a_);
  SnapshotBytes newer(good);
  newer.header().format = 7;
  newer.header().min_reader = 7;
  newer.SignHeader();
  PutBytes(a_, newer.bytes());
  EXPECT_THAT(matcher.Reload(),
              StatusIs(kFailed, HasSubstr("for readers of format 7")));
  EXPECT_EQ(Ask(matcher, x_), Outcome::kMatch);
  PutBytes(a_, good);
  EXPECT_OK(matcher.Reload());

  std::filesystem::remove(a_);
  EXPECT_EQ(matcher.Reload().code(), kNotFound);
  EXPECT_EQ(Ask(matcher, x_), Outcome::kMatch);

  Put(a_, "a", y_);
  EXPECT_OK(matcher.Reload());
  EXPECT_EQ(Ask(matcher, y_), Outcome::kMatch);
  EXPECT_OK(matcher.status().refusal);
  EXPECT_THAT(matcher.status().last_refusal, HasSubstr("cannot examine"));
  EXPECT_EQ(matcher.status().refusals, 3u);
}

TEST_F(LiveMatcherTest, AListThatMatchesBlankPagesDoesNotGoLive) {
  std::vector<ListEntry> entries;
  for (const BenignHash& each : BenignPanel()) {
    entries.push_back(PdqEntry(each.hash, std::string(each.picture)));
  }
  const ListPolicy policy = testing::Policy("a", 31, 50);
  ASSERT_OK(WriteSnapshot(a_, policy, entries));
  EXPECT_THAT(Matcher::Follow(MakeListSource({.files = {a_}})),
              StatusIs(kFailed, HasSubstr("known-answer test: list a")));
  Put(a_, "a", x_);
  Matcher matcher = Follow({a_});
  ASSERT_OK(WriteSnapshot(a_, policy, entries));
  EXPECT_THAT(matcher.Reload(), StatusIs(kFailed, HasSubstr("known-answer")));
  EXPECT_EQ(Ask(matcher, x_), Outcome::kMatch);
}

TEST_F(LiveMatcherTest, OneBadListHoldsUpNoOther) {
  Put(a_, "a", x_);
  Put(b_, "b", x_);
  Matcher matcher = Follow({a_, b_});
  PutBytes(a_, "damaged");
  Put(b_, "b", y_);
  EXPECT_EQ(matcher.Reload().code(), kInvalid);
  EXPECT_EQ(Ask(matcher, y_), Outcome::kMatch);  // b's new
  EXPECT_EQ(Ask(matcher, x_), Outcome::kMatch);  // a's old
  EXPECT_EQ(matcher.status().generation, 2u);

  // At first all must be there.
  EXPECT_EQ(
      Matcher::Follow(MakeListSource({.files = {a_, b_}})).status().code(),
      kInvalid);
  EXPECT_EQ(Matcher::Follow(MakeListSource({.files = {b_, folder_.Path("c")}}))
                .status()
                .code(),
            kNotFound);
  EXPECT_EQ(Matcher::Follow(MakeListSource({})).status().code(), kInvalid);
  EXPECT_EQ(Matcher::Follow(nullptr).status().code(), kInvalid);
}

TEST_F(LiveMatcherTest, ListsThatCannotServeTogetherAreRefused) {
  Put(a_, "a", x_);
  Put(b_, "b", x_);
  Matcher matcher = Follow({a_, b_});
  Put(b_, "a", y_);
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(matcher.Reload(),
                StatusIs(kInvalid, HasSubstr("two lists are named a")));
    EXPECT_EQ(Ask(matcher, x_), Outcome::kMatch);
    EXPECT_EQ(matcher.status().refusals, 1u);
  }
  Put(b_, "b", y_);
  EXPECT_OK(matcher.Reload());
  EXPECT_EQ(Ask(matcher, y_), Outcome::kMatch);
}

TEST_F(LiveMatcherTest, ThePolicyOfAConfigurationHolds) {
  Put(a_, "a", x_);
  auto matcher = Matcher::Follow(MakeListSource(
      {.files = {a_}, .policy = [](std::span<const ListPolicy> own) {
         std::vector<ListPolicy> policies(own.begin(), own.end());
         policies[0].action = "block";
         return policies;
       }}));
  ASSERT_OK(matcher);
  const Verdict verdict = matcher->MatchValue(HashValue::Pdq(x_));
  ASSERT_EQ(verdict.matches.size(), 1u);
  EXPECT_EQ(verdict.matches[0].action, "block");
  EXPECT_EQ(matcher->status().lists[0].policy.action, "block");
}

TEST_F(LiveMatcherTest, WatchingFollowsByEventsAndByPolling) {
  for (const bool inotify : {true, false}) {
    Put(a_, "a", x_);
    Matcher matcher = Follow({a_});
    WatchOptions options;
    options.inotify = inotify;
    options.poll = milliseconds(250);
    options.self_test_every = milliseconds(20);
    ASSERT_OK(matcher.Watch(options));
    EXPECT_THAT(matcher.Watch(options),
                StatusIs(kFailed, HasSubstr("watches already")));
    for (int i = 0; i < 3; ++i) {
      for (const Hash256& hash : {y_, x_}) {
        Put(a_, "a", hash);
        EXPECT_TRUE(Within(milliseconds(2'000), [&] {
          return Ask(matcher, hash) == Outcome::kMatch;
        }));
      }
    }
    PutBytes(a_, "damaged");
    EXPECT_TRUE(Within(milliseconds(2'000),
                       [&] { return matcher.status().refusals == 1; }));
    EXPECT_EQ(Ask(matcher, x_), Outcome::kMatch);
    EXPECT_TRUE(Within(milliseconds(2'000), [&] {
      return matcher.status().self_test_s.has_value();
    }));
    EXPECT_OK(matcher.status().self_test);
    EXPECT_EQ(matcher.status().retired, 0u);
  }
}

// With a poll of 250 ms a change that comes sooner came by an event.
TEST_F(LiveMatcherTest, EventsAreTakenAtOnce) {
  Put(a_, "a", x_);
  Matcher matcher = Follow({a_});
  ASSERT_OK(matcher.Watch());
  // Polling alone would make about 5 of 20, and 15 once in a million rounds; a
  // busy machine spoils a round now and then.
  int best = 0;
  for (int round = 0; round < 5 && best < 15; ++round) {
    int soon = 0;
    for (int i = 0; i < 20; ++i) {
      const Hash256& hash = i % 2 == 0 ? y_ : x_;
      Put(a_, "a", hash);
      const auto is_there = [&] {
        return Ask(matcher, hash) == Outcome::kMatch;
      };
      soon += Within(milliseconds(60), is_there) ? 1 : 0;
      ASSERT_TRUE(Within(milliseconds(2'000), is_there));
    }
    best = std::max(best, soon);
  }
  EXPECT_GE(best, 15);
}

TEST_F(LiveMatcherTest, WhatFollowsNothingSaysSo) {
  Put(a_, "a", x_);
  Matcher fixed = testing::MatcherOf({*SnapshotReader::Open(a_)});
  EXPECT_EQ(fixed.Reload().code(), kFailed);
  EXPECT_EQ(fixed.Watch().code(), kFailed);
  EXPECT_OK(fixed.SelfTest());
  EXPECT_TRUE(fixed.status().self_test_s.has_value());
  Matcher matcher = Follow({a_});
  for (const int poll : {0, 251}) {
    WatchOptions options;
    options.poll = milliseconds(poll);
    EXPECT_EQ(matcher.Watch(options).code(), kInvalid);
  }
}

TEST_F(LiveMatcherTest, AMatcherThatIsFoundBlindNoLongerSaysNoMatch) {
  Put(a_, "a", x_);
  const auto blind = Sabotaged(**SnapshotReader::Open(a_), Blinded);
  Matcher matcher = testing::MatcherOf({blind});
  EXPECT_EQ(Ask(matcher, y_), Outcome::kNoMatch);
  EXPECT_EQ(matcher.SelfTest().code(), kDataLoss);
  const Verdict verdict = matcher.MatchValue(HashValue::Pdq(y_));
  EXPECT_EQ(verdict.outcome, Outcome::kListUnavailable);
  EXPECT_THAT(verdict.status, StatusIs(kDataLoss, HasSubstr("known-answer")));
  EXPECT_THAT(matcher.status().self_test,
              StatusIs(kDataLoss, HasSubstr("list a, pdq")));
}

TEST_F(LiveMatcherTest, AnObserverIsToldWhatBecomesOfTheLists) {
  using What = GenerationEvent::What;
  std::vector<GenerationEvent> events;
  Put(a_, "a", x_);
  Matcher matcher = Follow({a_});
  WatchOptions options;
  options.self_test_every = milliseconds(0);
  options.observer = [&](const GenerationEvent& event) {
    events.push_back(event);
  };
  ASSERT_OK(matcher.Watch(options));
  const std::string first = matcher.status().version;
  Put(a_, "a", y_);
  EXPECT_OK(matcher.Reload());
  const std::string second = matcher.status().version;
  PutBytes(a_, "damaged");
  EXPECT_EQ(matcher.Reload().code(), kInvalid);
  EXPECT_EQ(matcher.Reload().code(), kInvalid);  // told once
  Put(a_, "a", y_);
  EXPECT_OK(matcher.Reload());
  EXPECT_OK(matcher.Reload());
  EXPECT_OK(matcher.SelfTest());  // nothing to tell

  std::vector<What> told;
  for (const GenerationEvent& event : events) told.push_back(event.what);
  ASSERT_THAT(told, ElementsAre(What::kServes, What::kServes, What::kRefused,
                                What::kServes, What::kRecovered));
  EXPECT_EQ(events[0].version, first);
  EXPECT_EQ(events[0].generation, 1u);
  EXPECT_EQ(events[1].version, second);
  EXPECT_EQ(events[1].generation, 2u);
  EXPECT_OK(events[1].status);
  EXPECT_EQ(events[2].version, second);  // what stays
  EXPECT_EQ(events[2].generation, 2u);
  EXPECT_THAT(events[2].status, StatusIs(kInvalid, HasSubstr("a.hvs")));
  EXPECT_EQ(events[4].generation, 3u);
}

// One generation, and nothing after it.
class Once final : public GenerationSource {
 public:
  explicit Once(std::shared_ptr<const Generation> generation)
      : generation_(std::move(generation)) {}
  Offer Look() override {
    return {std::exchange(generation_, nullptr), absl::OkStatus()};
  }

 private:
  std::shared_ptr<const Generation> generation_;
};

TEST_F(LiveMatcherTest, AnObserverIsToldOfAFailedKnownAnswerTest) {
  Put(a_, "a", x_);
  const auto blind = Sabotaged(**SnapshotReader::Open(a_), Blinded);
  auto matcher = Matcher::Follow(
      std::make_unique<Once>(*Generation::Create({{blind, {}}})));
  ASSERT_OK(matcher);
  std::vector<GenerationEvent> events;
  WatchOptions options;
  options.self_test_every = milliseconds(0);
  options.observer = [&](const GenerationEvent& event) {
    events.push_back(event);
  };
  ASSERT_OK(matcher->Watch(options));
  EXPECT_EQ(matcher->SelfTest().code(), kDataLoss);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].what, GenerationEvent::What::kSelfTestFailed);
  EXPECT_EQ(events[1].version, matcher->status().version);
  EXPECT_EQ(events[1].generation, 1u);
  EXPECT_THAT(events[1].status, StatusIs(kDataLoss, HasSubstr("list a")));
}

TEST_F(LiveMatcherTest, StatusTellsOfEveryList) {
  ListPolicy policy = testing::Policy("ncmec/a", 20, 50);
  policy.role = ListRole::kShadow;
  policy.current_at = 1'000;
  policy.staleness.late_after_s = 10;
  ASSERT_OK(WriteSnapshot(
      a_, policy,
      {PdqEntry(x_, "1"),
       {testing::RandomValue(HashKind::kPhotoDna, random_), "2", "", {}}}));
  auto matcher = Matcher::Follow(MakeListSource({.files = {a_}}),
                                 {.now_s = [] { return uint64_t{1'050}; }});
  ASSERT_OK(matcher);
  const MatcherStatus status = matcher->status();
  EXPECT_EQ(status.serving_since_s, 1'050u);
  ASSERT_EQ(status.lists.size(), 1u);
  const ListStatus& list = status.lists[0];
  EXPECT_EQ(list.name, "ncmec/a");
  EXPECT_EQ(list.version, status.version);
  EXPECT_EQ(list.role, ListRole::kShadow);
  EXPECT_EQ(list.entries, 2u);
  EXPECT_EQ(list.staleness, Staleness::kLate);
  EXPECT_EQ(list.age_s, 50u);
  EXPECT_OK(list.answers);
  ASSERT_EQ(list.carried_only.size(), 1u);
  EXPECT_EQ(list.carried_only[0].kind, HashKind::kPhotoDna);
  EXPECT_EQ(list.carried_only[0].entries, 1u);
}

TEST_F(LiveMatcherTest, AChildGoesOnAnsweringAndFollowsNothing) {
#ifdef __SANITIZE_ADDRESS__
  // Its allocator may be locked by another thread at the fork, for ever.
  GTEST_SKIP() << "AddressSanitizer's memory does not survive such a fork";
#endif
  Put(a_, "a", x_);
  Matcher matcher = Follow({a_});
  WatchOptions options;
  options.poll = milliseconds(1);
  ASSERT_OK(matcher.Watch(options));
  std::atomic<bool> done = false;
  // So that some pins and arrivals are under way at the fork.
  std::thread asking([&] {
    while (!done) (void)Ask(matcher, x_);
  });
  for (int i = 0; i < 20; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      int wrong = 0;
      for (int k = 0; k < 50; ++k) {
        wrong += Ask(matcher, x_) != Outcome::kMatch ? 1 : 0;
        wrong += Ask(matcher, y_) != Outcome::kNoMatch ? 1 : 0;
      }
      wrong += matcher.Reload().code() != kFailed ? 1 : 0;
      wrong += matcher.Watch().code() != kFailed ? 1 : 0;
      wrong += matcher.status().lists.size() != 1 ? 1 : 0;
      { const Matcher gone = std::move(matcher); }  // its end hangs on nobody
      ::_exit(wrong == 0 ? 0 : 1);
    }
    int how = 0;
    ASSERT_EQ(::waitpid(child, &how, 0), child);
    EXPECT_TRUE(WIFEXITED(how) && WEXITSTATUS(how) == 0);
  }
  done = true;
  asking.join();
  Put(a_, "a", y_);  // the parent still follows
  EXPECT_TRUE(Within(milliseconds(2'000),
                     [&] { return Ask(matcher, y_) == Outcome::kMatch; }));
}

// Generations made beforehand, one after the other for ever.
class Carousel final : public GenerationSource {
 public:
  explicit Carousel(std::vector<std::shared_ptr<const SnapshotReader>> a,
                    std::vector<std::shared_ptr<const SnapshotReader>> b)
      : a_(std::move(a)), b_(std::move(b)) {}

  Offer Look() override {
    const size_t at = next_++ % a_.size();
    auto generation = Generation::Create({{a_[at], {}}, {b_[at], {}}});
    EXPECT_OK(generation);
    made_.push_back(*generation);
    return {*std::move(generation), absl::OkStatus()};
  }
  size_t Alive() const {
    return static_cast<size_t>(
        std::count_if(made_.begin(), made_.end(),
                      [](const auto& made) { return !made.expired(); }));
  }

 private:
  std::vector<std::shared_ptr<const SnapshotReader>> a_, b_;
  size_t next_ = 0;
  std::vector<std::weak_ptr<const Generation>> made_;
};

TEST_F(LiveMatcherTest, NoAnswerIsMixedFromTwoGenerations) {
  const PictureHashes picture = Picture(random_);
  std::vector<std::shared_ptr<const SnapshotReader>> a, b;
  for (int i = 0; i < 4; ++i) {
    // Both lists of a generation say which it is.
    const ListEntry entry =
        PdqEntry(picture.pdq.hash(), absl::StrCat("generation-", i));
    a.push_back(MakeSnapshot(testing::Policy("a", 31, 50), {entry}));
    b.push_back(MakeSnapshot(testing::Policy("b", 31, 50), {entry}));
  }
  auto owned = std::make_unique<Carousel>(a, b);
  Carousel& source = *owned;
  auto matcher = Matcher::Follow(std::move(owned));
  ASSERT_OK(matcher);
  std::atomic<bool> done = false;
  std::atomic<uint64_t> answers = 0, wrong = 0, backwards = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      uint64_t last = 0;
      const std::vector<PictureHashes> batch(8, picture);
      while (!done) {
        const auto verdicts = matcher->MatchPictures(batch);
        for (const Verdict& verdict : verdicts) {
          const auto& matches = verdict.matches;
          const bool right = matches.size() == 2 &&
                             matches[0].entry == matches[1].entry &&
                             verdict.snapshot == matches[0].list_version + "+" +
                                                     matches[1].list_version &&
                             verdict.generation == verdicts[0].generation;
          wrong += right ? 0 : 1;
          ++answers;
        }
        backwards += verdicts[0].generation < last ? 1 : 0;
        last = verdicts[0].generation;
      }
    });
  }
  uint64_t swaps = 0;
  while (swaps < 200 || answers < 5'000) {
    ASSERT_OK(matcher->Reload());
    ++swaps;
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(backwards, 0u);
  EXPECT_EQ(matcher->status().generation, swaps + 1);
  ASSERT_OK(matcher->Reload());  // releases what was pinned until now
  EXPECT_EQ(source.Alive(), 1u);
}

}  // namespace
}  // namespace hashvet
