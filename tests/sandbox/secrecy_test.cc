// What a decoder's processes hold of the program that started them: nothing.

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/sandbox/sandbox_support.h"
#include "tests/support/scratch_folder.h"

namespace hashvet::testing {
namespace {

// 32 bytes that nothing else holds. Made at run time: the decoder's own file is
// searched too.
std::string RandomSecret() {
  std::random_device device;
  std::string secret(32, '\0');
  for (char& byte : secret) byte = static_cast<char>(device());
  return secret;
}

int ParentOf(int process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("PPid:", 0) == 0) return std::stoi(line.substr(5));
  }
  return -1;
}

// `first` and all that descend from it.
std::set<int> FamilyOf(int first) {
  std::set<int> family = {first};
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const std::string name = entry.path().filename();
      if (name.find_first_not_of("0123456789") != std::string::npos) continue;
      const int process = std::stoi(name);
      if (!family.contains(process) && family.contains(ParentOf(process))) {
        family.insert(process);
        grown = true;
      }
    }
  }
  return family;
}

// How often `what` is in a process's memory; -1 when it cannot be read.
int CountInMemory(int process, const std::string& what) {
  const std::string folder = "/proc/" + std::to_string(process);
  std::ifstream maps(folder + "/maps");
  const int memory = open((folder + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
  if (memory < 0 || !maps) return -1;
  int count = 0;
  uint64_t read_bytes = 0;
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0;
    unsigned long end = 0;
    char readable = 0;
    std::sscanf(line.c_str(), "%lx-%lx %c", &begin, &end, &readable);
    if (readable != 'r' || line.find("[v") != std::string::npos) continue;
    std::string content(end - begin, '\0');
    const ssize_t got = pread(memory, content.data(), content.size(),
                              static_cast<off_t>(begin));
    if (got <= 0) continue;
    read_bytes += static_cast<uint64_t>(got);
    content.resize(static_cast<size_t>(got));
    for (size_t at = content.find(what); at != std::string::npos;
         at = content.find(what, at + 1)) {
      ++count;
    }
  }
  close(memory);
  return read_bytes == 0 ? -1 : count;
}

TEST(SecrecyTest, NoListNoKeyAndNoFileOfTheParentIsInADecoder) {
  HASHVET_SKIP_WITHOUT_HOSTILE_CHILD();
  const ScratchFolder folder;
  const std::string list = RandomSecret();
  const std::string key = RandomSecret();
  std::string key_text;
  for (const char byte : key) {
    key_text += "0123456789abcdef"[(byte >> 4) & 15];
    key_text += "0123456789abcdef"[byte & 15];
  }
  ASSERT_EQ(setenv("HASHVET_TEST_KEY", key_text.c_str(), 1), 0);
  // Left open for every program that is started: the pool must close it.
  const int open_list =
      open(folder.Write("list", list).c_str(), O_RDONLY);  // no O_CLOEXEC
  ASSERT_GE(open_list, 0);

  const auto pool = StartPool(HASHVET_HOSTILE_DECODER,
                              {.deadline_ms = 60'000, .breaker_crashes = 0});
  const std::string picture = "sleep " + RandomSecret();
  std::thread caller([&] { Ask(*pool, picture); });
  usleep(200'000);

  const std::set<int> family = FamilyOf(pool->process());
  int pictures_found = 0;
  int unreadable = 0;
  for (const int process : family) {
    const int found = CountInMemory(process, picture);
    pictures_found += found;
    if (found < 0) ++unreadable;
    EXPECT_LE(CountInMemory(process, list), 0);
    EXPECT_LE(CountInMemory(process, key), 0);
    EXPECT_LE(CountInMemory(process, key_text), 0);
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(
             "/proc/" + std::to_string(process) + "/fd", ignored)) {
      EXPECT_NE(std::filesystem::read_symlink(entry.path(), ignored),
                folder.Path("list"));
    }
  }
  kill(pool->process(), SIGKILL);
  caller.join();
  close(open_list);
  unsetenv("HASHVET_TEST_KEY");
  EXPECT_EQ(family.size(), 4u) << "two first processes, a lane and its child";
  if (unreadable != 0) {
    GTEST_SKIP() << "only root may read the memory of a confined process";
  }
  // The search finds what is there.
  EXPECT_GE(pictures_found, 1);
  EXPECT_GE(CountInMemory(getpid(), list), 1);
}

}  // namespace
}  // namespace hashvet::testing
