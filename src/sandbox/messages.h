// Messages of a fixed size, with at most one descriptor beside each, over a
// SOCK_SEQPACKET socket. No signal is raised when the other end is gone.

#ifndef HASHVET_SRC_SANDBOX_MESSAGES_H_
#define HASHVET_SRC_SANDBOX_MESSAGES_H_

#include <cstddef>
#include <span>
#include <utility>

#include "absl/status/statusor.h"
#include "src/base/descriptor.h"

namespace hashvet {

// Two ends, closed on exec. Errors: ResourceExhausted, with errno's text.
absl::StatusOr<std::pair<Descriptor, Descriptor>> MakeSocketPair();

// False when the other end is gone. `descriptor` below 0 is none.
bool SendBytes(int socket, std::span<const std::byte> bytes, int descriptor);

// False when the other end is gone, or sent another size than is expected.
// Blocks. A descriptor that came along replaces `*descriptor`, and is dropped
// where that is null.
bool ReceiveBytes(int socket, std::span<std::byte> bytes,
                  Descriptor* descriptor);

template <typename Message>
bool Send(int socket, const Message& message, int descriptor = -1) {
  return SendBytes(socket, std::as_bytes(std::span(&message, 1)), descriptor);
}

template <typename Message>
bool Receive(int socket, Message& message, Descriptor* descriptor = nullptr) {
  return ReceiveBytes(socket, std::as_writable_bytes(std::span(&message, 1)),
                      descriptor);
}

}  // namespace hashvet

#endif  // HASHVET_SRC_SANDBOX_MESSAGES_H_
