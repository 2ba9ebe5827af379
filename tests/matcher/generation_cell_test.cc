// Readers and a writer of one cell, at full speed: nothing is used after it was
// deleted, nothing is kept for ever, and nobody goes back. ThreadSanitizer
// (cmake --preset tsan) checks the memory orders that are argued in the header.

#include "src/matcher/generation_cell.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace hashvet {
namespace {

// Says whether it is used after its end, and how many there are.
class Canary {
 public:
  static constexpr uint64_t kAlive = 0x6C697665'6C697665;

  explicit Canary(uint64_t serial) : serial_(serial) { ++live; }
  ~Canary() {
    word_ = 0xDEADDEAD;
    --live;
  }

  bool alive() const { return word_ == kAlive; }
  uint64_t serial() const { return serial_; }

  static inline std::atomic<int> live = 0;

 private:
  volatile uint64_t word_ = kAlive;
  const uint64_t serial_;
};

using Cell = GenerationCell<Canary>;

std::shared_ptr<const Canary> Make(uint64_t serial) {
  return std::make_shared<const Canary>(serial);
}

TEST(GenerationCellTest, APinKeepsWhatItPinned) {
  {
    Cell cell(Make(1));
    std::optional<Cell::Pin> pin = cell.Acquire();
    cell.Swap(Make(2));
    EXPECT_EQ(cell.Release(), 1u);
    EXPECT_TRUE((*pin)->alive());
    EXPECT_EQ((*pin)->serial(), 1u);
    EXPECT_EQ(cell.Acquire()->serial(), 2u);
    EXPECT_EQ(Canary::live, 2);

    const Cell::Pin moved = *std::move(pin);
    pin.reset();
    EXPECT_EQ(cell.Release(), 1u);
    EXPECT_TRUE(moved->alive());
  }
  EXPECT_EQ(Canary::live, 0);
}

TEST(GenerationCellTest, TheLastPinDeletesNothingAndReleaseDoes) {
  Cell cell(Make(1));
  {
    const Cell::Pin pin = cell.Acquire();
    cell.Swap(Make(2));
    cell.Swap(Make(3));
    EXPECT_EQ(cell.Release(), 1u);  // 2 was never pinned
    EXPECT_EQ(Canary::live, 2);
  }
  EXPECT_EQ(Canary::live, 2);  // a query's end costs it no deletion
  EXPECT_EQ(cell.Release(), 0u);
  EXPECT_EQ(Canary::live, 1);
}

TEST(GenerationCellTest, WhoeverKeepsAValueLongerMay) {
  std::shared_ptr<const Canary> kept;
  {
    Cell cell(Make(1));
    kept = cell.Acquire().shared();
    cell.Swap(Make(2));
    EXPECT_EQ(cell.Release(), 0u);
  }
  EXPECT_TRUE(kept->alive());
  EXPECT_EQ(Canary::live, 1);
  kept.reset();
  EXPECT_EQ(Canary::live, 0);
}

// A gate that one thread is held up at until it is opened.
class Gate {
 public:
  void Pass() {
    reached_ = true;
    while (!open_) std::this_thread::yield();
  }
  void AwaitReached() const {
    while (!reached_) std::this_thread::yield();
  }
  void Open() { open_ = true; }

