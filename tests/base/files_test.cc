// Reading, mapping and replacing files: whole or not at all.

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/base/atomic_file.h"
#include "hashvet/base/checksum.h"
#include "hashvet/base/mapped_file.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::ScratchFolder;
using ::hashvet::testing::StatusIs;
using ::testing::HasSubstr;

std::span<const std::byte> Bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}
std::string Text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(MappedFileTest, ShowsTheBytesAndOutlivesTheName) {
  const ScratchFolder folder;
  const std::string path = folder.Write("a", "some bytes");
  ASSERT_OK_AND_ASSIGN(MappedFile file, MappedFile::Open(path));
  file.Prefetch();
  ASSERT_EQ(::unlink(path.c_str()), 0);
  const MappedFile moved = std::move(file);
  EXPECT_EQ(Text(moved.bytes()), "some bytes");
}

TEST(MappedFileTest, RefusesWhatIsNoFileOrEmpty) {
  const ScratchFolder folder;
  EXPECT_THAT(MappedFile::Open(folder.Path("none")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("none")));
  EXPECT_THAT(
      MappedFile::Open(folder.path()),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("directory")));
  EXPECT_THAT(MappedFile::Open(folder.Write("empty", "")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("empty")));
  ASSERT_EQ(::mkfifo(folder.Path("pipe").c_str(), 0600), 0);
  EXPECT_THAT(MappedFile::Open(folder.Path("pipe")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("pipe")));
}

TEST(ReadFileTest, TheLimitIsInclusive) {
  const ScratchFolder folder;
  const std::string path = folder.Write("a", "0123456789");
  ASSERT_OK_AND_ASSIGN(const auto bytes, ReadFile(path, 10));
  EXPECT_EQ(Text(bytes), "0123456789");
  EXPECT_THAT(ReadFile(path, 9), StatusIs(absl::StatusCode::kResourceExhausted,
                                          HasSubstr("limit of 9 bytes")));
  EXPECT_THAT(ReadFile(folder.Write("empty", ""), 9),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("empty")));
}

TEST(ReadFileTest, UnreadableFileIsTold) {
  const ScratchFolder folder;
  const std::string path = folder.Write("a", "x");
  ASSERT_EQ(::chmod(path.c_str(), 0), 0);
  // root may read everything: ask as nobody.
  const bool root = ::geteuid() == 0;
  if (root) {
    ASSERT_EQ(::seteuid(65534), 0);
  }
  const auto bytes = ReadFile(path, 10);
  if (root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  EXPECT_THAT(bytes,
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr(path)));
}

TEST(AtomicFileTest, AppearsWholeAtCommitAndOnlyThen) {
  const ScratchFolder folder;
  const std::string path = folder.Write("a", "old");
  ASSERT_OK_AND_ASSIGN(AtomicFile file, AtomicFile::Create(path));
  ASSERT_OK(file.Append(Bytes("....new")));
  ASSERT_OK(file.WriteAt(0, Bytes("head")));
  EXPECT_EQ(file.size_bytes(), 7u);
  EXPECT_EQ(ScratchFolder::Read(path), "old");
  ASSERT_OK(file.Commit());
  EXPECT_EQ(ScratchFolder::Read(path), "headnew");
  EXPECT_EQ(folder.FileCount(), 1u);
  struct stat info;
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST(AtomicFileTest, IsReadBackUnderItsTemporaryNameBeforeItCounts) {
  const ScratchFolder folder;
  ASSERT_OK_AND_ASSIGN(AtomicFile file, AtomicFile::Create(folder.Path("a")));
  ASSERT_OK(file.Append(Bytes("content")));
  ASSERT_OK(file.Prepare());
  EXPECT_EQ(ScratchFolder::Read(file.temporary_path()), "content");
  EXPECT_EQ(ScratchFolder::Read(folder.Path("a")), "");
  ASSERT_OK(file.CommitAs(folder.Path("b")));
  EXPECT_EQ(ScratchFolder::Read(folder.Path("b")), "content");
  EXPECT_EQ(folder.FileCount(), 1u);
}

TEST(AtomicFileTest, UnflushedItReplacesTheOldFileToo) {
  const ScratchFolder folder;
  const std::string path = folder.Write("a", "old");
  ASSERT_OK_AND_ASSIGN(AtomicFile file, AtomicFile::Create(path));
  ASSERT_OK(file.Append(Bytes("new")));
  EXPECT_EQ(ScratchFolder::Read(path), "old");
  ASSERT_OK(file.CommitUnflushed());
  EXPECT_EQ(ScratchFolder::Read(path), "new");
  EXPECT_EQ(folder.FileCount(), 1u);
}

TEST(AtomicFileTest, OneGroupMayRead) {
  const ScratchFolder folder;
  ASSERT_OK_AND_ASSIGN(AtomicFile file, AtomicFile::Create(folder.Path("a")));
  ASSERT_OK(file.ShareWithGroup(::getegid()));
  ASSERT_OK(file.Commit());
  struct stat info;
  ASSERT_EQ(::stat(folder.Path("a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640u);
  EXPECT_EQ(info.st_gid, ::getegid());
}

TEST(AtomicFileTest, DroppedBeforeCommitLeavesTheOldFileAndNothingElse) {
  const ScratchFolder folder;
  const std::string path = folder.Write("a", "old");
  {
    ASSERT_OK_AND_ASSIGN(AtomicFile file, AtomicFile::Create(path));
    ASSERT_OK(file.Append(Bytes("new")));
  }
  EXPECT_EQ(ScratchFolder::Read(path), "old");
  EXPECT_EQ(folder.FileCount(), 1u);
}

TEST(AtomicFileTest, PathsThatCannotBeWrittenAreTold) {
  const ScratchFolder folder;
  EXPECT_THAT(AtomicFile::Create(folder.Path("none/a")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("none/a")));
  EXPECT_THAT(
      AtomicFile::Create(folder.path()),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("directory")));
  EXPECT_THAT(
      AtomicFile::Create("/dev/full"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("device")));
}

TEST(AtomicFileTest, AFullDiskLeavesTheOldFileAndNothingElse) {
  const ScratchFolder folder;
  const std::string path = folder.Write("a", "old");
  // A limit on the size of files fails a write as a full disk does.
  struct rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const struct rlimit small = {4096, before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  {
    ASSERT_OK_AND_ASSIGN(AtomicFile file, AtomicFile::Create(path));
    absl::Status appended = file.Append(Bytes(std::string(8 << 20, 'x')));
    EXPECT_THAT(appended, StatusIs(absl::StatusCode::kResourceExhausted,
                                   HasSubstr("cannot write")));
    EXPECT_EQ(file.Append(Bytes("more")), appended);
    EXPECT_EQ(file.Commit(), appended);
    EXPECT_EQ(folder.FileCount(), 1u) << "the temporary file goes at once";
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(ScratchFolder::Read(path), "old");
}

TEST(ChecksumTest, IsXxh3) {
  // XXH3_64bits of nothing with seed 0, from xxHash's own test vectors.
  EXPECT_EQ(Checksum({}), 0x2D06800538D394C2u);
  EXPECT_NE(Checksum(Bytes("a")), Checksum(Bytes("b")));
}

}  // namespace
}  // namespace hashvet
