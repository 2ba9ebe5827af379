// A pool around one of the decoder programs of the build.

#ifndef HASHVET_TESTS_SANDBOX_SANDBOX_SUPPORT_H_
#define HASHVET_TESTS_SANDBOX_SANDBOX_SUPPORT_H_

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "gtest/gtest.h"
#include "hashvet/sandbox/decoder_pool.h"

// Under a sanitizer a child that does more than decode is ended for what the
// sanitizer's runtime asks the system, and not for what it tries itself.
#ifdef HASHVET_SANITIZED
#define HASHVET_SKIP_WITHOUT_HOSTILE_CHILD() \
  GTEST_SKIP() << "no hostile child under a sanitizer"
#else
#define HASHVET_SKIP_WITHOUT_HOSTILE_CHILD() static_cast<void>(0)
#endif

namespace hashvet::testing {

// The exit code of what needs a program that not everybody may run.
inline constexpr int kCannotRun = 77;

inline std::span<const std::byte> BytesOf(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// The breaker is off unless a test asks for it: tests break decoders.
inline std::unique_ptr<DecoderPool> StartPool(const std::string& program,
                                              DecoderPoolOptions options = {
                                                  .breaker_crashes = 0}) {
  options.program = program;
  auto pool = DecoderPool::Start(options);
  EXPECT_TRUE(pool.ok()) << pool.status();
  return pool.ok() ? *std::move(pool) : nullptr;
}

inline PictureHashes Ask(PictureHasher& hasher, std::string_view bytes,
                         std::string_view name = "") {
  return hasher.Hash(BytesOf(bytes), name, {});
}

// Runs `work` in a process of its own, as a user who is not root (whom limits
// on processes do not hold). Gives back its exit code.
template <typename Work>
int AsAnOrdinaryUser(Work work) {
  constexpr uid_t kNobody = 65534;
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && (setresgid(kNobody, kNobody, kNobody) != 0 ||
                           setresuid(kNobody, kNobody, kNobody) != 0)) {
      _exit(kCannotRun);
    }
    _exit(work());
  }
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// What a hostile child says it could do.
inline std::string Said(const PictureHashes& picture) {
  return picture.outcome == HashOutcome::kUndecodable
             ? std::string(picture.status.message())
             : "(" + std::string(NameOf(picture.outcome)) + ")";
}

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_SANDBOX_SANDBOX_SUPPORT_H_
