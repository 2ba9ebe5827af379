// What happens when there is no memory: each allocation of a call fails once,
// and the call says so. Nothing is thrown across, nothing is half done.

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <new>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/c/hashvet.h"

namespace {
// How many more allocations succeed; -1: all.
thread_local int64_t left = -1;
// Whether all later ones fail, too.
thread_local bool none_after = false;
thread_local bool some_failed = false;
}  // namespace

// The library's own, too: it finds the program's first.
__attribute__((noinline)) void* operator new(size_t size) {
  if (left == 0) {
    if (!none_after) left = -1;
    some_failed = true;
    throw std::bad_alloc();
  }
  if (left > 0) --left;
  if (void* const made = std::malloc(size == 0 ? 1 : size)) return made;
  throw std::bad_alloc();
}
__attribute__((noinline)) void operator delete(void* made) noexcept {
  std::free(made);
}
__attribute__((noinline)) void operator delete(void* made, size_t) noexcept {
  std::free(made);
}

namespace hashvet::testing {
namespace {

using ::testing::HasSubstr;

// Runs `call` with its first allocation failing, its second, and so on, until
// it gets through. Returns how often it failed.
int FailEach(bool and_all_after,
             const std::function<int(hashvet_error**)>& call,
             const std::function<void()>& look, int in_the_end = HASHVET_OK) {
  for (int failed = 0;; ++failed) {
    hashvet_error* error = nullptr;
    none_after = and_all_after;
    some_failed = false;
    left = failed;
    const int code = call(&error);
    left = -1;
    if (!some_failed) {
      EXPECT_EQ(code, in_the_end) << hashvet_error_message(error);
      hashvet_error_free(error);
      return failed;
    }
    EXPECT_EQ(code, HASHVET_RESOURCE_EXHAUSTED) << failed;
    EXPECT_EQ(hashvet_error_code(error), HASHVET_RESOURCE_EXHAUSTED);
    EXPECT_THAT(hashvet_error_message(error), HasSubstr("memory"));
    hashvet_error_free(error);
    look();
  }
}

class NoMemoryTest : public ::testing::TestWithParam<bool> {
 protected:
  ~NoMemoryTest() override { hashvet_index_free(index_); }
  hashvet_index* index_ = nullptr;
};

TEST_P(NoMemoryTest, MakingAnIndexGivesNone) {
  EXPECT_GT(FailEach(
                GetParam(),
                [&](hashvet_error** error) {
                  return hashvet_index_create(HASHVET_KIND_PDQ, &index_, error);
                },
                [&] { EXPECT_EQ(index_, nullptr); }),
            0);
}

TEST_P(NoMemoryTest, AddingIsAllOrNone) {
  ASSERT_EQ(hashvet_index_create(HASHVET_KIND_PDQ, &index_, nullptr),
            HASHVET_OK);
  constexpr size_t kCount = 5000;  // so many that tables are made
  std::vector<uint8_t> values(32 * kCount);
  uint32_t state = 1;
  for (uint8_t& byte : values) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<uint8_t>(state >> 24);
  }
  EXPECT_GT(FailEach(
                GetParam(),
                [&](hashvet_error** error) {
                  return hashvet_index_add(index_, values.data(), values.size(),
                                           kCount, error);
                },
                [&] { EXPECT_EQ(hashvet_index_count(index_), 0u); }),
            1);
  EXPECT_EQ(hashvet_index_count(index_), kCount);
  size_t hits = 0;
  EXPECT_GT(FailEach(
                GetParam(),
                [&](hashvet_error** error) {
                  return hashvet_index_search(
                      index_, values.data(), 64, 2, 0,
                      [](void* to, size_t, size_t, uint32_t) {
                        ++*static_cast<size_t*>(to);
                      },
                      &hits, error);
                },
                [&] { EXPECT_EQ(hits, 0u); }),
            0);
  EXPECT_EQ(hits, 2u);
}

TEST_P(NoMemoryTest, ARefusalThatCannotBeToldIsOneAllTheSame) {
  EXPECT_GT(
      FailEach(
          GetParam(),
          [&](hashvet_error** error) {
            hashvet_matcher_options options = HASHVET_MATCHER_OPTIONS_INIT;
            options.struct_size = 3;
            hashvet_matcher* matcher = nullptr;
            const int code = hashvet_matcher_open(&options, &matcher, error);
            return code == HASHVET_INVALID_ARGUMENT ? hashvet_error_code(*error)
                                                    : code;
          },
          [] {}, HASHVET_INVALID_ARGUMENT),
      0);
}

INSTANTIATE_TEST_SUITE_P(OnceOrFromThenOn, NoMemoryTest,
                         ::testing::Values(false, true));

}  // namespace
}  // namespace hashvet::testing
