// Threads that the system does not give: fewer do the work, and none is an
// error.

#include "src/kafka/picture_work.h"

#include <chrono>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/matcher/matcher_support.h"
#include "tests/support/status_matchers.h"

namespace hashvet::kafka {
namespace {

using ::hashvet::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class PictureWorkTest : public ::testing::Test {
 protected:
  // With a system that gives so many threads.
  absl::StatusOr<std::unique_ptr<PictureWork>> Create(int given) {
    return PictureWork::Create(
        *pictures_, /*root=*/nullptr, matcher_, /*threads=*/3,
        [&](std::function<void()> body) {
          if (given-- == 0) {
            throw std::system_error(std::make_error_code(
                std::errc::resource_unavailable_try_again));
          }
          ++started_;
          return std::thread(std::move(body));
        });
  }

  std::mt19937_64 random_{5};
  const Matcher matcher_ = testing::MatcherOf({testing::MakeSnapshot(
      testing::PolicyNamed("known"),
      {testing::PdqEntry(testing::RandomHash(random_), "e-1")})});
  const absl::StatusOr<cli::PictureReader> pictures_ =
      cli::PictureReader::Open({.decoder = HASHVET_DECODER_PROGRAM}, 1);
  int started_ = 0;
};

TEST_F(PictureWorkTest, WithoutAnyThreadItIsAnErrorOfOneLine) {
  ASSERT_OK(pictures_);
  EXPECT_THAT(Create(0),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       AllOf(HasSubstr("pictures: got no thread, want one"),
                             Not(HasSubstr("\n")))));
}

TEST_F(PictureWorkTest, FewerThreadsThanAskedForDoTheWork) {
  ASSERT_OK(pictures_);
  for (const int given : {1, 2, 3}) {
    started_ = 0;
    auto work = Create(given);
    ASSERT_OK(work);
    EXPECT_EQ(started_, given);
    for (int64_t i = 0; i < 4; ++i) {
      (*work)->Submit(
          {.ticket = {.offset = i}, .message = {"id", PicturePath{"a.png"}}});
    }
    std::vector<PictureDone> done;
    for (int tries = 0; tries < 1000 && done.size() < 4; ++tries) {
      for (PictureDone& each : (*work)->Take()) {
        done.push_back(std::move(each));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ASSERT_EQ(done.size(), 4u);
    EXPECT_EQ(std::get<Poison>(done[0].answer).reason,
              PoisonReason::kNotAllowed);
  }
}

}  // namespace
}  // namespace hashvet::kafka
