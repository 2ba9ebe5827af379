#include "hashvet/matcher/generation.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/matcher/matcher_support.h"

namespace hashvet {
namespace {

using ::hashvet::testing::GenerationOf;
using ::hashvet::testing::Listed;
using ::hashvet::testing::MakeOverlay;
using ::hashvet::testing::MakeSnapshot;
using ::hashvet::testing::MakeSnapshotOf;
using ::hashvet::testing::PdqEntry;
using ::hashvet::testing::PolicyNamed;
using ::hashvet::testing::RandomHash;
using ::hashvet::testing::RandomValue;
using ::hashvet::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kFailed = absl::StatusCode::kFailedPrecondition;

class GenerationTest : public ::testing::Test {
 protected:
  std::shared_ptr<const SnapshotReader> One(const std::string& name) {
    return MakeSnapshot(PolicyNamed(name),
                        {PdqEntry(RandomHash(random_), "e")});
  }
  Listed Pdq(uint16_t list, std::string key) {
    return {list, PdqEntry(RandomHash(random_), std::move(key))};
  }

  std::mt19937_64 random_{6};
};

TEST_F(GenerationTest, RefusesWhatCannotServeTogether) {
  const auto a = One("a");
  const auto b = One("b");
  EXPECT_THAT(Generation::Create({}), StatusIs(kInvalid, HasSubstr("no list")));
  EXPECT_THAT(Generation::Create({{nullptr, nullptr}}),
              StatusIs(kInvalid, HasSubstr("list 0 is null")));
  EXPECT_THAT(Generation::Create({{a, nullptr}, {b, nullptr}, {One("a"), {}}}),
              StatusIs(kInvalid, HasSubstr("two lists are named a")));
  const auto overlay = MakeOverlay(a, {Pdq(0, "new")}, {});
  EXPECT_OK(Generation::Create({{a, overlay}}));
  EXPECT_EQ(Generation::Create({{b, overlay}}).status().code(), kFailed);
  EXPECT_THAT(Generation::Create({{overlay, nullptr}}),
              StatusIs(kFailed, HasSubstr("got an overlay")));
  EXPECT_THAT(Generation::Create({{a, b}}),
              StatusIs(kFailed, HasSubstr("got a base")));
}

TEST_F(GenerationTest, ItsVersionNamesEveryFile) {
  const auto a = One("a");
  const auto b = One("b");
  const auto overlay = MakeOverlay(b, {}, {{0, "e"}});
  const auto generation = GenerationOf({{a, nullptr}, {b, overlay}});
  EXPECT_EQ(generation->version(),
            a->version() + "+" + b->version() + "." + overlay->version());
}

TEST_F(GenerationTest, OverridesReplaceWhatListsSay) {
  const auto two = MakeSnapshotOf({PolicyNamed("a"), PolicyNamed("b")},
                                  {Pdq(0, "e"), Pdq(1, "f")});
  const auto block = [](std::span<const ListPolicy> own) {
    std::vector<ListPolicy> policies(own.begin(), own.end());
    policies[1].action = "block";
    return policies;
  };
  const auto generation = GenerationOf({{two, nullptr}}, block);
  EXPECT_EQ(generation->lists()[0].policy.action, "review");
  EXPECT_EQ(generation->lists()[1].policy.action, "block");

  const auto create = [&](const PolicyOverride& policy) {
    return Generation::Create({{two, nullptr}}, policy).status();
  };
  using Policies = std::vector<ListPolicy>;
  EXPECT_THAT(create([](auto own) { return Policies{own[0]}; }),
              StatusIs(kInvalid, HasSubstr("got 1 lists, want 2")));
  EXPECT_THAT(create([](auto own) {
                return Policies{own[1], own[0]};
              }),
              StatusIs(kInvalid, HasSubstr("got list b, want a")));
  EXPECT_THAT(create([](auto own) {
                Policies policies(own.begin(), own.end());
                policies[0].min_quality = 101;
                return policies;
              }),
              StatusIs(kInvalid, HasSubstr("min_quality")));
  EXPECT_THAT(create([](auto) -> absl::StatusOr<Policies> {
                return absl::InvalidArgumentError("hashvet.toml:7: no");
              }),
              StatusIs(kInvalid, HasSubstr("hashvet.toml:7")));
}

TEST_F(GenerationTest, CountsWhatEachListHas) {
  const HashValue md5 = RandomValue(HashKind::kMd5, random_);
  const auto base = MakeSnapshotOf(
      {PolicyNamed("a"), PolicyNamed("b"), PolicyNamed("empty")},
      {Pdq(0, "1"), Pdq(0, "2"), Pdq(1, "1"), {1, {md5, "m", "", {}}}});
  EXPECT_THAT(GenerationOf({{base, nullptr}})->CountEntries(),
              ElementsAre(2, 2, 0));
  const auto overlay = MakeOverlay(
      base, {Pdq(1, "3"), Pdq(1, "4"), Pdq(2, "5")}, {{0, "1"}, {1, "m"}});
  EXPECT_THAT(GenerationOf({{base, overlay}})->CountEntries(),
              ElementsAre(1, 3, 1));

  const auto one = MakeSnapshotOf({PolicyNamed("one")},
                                  {Pdq(0, "1"), Pdq(0, "2"), Pdq(0, "3")});
  EXPECT_THAT(GenerationOf({{one, nullptr}})->CountEntries(), ElementsAre(3));
  const auto changed = MakeOverlay(one, {Pdq(0, "4")}, {{0, "1"}, {0, "2"}});
  EXPECT_THAT(GenerationOf({{one, changed}, {base, overlay}})->CountEntries(),
              ElementsAre(2, 1, 3, 1));
}

TEST_F(GenerationTest, EntriesThatNoQueryCanReachAreCounted) {
  ListPolicy compared = PolicyNamed("compared");
  SetKindPolicy({.kind = HashKind::kPhotoDna,
                 .max_distance = 100,
                 .metric = ByteVectorMetric::kL1},
                compared);
  const auto photodna = [&](uint16_t list, std::string key) {
    return Listed{
        list,
        {RandomValue(HashKind::kPhotoDna, random_), std::move(key), "", {}}};
  };
  const auto base = MakeSnapshotOf(
      {compared, PolicyNamed("carries"), PolicyNamed("without")},
      {photodna(0, "1"), photodna(1, "1"), photodna(1, "2"), Pdq(2, "3")});
  const auto generation = GenerationOf({{base, nullptr}});
  EXPECT_THAT(generation->lists()[0].carried_only, IsEmpty());
  ASSERT_EQ(generation->lists()[1].carried_only.size(), 1u);
  EXPECT_EQ(generation->lists()[1].carried_only[0].kind, HashKind::kPhotoDna);
  EXPECT_EQ(generation->lists()[1].carried_only[0].entries, 2u);
  EXPECT_THAT(generation->lists()[2].carried_only, IsEmpty());
}

}  // namespace
}  // namespace hashvet
