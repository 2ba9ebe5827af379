// Work on a stream of items on several threads, its results taken in order
// while later items are still at work.
//
//   next() --> item --work, any thread--> result --in order--> emit(result)
//
// At most a few items a thread are in flight, however long the stream: a slow
// item holds the others up rather than the memory.

#ifndef HASHVET_SRC_CLI_ORDERED_WORK_H_
#define HASHVET_SRC_CLI_ORDERED_WORK_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "hashvet/base/executor.h"

namespace hashvet::cli {

inline constexpr uint64_t kAheadPerThread = 16;  // items

// threads  0: one for each processor. A stream of one item starts none.
// next     std::optional<Item>(); nothing at the end, and again after it. Calls
//          do not overlap.
// work     Result(Item); called on any thread.
// emit     bool(Result), in the order of next; calls do not overlap. False ends
//          the work early.
template <typename Next, typename Work, typename Emit>
void WorkInOrder(size_t threads, Next next, Work work, Emit emit) {
  using Item = typename std::invoke_result_t<Next>::value_type;
  using Result = std::invoke_result_t<Work, Item>;

  std::optional<Item> first = next();
  std::optional<Item> second;
  if (first.has_value() && threads != 1) second = next();
  if (!second.has_value()) {
    for (; first.has_value(); first = next()) {
      if (!emit(work(*std::move(first)))) return;
    }
    return;
  }

  const std::unique_ptr<Executor> pool = MakeThreadPool(threads);
  const uint64_t max_ahead = kAheadPerThread * pool->parallelism();
  // Taken in this order. `input` covers next() and the count of items taken;
  // `output` covers emit() and all that follows.
  std::mutex input;
  uint64_t taken = 0;
  std::mutex output;
  std::condition_variable room;
  std::map<uint64_t, Result> waiting;  // results whose turn has not come
  uint64_t emitted = 0;
  bool stopped = false;

  const auto take = [&](uint64_t& number) -> std::optional<Item> {
    std::lock_guard input_lock(input);
    {
      // What is emitted next is at work on another thread, so this ends.
      std::unique_lock lock(output);
      room.wait(lock, [&] { return stopped || taken < emitted + max_ahead; });
      if (stopped) return std::nullopt;
    }
    number = taken++;
    if (number == 0) return std::move(first);
    if (number == 1) return std::move(second);
    return next();
  };
  pool->ParallelFor(pool->parallelism(), [&](size_t) {
    uint64_t number = 0;
    while (std::optional<Item> item = take(number)) {
      Result result = work(*std::move(item));
      std::lock_guard lock(output);
      waiting.emplace(number, std::move(result));
      while (!stopped && !waiting.empty() &&
             waiting.begin()->first == emitted) {
        stopped = !emit(std::move(waiting.begin()->second));
        waiting.erase(waiting.begin());
        ++emitted;
      }
      room.notify_all();
    }
  });
}

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_ORDERED_WORK_H_
