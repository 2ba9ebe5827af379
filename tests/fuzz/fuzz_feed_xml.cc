// Any bytes as a page of NCMEC's: nothing crashes, an error is the protocol's,
// and what was read once is read again the same, however it is cut.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "hashvet/feeds/feed_error.h"
#include "src/feeds/ncmec/wire.h"

namespace {

struct Seen {
  bool ok = false;
  uint64_t entries = 0;
  std::string text;
  hashvet::FeedCounts drift;
};

Seen Read(std::span<const uint8_t> bytes, size_t at_once) {
  Seen seen;
  size_t at = 0;
  const auto page = hashvet::ncmec::ReadPage(
      [&](std::span<char> buffer) -> absl::StatusOr<size_t> {
        const size_t count =
            std::min({buffer.size(), bytes.size() - at, at_once});
        std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(at), count,
                    buffer.begin());
        at += count;
        return count;
      },
      seen.drift,
      [&](const hashvet::ncmec::Entry& entry) {
        ++seen.entries;
        seen.text += entry.member + "/" + entry.id + ";";
      });
  seen.ok = page.ok();
  if (!page.ok() && !hashvet::CauseOf(page.status()).has_value()) std::abort();
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const Seen whole = Read({bytes, size}, SIZE_MAX);
  const Seen cut = Read({bytes, size}, 3);
  if (whole.ok != cut.ok) std::abort();
  if (whole.ok && (whole.text != cut.text || whole.drift != cut.drift)) {
    std::abort();
  }
  return 0;
}
