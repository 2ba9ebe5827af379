// An offset is committed only after all up to it are acknowledged.

#include "src/kafka/commit_points.h"

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hashvet::kafka {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

TEST(CommitPointsTest, NothingIsDueBeforeTheFirstIsAcknowledged) {
  CommitPoints points;
  points.Assign(0);
  const Ticket first = points.Take(0, 10);
  const Ticket second = points.Take(0, 11);
  EXPECT_EQ(points.open(), 2u);
  EXPECT_THAT(points.position(0), Optional(10));
  points.Acknowledge(second);
  EXPECT_THAT(points.Due(), IsEmpty());
  points.Acknowledge(first);
  EXPECT_THAT(points.Due(), ElementsAre(CommitPoint{0, 12}));
  EXPECT_EQ(points.open(), 0u);
}

TEST(CommitPointsTest, StaysDueUntilItIsSaidToBeCommitted) {
  CommitPoints points;
  points.Acknowledge(points.Take(0, 0));
  EXPECT_THAT(points.Due(), ElementsAre(CommitPoint{0, 1}));
  EXPECT_THAT(points.Due(), ElementsAre(CommitPoint{0, 1}));
  points.Committed({0, 1});
  EXPECT_THAT(points.Due(), IsEmpty());
  points.Acknowledge(points.Take(0, 1));
  points.Committed({0, 1});  // a late word of the older one
  EXPECT_THAT(points.Due(), ElementsAre(CommitPoint{0, 2}));
}

TEST(CommitPointsTest, OffsetsMayHaveGaps) {
  CommitPoints points;
  const Ticket first = points.Take(3, 5);
  const Ticket second = points.Take(3, 90);
  points.Acknowledge(first);
  EXPECT_THAT(points.Due(), ElementsAre(CommitPoint{3, 6}));
  points.Acknowledge(second);
  EXPECT_THAT(points.Due(), ElementsAre(CommitPoint{3, 91}));
}

TEST(CommitPointsTest, PartitionsAreApart) {
  CommitPoints points;
  const Ticket a = points.Take(0, 7);
  const Ticket b = points.Take(1, 7);
  points.Acknowledge(b);
  EXPECT_THAT(points.Due(), ElementsAre(CommitPoint{1, 8}));
  points.Acknowledge(a);
  EXPECT_THAT(points.Due(), ElementsAre(CommitPoint{0, 8}, CommitPoint{1, 8}));
}

TEST(CommitPointsTest, ATicketOfAnAssignmentThatIsOverChangesNothing) {
  CommitPoints points;
  points.Assign(0);
  const Ticket before = points.Take(0, 4);
  points.Revoke(0);
  EXPECT_EQ(points.open(), 0u);
  EXPECT_FALSE(points.Holds(before));
  points.Acknowledge(before);
  EXPECT_THAT(points.Due(), IsEmpty());
  points.Assign(0);
  const Ticket again = points.Take(0, 4);
  points.Acknowledge(before);
  EXPECT_THAT(points.Due(), IsEmpty());
  points.Acknowledge(again);
  EXPECT_THAT(points.Due(), ElementsAre(CommitPoint{0, 5}));
}

TEST(CommitPointsTest, TwiceAcknowledgedIsOnce) {
  CommitPoints points;
  const Ticket first = points.Take(0, 0);
  const Ticket second = points.Take(0, 1);
  points.Acknowledge(second);
  points.Acknowledge(second);
  EXPECT_EQ(points.open(), 1u);
  points.Acknowledge(first);
  points.Acknowledge(first);
  EXPECT_EQ(points.open(), 0u);
}

TEST(CommitPointsTest, AnOffsetThatGoesBackBeginsAnew) {
  CommitPoints points;
  const Ticket before = points.Take(0, 50);
  const Ticket after = points.Take(0, 2);
  points.Acknowledge(before);
  EXPECT_THAT(points.Due(), IsEmpty());
  points.Acknowledge(after);
  EXPECT_THAT(points.Due(), ElementsAre(CommitPoint{0, 3}));
}

// A log that was cut at 8, say, and has another 8 by now: 6 and 7 are there all
// the same, and nobody reads them again.
TEST(CommitPointsTest, GoingBackForgetsNothingThatLiesBefore) {
  CommitPoints points;
  points.Acknowledge(points.Take(0, 5));
  const Ticket six = points.Take(0, 6);
  const Ticket seven = points.Take(0, 7);
  const Ticket gone = points.Take(0, 8);
  points.Take(0, 9);
  const Ticket eight = points.Take(0, 8);
  EXPECT_EQ(points.open(), 3u);
  EXPECT_TRUE(points.Holds(six));
  EXPECT_FALSE(points.Holds(gone));
  EXPECT_TRUE(points.Holds(eight));
  points.Acknowledge(eight);
  points.Acknowledge(gone);
  EXPECT_THAT(points.Due(), ElementsAre(CommitPoint{0, 6}));
  EXPECT_THAT(points.position(0), Optional(6));
  points.Acknowledge(six);
  points.Acknowledge(seven);
  EXPECT_THAT(points.Due(), ElementsAre(CommitPoint{0, 9}));
  EXPECT_EQ(points.open(), 0u);
}

// Beside the plain rule: no offset at or after the first open one is due.
TEST(CommitPointsTest, NeverPassesAnOpenOneInAnyOrder) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    CommitPoints points;
    std::map<int32_t, std::vector<Ticket>> open;
    std::map<int32_t, int64_t> next;
    for (int step = 0; step < 200; ++step) {
      const auto partition = static_cast<int32_t>(random() % 3);
      std::vector<Ticket>& tickets = open[partition];
      if (random() % 2 == 0) {
        next[partition] += 1 + static_cast<int64_t>(random() % 3);
        tickets.push_back(points.Take(partition, next[partition]));
      } else if (random() % 20 == 0) {
        points.Revoke(partition);
        tickets.clear();
      } else if (!tickets.empty()) {
        const auto at =
            tickets.begin() + static_cast<ptrdiff_t>(random() % tickets.size());
        points.Acknowledge(*at);
        tickets.erase(at);
      }
      size_t count = 0;
      for (const auto& [p, list] : open) count += list.size();
      ASSERT_EQ(points.open(), count);
      for (const CommitPoint& due : points.Due()) {
        for (const Ticket& ticket : open[due.partition]) {
          ASSERT_LE(due.next, ticket.offset);
        }
        if (open[due.partition].empty()) {
          ASSERT_EQ(due.next, next[due.partition] + 1);
        }
        if (random() % 4 == 0) points.Committed(due);
      }
    }
  }
}

}  // namespace
}  // namespace hashvet::kafka
