// The transport against servers that are broken, hostile or not who they should
// be.

#include "hashvet/feeds/transport.h"

#include <sys/stat.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "src/feeds/url.h"
#include "tests/feeds/feed_server.h"
#include "tests/feeds/test_certificates.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/status_matchers.h"

namespace hashvet::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class PlainServer : public FeedServer {
 public:
  PlainServer() { Start(); }
  PlainServer(const std::string& certificate, const std::string& key)
      : FeedServer(certificate, key) {
    Start();
  }
  ~PlainServer() override { Stop(); }
  std::string body = "hello";

 protected:
  FeedAnswer Answer(const FeedRequest& request) override {
    if (request.path == "/missing") return {.status = 404};
    return {.body = body};
  }
  uint64_t Date() override { return 1'700'000'000; }
};

TransportOptions Quick() {
  return {.connect_timeout = std::chrono::seconds(2),
          .total_timeout = std::chrono::seconds(5),
          .max_wire_bytes = 1 << 20,
          .max_body_bytes = 1 << 20};
}

absl::StatusOr<std::string> Get(const TransportOptions& options,
                                const std::string& url) {
  HASHVET_ASSIGN_OR_RETURN(const auto transport, Transport::Create(options));
  HASHVET_ASSIGN_OR_RETURN(const auto response,
                           transport->SendForSuccess({.url = url}));
  return ReadBody(*response, 8 << 20);
}

TEST(TransportTest, ReadsABodyAndTheServersClock) {
  PlainServer server;
  ASSERT_OK_AND_ASSIGN(const auto transport, Transport::Create(Quick()));
  ASSERT_OK_AND_ASSIGN(const auto response,
                       transport->Send({.url = server.base() + "/a"}));
  EXPECT_EQ(response->status(), 200);
  EXPECT_EQ(response->date(), 1'700'000'000);
  ASSERT_OK_AND_ASSIGN(const std::string body, ReadBody(*response, 100));
  EXPECT_EQ(body, "hello");
}

TEST(TransportTest, OneAnswerAtATime) {
  PlainServer server;
  ASSERT_OK_AND_ASSIGN(const auto transport, Transport::Create(Quick()));
  ASSERT_OK_AND_ASSIGN(auto response,
                       transport->Send({.url = server.base() + "/a"}));
  EXPECT_THAT(transport->Send({.url = server.base() + "/b"}).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("still being read")));
  response = nullptr;
  EXPECT_OK(transport->Send({.url = server.base() + "/b"}));
}

TEST(TransportTest, HttpIsForLoopbackAlone) {
  for (const char* const base :
       {"http://example.org", "http://10.0.0.1/x", "http://127.0.0.1.evil.org",
        "ftp://127.0.0.1/", "file:///etc/passwd", "http://[::2]/",
        "https://user:secret@example.org", "https://example.org/?a=b",
        "https://example.org/#a", "no url", ""}) {
    SCOPED_TRACE(base);
    EXPECT_THAT(CheckBaseUrl(base), StatusIs(absl::StatusCode::kInvalidArgument,
                                             Not(HasSubstr("secret"))));
  }
  for (const char* const base :
       {"https://example.org", "https://example.org:8443/ngo",
        "http://127.0.0.1:80", "http://127.255.0.9/x", "http://localhost:1/",
        "http://[::1]:1/"}) {
    SCOPED_TRACE(base);
    EXPECT_OK(CheckBaseUrl(base));
  }
  EXPECT_THAT(Get(Quick(), "http://192.0.2.1/"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("want https")));
}

TEST(TransportTest, RedirectsStayWithTheServer) {
  PlainServer server;
  PlainServer another;
  using Kind = FeedFault::Kind;
  server.Inject({.kind = Kind::kRedirect, .text = "/b"});
  ASSERT_OK_AND_ASSIGN(const std::string body,
                       Get(Quick(), server.base() + "/a"));
  EXPECT_EQ(body, "hello");
  for (const std::string& elsewhere :
       {another.base() + "/", std::string("http://localhost:1/"),
        absl::StrCat("https://127.0.0.1:", server.port(), "/"),
        std::string("//127.0.0.2/"), std::string("file:///etc/passwd"),
        std::string("ftp://127.0.0.1/"), std::string("")}) {
    SCOPED_TRACE(elsewhere);
    server.Inject({.kind = Kind::kRedirect, .text = elsewhere, .times = 20});
    EXPECT_EQ(CauseOf(Get(Quick(), server.base() + "/a").status()),
              FeedCause::kProtocol);
    server.ClearFaults();
  }
  EXPECT_THAT(another.Targets(), IsEmpty());
  // For ever in a circle.
  server.Inject({.kind = Kind::kRedirect, .text = "/a", .times = 100});
  EXPECT_THAT(Get(Quick(), server.base() + "/a"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("too many")));
}

TEST(TransportTest, AStatusSaysWhatToDo) {
  PlainServer server;
  const auto cause = [&](int status) {
    server.Inject({.kind = FeedFault::Kind::kStatus, .number = status});
    return CauseOf(Get(Quick(), server.base() + "/").status());
  };
  for (const int status : {401, 403}) {
    EXPECT_EQ(cause(status), FeedCause::kAuthentication) << status;
  }
  for (const int status : {429, 500, 502, 503, 504}) {
    EXPECT_EQ(cause(status), FeedCause::kNetwork) << status;
  }
  for (const int status : {304, 400, 404, 410, 418}) {
    EXPECT_EQ(cause(status), FeedCause::kProtocol) << status;
  }
  server.Inject(
      {.kind = FeedFault::Kind::kStatus, .number = 503, .text = "120"});
  EXPECT_EQ(RetryAfterOf(Get(Quick(), server.base() + "/").status()), 120);
  // A date, by the server's own clock, which is 1,700,000,000.
  server.Inject({.kind = FeedFault::Kind::kStatus,
                 .number = 503,
                 .text = "Tue, 14 Nov 2023 22:14:20 GMT"});
  EXPECT_EQ(RetryAfterOf(Get(Quick(), server.base() + "/").status()), 60);
}

TEST(TransportTest, WhatIsCutOffOrTooSlowIsToldSo) {
  PlainServer server;
  server.body = std::string(100'000, 'x');
  using Kind = FeedFault::Kind;
  for (const Kind kind : {Kind::kTruncate, Kind::kReset}) {
    server.Inject({.kind = kind});
    EXPECT_EQ(CauseOf(Get(Quick(), server.base() + "/").status()),
              FeedCause::kNetwork);
  }
  TransportOptions options = Quick();
  options.total_timeout = std::chrono::milliseconds(200);
  server.Inject({.kind = Kind::kSlow, .number = 1000});
  EXPECT_THAT(
      Get(options, server.base() + "/").status(),
      StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("Timeout")));
  EXPECT_EQ(CauseOf(Get(Quick(), "http://127.0.0.1:1/").status()),
            FeedCause::kNetwork);
}

TEST(TransportTest, StopsAtItsLimitsPackedAndUnpacked) {
  PlainServer server;
  using Kind = FeedFault::Kind;
  server.Inject(
      {.kind = Kind::kEndless, .number = int64_t{1} << 40, .text = "a"});
  EXPECT_THAT(Get(Quick(), server.base() + "/").status(),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("over 1048576 bytes")));
  // 256 MiB in some 260 kB, which the server packs meanwhile.
  TransportOptions patient = Quick();
  patient.total_timeout = std::chrono::seconds(60);
  server.Inject({.kind = Kind::kGzipBomb, .number = int64_t{256} << 20});
  const absl::Status bomb = Get(patient, server.base() + "/").status();
  EXPECT_THAT(bomb, StatusIs(absl::StatusCode::kResourceExhausted,
                             HasSubstr("unpacked")));
  EXPECT_EQ(CauseOf(bomb), FeedCause::kProtocol);
  // What is as long as may be is read.
  server.body = std::string(1 << 20, 'x');
  ASSERT_OK_AND_ASSIGN(const std::string body,
                       Get(Quick(), server.base() + "/"));
  EXPECT_THAT(body, SizeIs(1 << 20));
}

