#include "hashvet/base/private_memory.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/base/mapped_file.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/status_matchers.h"

namespace {

// What the watched pages hold in the moment that they go back to the system.
const void* watched = nullptr;
std::vector<std::byte> seen_at_release;

}  // namespace

// In place of the C library's, for this whole test program.
extern "C" int munmap(void* begin, size_t size_bytes) noexcept {
  if (begin == watched) {
    const auto* bytes = static_cast<const std::byte*>(begin);
    seen_at_release.assign(bytes, bytes + size_bytes);
    watched = nullptr;
  }
  return static_cast<int>(::syscall(SYS_munmap, begin, size_bytes));
}

namespace hashvet {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using testing::ScratchFolder;
using testing::StatusIs;

// The flags that /proc/self/smaps gives the mapping; "dd" is: not in cores.
std::string VmFlagsOf(const void* address) {
  const auto wanted = reinterpret_cast<uintptr_t>(address);
  std::ifstream smaps("/proc/self/smaps");
  bool here = false;
  for (std::string line; std::getline(smaps, line);) {
    unsigned long begin = 0, end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2) {
      here = wanted >= begin && wanted < end;
    } else if (here && line.starts_with("VmFlags:")) {
      return line + " ";
    }
  }
  return "(no such mapping)";
}

// Runs `body` in a child; true when it returned true.
template <typename Body>
bool InChild(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body() ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(PrivateMemoryTest, BeginsAsZerosOnAPage) {
  ASSERT_OK_AND_ASSIGN(PrivateMemory memory, PrivateMemory::Create(5000));
  EXPECT_EQ(memory.bytes().size(), 5000u);
  EXPECT_THAT(memory.bytes(), Each(std::byte{0}));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.bytes().data()) % 4096, 0u);
  EXPECT_THAT(
      PrivateMemory::Create(0),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("0 bytes")));
  EXPECT_THAT(PrivateMemory::Create(size_t{1} << 60),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("private memory")));
}

TEST(PrivateMemoryTest, IsInNoCoreFile) {
  ASSERT_OK_AND_ASSIGN(const PrivateMemory memory, PrivateMemory::Create(100));
  EXPECT_THAT(VmFlagsOf(memory.bytes().data()), HasSubstr(" dd "));
}

TEST(PrivateMemoryTest, IsWipedBeforeItGoesBack) {
  {
    ASSERT_OK_AND_ASSIGN(PrivateMemory memory, PrivateMemory::Create(100));
    std::ranges::fill(memory.bytes(), std::byte{0x5A});
    watched = memory.bytes().data();
  }
  EXPECT_THAT(seen_at_release, ::testing::SizeIs(100));
  EXPECT_THAT(seen_at_release, Each(std::byte{0}));
}

TEST(PrivateMemoryTest, WhatIsCutOffIsWipedAtOnce) {
  ASSERT_OK_AND_ASSIGN(PrivateMemory memory, PrivateMemory::Create(100));
  std::ranges::fill(memory.bytes(), std::byte{0x5A});
  const std::byte* const begin = memory.bytes().data();
  memory.Shorten(60);
  EXPECT_EQ(memory.bytes().size(), 60u);
  EXPECT_THAT(memory.bytes(), Each(std::byte{0x5A}));
  EXPECT_THAT(std::span(begin + 60, 40), Each(std::byte{0}));
}

TEST(PrivateMemoryTest, ChildrenHaveACopyOfTheirOwn) {
  ASSERT_OK_AND_ASSIGN(PrivateMemory memory, PrivateMemory::Create(100));
  std::ranges::fill(memory.bytes(), std::byte{0x5A});
  EXPECT_TRUE(InChild([&] {
    if (memory.bytes()[99] != std::byte{0x5A}) return false;
    const PrivateMemory gone = std::move(memory);
    return true;
  }));
  EXPECT_THAT(memory.bytes(), Each(std::byte{0x5A}));
}

TEST(PrivateMemoryTest, WorksUnlockedWhereTheSystemLocksNoMore) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers answer mlock themselves, and always with yes";
#endif
  EXPECT_TRUE(InChild([] {
    const struct rlimit none = {0, 0};
    if (::setrlimit(RLIMIT_MEMLOCK, &none) != 0) return false;
    // root may lock what it likes.
    if (::geteuid() == 0 && ::seteuid(65534) != 0) return false;
    auto memory = PrivateMemory::Create(100);
    if (!memory.ok() || memory->locked()) return false;
    memory->bytes()[0] = std::byte{1};
    return true;
  }));
  ASSERT_OK_AND_ASSIGN(const PrivateMemory memory, PrivateMemory::Create(100));
  EXPECT_TRUE(memory.locked());
}

TEST(MappedFileTest, IsInNoCoreFile) {
  const ScratchFolder folder;
  ASSERT_OK_AND_ASSIGN(const MappedFile file,
                       MappedFile::Open(folder.Write("a", "content")));
  EXPECT_THAT(VmFlagsOf(file.bytes().data()), HasSubstr(" dd "));
}

}  // namespace
}  // namespace hashvet
