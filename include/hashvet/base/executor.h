// Where the library runs work in parallel: on the caller's threads. The library
// starts no thread unless asked; a ThreadPool is how a caller asks.

#ifndef HASHVET_BASE_EXECUTOR_H_
#define HASHVET_BASE_EXECUTOR_H_

#include <cstddef>
#include <memory>

#include "absl/functional/function_ref.h"
#include "hashvet/base/export.h"

namespace hashvet {

// Implement this over the threads you have. Must be thread-safe, and must allow
// a body to call ParallelFor again (running it on the calling thread is fine).
class HASHVET_EXPORT Executor {
 public:
  virtual ~Executor() = default;

  // How many bodies may run at once, at least 1; how finely to cut the work.
  virtual size_t parallelism() const = 0;

  // Calls body(i) once for each i in [0, count), in any order, on any threads,
  // and returns when all have returned. Bodies do not throw.
  virtual void ParallelFor(size_t count,
                           absl::FunctionRef<void(size_t)> body) = 0;
};

// `threads` threads, counting the one that calls ParallelFor; 0 means one for
// each processor this process may use; fewer where the system gives no more:
// parallelism() says how many. After fork() the child has no workers:
// make a new pool there.
HASHVET_EXPORT std::unique_ptr<Executor> MakeThreadPool(size_t threads);

}  // namespace hashvet

#endif  // HASHVET_BASE_EXECUTOR_H_
