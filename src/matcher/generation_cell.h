// The one counted pointer behind which a matcher's generations are swapped:
// many threads pin what is there without ever waiting, one thread replaces it.
// Private to the matcher layer.
//
// A counted pointer has one hard moment: a reader has loaded the pointer and
// has not yet counted itself, and in between the writer would find the count
// zero and delete. Here readers announce that moment in `arrivals_`:
//
//   reader                                writer
//   1  arrivals_[epoch][stripe] += 1      a  current_ = new
//   2  node = current_                    b  wait until arrivals_[other] is 0
//   3  node->pins[stripe] += 1            c  epoch = other
//   4  arrivals_[epoch][stripe] -= 1      d  wait until arrivals_[before] is 0
//      ... uses the node ...              e  the old node is retired; it is
//   5  node->pins[stripe] -= 1               deleted once its pins are all 0
//
// Why no node is deleted under a reader: 1, 2, a and the writer's reads in b
// and d are sequentially consistent, so all threads agree on one order of them.
// A reader that loaded the old node did 2 before a, hence 1 before a, hence the
// writer, which looks at both epochs' counters after a, sees that arrival, and
// waits for its departure 4. That is a release, which the writer's look
// acquires (later arrivals of others are read-modify-writes and keep the
// release sequence): so the writer sees the reader's pin 3. From e on nobody
// can pin the old node: pins come from current_ alone, and every pin goes back
// on the stripe it came from. Each stripe of its pins then only falls, so all
// of them seen at 0, one after the other, means no pin is left; and 5 is a
// release that this look acquires, so all uses happened before the deletion.
//
// Why two epochs: readers that keep coming would keep one counter from ever
// being 0. New ones go to the other epoch (whoever read the epoch late may
// still arrive in the old one, once), so each wait is for a few instructions of
// a few threads. This is the left-right technique (Ramalhete and Correia, 2013)
// around the count alone: a pin may be held for as long as its holder likes.
//
// Readers are wait-free: no loop, no lock, whatever the writer does. Counters
// are striped by processor, so readers do not fight for a cache line.

#ifndef HASHVET_SRC_MATCHER_GENERATION_CELL_H_
#define HASHVET_SRC_MATCHER_GENERATION_CELL_H_

#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace hashvet {

// Counters that sum up, each on a cache line of its own.
class StripedCount {
 public:
  static constexpr size_t kStripes = 32;

  // One for each processor, up to kStripes: whoever adds there need not be
  // there any more when it subtracts, as long as it does so on the same stripe.
  static size_t StripeHere() {
    const int processor = ::sched_getcpu();
    return processor < 0 ? 0 : static_cast<size_t>(processor) % kStripes;
  }

  std::atomic<int64_t>& at(size_t stripe) { return counts_[stripe].value; }

  // Each stripe was 0 at some moment during the call.
  bool EachSeenZero() const {
    return std::all_of(counts_.begin(), counts_.end(), [](const Line& line) {
      return line.value.load(std::memory_order_seq_cst) == 0;
    });
  }

 private:
  struct alignas(64) Line {
    std::atomic<int64_t> value = 0;
  };
  std::array<Line, kStripes> counts_;
};

// Where a test may hold a reader up.
struct NoPause {
  static void BeforeArrival() {}  // the epoch was read
  static void BeforePin() {}      // between 2 and 3
};

template <typename T, typename Pause = NoPause>
class GenerationCell {
 private:
  struct Node {
    explicit Node(std::shared_ptr<const T> held) : value(std::move(held)) {}
    const std::shared_ptr<const T> value;
    StripedCount pins;
  };

 public:
  // Keeps one value alive and unchanged. Movable; must not outlive the cell.
  class Pin {
   public:
    Pin(Pin&& other) noexcept
        : node_(std::exchange(other.node_, nullptr)), stripe_(other.stripe_) {}
    Pin& operator=(Pin&&) = delete;
    ~Pin() {
      if (node_ == nullptr) return;
      node_->pins.at(stripe_).fetch_sub(1, std::memory_order_release);
    }

    const T& operator*() const { return *node_->value; }
    const T* operator->() const { return node_->value.get(); }
    // For those who need it longer than the cell; costs a shared counter.
    const std::shared_ptr<const T>& shared() const { return node_->value; }

   private:
    friend class GenerationCell;
    Pin(Node* node, size_t stripe) : node_(node), stripe_(stripe) {}

    Node* node_;
    size_t stripe_;
  };

  // REQUIRES: first != nullptr
  explicit GenerationCell(std::shared_ptr<const T> first)
      : current_(new Node(std::move(first))) {}
  GenerationCell(const GenerationCell&) = delete;
  GenerationCell& operator=(const GenerationCell&) = delete;
  // REQUIRES: no pin is left.
  ~GenerationCell() {
    for (const Node* node : retired_) delete node;
    delete current_.load();
  }

  // What is current. A thread never gets an older value than it got before: its
  // loads of one variable follow that variable's order. Wait-free.
  Pin Acquire() const {
    const size_t stripe = StripedCount::StripeHere();
    std::atomic<int64_t>& arrivals =
        arrivals_[epoch_.load(std::memory_order_acquire)].at(stripe);
    Pause::BeforeArrival();
    arrivals.fetch_add(1, std::memory_order_seq_cst);             // 1
    Node* const node = current_.load(std::memory_order_seq_cst);  // 2
    Pause::BeforePin();
    node->pins.at(stripe).fetch_add(1, std::memory_order_relaxed);  // 3
    arrivals.fetch_sub(1, std::memory_order_release);               // 4
    return Pin(node, stripe);
  }

  // Makes `next` current and retires what was. Waits for readers that are
  // between 1 and 4, never for pins. One thread at a time, with Release.
  // REQUIRES: next != nullptr
  void Swap(std::shared_ptr<const T> next) {
    retired_.reserve(retired_.size() + 1);
    Node* const node = new Node(std::move(next));
    retired_.push_back(current_.exchange(node, std::memory_order_seq_cst));
    const uint32_t before = epoch_.load(std::memory_order_relaxed);
    const uint32_t other = 1 - before;
    AwaitNone(arrivals_[other]);
    epoch_.store(other, std::memory_order_seq_cst);
    AwaitNone(arrivals_[before]);
  }

  // Deletes the retired values that nobody pins any more, on this thread.
  // Returns how many are still pinned. One thread at a time, with Swap.
  size_t Release() {
    const auto unpinned = [](const Node* node) {
      if (!node->pins.EachSeenZero()) return false;
      delete node;
      return true;
    };
    retired_.erase(std::remove_if(retired_.begin(), retired_.end(), unpinned),
                   retired_.end());
    return retired_.size();
  }

 private:
  static void AwaitNone(const StripedCount& arrivals) {
    // A reader in between was descheduled there: give it the processor.
    for (int tries = 0; !arrivals.EachSeenZero(); ++tries) {
      if (tries < 100) {
        std::this_thread::yield();
      } else {
        std::this_thread::sleep_for(std::chrono::microseconds(50));
      }
    }
  }

  std::atomic<Node*> current_;
  std::atomic<uint32_t> epoch_ = 0;  // 0 or 1: where readers arrive
  mutable std::array<StripedCount, 2> arrivals_;
  std::vector<Node*> retired_;  // the writer's own
};

}  // namespace hashvet

#endif  // HASHVET_SRC_MATCHER_GENERATION_CELL_H_
