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

using Lists = std::vector<std::shared_ptr<const SnapshotReader>>;

inline Matcher MatcherOf(Lists lists) {
  auto matcher = Matcher::Create(std::move(lists));
  EXPECT_OK(matcher);
  return *std::move(matcher);
}

// What a reader sees of a match: list, entry, distance, orientation.
using Shown = std::tuple<std::string, std::string, uint32_t, Orientation>;

inline std::vector<Shown> ShownOf(const Verdict& verdict) {
  std::vector<Shown> shown;
  for (const Match& match : verdict.matches) {
    shown.emplace_back(match.list, match.entry, match.distance,
                       match.orientation);
  }
  return shown;
}

inline void ExpectEqual(const Verdict& a, const Verdict& b) {
  EXPECT_EQ(a.outcome, b.outcome);
  EXPECT_EQ(a.snapshot, b.snapshot);
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(ShownOf(a), ShownOf(b));
}

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_MATCHER_MATCHER_SUPPORT_H_
