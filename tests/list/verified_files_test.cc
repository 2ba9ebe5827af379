#include "hashvet/list/verified_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "src/base/descriptor.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using testing::ScratchFolder;

class VerifiedFilesTest : public ::testing::Test {
 protected:
  static constexpr int64_t kLongAfter = 1'000'000'000;  // ns

  FileIdentity Identity(const std::string& path) const {
    const Descriptor file(::open(path.c_str(), O_RDONLY));
    auto identity = IdentityOf(file.number());
    EXPECT_OK(identity);
    return *identity;
  }
  void Remember(const FileIdentity& file) const {
    EXPECT_OK(record_.Remember(file, sha256_, file.ctime_ns + kLongAfter));
  }

  ScratchFolder folder_;
  const VerifiedFiles record_{folder_.Path("verified")};
  const Sha256Digest sha256_ = {1, 2, 3};
};

TEST_F(VerifiedFilesTest, RemembersExactlyThisFile) {
  const FileIdentity file = Identity(folder_.Write("a", "content"));
  EXPECT_FALSE(record_.Contains(file, sha256_));
  Remember(file);
  EXPECT_TRUE(record_.Contains(file, sha256_));
  EXPECT_FALSE(record_.Contains(file, Sha256Digest{1, 2, 4}));
  for (int field = 0; field < 5; ++field) {
    FileIdentity other = file;
    other.device += field == 0;
    other.inode += field == 1;
    other.size_bytes += field == 2;
    other.mtime_ns += field == 3;
    other.ctime_ns += field == 4;
    EXPECT_FALSE(record_.Contains(other, sha256_)) << field;
  }
  struct stat info;
  ASSERT_EQ(::stat(folder_.Path("verified").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

// Even where somebody puts the times back, ctime tells.
TEST_F(VerifiedFilesTest, AChangedFileIsAnother) {
  const std::string path = folder_.Write("a", "content");
  const FileIdentity before = Identity(path);
  Remember(before);
  ::usleep(30'000);  // beyond the granularity of files' times
  folder_.Write("a", "CONTENT");
  const struct timespec times[2] = {
      {before.mtime_ns / 1'000'000'000, before.mtime_ns % 1'000'000'000},
      {before.mtime_ns / 1'000'000'000, before.mtime_ns % 1'000'000'000}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  const FileIdentity after = Identity(path);
  EXPECT_EQ(after.mtime_ns, before.mtime_ns);
  EXPECT_FALSE(record_.Contains(after, sha256_));
}

// It could change again within the same tick of the clock.
TEST_F(VerifiedFilesTest, AFileThatHasJustChangedIsNotRemembered) {
  const FileIdentity file = Identity(folder_.Write("a", "content"));
  EXPECT_OK(record_.Remember(file, sha256_, file.ctime_ns + 19'999'999));
  EXPECT_FALSE(record_.Contains(file, sha256_));
  EXPECT_OK(record_.Remember(file, sha256_, file.ctime_ns + 20'000'000));
  EXPECT_TRUE(record_.Contains(file, sha256_));
}

TEST_F(VerifiedFilesTest, ARecordThatOthersCouldHaveMadeIsNotBelieved) {
  const FileIdentity file = Identity(folder_.Write("a", "content"));
  Remember(file);
  const std::string path = folder_.Path("verified");
  for (const mode_t mode : {0640, 0620, 0604, 0666}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    EXPECT_FALSE(record_.Contains(file, sha256_)) << mode;
  }
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  EXPECT_TRUE(record_.Contains(file, sha256_));
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(path.c_str(), 65534, 65534), 0);
    EXPECT_FALSE(record_.Contains(file, sha256_));
    ASSERT_EQ(::chown(path.c_str(), 0, 0), 0);
  }
  const std::string text = ScratchFolder::Read(path);
  ASSERT_EQ(::rename(path.c_str(), folder_.Path("real").c_str()), 0);
  ASSERT_EQ(::symlink("real", path.c_str()), 0);
  EXPECT_FALSE(record_.Contains(file, sha256_));
  // Damaged: refused as a whole, and replaced by the next one.
  ASSERT_EQ(::unlink(path.c_str()), 0);
  folder_.Write("verified", text.substr(0, text.size() - 3));
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  EXPECT_FALSE(record_.Contains(file, sha256_));
  Remember(file);
  EXPECT_TRUE(record_.Contains(file, sha256_));
}

TEST_F(VerifiedFilesTest, ForgetsTheOldestAndWhatAFileWasBefore) {
  FileIdentity file = Identity(folder_.Write("a", "content"));
  Remember(file);
  FileIdentity changed = file;
  ++changed.mtime_ns;
  Remember(changed);
  EXPECT_FALSE(record_.Contains(file, sha256_));
  EXPECT_TRUE(record_.Contains(changed, sha256_));
  for (size_t i = 1; i <= VerifiedFiles::kMaxFiles; ++i) {
    FileIdentity other = file;
    other.inode += i;
    Remember(other);
  }
  EXPECT_FALSE(record_.Contains(changed, sha256_));
  ++file.inode;
  EXPECT_TRUE(record_.Contains(file, sha256_));
}

}  // namespace
}  // namespace hashvet
