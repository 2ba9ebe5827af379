#include "hashvet/list/key_source.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ScratchFolder;
using testing::StatusIs;

std::string Text(const PrivateMemory& secret) {
  return {reinterpret_cast<const char*>(secret.bytes().data()),
          secret.bytes().size()};
}

std::string PrivateFile(const ScratchFolder& folder, mode_t mode = 0600) {
  const std::string path = folder.Write("key", "the key");
  EXPECT_EQ(::chmod(path.c_str(), mode), 0);
  return path;
}

TEST(KeySourceTest, ReadsAFileOfTheOwnersAlone) {
  const ScratchFolder folder;
  ASSERT_OK_AND_ASSIGN(const PrivateMemory secret,
                       ReadSecret("file:" + PrivateFile(folder)));
  EXPECT_EQ(Text(secret), "the key");
}

TEST(KeySourceTest, FilesThatOthersCouldReadOrChangeAreRefused) {
  const ScratchFolder folder;
  for (const mode_t mode : {0640, 0604, 0620, 0666}) {
    EXPECT_THAT(
        ReadSecret("file:" + PrivateFile(folder, mode)),
        StatusIs(absl::StatusCode::kPermissionDenied,
                 AllOf(HasSubstr("want 0600"), HasSubstr(folder.Path("key")))));
  }
  const std::string path = PrivateFile(folder);
  ASSERT_EQ(::symlink(path.c_str(), folder.Path("link").c_str()), 0);
  EXPECT_THAT(ReadSecret("file:" + folder.Path("link")),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("symbolic link")));
  ASSERT_EQ(::mkfifo(folder.Path("pipe").c_str(), 0600), 0);
  EXPECT_THAT(
      ReadSecret("file:" + folder.Path("pipe")),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("regular file")));
  EXPECT_THAT(ReadSecret("file:" + folder.Path("none")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("none")));
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  ASSERT_EQ(::chown(path.c_str(), 65534, 65534), 0);
  EXPECT_THAT(ReadSecret("file:" + path),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("owned by user 65534")));
}

TEST(KeySourceTest, ReadsADescriptorToItsEnd) {
  std::array<int, 2> ends;
  ASSERT_EQ(::pipe(ends.data()), 0);
  ASSERT_EQ(::write(ends[1], "the key", 7), 7);
  ::close(ends[1]);
  ASSERT_OK_AND_ASSIGN(const PrivateMemory secret,
                       ReadSecret(absl::StrCat("fd:", ends[0])));
  EXPECT_EQ(Text(secret), "the key");
  ::close(ends[0]);
  EXPECT_THAT(ReadSecret(absl::StrCat("fd:", ends[0])),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("not open")));
  EXPECT_THAT(ReadSecret("fd:x"), StatusIs(absl::StatusCode::kInvalidArgument,
                                           HasSubstr("number")));
}

TEST(KeySourceTest, ADescriptorThatSaysNothingIsGivenUp) {
  std::array<int, 2> ends;
  ASSERT_EQ(::pipe(ends.data()), 0);
  EXPECT_THAT(
      ReadSecret(absl::StrCat("fd:", ends[0]),
                 {.timeout = std::chrono::milliseconds(20)}),
      StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("descriptor")));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(KeySourceTest, ReadsWhatACommandWrites) {
  ASSERT_OK_AND_ASSIGN(
      const PrivateMemory secret,
      ReadSecret("command:printf '%s %s' \"the key\" \"$(basename /a/b)\""));
  EXPECT_EQ(Text(secret), "the key b");
}

TEST(KeySourceTest, ACommandGetsNoneOfOurDescriptors) {
  std::array<int, 2> inherited;
  ASSERT_EQ(::pipe(inherited.data()), 0);  // not closed by exec
  ASSERT_OK_AND_ASSIGN(const PrivateMemory secret,
                       ReadSecret("command:ls /proc/self/fd | wc -l"));
  ::close(inherited[0]);
  ::close(inherited[1]);
  // Three of its own, and the directory that ls reads.
  EXPECT_EQ(Text(secret), "4\n");
}

TEST(KeySourceTest, CommandsThatFailAreTold) {
  EXPECT_THAT(ReadSecret("command:exit 3"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("exit code 3")));
  EXPECT_THAT(ReadSecret("command:printf key; exit 3"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("exit code 3")));
  EXPECT_THAT(
      ReadSecret("command:kill -9 $$"),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("a signal")));
  EXPECT_THAT(
      ReadSecret("command:true"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("got nothing")));
  EXPECT_THAT(ReadSecret("command:"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("wants a command")));
}

// Whether the process runs; one that ended may wait for its parent's look.
bool Runs(const std::string& process) {
  const std::string stat = ScratchFolder::Read("/proc/" + process + "/stat");
  return !stat.empty() && stat[stat.rfind(')') + 2] != 'Z';
}

TEST(KeySourceTest, ACommandThatDoesNotEndIsKilledWithItsChildren) {
  const ScratchFolder folder;
  const auto begin = std::chrono::steady_clock::now();
  const std::string pid_file = folder.Path("pid");
  EXPECT_THAT(ReadSecret("command:sleep 60 & echo $! > " + pid_file + "; wait",
                         {.timeout = std::chrono::milliseconds(500)}),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("time")));
  std::string process = ScratchFolder::Read(pid_file);
  ASSERT_FALSE(process.empty());
  process.pop_back();
  for (int wait = 0; wait < 100 && Runs(process); ++wait) ::usleep(10'000);
  EXPECT_FALSE(Runs(process));
  for (const std::string command :
       {"command:sleep 60", "command:printf key; exec >&-; sleep 60",
        "command:sleep 60 & wait"}) {
    EXPECT_THAT(
        ReadSecret(command, {.timeout = std::chrono::milliseconds(100)}),
        StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("in time")));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST(KeySourceTest, EndlessKeysAreRefused) {
  EXPECT_THAT(ReadSecret("command:yes", {.max_bytes = 1000}),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("limit of 1000 bytes")));
  ASSERT_OK_AND_ASSIGN(
      const PrivateMemory secret,
      ReadSecret("command:head -c 1000 /dev/zero", {.max_bytes = 1000}));
  EXPECT_EQ(secret.bytes().size(), 1000u);
}

TEST(KeySourceTest, AKeyGivenAsItIsIsRefusedAndNotRepeated) {
  EXPECT_THAT(
      ReadSecret("5ca1ab1e5ca1ab1e"),
      StatusIs(absl::StatusCode::kInvalidArgument,
               AllOf(HasSubstr("want fd:NUMBER"), Not(HasSubstr("5ca1ab1e")))));
  EXPECT_THAT(ReadSecret("command:exit 1 # 5ca1ab1e"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       Not(HasSubstr("5ca1ab1e"))));
}

}  // namespace
}  // namespace hashvet
