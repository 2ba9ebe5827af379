// Any bytes as a message of the input topic: nothing crashes; it is poison with
// a reason, or a message that keeps what the contract says of one.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>

#include "src/kafka/message.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace hashvet::kafka;
  const auto parsed = ParseMessage(
      std::string_view(reinterpret_cast<const char*>(bytes), size));
  if (const auto* poison = std::get_if<Poison>(&parsed)) {
    if (poison->detail.empty() || NameOf(poison->reason).empty()) std::abort();
  } else {
    const Message& message = std::get<Message>(parsed);
    if (message.id.empty() || message.id.size() > kMaxIdBytes) std::abort();
  }
  return 0;
}
