// Does a matcher that exchanges its list twenty times a second ever wait, mix
// two lists, go back, or leak? For bench/evidence/snapshot.py.
//
//   snapshot_swaps ROWS SWAPS QUIET_SECONDS
//
// Two snapshots of ROWS PDQ values each, of the same values under keys that say
// which file they are of, and 64 overlays, of one and the other in turn: 64
// states in a circle. Two threads ask for values that both have, first while
// nothing changes, for QUIET_SECONDS, then while the matcher reloads SWAPS
// times, twenty a second, one state further each time. Every answer must come
// from one file alone, that of the state which the verdict reports, and a
// thread must never see an earlier state after a later one.
//
// Prints one JSON object: {"swaps", "queries", "errors", "mixed", "backwards",
// "changes_seen", "quiet_p999_us", "p999_us", "early_kb", "late_kb", "left"}.

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/list/snapshot_reader.h"
#include "hashvet/list/snapshot_writer.h"
#include "hashvet/matcher/generation_source.h"
#include "hashvet/matcher/known_answers.h"
#include "hashvet/matcher/matcher.h"
#include "tests/support/scratch_folder.h"

namespace hashvet {
namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kThreads = 2;
constexpr size_t kStates = 64;
constexpr size_t kHitsAQuery = 3;  // entries of one file that a query finds

Hash256 RandomHash(std::mt19937_64& random) {
  return Hash256({random(), random(), random(), random()});
}

// Values in groups of three near copies, so that each answer has several
// entries that could be mixed.
std::vector<Hash256> Values(size_t rows) {
  std::mt19937_64 random(1);
  std::vector<Hash256> values;
  while (values.size() + kHitsAQuery <= rows) {
    Hash256 value = RandomHash(random);
    for (size_t k = 0; k < kHitsAQuery; ++k) {
      value.set_bit(k, !value.bit(k));
      values.push_back(value);
    }
  }
  return values;
}

void Write(const std::vector<Hash256>& values, const std::string& mark,
           const std::string& path, const std::string& folder) {
  ListPolicy policy;
  policy.name = "list";
  SnapshotWriter writer =
      *SnapshotWriter::Create(policy, {.spill_folder = folder});
  for (size_t i = 0; i < values.size(); ++i) {
    if (!writer.Add({HashValue::Pdq(values[i]), absl::StrCat(mark, i), "", {}})
             .ok()) {
      std::exit(2);
    }
  }
  if (!writer.Write(path).ok()) std::exit(2);
}

// One state after the other, each opened anew.
class Circle final : public GenerationSource {
 public:
  explicit Circle(std::string folder) : folder_(std::move(folder)) {}

  Offer Look() override {
    absl::StatusOr<std::shared_ptr<const Generation>> generation =
        Open(next_++ % kStates);
    if (!generation.ok()) return {nullptr, generation.status()};
    Offer offer;
    offer.refusal =
        TestKnownAnswers(**generation, KnownAnswerOptions::Quick(next_));
    if (offer.refusal.ok()) offer.generation = *std::move(generation);
    return offer;
  }

  absl::StatusOr<std::shared_ptr<const Generation>> Open(size_t state) const {
    HASHVET_ASSIGN_OR_RETURN(
        auto base,
        SnapshotReader::Open(absl::StrCat(folder_, "/", state % 2 ? "b" : "a"),
                             {.verify = false}));
    HASHVET_ASSIGN_OR_RETURN(
        auto overlay, SnapshotReader::Open(absl::StrCat(folder_, "/o", state),
                                           {.verify = false}));
    return Generation::Create({{std::move(base), std::move(overlay)}});
  }