 private:
  std::atomic<bool> reached_ = false;
  std::atomic<bool> open_ = false;
};

// Holds up the threads that have gates.
struct PauseAtGates {
  static inline thread_local Gate* before_arrival = nullptr;
  static inline thread_local Gate* before_pin = nullptr;
  static void BeforeArrival() {
    if (before_arrival != nullptr) before_arrival->Pass();
  }
  static void BeforePin() {
    if (before_pin != nullptr) before_pin->Pass();
  }
};
using GatedCell = GenerationCell<Canary, PauseAtGates>;

// The one moment in which a deletion would be a reader's undoing: it has the
// pointer, and has not counted itself.
TEST(GenerationCellTest, ASwapWaitsForAReaderThatHasNotCountedItselfYet) {
  GatedCell cell(Make(1));
  Gate pin;
  std::atomic<bool> swapped = false;
  std::atomic<bool> may_end = false;
  std::thread reader([&] {
    PauseAtGates::before_pin = &pin;
    const GatedCell::Pin held = cell.Acquire();
    EXPECT_TRUE(held->alive());
    EXPECT_EQ(held->serial(), 1u);
    while (!may_end) std::this_thread::yield();
    EXPECT_TRUE(held->alive());
  });
  pin.AwaitReached();
  std::thread writer([&] {
    cell.Swap(Make(2));
    swapped = true;
  });
  // Others are served meanwhile, and soon get the new one.
  while (cell.Acquire()->serial() != 2) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(swapped);
  pin.Open();
  writer.join();
  EXPECT_EQ(cell.Release(), 1u);  // pinned by now
  may_end = true;
  reader.join();
  EXPECT_EQ(cell.Release(), 0u);
}

// A reader may arrive in an epoch that has ended since it looked.
TEST(GenerationCellTest, ASwapWaitsForALateArrivalInTheOtherEpoch) {
  GatedCell cell(Make(1));
  Gate arrival;
  Gate pin;
  std::atomic<bool> swapped = false;
  std::thread reader([&] {
    PauseAtGates::before_arrival = &arrival;
    PauseAtGates::before_pin = &pin;
    EXPECT_EQ(cell.Acquire()->serial(), 2u);
  });
  arrival.AwaitReached();
  cell.Swap(Make(2));  // the epoch that the reader saw is over
  arrival.Open();
  pin.AwaitReached();
  std::thread writer([&] {
    cell.Swap(Make(3));
    swapped = true;
  });
  while (cell.Acquire()->serial() != 3) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(swapped);
  pin.Open();
  writer.join();
  reader.join();
  EXPECT_EQ(cell.Release(), 0u);
}

TEST(GenerationCellTest, ReadersAndSwapsAtFullSpeed) {
  constexpr uint64_t kMinSwaps = 5'000;
  constexpr int kReaders = 6;
  {
    Cell cell(Make(0));
    std::atomic<bool> done = false;
    std::atomic<uint64_t> dead = 0;
    std::atomic<uint64_t> backwards = 0;
    std::atomic<uint64_t> pins = 0;
    std::vector<std::thread> readers;
    for (int t = 0; t < kReaders; ++t) {
      readers.emplace_back([&, t] {
        uint64_t last = 0;
        std::optional<Cell::Pin> held;  // some pins live through many swaps
        for (uint64_t i = 0; !done.load(std::memory_order_relaxed); ++i) {
          Cell::Pin pin = cell.Acquire();
          dead += pin->alive() ? 0 : 1;
          backwards += pin->serial() < last ? 1 : 0;
          last = pin->serial();
          if (held.has_value()) dead += (*held)->alive() ? 0 : 1;
          if (t % 2 == 0 && i % 64 == 0) {
            held.reset();
            held.emplace(std::move(pin));
          }
          pins.fetch_add(1, std::memory_order_relaxed);
        }
      });
    }
    size_t most_retired = 0;
    uint64_t serial = 0;
    // Until the readers had their turns, too, however they are scheduled.
    while (serial < kMinSwaps || pins < 10 * kMinSwaps) {
      cell.Swap(Make(++serial));
      most_retired = std::max(most_retired, cell.Release());
    }
    done = true;
    for (std::thread& reader : readers) reader.join();
    EXPECT_EQ(dead, 0u);
    EXPECT_EQ(backwards, 0u);
    // A pinned one a reader that holds, and those just being left.
    EXPECT_LE(most_retired, 2u * kReaders);
    EXPECT_EQ(cell.Release(), 0u);
    EXPECT_EQ(Canary::live, 1);
    EXPECT_EQ(cell.Acquire()->serial(), serial);
  }
  EXPECT_EQ(Canary::live, 0);
}

}  // namespace
}  // namespace hashvet
