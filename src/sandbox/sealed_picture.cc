#include "src/sandbox/sealed_picture.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace hashvet {
namespace {

constexpr size_t kLeastRoomBytes = size_t{256} << 10;
constexpr size_t kPageBytes = 4096;  // or several of them to a page

absl::Status NoRoom() {
  return absl::ResourceExhaustedError(
      absl::StrCat("decoder: no room for the picture: ", std::strerror(errno)));
}

}  // namespace

absl::Status SealedPicture::Put(std::span<const std::byte> bytes) {
  if (bytes.size() > room_bytes_ || memory_.number() < 0) {
    const size_t room = std::bit_ceil(std::max(bytes.size(), kLeastRoomBytes));
    Forget();
    if (const absl::Status status = MakeRoom(room); !status.ok()) {
      Forget();
      return status;
    }
  }
  if (bytes.size() > backed_bytes_) {
    // What is written to without memory behind it would end this process.
    const size_t end = (bytes.size() + kPageBytes - 1) & ~(kPageBytes - 1);
    int result;
    do {
      result = fallocate(memory_.number(), 0, static_cast<off_t>(backed_bytes_),
                         static_cast<off_t>(end - backed_bytes_));
    } while (result != 0 && errno == EINTR);
    if (result != 0) return NoRoom();
    backed_bytes_ = end;
  }
  if (!bytes.empty()) std::memcpy(place_, bytes.data(), bytes.size());
  // A child can map all of the memory, and may not see another's picture there.
  if (bytes.size() < used_bytes_) {
    std::memset(place_ + bytes.size(), 0, used_bytes_ - bytes.size());
  }
  used_bytes_ = bytes.size();
  return absl::OkStatus();
}

absl::Status SealedPicture::MakeRoom(size_t room_bytes) {
  memory_ = Descriptor(
      memfd_create("hashvet-picture", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (memory_.number() < 0 ||
      ftruncate(memory_.number(), static_cast<off_t>(room_bytes)) != 0) {
    return NoRoom();
  }
  void* const place = mmap(nullptr, room_bytes, PROT_READ | PROT_WRITE,
                           MAP_SHARED, memory_.number(), 0);
  if (place == MAP_FAILED) return NoRoom();
  place_ = static_cast<std::byte*>(place);
  room_bytes_ = room_bytes;
  // FUTURE_WRITE: from now on this mapping alone can write.
  if (madvise(place, room_bytes, MADV_DONTDUMP) != 0 ||
      fcntl(memory_.number(), F_ADD_SEALS,
            F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) !=
          0) {
    return NoRoom();
  }
  return absl::OkStatus();
}

void SealedPicture::Forget() {
  if (place_ != nullptr) munmap(place_, room_bytes_);
  memory_ = Descriptor();
  place_ = nullptr;
  room_bytes_ = 0;
  backed_bytes_ = 0;
  used_bytes_ = 0;
}

}  // namespace hashvet