 private:
  const std::string folder_;
  size_t next_ = 0;
};

uint64_t ResidentKb() {
  std::ifstream status("/proc/self/statm");
  uint64_t size = 0, resident = 0, shared = 0;
  status >> size >> resident >> shared;
  return (resident - shared) * 4;  // what is this process's alone
}

struct Seen {
  std::vector<float> microseconds;
  uint64_t errors = 0, mixed = 0, changes = 0, backwards = 0;
};

void Ask(const Matcher& matcher, const std::vector<Hash256>& values,
         const std::map<std::string, size_t>& state_of, uint64_t seed,
         const std::atomic<bool>& stop, Seen& seen) {
  std::mt19937_64 random(seed);
  size_t last = kStates;  // none
  while (!stop.load(std::memory_order_relaxed)) {
    const HashValue query = HashValue::Pdq(values[random() % values.size()]);
    const auto began = Clock::now();
    const Verdict verdict = matcher.MatchValue(query);
    seen.microseconds.push_back(
        std::chrono::duration<float, std::micro>(Clock::now() - began).count());
    const auto found = state_of.find(verdict.snapshot);
    if (verdict.outcome != Outcome::kMatch ||
        verdict.matches.size() < kHitsAQuery || found == state_of.end()) {
      ++seen.errors;
      continue;
    }
    const size_t state = found->second;
    const char mark = state % 2 == 1 ? 'b' : 'a';
    for (const Match& match : verdict.matches) {
      seen.mixed +=
          match.entry[0] != mark || match.list_version != verdict.snapshot ? 1
                                                                           : 0;
    }
    if (last != kStates && state != last) {
      ++seen.changes;
      // A thread that slept through half of the circle is none of ours.
      seen.backwards += (state + kStates - last) % kStates > kStates / 2;
    }
    last = state;
  }
}

double P999(std::array<Seen, kThreads>& seen) {
  std::vector<float> all;
  for (Seen& one : seen) {
    all.insert(all.end(), one.microseconds.begin(), one.microseconds.end());
  }
  if (all.empty()) return 0;
  const size_t at = all.size() * 999 / 1000;
  std::nth_element(all.begin(), all.begin() + static_cast<ptrdiff_t>(at),
                   all.end());
  return static_cast<double>(all[at]);
}

int Run(size_t rows, size_t swaps, double quiet_s) {
  const testing::ScratchFolder folder;
  const std::vector<Hash256> values = Values(rows);
  Write(values, "a", folder.Path("a"), folder.path());
  Write(values, "b", folder.Path("b"), folder.path());
  std::map<std::string, size_t> state_of;
  std::mt19937_64 random(2);
  const std::array bases = {
      *SnapshotReader::Open(folder.Path("a"), {.hash = true}),
      *SnapshotReader::Open(folder.Path("b"), {.hash = true})};
  for (size_t state = 0; state < kStates; ++state) {
    SnapshotWriter overlay = *SnapshotWriter::CreateOverlay(
        bases[state % 2], {.spill_folder = folder.path()});
    if (!overlay.Add({HashValue::Pdq(RandomHash(random)), "new", "", {}})
             .ok() ||
        !overlay.Write(folder.Path(absl::StrCat("o", state))).ok()) {
      return 2;
    }
    const auto generation = Circle(folder.path()).Open(state);
    if (!generation.ok()) return 2;
    state_of[(*generation)->version()] = state;
  }
  auto matcher = Matcher::Follow(std::make_unique<Circle>(folder.path()));
  if (!matcher.ok()) return 3;

  // During `during`, two threads ask.
  const auto measure = [&](const auto& during) {
    std::array<Seen, kThreads> seen;
    for (Seen& one : seen) one.microseconds.reserve(40'000'000 / kThreads);
    std::atomic<bool> stop = false;
    std::vector<std::thread> threads;
    for (size_t t = 0; t < kThreads; ++t) {
      threads.emplace_back(
          [&, t] { Ask(*matcher, values, state_of, t + 1, stop, seen[t]); });
    }
    during();
    stop = true;
    for (std::thread& thread : threads) thread.join();
    return seen;
  };
  std::array<Seen, kThreads> quiet = measure([&] {
    std::this_thread::sleep_for(std::chrono::duration<double>(quiet_s));
  });
  uint64_t failed_reloads = 0, early_kb = 0, late_kb = 0;
  std::array<Seen, kThreads> busy = measure([&] {
    auto next = Clock::now();
    for (size_t s = 0; s < swaps; ++s) {
      next += std::chrono::milliseconds(50);
      std::this_thread::sleep_until(next);
      failed_reloads += matcher->Reload().ok() ? 0 : 1;
    }
  });
  const double p999 = P999(busy), quiet_p999 = P999(quiet);
  uint64_t queries = 0, errors = failed_reloads, mixed = 0, changes = 0,
           backwards = 0;
  for (Seen& one : busy) {
    queries += one.microseconds.size();
    errors += one.errors;
    mixed += one.mixed;
    changes += one.changes;
    backwards += one.backwards;
    one = {};
  }
  quiet = {};

  // Memory, with nothing of the measurement's own: as many swaps again, the
  // first tenth left out.
  for (size_t s = 0; s < swaps; ++s) {
    failed_reloads += matcher->Reload().ok() ? 0 : 1;
    if (s == swaps / 10) early_kb = ResidentKb();
  }
  late_kb = ResidentKb();
  std::printf(
      "{\"swaps\": %zu, \"queries\": %llu, \"errors\": %llu, \"mixed\": %llu, "
      "\"changes_seen\": %llu, \"backwards\": %llu, \"quiet_p999_us\": %.1f, "
      "\"p999_us\": %.1f, "
      "\"early_kb\": %llu, \"late_kb\": %llu, \"left\": %zu}\n",
      swaps, static_cast<unsigned long long>(queries),
      static_cast<unsigned long long>(errors),
      static_cast<unsigned long long>(mixed),
      static_cast<unsigned long long>(changes),
      static_cast<unsigned long long>(backwards), quiet_p999, p999,
      static_cast<unsigned long long>(early_kb),
      static_cast<unsigned long long>(late_kb), matcher->status().retired);
  return 0;
}

}  // namespace
}  // namespace hashvet

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: snapshot_swaps ROWS SWAPS QUIET_SECONDS\n");
    return 2;
  }
  return hashvet::Run(std::strtoul(argv[1], nullptr, 10),
                      std::strtoul(argv[2], nullptr, 10),
                      std::strtod(argv[3], nullptr));
}
