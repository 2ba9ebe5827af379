// Who we are to a server that asks, and a proxy on the way to one.

#include "tests/feeds/other_ends.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_config.h"
#include "hashvet/feeds/feed_error.h"
#include "hashvet/feeds/transport.h"
#include "tests/feeds/feed_server.h"
#include "tests/feeds/test_certificates.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/status_matchers.h"

namespace hashvet::testing {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class PlainServer : public FeedServer {
 public:
  PlainServer(const std::string& certificate, const std::string& key)
      : FeedServer(certificate, key) {
    Start();
  }
  ~PlainServer() override { Stop(); }

 protected:
  FeedAnswer Answer(const FeedRequest&) override { return {.body = "hello"}; }
};

absl::StatusOr<std::string> Get(const TransportOptions& options,
                                const std::string& url) {
  HASHVET_ASSIGN_OR_RETURN(const auto transport, Transport::Create(options));
  HASHVET_ASSIGN_OR_RETURN(
      const auto response,
      transport->SendForSuccess({.url = url,
                                 .headers = {"X-Key: top-secret"},
                                 .user = "me",
                                 .password = "top-secret"}));
  return ReadBody(*response, 1 << 20);
}

class OtherEndsTest : public ::testing::Test {
 protected:
  OtherEndsTest() : certificates_(folder_.path()) {}

  TransportOptions Trusting() const {
    return {.ca_file = certificates_.ca,
            .connect_timeout = std::chrono::seconds(5),
            .total_timeout = std::chrono::seconds(10)};
  }

  ScratchFolder folder_;
  TestCertificates certificates_;
};

TEST_F(OtherEndsTest, AClientCertificateIsShownToAServerThatAsks) {
  AskingServer server(certificates_.server, certificates_.server_key,
                      certificates_.ca);
  TransportOptions options = Trusting();
  options.client_certificate = certificates_.server;
  options.client_key = certificates_.server_key;
  ASSERT_OK_AND_ASSIGN(const std::string body,
                       Get(options, server.base() + "/"));
  EXPECT_EQ(body, "hello");
  EXPECT_EQ(server.answers(), 1);
}

TEST_F(OtherEndsTest, WithoutOneOrWithAnothersNothingIsAnswered) {
  AskingServer server(certificates_.server, certificates_.server_key,
                      certificates_.ca);
  EXPECT_EQ(CauseOf(Get(Trusting(), server.base() + "/").status()),
            FeedCause::kAuthentication);
  TransportOptions options = Trusting();
  options.client_certificate = certificates_.expired;
  options.client_key = certificates_.server_key;
  const absl::Status refused = Get(options, server.base() + "/").status();
  EXPECT_EQ(CauseOf(refused), FeedCause::kAuthentication) << refused;
  EXPECT_EQ(server.answers(), 0);
}

TEST_F(OtherEndsTest, AProxyJoinsAndSeesNothing) {
  PlainServer server(certificates_.other_name, certificates_.server_key);
  ConnectProxy proxy(server.port());
  TransportOptions options = Trusting();
  options.proxy = proxy.url();
  ASSERT_OK_AND_ASSIGN(const std::string body,
                       Get(options, "https://example.org/a?key=top-secret"));
  EXPECT_EQ(body, "hello");
  ASSERT_THAT(proxy.heads(), SizeIs(1));
  EXPECT_THAT(proxy.heads()[0], StartsWith("CONNECT example.org:443 "));
  EXPECT_THAT(proxy.heads(), Each(Not(HasSubstr("top-secret"))));
  EXPECT_THAT(proxy.heads(), Each(Not(HasSubstr("uthorization"))));
}

TEST_F(OtherEndsTest, TheServerBehindAProxyIsProvedAllTheSame) {
  PlainServer server(certificates_.server, certificates_.server_key);
  ConnectProxy proxy(server.port());
  TransportOptions options = Trusting();
  options.proxy = proxy.url();
  // It has another name than the one that is asked for.
  EXPECT_EQ(CauseOf(Get(options, "https://example.org/").status()),
            FeedCause::kAuthentication);
  EXPECT_THAT(proxy.heads(), SizeIs(1));
  EXPECT_THAT(server.Targets(), IsEmpty());
}

TEST_F(OtherEndsTest, LoopbackIsNotAskedThroughAProxy) {
  PlainServer server(certificates_.server, certificates_.server_key);
  ConnectProxy proxy(server.port());
  TransportOptions options = Trusting();
  options.proxy = proxy.url();
  EXPECT_OK(Get(options, server.base() + "/"));
  EXPECT_THAT(proxy.heads(), IsEmpty());
}

TEST_F(OtherEndsTest, AProxyWithCredentialsIsRefusedAndNeverPrinted) {
  for (const char* const proxy :
       {"http://me:top-secret@proxy.example.org:3128",
        "http://top-secret@proxy.example.org", "socks5://top-secret@x:1",
        "ftp://top-secret.example.org", "http://me:top-secret@"}) {
    SCOPED_TRACE(proxy);
    EXPECT_THAT(CheckFeedConfig({.protocol = "ncmec",
                                 .base_url = "https://example.org",
                                 .credential = "env:X",
                                 .proxy = proxy}),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         Not(HasSubstr("top-secret"))));
  }
  EXPECT_OK(CheckFeedConfig({.protocol = "ncmec",
                             .base_url = "https://example.org",
                             .credential = "env:X",
                             .proxy = "http://proxy.example.org:3128"}));
  // A library's caller may give one past that check: no text of it either.
  TransportOptions options = Trusting();
  options.proxy = "http://me:top-secret@127.0.0.1:1";
  EXPECT_THAT(
      std::string(Get(options, "https://example.org/").status().message()),
      Not(HasSubstr("top-secret")));
}

}  // namespace
}  // namespace hashvet::testing
