// Lists that an operator names: what cannot be opened says which of the names
// it was, and no key's text.

#include "hashvet/matcher/list_access.h"

#include <sys/stat.h>

#include <chrono>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/matcher/matcher_support.h"

namespace hashvet {
namespace {

using ::hashvet::testing::PdqEntry;
using ::hashvet::testing::RandomHash;
using ::hashvet::testing::ScratchFolder;
using ::hashvet::testing::StatusIs;
using ::hashvet::testing::WriteSnapshot;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ListAccessTest : public ::testing::Test {
 protected:
  ListAccessTest() {
    options_.files = {folder_.Path("a.hvs")};
    EXPECT_OK(WriteSnapshot(options_.files[0], testing::Policy("a", 31, 50),
                            {PdqEntry(hash_, "e")}));
  }
  std::string Write(const std::string& name, const std::string& text,
                    mode_t mode) const {
    const std::string path = folder_.Write(name, text);
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }

  std::mt19937_64 random_{3};
  const Hash256 hash_ = RandomHash(random_);
  const ScratchFolder folder_;
  ListAccessOptions options_;
};

TEST_F(ListAccessTest, FollowsThemUnderThePolicyFile) {
  options_.policy = Write("policy.toml",
                          "[matcher]\nselftest_every_s = 7\n"
                          "[[list]]\nname = \"a\"\nrole = \"shadow\"\n",
                          0600);
  ASSERT_OK_AND_ASSIGN(const ListAccess access, ListAccess::Prepare(options_));
  EXPECT_EQ(access.watch().self_test_every, std::chrono::seconds(7));
  ASSERT_OK_AND_ASSIGN(const Matcher matcher, access.Follow());
  const Verdict verdict = matcher.MatchValue(HashValue::Pdq(hash_));
  EXPECT_TRUE(verdict.matches.empty());
  EXPECT_EQ(verdict.shadow_matches.size(), 1u);
}

TEST_F(ListAccessTest, EachNameThatIsNoGoodIsTold) {
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(ListAccess::Prepare({}),
              StatusIs(kInvalid, HasSubstr("got no list, want")));

  ListAccessOptions options = options_;
  options.trusted_keys = folder_.Path("none.pem");
  EXPECT_THAT(
      ListAccess::Prepare(options),
      StatusIs(absl::StatusCode::kNotFound,
               AllOf(HasSubstr("trusted keys: "), HasSubstr("none.pem"))));

  options = options_;
  const std::string secret(63, '7');
  options.encrypt_key = "file:" + Write("key", secret, 0600);
  EXPECT_THAT(ListAccess::Prepare(options),
              StatusIs(kInvalid, AllOf(HasSubstr("encryption key: "),
                                       Not(HasSubstr(secret)))));

  options = options_;
  options.policy = Write("wide.toml", "[matcher]\n", 0602);
  EXPECT_THAT(ListAccess::Prepare(options),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("everybody may write it")));
  options.policy = Write("bad.toml", "[matcher]\nselftest = 7\n", 0600);
  EXPECT_THAT(ListAccess::Prepare(options),
              StatusIs(kInvalid, HasSubstr("bad.toml:2:1")));
}

}  // namespace
}  // namespace hashvet