TEST(TransportTest, UnpacksGzip) {
  PlainServer server;
  server.body = std::string(500'000, 'y');
  server.Inject({.kind = FeedFault::Kind::kGzip});
  ASSERT_OK_AND_ASSIGN(const std::string body,
                       Get(Quick(), server.base() + "/"));
  EXPECT_EQ(body, server.body);
}

TEST(TransportTest, IsCancelled) {
  PlainServer server;
  TransportOptions options = Quick();
  options.cancelled = [] { return true; };
  server.Inject({.kind = FeedFault::Kind::kSlow, .number = 2000});
  EXPECT_THAT(Get(options, server.base() + "/").status(),
              StatusIs(absl::StatusCode::kCancelled, HasSubstr("cancelled")));
}

// ---- Who the server is.

class TlsTest : public ::testing::Test {
 protected:
  TlsTest()
      : certificates_(folder_.path()),
        server_(certificates_.server, certificates_.server_key) {}

  absl::StatusOr<std::string> Ask(const TransportOptions& options) {
    return Get(options, server_.base() + "/");
  }
  TransportOptions Trusting() {
    TransportOptions options = Quick();
    options.ca_file = certificates_.ca;
    return options;
  }
  void ExpectRefused(const TransportOptions& options) {
    server_.ForgetRequests();
    EXPECT_EQ(CauseOf(Ask(options).status()), FeedCause::kAuthentication)
        << Ask(options).status();
    EXPECT_THAT(server_.Targets(), IsEmpty());
  }

  ScratchFolder folder_;
  TestCertificates certificates_;
  PlainServer server_;
};

TEST_F(TlsTest, AServerOfAPrivateAuthorityIsTrusted) {
  EXPECT_OK(Ask(Trusting()));
}

TEST_F(TlsTest, AnUnknownAuthorityIsNot) {
  ExpectRefused(Quick());
  TransportOptions options = Quick();
  options.ca_file = certificates_.another_ca;
  ExpectRefused(options);
}

TEST_F(TlsTest, AnExpiredCertificateIsNot) {
  PlainServer expired(certificates_.expired, certificates_.server_key);
  EXPECT_EQ(CauseOf(Get(Trusting(), expired.base() + "/").status()),
            FeedCause::kAuthentication);
  EXPECT_THAT(expired.Targets(), IsEmpty());
}

TEST_F(TlsTest, AnotherNameIsNot) {
  PlainServer other(certificates_.other_name, certificates_.server_key);
  EXPECT_EQ(CauseOf(Get(Trusting(), other.base() + "/").status()),
            FeedCause::kAuthentication);
  EXPECT_THAT(other.Targets(), IsEmpty());
}

TEST_F(TlsTest, APinnedKeyOrItsBackupIsAskedFor) {
  const std::string wrong =
      absl::StrCat("sha256//", absl::Base64Escape(std::string(32, 'x')));
  TransportOptions options = Trusting();
  options.pins = {wrong};
  ExpectRefused(options);
  options.pins = {wrong, certificates_.server_pin};
  EXPECT_OK(Ask(options));
  options.pins = {certificates_.server_pin};
  EXPECT_OK(Ask(options));
  // A pin does not stand in for an authority.
  options.ca_file.clear();
  ExpectRefused(options);
}

TEST_F(TlsTest, ARedirectToHttpIsRefused) {
  PlainServer plain;
  server_.Inject({.kind = FeedFault::Kind::kRedirect,
                  .text = plain.base() + "/",
                  .times = 5});
  EXPECT_EQ(CauseOf(Ask(Trusting()).status()), FeedCause::kProtocol);
  EXPECT_THAT(plain.Targets(), IsEmpty());
}

TEST_F(TlsTest, WhatCannotBeAnOptionIsToldBefore) {
  TransportOptions options = Quick();
  options.pins = {"sha256//short"};
  EXPECT_THAT(Transport::Create(options).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("pin")));
  options = Quick();
  options.client_certificate = certificates_.server;
  EXPECT_THAT(
      Transport::Create(options).status(),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("its key")));
  options.client_key = certificates_.server_key;
  EXPECT_OK(Transport::Create(options));
  ASSERT_EQ(::chmod(certificates_.server_key.c_str(), 0644), 0);
  EXPECT_THAT(Transport::Create(options).status(),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("others may read")));
}

}  // namespace
}  // namespace hashvet::testing
