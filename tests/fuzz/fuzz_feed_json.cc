// Any bytes as JSON of a source: nothing crashes, an error is the protocol's
// and holds no text, and what was read is the same however it is cut.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "hashvet/feeds/feed_error.h"
#include "src/feeds/json_reader.h"

namespace {

constexpr std::string_view kStreamed[] = {"items", "", "a.items"};

void Append(const hashvet::JsonValue& value, std::string& out) {
  out += std::to_string(static_cast<int>(value.type)) + value.text + "(";
  for (const auto& [key, member] : value.members) {
    out += key + ":";
    Append(member, out);
  }
  for (const hashvet::JsonValue& item : value.items) Append(item, out);
  out += ")";
}

// Empty: refused.
std::string Read(std::span<const uint8_t> bytes, size_t at_once) {
  std::string seen = "!";
  size_t at = 0;
  const auto root = hashvet::ReadJson(
      [&](std::span<char> buffer) -> absl::StatusOr<size_t> {
        const size_t count =
            std::min({buffer.size(), bytes.size() - at, at_once});
        std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(at), count,
                    buffer.begin());
        at += count;
        return count;
      },
      "fuzz", kStreamed,
      [&](std::string_view path, const hashvet::JsonValue& value) {
        seen += path;
        Append(value, seen);
        return absl::OkStatus();
      });
  if (!root.ok()) {
    if (!hashvet::CauseOf(root.status()).has_value()) std::abort();
    return "";
  }
  Append(*root, seen);
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (Read({bytes, size}, SIZE_MAX) != Read({bytes, size}, 3)) std::abort();
  return 0;
}
