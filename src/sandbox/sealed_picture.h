// A picture's bytes in memory that another process may map, and that no other
// process can change.

#ifndef HASHVET_SRC_SANDBOX_SEALED_PICTURE_H_
#define HASHVET_SRC_SANDBOX_SEALED_PICTURE_H_

#include <cstddef>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "src/base/descriptor.h"

namespace hashvet {

// One picture after another, in the same memory: making it anew would cost more
// than the copy. A picture stays until the next one comes, of which nothing but
// zeros lies behind it, the buffer goes or Forget is called; it is kept out of
// core files.
//
// REQUIRES: who was given the descriptor for one picture is gone before the
// next one is put in.
class SealedPicture {
 public:
  // Memory of larger pictures is not kept.
  static constexpr size_t kMostKeptBytes = size_t{4} << 20;

  SealedPicture() = default;
  SealedPicture(SealedPicture&& other) noexcept { *this = std::move(other); }
  SealedPicture& operator=(SealedPicture&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(place_, other.place_);
    std::swap(room_bytes_, other.room_bytes_);
    std::swap(backed_bytes_, other.backed_bytes_);
    std::swap(used_bytes_, other.used_bytes_);
    return *this;
  }
  ~SealedPicture() { Forget(); }

  // Errors: ResourceExhausted: no descriptor or no memory left.
  absl::Status Put(std::span<const std::byte> bytes);
  // To be mapped, read-only; below 0 before Put.
  int descriptor() const { return memory_.number(); }
  // Whether the next picture should find it.
  bool worth_keeping() const { return room_bytes_ <= kMostKeptBytes; }
  void Forget();

 private:
  absl::Status MakeRoom(size_t room_bytes);

  Descriptor memory_;
  std::byte* place_ = nullptr;
  size_t room_bytes_ = 0;
  size_t backed_bytes_ = 0;  // by memory that is there
  size_t used_bytes_ = 0;    // zeros lie behind them
};

}  // namespace hashvet

#endif  // HASHVET_SRC_SANDBOX_SEALED_PICTURE_H_
