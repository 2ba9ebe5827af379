#include "src/feeds/value_text.h"

#include <string>

#include "absl/strings/ascii.h"
#include "hashvet/base/status.h"
#include "hashvet/list/list_value.h"

namespace hashvet {
namespace {

// The 924 bytes that a cloud service takes instead of a picture.
constexpr size_t kEdgeHex = 2 * 924;
constexpr size_t kEdgeBase64 = 1232;

}  // namespace

absl::StatusOr<HashValue> ParseValueText(HashKind kind, std::string_view text) {
  text = ToStd(absl::StripAsciiWhitespace(ToAbsl(text)));
  if (kind == HashKind::kPhotoDna &&
      (text.size() == kEdgeBase64 || text.size() == kEdgeHex)) {
    return absl::InvalidArgumentError(
        "an edge value of 924 bytes, which only the cloud service that it is "
        "for can compare; want one of 144");
  }
  return ParseListValue(kind, text);
}

void AddValueText(HashKind kind, std::string_view kind_name,
                  std::string_view text, EntryUpdate& update) {
  auto value = ParseValueText(kind, text);
  if (value.ok()) {
    update.values.push_back({.value = *std::move(value)});
    return;
  }
  update.malformed.push_back({.kind = std::string(kind_name),
                              .text = std::string(text),
                              .reason = std::string(value.status().message())});
}

}  // namespace hashvet
