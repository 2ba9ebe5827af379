// How many threads are worth having.

#ifndef HASHVET_SRC_BASE_USABLE_PROCESSORS_H_
#define HASHVET_SRC_BASE_USABLE_PROCESSORS_H_

#include <sched.h>

#include <algorithm>
#include <cstddef>
#include <thread>

namespace hashvet {

// Processors this process may run on: a container's share, not the machine's.
inline size_t UsableProcessors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    return static_cast<size_t>(std::max(1, CPU_COUNT(&set)));
  }
  return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace hashvet

#endif  // HASHVET_SRC_BASE_USABLE_PROCESSORS_H_
