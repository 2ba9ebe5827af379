// PDQ against the reference's own answers, and everything its header promises
// besides.

#include "hashvet/hashers/pdq.h"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hash/text.h"
#include "hashvet/pixels/picture.h"
#include "tests/support/pdq_vectors.h"
#include "tests/support/scenes.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::ExpectVector;
using ::hashvet::testing::MakeNamed;
using ::hashvet::testing::MakeScene;
using ::hashvet::testing::PdqVector;
using ::hashvet::testing::ReadPdqVectors;
using ::hashvet::testing::SharedVectorsPath;
using ::hashvet::testing::StatusIs;
using ::hashvet::testing::ToGrey8;
using ::hashvet::testing::Turned;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

const PdqVector kKnownAnswers[] = {
#include "tests/hashers/pdq_known_answers.inc"
};

TEST(PdqTest, IsTheReferenceBitForBit) {
  int compared = 0;
  for (const PdqVector& vector : kKnownAnswers) {
    const Picture picture =
        MakeNamed(vector.name, vector.width, vector.height);
    compared += ExpectVector(picture.view(), vector);
  }
  EXPECT_EQ(compared, 9 * static_cast<int>(std::size(kKnownAnswers)));
}

// Every synthetic vector there is, where the shared ones are at hand.
TEST(PdqTest, IsTheReferenceOnAllSyntheticVectors) {
  const std::vector<PdqVector> vectors =
      ReadPdqVectors(SharedVectorsPath("synthetic.csv"));
  if (vectors.empty()) GTEST_SKIP() << "no shared vectors here";
  int compared = 0, refused = 0;
  for (const PdqVector& vector : vectors) {
    const Picture picture =
        MakeNamed(vector.name, vector.width, vector.height);
    if (vector.width < kPdqMinSide || vector.height < kPdqMinSide) {
      EXPECT_THAT(ComputePdq(picture.view()), Not(testing::IsOk()));
      ++refused;
      continue;
    }
    compared += ExpectVector(picture.view(), vector);
  }
  std::printf("%zu rows: %d refused (a side under 5), %d hashes compared\n",
              vectors.size(), refused, compared);
  EXPECT_EQ(vectors.size(), 93u);
  EXPECT_EQ(refused, 6);
}

}  // namespace
}  // namespace hashvet
