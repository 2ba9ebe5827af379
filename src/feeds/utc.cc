#include "src/feeds/utc.h"

#include "absl/time/time.h"
#include "hashvet/base/status.h"

namespace hashvet {

std::string UtcText(uint64_t seconds) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ",
                          absl::FromUnixSeconds(static_cast<int64_t>(seconds)),
                          absl::UTCTimeZone());
}

std::optional<uint64_t> ParseUtc(std::string_view text) {
  absl::Time time;
  std::string ignored;
  if (!absl::ParseTime(absl::RFC3339_full, ToAbsl(text), &time, &ignored)) {
    return std::nullopt;
  }
  const int64_t seconds = absl::ToUnixSeconds(time);
  if (seconds < 0) return std::nullopt;
  return static_cast<uint64_t>(seconds);
}

}  // namespace hashvet
