#include "src/sandbox/sealed_picture.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hashvet {
namespace {

absl::Status NoRoom() {
  return absl::ResourceExhaustedError(
      absl::StrCat("decoder: no room for the picture: ", std::strerror(errno)));
}

}  // namespace

absl::StatusOr<Descriptor> SealedCopy(std::span<const std::byte> bytes) {
  Descriptor memory(
      memfd_create("hashvet-picture", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (memory.number() < 0) return NoRoom();
  while (!bytes.empty()) {
    const ssize_t written = write(memory.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return NoRoom();
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  // FUTURE_WRITE, not WRITE: nothing has it mapped, so they forbid the same,
  // and WRITE waits milliseconds for every processor to let go of the pages.
  if (fcntl(memory.number(), F_ADD_SEALS,
            F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) !=
      0) {
    return NoRoom();
  }
  return memory;
}

}  // namespace hashvet
