// What happened to public systems between a feed and a match, each under its
// name. Those of one protocol are beside its other tests.

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/ledger/export.h"
#include "hashvet/matcher/list_source.h"
#include "hashvet/matcher/matcher.h"
#include "tests/feeds/ncmec_support.h"

namespace hashvet::testing {
namespace {

HashValue Turned(const HashValue& value, size_t bits) {
  Hash256 hash = *value.As<Hash256>();
  for (size_t i = 0; i < bits; ++i) hash.set_bit(7 * i, !hash.bit(7 * i));
  return HashValue::Pdq(hash);
}

// AddressSanitizer keeps what is freed for a while.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kFreedIsGivenBack = false;
#else
constexpr bool kFreedIsGivenBack = true;
#endif

// From /proc/self/status: "RssAnon" … in KiB.
std::map<std::string, uint64_t> Memory() {
  std::map<std::string, uint64_t> memory;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    const size_t colon = line.find(':');
    if (!line.starts_with("Rss") || colon == std::string::npos) continue;
    memory[line.substr(0, colon)] = std::stoull(line.substr(colon + 1));
  }
  return memory;
}

class IncidentsTest : public NcmecTest {
 protected:
  std::string Export(const std::string& name) {
    const std::string path = folder_.Path(name);
    EXPECT_OK(ExportSnapshot(*ledger_, path));
    return path;
  }
};

// An index with exactly one hash matched nothing.
TEST_F(IncidentsTest, ThreatExchange1318ListsOfNoneOneTwoAndThreeHashes) {
  constexpr uint64_t kMostBits = 31;  // the usual threshold
  for (uint64_t size = 0; size <= 3; ++size) {
    SCOPED_TRACE(size);
    StartAgain();
    Begin();
    for (uint64_t i = 0; i < size; ++i) {
      simulator_->Put(Image(absl::StrCat(i), i));
    }
    Pass(10);
    Synced();
    const std::string path = folder_.Path(absl::StrCat(size, ".hvs"));
    const auto exported = ExportSnapshot(*ledger_, path);
    if (size == 0) {
      // A list of nothing is told, and is no list that matches nothing.
      EXPECT_EQ(exported.status().code(),
                absl::StatusCode::kFailedPrecondition);
      continue;
    }
    ASSERT_OK(exported);
    ASSERT_OK_AND_ASSIGN(const Matcher matcher,
                         Matcher::Follow(MakeListSource({.files = {path}})));
    for (uint64_t i = 0; i < size; ++i) {
      EXPECT_EQ(matcher.MatchValue(Md5Of(i)).outcome, Outcome::kMatch);
      for (const size_t bits : {size_t{0}, size_t{1}, size_t{kMostBits}}) {
        const Verdict verdict =
            matcher.MatchValue(Turned(BalancedPdq(i), bits));
        EXPECT_EQ(verdict.outcome, Outcome::kMatch) << bits;
        ASSERT_EQ(verdict.matches.size(), 1);
        EXPECT_EQ(verdict.matches[0].entry, absl::StrCat("42-image-", i));
      }
      EXPECT_EQ(
          matcher.MatchValue(Turned(BalancedPdq(i), kMostBits + 1)).outcome,
          Outcome::kNoMatch);
    }
    EXPECT_EQ(matcher.MatchValue(BalancedPdq(100)).outcome, Outcome::kNoMatch);
  }
}

// Memory grew with each reload. Ours is the file's, mapped: whoever follows it
// shares it, and what was replaced is given back.
TEST_F(IncidentsTest, ThreatExchange1813And1839ReloadsNeitherGrowNorCopy) {
  constexpr uint64_t kEntries = 20'000;
  std::vector<EntryUpdate> updates;
  for (uint64_t i = 0; i < kEntries; ++i) {
    updates.push_back(Entry(absl::StrCat(i), {BalancedPdq(i)}));
  }
  updates.push_back(Entry("other", {Md5Of(2)}));
  Apply(kList, std::move(updates));
  const std::string a = Export("a.hvs");
  Apply(kList, {Entry("more", {Md5Of(1)})});
  const std::string b = Export("b.hvs");
  const std::string served = folder_.Path("served.hvs");
  std::filesystem::copy_file(a, served);
  const uint64_t file_kib = std::filesystem::file_size(a) / 1024;
  ASSERT_GT(file_kib, 1000);

  const auto before = Memory();
  ASSERT_OK_AND_ASSIGN(Matcher matcher,
                       Matcher::Follow(MakeListSource({.files = {served}})));
  const auto ask = [&](uint64_t number) {
    return matcher.MatchValue(BalancedPdq(number)).outcome;
  };
  // Read through, it is still the file's pages and not the process's own.
  for (uint64_t i = 0; i < kEntries; ++i) {
    ASSERT_EQ(ask(i), Outcome::kMatch);
  }
  const auto opened = Memory();
  // Less than before where the kernel took pages back meanwhile.
  if (kFreedIsGivenBack) {
    EXPECT_LT(opened.at("RssAnon"), before.at("RssAnon") + file_kib / 4);
  }

  const uint64_t reloads = Histories(300);
  std::map<std::string, uint64_t> early;
  for (uint64_t i = 1; i <= reloads; ++i) {
    const std::string next = folder_.Path("next.hvs");
    std::filesystem::copy_file(i % 2 == 0 ? a : b, next);
    std::filesystem::rename(next, served);
    ASSERT_OK(matcher.Reload());
    ASSERT_EQ(ask(i % kEntries), Outcome::kMatch);
    ASSERT_EQ(matcher.MatchValue(Md5Of(1)).outcome,
              i % 2 == 0 ? Outcome::kNoMatch : Outcome::kMatch);
    if (i == reloads / 10) early = Memory();
  }
  const auto late = Memory();
  RecordProperty("reloads", static_cast<int>(reloads));
  EXPECT_EQ(matcher.status().generation, reloads + 1);
  EXPECT_EQ(matcher.status().retired, 0);
  // Under 1 %.
  const auto sum = [](const auto& memory) {
    return memory.at("RssAnon") + memory.at("RssFile") + memory.at("RssShmem");
  };
  if (kFreedIsGivenBack) {
    EXPECT_LT(sum(late), sum(early) + sum(early) / 100);
  }
}

}  // namespace
}  // namespace hashvet::testing
