// Any bytes as a file of a feed, in the form that the first byte picks: nothing
// crashes, an error is the protocol's, and what was read is the same however it
// is cut.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "hashvet/feeds/feed_error.h"
#include "src/feeds/file/format_options.h"

namespace {

using hashvet::FeedPage;

hashvet::FormatOptions Options(uint8_t form) {
  hashvet::FormatOptions options;
  options.format = form % 4 == 0 ? "vics" : form % 4 == 1 ? "text" : "mapped";
  options.mapping = hashvet::IcseMapping();
  if (form % 4 == 3) {
    options.mapping = {.json_lines = true,
                       .key = "k",
                       .values = {{hashvet::HashKind::kMd5, "h"}},
                       .category = "c",
                       .updated_at = "t",
                       .deleted = "d",
                       .tags = {"g"}};
  }
  return options;
}

std::string Read(uint8_t form, std::span<const uint8_t> bytes, size_t at_once) {
  std::string seen;
  size_t at = 0;
  const auto take = [&](const FeedPage& page) {
    for (size_t i = 0; i < page.updates.size(); ++i) {
      const auto packed = page.updates.packed(i);
      seen.append(reinterpret_cast<const char*>(packed.data()), packed.size());
    }
    for (const auto& line : page.malformed_lines) {
      seen += line.where + line.reason;
    }
    for (const auto& [name, count] : page.drift) seen += name;
    return absl::OkStatus();
  };
  hashvet::PageMaker pages(take);
  absl::Status status = hashvet::ReadInFormat(
      Options(form),
      [&](std::span<char> buffer) -> absl::StatusOr<size_t> {
        const size_t count =
            std::min({buffer.size(), bytes.size() - at, at_once});
        std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(at), count,
                    buffer.begin());
        at += count;
        return count;
      },
      "fuzz", pages);
  if (!status.ok()) {
    // Text lists tell of a header that claims one thing twice.
    if (!hashvet::CauseOf(status).has_value() &&
        !absl::IsInvalidArgument(status)) {
      std::abort();
    }
    return "refused";
  }
  status = pages.Finish("");
  if (!status.ok()) std::abort();
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size == 0) return 0;
  const std::span<const uint8_t> rest(bytes + 1, size - 1);
  if (Read(bytes[0], rest, SIZE_MAX) != Read(bytes[0], rest, 3)) std::abort();
  return 0;
}
