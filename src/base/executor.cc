#include "hashvet/base/executor.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "src/base/usable_processors.h"

namespace hashvet {
namespace {

class ThreadPool final : public Executor {
 public:
  explicit ThreadPool(size_t threads) {
    workers_.reserve(threads - 1);
    try {
      for (size_t i = 0; i + 1 < threads; ++i) {
        workers_.emplace_back([this] { Work(); });
      }
    } catch (const std::system_error&) {
      // The system gives no more of them: the work is done by fewer.
    }
    parallelism_ = workers_.size() + 1;
  }

  ~ThreadPool() override {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    work_arrived_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  size_t parallelism() const override { return parallelism_; }

  void ParallelFor(size_t count,
                   absl::FunctionRef<void(size_t)> body) override {
    if (count == 0) return;
    Loop loop{count, body};
    if (count > 1 && !workers_.empty()) {
      {
        std::lock_guard lock(mutex_);
        loops_.push_back(&loop);
      }
      work_arrived_.notify_all();
    }
    // The caller works too, so a loop started inside a body always advances
    // even when every worker is busy.
    loop.TakeAll();
    std::unique_lock lock(mutex_);
    std::erase(loops_, &loop);
    loop_left_.wait(lock, [&] { return loop.workers_inside == 0; });
  }

 private:
  struct Loop {
    const size_t count;
    const absl::FunctionRef<void(size_t)> body;
    std::atomic<size_t> next = 0;
    size_t workers_inside = 0;  // guarded by mutex_

    bool Exhausted() const {
      return next.load(std::memory_order_relaxed) >= count;
    }
    void TakeAll() {
      for (size_t i;
           (i = next.fetch_add(1, std::memory_order_relaxed)) < count;) {
        body(i);
      }
    }
  };

  void Work() {
    std::unique_lock lock(mutex_);
    while (true) {
      work_arrived_.wait(lock, [&] { return stopping_ || !loops_.empty(); });
      if (stopping_) return;
      Loop* loop = loops_.front();
      if (loop->Exhausted()) {
        loops_.pop_front();
        continue;
      }
      ++loop->workers_inside;
      lock.unlock();
      loop->TakeAll();
      lock.lock();
      if (--loop->workers_inside == 0) loop_left_.notify_all();
    }
  }

  size_t parallelism_ = 1;
  std::mutex mutex_;
  std::condition_variable work_arrived_;
  std::condition_variable loop_left_;
  std::deque<Loop*> loops_;
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace

std::unique_ptr<Executor> MakeThreadPool(size_t threads) {
  return std::make_unique<ThreadPool>(threads == 0 ? UsableProcessors()
                                                   : threads);
}

}  // namespace hashvet
