// A server's clock beside ours, so that its going back is noticed also where it
// has gone on past what it told before.

#ifndef HASHVET_SRC_FEEDS_SERVER_CLOCK_H_
#define HASHVET_SRC_FEEDS_SERVER_CLOCK_H_

#include <cstdint>
#include <optional>

#include "src/feeds/json_reader.h"
#include "src/feeds/json_writer.h"

namespace hashvet {

// Seconds since 1970.
struct ServerClock {
  uint64_t date = 0;  // that it told last; 0: none
  uint64_t at = 0;    // when, by our clock
};

// How many seconds it went back since `before`, as far as our clock tells; 0:
// it did not, or by so little that what is read again anyway covers it. What
// changed since may have times from before.date less these.
//
//   date, now  the server's clock and ours
//
// A clock of ours that went forward looks the same: then time is read again for
// nothing, 30 days of it at most.
uint64_t WentBack(const ServerClock& before, uint64_t date, uint64_t now);

// For who has read everything before `until`, and asks up to `bound`.
struct ClockStep {
  uint64_t back = 0;  // seconds that the server's clock went back; 0: none
  uint64_t from = 0;  // from where time is read again; `until` where it did not
  uint64_t told = 0;  // past what it stamped before
};
// Remembers the clock, where the server told it.
ClockStep StepOf(ServerClock& clock, std::optional<uint64_t> date, uint64_t now,
                 uint64_t until, uint64_t bound);

// An object's members.
void WriteClock(const ServerClock& clock, JsonWriter& json);
ServerClock ReadClock(const JsonValue& json);

}  // namespace hashvet

#endif  // HASHVET_SRC_FEEDS_SERVER_CLOCK_H_
