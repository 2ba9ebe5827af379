// The memory in which a decoder gets a picture: who can change it, and when it
// is another one.

#include "src/sandbox/sealed_picture.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "tests/sandbox/sandbox_support.h"
#include "tests/support/status_matchers.h"

namespace hashvet::testing {
namespace {

// As a decoder's child reads it.
std::string Read(const SealedPicture& picture, size_t size) {
  void* const place =
      mmap(nullptr, size, PROT_READ, MAP_PRIVATE, picture.descriptor(), 0);
  if (place == MAP_FAILED) return "(not mapped)";
  std::string text(static_cast<const char*>(place), size);
  munmap(place, size);
  return text;
}

TEST(SealedPictureTest, ShowsOnePictureAfterAnotherInTheSameMemory) {
  SealedPicture picture;
  EXPECT_LT(picture.descriptor(), 0);
  const std::string first(100'000, 'a');
  ASSERT_OK(picture.Put(BytesOf(first)));
  EXPECT_EQ(Read(picture, first.size()), first);
  const int descriptor = picture.descriptor();
  const std::string second(200'000, 'b');
  ASSERT_OK(picture.Put(BytesOf(second)));
  EXPECT_EQ(picture.descriptor(), descriptor);
  EXPECT_EQ(Read(picture, second.size()), second);
  ASSERT_OK(picture.Put(BytesOf("")));
  EXPECT_TRUE(picture.worth_keeping());
  picture.Forget();
  EXPECT_LT(picture.descriptor(), 0);
  ASSERT_OK(picture.Put(BytesOf("third")));
  EXPECT_EQ(Read(picture, 5), "third");
}

TEST(SealedPictureTest, NobodyElseCanChangeIt) {
  SealedPicture picture;
  ASSERT_OK(picture.Put(BytesOf(std::string(5000, 'a'))));
  const int theirs = picture.descriptor();
  EXPECT_EQ(pwrite(theirs, "x", 1, 0), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, theirs, 0),
            MAP_FAILED);
  void* const read_only = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, theirs, 0);
  ASSERT_NE(read_only, MAP_FAILED);
  EXPECT_EQ(mprotect(read_only, 4096, PROT_READ | PROT_WRITE), -1);
  munmap(read_only, 4096);
  // What is mapped stays as large as it was: no access beyond its end.
  EXPECT_EQ(ftruncate(theirs, 0), -1);
  EXPECT_EQ(
      fallocate(theirs, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096),
      -1);
  EXPECT_EQ(fcntl(theirs, F_ADD_SEALS, F_SEAL_WRITE), -1);
  EXPECT_EQ(Read(picture, 5000), std::string(5000, 'a'));
}

TEST(SealedPictureTest, MemoryOfLargePicturesIsNotKept) {
  SealedPicture picture;
  const std::string large(SealedPicture::kMostKeptBytes, 'l');
  ASSERT_OK(picture.Put(BytesOf(large)));
  EXPECT_TRUE(picture.worth_keeping());
  ASSERT_OK(picture.Put(BytesOf(large + "r")));
  EXPECT_EQ(Read(picture, large.size() + 1), large + "r");
  EXPECT_FALSE(picture.worth_keeping());
  // It moves with its memory.
  SealedPicture moved = std::move(picture);
  EXPECT_EQ(Read(moved, large.size()), large);
}

}  // namespace
}  // namespace hashvet::testing
