// Bytes that wait: appended, then read back once they are all there. A few stay
// in memory; many go to a file without a name, which nobody else can open and
// no crash leaves behind. Private to the list layer.

#ifndef HASHVET_SRC_LIST_SPOOL_H_
#define HASHVET_SRC_LIST_SPOOL_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hashvet::snapshot {

class Spool {
 public:
  // The folder of the file, should there be one.
  explicit Spool(std::string folder) : folder_(std::move(folder)) {}
  Spool(Spool&& other) noexcept;
  Spool& operator=(Spool&&) = delete;
  ~Spool();

  // Errors: those of the file.
  absl::Status Append(std::span<const std::byte> bytes) {
    size_bytes_ += bytes.size();
    buffer_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return buffer_.size() < kBufferBytes ? absl::OkStatus() : Flush();
  }
  template <typename T>
  absl::Status AppendOne(const T& object) {
    static_assert(std::is_trivially_copyable_v<T>);
    return Append(std::as_bytes(std::span(&object, 1)));
  }

  uint64_t size_bytes() const { return size_bytes_; }

  // Everything appended; nothing may be appended afterwards. Aligned to 16
  // bytes. Errors: those of the file.
  absl::StatusOr<std::span<const std::byte>> Read();

  // Bytes of Read's before `end` are no longer needed in memory.
  void DropBefore(uint64_t end);

 private:
  static constexpr size_t kBufferBytes = size_t{1} << 20;
  absl::Status Flush();

  std::string folder_;
  std::string buffer_;
  uint64_t size_bytes_ = 0;
  int descriptor_ = -1;
  void* mapping_ = nullptr;
  uint64_t dropped_ = 0;
};

}  // namespace hashvet::snapshot

#endif  // HASHVET_SRC_LIST_SPOOL_H_
