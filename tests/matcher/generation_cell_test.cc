// Readers and a writer of one cell, at full speed: nothing is used after it was
// deleted, nothing is kept for ever, and nobody goes back. ThreadSanitizer
// (cmake --preset tsan) checks the memory orders that are argued in the header.

#include "src/matcher/generation_cell.h"

#include <atomic>
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
