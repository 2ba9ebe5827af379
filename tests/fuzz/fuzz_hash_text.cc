// Any text as a hash of each kind: nothing crashes, a refusal never repeats the
// text, and what was read prints as a text that is read back equal.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "hashvet/base/status.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/text.h"

namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size == 0) return 0;
  const auto kinds = hashvet::AllHashKinds();
  const hashvet::HashKind kind = kinds[bytes[0] % kinds.size()].kind;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1,
                              size - 1);
  static_cast<void>(hashvet::ParseHashKind(text));
  const auto value = hashvet::ParseHex(kind, text);
  if (!value.ok()) {
    const std::string_view told = hashvet::ToStd(value.status().message());
    Check(!told.empty());
    Check(text.size() < 16 || told.find(text) == std::string_view::npos);
    return 0;
  }
  Check(value->kind() == kind);
  const auto again = hashvet::ParseHex(kind, hashvet::ToHex(*value));
  Check(again.ok() && *again == *value);
  return 0;
}
