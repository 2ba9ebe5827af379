// System calls that fail on demand: this test program's own write, fdatasync
// and so on stand before the C library's.

#ifndef HASHVET_TESTS_AUDIT_FAILING_CALLS_H_
#define HASHVET_TESTS_AUDIT_FAILING_CALLS_H_

#include <cstdint>

namespace hashvet::testing {

enum class FailWith : uint8_t {
  kNoSpace,     // ENOSPC
  kIoError,     // EIO
  kShortWrite,  // a write does half, and the next call that is looked at fails
};

// The k-th call from now on fails, counting from 1, once or for ever; and how
// many calls there have been. Counted are write, pwrite, fdatasync, fsync,
// ftruncate, renameat and openat. Not thread-safe.
void FailCall(uint64_t k, FailWith how, bool for_ever = false);
void FailNoCall();
uint64_t CallsSoFar();

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_AUDIT_FAILING_CALLS_H_
