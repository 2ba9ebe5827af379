// A list by URL: read when it is another one, whole or not at all.

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/feeds/feed_server.h"
#include "tests/feeds/feed_support.h"

namespace hashvet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ListServer : public FeedServer {
 public:
  ListServer() { Start(); }
  ~ListServer() override { Stop(); }
  void Set(std::string text, std::string etag) {
    const std::lock_guard lock(mutex_);
    text_ = std::move(text);
    etag_ = std::move(etag);
  }
  void set_authorization(std::string value) {
    const std::lock_guard lock(mutex_);
    authorization_ = std::move(value);
  }

 protected:
  FeedAnswer Answer(const FeedRequest& request) override {
    if (request.Header("Authorization") != authorization_) {
      return {.status = 401};
    }
    FeedAnswer answer = {.body = text_, .content_type = "application/octet"};
    if (!etag_.empty()) {
      answer.headers.emplace("ETag", etag_);
      if (request.Header("If-None-Match") == etag_) {
        answer.status = 304;
        answer.body.clear();
      }
    }
    return answer;
  }

 private:
  std::string text_;
  std::string etag_;
  std::string authorization_;
};

class UrlFeedTest : public FeedTest {
 protected:
  UrlFeedTest() {
    config_ = {.protocol = "url", .base_url = server_.base() + "/list.txt"};
  }
  static std::string Line(uint64_t number) {
    return ToHex(BalancedPdq(number)) + "\n";
  }
  absl::StatusOr<SyncReport> Read() {
    SyncOptions how = How();
    how.accept = true;
    return SyncOnce(config_, how);
  }

  ListServer server_;
  FeedConfig config_;
};

TEST_F(UrlFeedTest, IsReadWhenItIsAnotherOne) {
  server_.Set(Line(1) + Line(2), "\"one\"");
  ASSERT_OK_AND_ASSIGN(SyncReport report, Read());
  EXPECT_TRUE(report.full);
  EXPECT_THAT(Held(), SizeIs(2));
  now_ += 1000;
  server_.ForgetRequests();
  ASSERT_OK_AND_ASSIGN(report, Read());
  EXPECT_FALSE(report.full);
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(State().success_at, now_);
  ASSERT_THAT(server_.Requests(), SizeIs(1));
  EXPECT_EQ(server_.Requests()[0].Header("If-None-Match"), "\"one\"");
  server_.Set(Line(2) + Line(3), "\"two\"");
  server_.ForgetRequests();
  ASSERT_OK_AND_ASSIGN(report, Read());
  EXPECT_EQ(report.result.added, 1);
  EXPECT_EQ(report.result.deleted, 1);
  EXPECT_THAT(server_.Requests(), SizeIs(1));
}

TEST_F(UrlFeedTest, WithoutOrWithAWeakEtagItIsReadEveryTime) {
  for (const char* const etag : {"", "W/\"weak\""}) {
    server_.Set(Line(1), etag);
    ASSERT_OK(Read());
    ASSERT_OK_AND_ASSIGN(const SyncReport report, Read());
    EXPECT_TRUE(report.full) << etag;
  }
}

TEST_F(UrlFeedTest, ReadInAnotherWayItIsReadAgain) {
  server_.Set(ToHex(Md5Of(1)) + "\n", "\"one\"");
  ASSERT_OK(Read());  // no PDQ value: held for its shape
  EXPECT_THAT(MatchedBy(Md5Of(1)), IsEmpty());
  config_.options["kind"] = "md5";
  ASSERT_OK(Read());
  EXPECT_THAT(MatchedBy(Md5Of(1)), SizeIs(1));
}

TEST_F(UrlFeedTest, WhatIsCutOffServesTheOld) {
  server_.Set(Line(1) + Line(2), "\"one\"");
  ASSERT_OK(Read());
  const Contents before = Held();
  std::string more;
  for (uint64_t i = 3; i < 100; ++i) more += Line(i);
  server_.Set(more, "\"two\"");
  server_.Inject({.kind = FeedFault::Kind::kTruncate, .times = 100});
  EXPECT_EQ(CauseOf(Read().status()), FeedCause::kNetwork);
  EXPECT_EQ(Held(), before);
  server_.ClearFaults();
  ASSERT_OK(Read());
  EXPECT_THAT(Held(), SizeIs(97));
}

TEST_F(UrlFeedTest, CredentialsAreAHeaderOrAPassword) {
  config_.credential = "env:FEED_TEST_SECRET";  // user:secret
  server_.Set(Line(1), "");
  EXPECT_EQ(CauseOf(Read().status()), FeedCause::kAuthentication);
  server_.set_authorization("Basic " + absl::Base64Escape("user:secret"));
  EXPECT_OK(Read());
  server_.set_authorization("Bearer abc");
  ::setenv("FEED_TEST_SECRET", "Bearer abc", 1);
  EXPECT_OK(Read());
}

}  // namespace
}  // namespace hashvet::testing
