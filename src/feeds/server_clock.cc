#include "src/feeds/server_clock.h"

#include <algorithm>

#include "src/feeds/store.h"

namespace hashvet {
namespace {

// A server that answers slowly may tell an earlier time.
constexpr uint64_t kSlackS = 60;
// Where our clock went back too, nothing tells how long it was.
constexpr uint64_t kUnknownS = 86'400;
// No longer is between two syncs that are planned.
constexpr uint64_t kMostS = 30 * 86'400;

}  // namespace

uint64_t WentBack(const ServerClock& before, uint64_t date, uint64_t now) {
  if (before.date == 0) return 0;
  const uint64_t seen = before.date - std::min(before.date, date);
  if (now < before.at) return seen == 0 ? 0 : seen + kUnknownS;
  const uint64_t expected = before.date + (now - before.at);
  const uint64_t back = expected - std::min(expected, date);
  return seen == 0 && back <= kSlackS ? 0 : std::min(back, seen + kMostS);
}

ClockStep StepOf(ServerClock& clock, std::optional<uint64_t> date, uint64_t now,
                 uint64_t until, uint64_t bound) {
  ClockStep step = {.from = std::min(until, bound),
                    .told = std::max(until, clock.date + 1)};
  step.back = until - step.from;
  if (!date.has_value()) return step;
  const ServerClock before = clock;
  clock = {.date = *date, .at = now};
  const uint64_t back = WentBack(before, *date, now);
  if (back > 0) {
    step.from = std::min(step.from, before.date - std::min(before.date, back));
    step.back = std::max(step.back, back);
  }
  return step;
}

void WriteClock(const ServerClock& clock, JsonWriter& json) {
  json.Number("date", clock.date);
  json.Number("date_at", clock.at);
}

ServerClock ReadClock(const JsonValue& json) {
  return {.date = NumberOf(json, "date", 0),
          .at = NumberOf(json, "date_at", 0)};
}

}  // namespace hashvet
