// Times as sources write them, always UTC, whatever this machine's zone is.

#ifndef HASHVET_SRC_FEEDS_UTC_H_
#define HASHVET_SRC_FEEDS_UTC_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hashvet {

// "2026-11-25T12:39:31Z", seconds since 1970.
std::string UtcText(uint64_t seconds);

// That, with a fraction (dropped) or an offset ("+01:00") where it has one;
// nothing for anything else, and for times before 1970.
std::optional<uint64_t> ParseUtc(std::string_view text);

}  // namespace hashvet

#endif  // HASHVET_SRC_FEEDS_UTC_H_
