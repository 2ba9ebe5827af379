// Pictures, lists and a plain oracle for the matcher's tests.

#ifndef HASHVET_TESTS_MATCHER_MATCHER_SUPPORT_H_
#define HASHVET_TESTS_MATCHER_MATCHER_SUPPORT_H_

#include <algorithm>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "hashvet/matcher/matcher.h"
#include "tests/list/snapshot_support.h"

namespace hashvet::testing {

inline Hash256 RandomHash(std::mt19937_64& random) {
  return Hash256({random(), random(), random(), random()});
}

// `hash` with exactly `distance` bits turned.
inline Hash256 At(Hash256 hash, uint32_t distance, std::mt19937_64& random) {
  std::vector<size_t> places(256);
  std::iota(places.begin(), places.end(), size_t{0});
  std::shuffle(places.begin(), places.end(), random);
  for (uint32_t i = 0; i < distance; ++i) {
    hash.set_bit(places[i], !hash.bit(places[i]));
  }
  return hash;
}

inline PictureHashes Picture(std::mt19937_64& random, int quality = 100) {
  PictureHashes picture;
  picture.outcome = HashOutcome::kHashed;
  picture.pdq.quality = quality;
  for (Hash256& hash : picture.pdq.orientations) hash = RandomHash(random);
  return picture;
}

inline ListEntry PdqEntry(const Hash256& hash, std::string key) {
  return {HashValue::Pdq(hash), std::move(key), "", std::nullopt};
}

inline ListPolicy Policy(std::string name, uint32_t max_distance,
                         int min_quality, std::string action = "review") {
  ListPolicy policy;
  policy.name = std::move(name);
  policy.min_quality = min_quality;
  policy.action = std::move(action);
  SetKindPolicy({.max_distance = max_distance}, policy);
  return policy;
}

// An entry, and the list of a snapshot it is in.
struct Listed {
  uint16_t list;
  ListEntry entry;
};

// A snapshot of several lists.
inline std::shared_ptr<const SnapshotReader> MakeSnapshotOf(
    const std::vector<ListPolicy>& lists, const std::vector<Listed>& entries) {
  const ScratchFolder folder;
  const std::string path = folder.Path("lists.hvs");
  auto writer = SnapshotWriter::Create(lists);
  EXPECT_OK(writer);
  for (const auto& [list, entry] : entries) EXPECT_OK(writer->Add(list, entry));
  EXPECT_OK(writer->Write(path));
  auto reader = SnapshotReader::Open(path);
  EXPECT_OK(reader);
  return *std::move(reader);
}

struct RemovedKey {
  uint16_t list;
  std::string key;
};

// What changed since `base`.
inline std::shared_ptr<const SnapshotReader> MakeOverlay(
    const std::shared_ptr<const SnapshotReader>& base,
    const std::vector<Listed>& added, const std::vector<RemovedKey>& removed) {
  const ScratchFolder folder;
  const std::string path = folder.Path("overlay.hvs");
  auto writer = SnapshotWriter::CreateOverlay(base);
  EXPECT_OK(writer);
  for (const auto& [list, entry] : added) EXPECT_OK(writer->Add(list, entry));
  for (const auto& [list, key] : removed) EXPECT_OK(writer->Remove(list, key));
  EXPECT_OK(writer->Write(path));
  auto reader = SnapshotReader::Open(path);
  EXPECT_OK(reader);
  return *std::move(reader);
}

// A snapshot whose large tables were changed behind the reader's back, opened
// as one that is known to be whole.
template <typename Change>
std::shared_ptr<const SnapshotReader> Sabotaged(const SnapshotReader& snapshot,
                                                const Change& change) {
  const auto bytes = snapshot.bytes();
  SnapshotBytes changed(
      std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  change(changed);
  changed.Sign();
  // The reader wants 64-byte alignment.
  struct alignas(64) Line {
    std::byte bytes[64];
  };
  const auto lines =
      std::make_shared<std::vector<Line>>(bytes.size() / sizeof(Line) + 1);
  std::memcpy(lines->data(), changed.bytes().data(), bytes.size());
  auto reader = SnapshotReader::FromBytes(
      {(*lines)[0].bytes, bytes.size()}, lines, "sabotaged", {.verify = false});
  EXPECT_OK(reader);
  return *std::move(reader);
}

using Lists = std::vector<std::shared_ptr<const SnapshotReader>>;

inline Matcher MatcherOf(Lists lists) {
  auto matcher = Matcher::Create(std::move(lists));
  EXPECT_OK(matcher);
  return *std::move(matcher);
}

inline std::shared_ptr<const Generation> GenerationOf(
    std::vector<Generation::Part> parts, const PolicyOverride& policy = {}) {
  auto generation = Generation::Create(std::move(parts), policy);
  EXPECT_OK(generation);
  return *std::move(generation);
}

// At a time of the test's choice, seconds since 1970.
inline Matcher MatcherOf(std::shared_ptr<const Generation> generation,
                         uint64_t now_s = 1'000'000) {
  return Matcher::Serve(std::move(generation),
                        {.now_s = [=] { return now_s; }});
}

// What a reader sees of a match: list, entry, distance, orientation.
using Shown = std::tuple<std::string, std::string, uint32_t, Orientation>;

inline std::vector<Shown> ShownOf(const std::vector<Match>& matches) {
  std::vector<Shown> shown;
  for (const Match& match : matches) {
    shown.emplace_back(match.list, match.entry, match.distance,
                       match.orientation);
  }
  return shown;
}
inline std::vector<Shown> ShownOf(const Verdict& verdict) {
  return ShownOf(verdict.matches);
}

inline void ExpectEqual(const Verdict& a, const Verdict& b) {
  EXPECT_EQ(a.outcome, b.outcome);
  EXPECT_EQ(a.snapshot, b.snapshot);
  EXPECT_EQ(a.generation, b.generation);
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(ShownOf(a), ShownOf(b));
  EXPECT_EQ(ShownOf(a.suppressed_matches), ShownOf(b.suppressed_matches));
  EXPECT_EQ(ShownOf(a.ignored_by), ShownOf(b.ignored_by));
  EXPECT_EQ(ShownOf(a.shadow_matches), ShownOf(b.shadow_matches));
  EXPECT_EQ(a.not_sampled, b.not_sampled);
}

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_MATCHER_MATCHER_SUPPORT_H_
