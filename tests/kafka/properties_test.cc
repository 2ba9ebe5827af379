// The file of librdkafka's settings.

#include "src/kafka/properties.h"

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/status_matchers.h"

namespace hashvet::kafka {
namespace {

using ::hashvet::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

TEST(PropertiesTest, ReadsNamesAndValues) {
  const auto read = ParseProperties(
      "# brokers\n\n bootstrap.servers = a:1,b:2 \r\n!x\n"
      "sasl.password=with=signs and # in it\nclient.id=",
      "f");
  ASSERT_OK(read);
  ASSERT_THAT(*read, SizeIs(3));
  EXPECT_EQ((*read)[0].name, "bootstrap.servers");
  EXPECT_EQ((*read)[0].value, "a:1,b:2");
  EXPECT_EQ((*read)[0].line, 3);
  EXPECT_EQ((*read)[1].value, "with=signs and # in it");
  EXPECT_EQ((*read)[2].value, "");
}

TEST(PropertiesTest, ALineWithoutASignIsToldByItsNumberAlone) {
  for (const char* text : {"a=b\nhunter2\n", "a=b\n=hunter2\n"}) {
    EXPECT_THAT(
        ParseProperties(text, "f"),
        StatusIs(kInvalid, AllOf(HasSubstr("f:2"), Not(HasSubstr("hunter2")))));
  }
}

TEST(PropertiesTest, WhatTheWorkersPromisesRestOnIsItsOwn) {
  for (const std::string name :
       {"group.id", "group.instance.id", "enable.auto.commit",
        "partition.assignment.strategy", "enable.idempotence", "acks",
        "delivery.report.only.error", "enabled_events", "transactional.id",
        "group.protocol"}) {
    EXPECT_THAT(ParseProperties(name + "=secret-value\n", "f"),
                StatusIs(kInvalid, AllOf(HasSubstr(name), HasSubstr("f:1"),
                                         Not(HasSubstr("secret-value")))));
  }
}

TEST(PropertiesTest, AFileWithASecretIsClosedToOthers) {
  using std::filesystem::perms;
  const testing::ScratchFolder scratch;
  const std::string open = scratch.Write("open", "bootstrap.servers=a:1\n");
  const std::string secret = scratch.Write(
      "secret", "metadata.broker.list=a:1\nsasl.password=hunter2\n");
  const perms group = perms::owner_read | perms::group_read;
  std::filesystem::permissions(open, group | perms::others_read);
  std::filesystem::permissions(secret, group | perms::others_read);
  EXPECT_OK(ReadProperties(open));
  EXPECT_THAT(
      ReadProperties(secret),
      StatusIs(absl::StatusCode::kPermissionDenied, Not(HasSubstr("hunter2"))));
  std::filesystem::permissions(secret, group);
  EXPECT_OK(ReadProperties(secret));
  EXPECT_THAT(ReadProperties(scratch.Path("missing")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("missing")));
}

TEST(PropertiesTest, AFileSaysWhereTheBrokersAre) {
  const testing::ScratchFolder scratch;
  EXPECT_THAT(ReadProperties(scratch.Write("none", "client.id=x\n")),
              StatusIs(kInvalid, AllOf(HasSubstr("want bootstrap.servers"),
                                       HasSubstr("none"))));
}

TEST(PropertiesTest, SecretsAreTakenOutOfWhatIsSaid) {
  const auto read = ParseProperties(
      "sasl.username=worker\nsasl.password=hunter2\nssl.key.password=\n", "f");
  ASSERT_OK(read);
  EXPECT_EQ(WithoutSecrets("worker with hunter2 is refused", *read),
            "worker with <of a property> is refused");
}

}  // namespace
}  // namespace hashvet::kafka
