// Verdicts, read.

#include "src/c/verdicts.h"

#include <algorithm>
#include <iterator>

#include "hashvet/list/list_entry.h"

namespace hashvet::c {
namespace {

// The numbers are promised; a new outcome of the library gets one of its own,
// and none of them that of a match or of no match.
constexpr bool Same(uint32_t promised, Outcome outcome) {
  return promised == static_cast<uint32_t>(outcome);
}
static_assert(Same(HASHVET_MATCH, Outcome::kMatch) &&
              Same(HASHVET_NO_MATCH, Outcome::kNoMatch) &&
              Same(HASHVET_LOW_QUALITY, Outcome::kLowQuality) &&
              Same(HASHVET_NOT_SAMPLED, Outcome::kNotSampled) &&
              Same(HASHVET_UNDECODABLE, Outcome::kUndecodable) &&
              Same(HASHVET_UNSUPPORTED, Outcome::kUnsupported) &&
              Same(HASHVET_OVER_LIMIT, Outcome::kOverLimit) &&
              Same(HASHVET_TIMEOUT, Outcome::kTimeout) &&
              Same(HASHVET_DECODER_FAILED, Outcome::kDecoderFailed) &&
              Same(HASHVET_OVERLOADED, Outcome::kOverloaded) &&
              Same(HASHVET_UNREADABLE, Outcome::kUnreadable) &&
              Same(HASHVET_LIST_UNAVAILABLE, Outcome::kListUnavailable));

constexpr size_t kVerdictV1 = sizeof(hashvet_verdict);
constexpr size_t kMatchV1 = 96;  // up to entry_quality_known

absl::StatusOr<const Verdict*> VerdictAt(const hashvet_verdicts* verdicts,
                                         size_t index) {
  HASHVET_ASSIGN_OR_RETURN(const hashvet_verdicts* made,
                           Checked(verdicts, "verdicts"));
  if (index < made->verdicts.size()) return &made->verdicts[index];
  return absl::InvalidArgumentError(absl::StrCat(
      "verdicts: got index ", index, ", there are ", made->verdicts.size()));
}

// In the order of the sets' numbers.
const std::vector<Match>& SetOf(const Verdict& verdict, uint32_t set) {
  switch (set) {
    case HASHVET_IGNORED_BY:
      return verdict.ignored_by;
    case HASHVET_SUPPRESSED_MATCHES:
      return verdict.suppressed_matches;
    case HASHVET_SHADOW_MATCHES:
      return verdict.shadow_matches;
    default:
      return verdict.matches;
  }
}

constexpr uint32_t kSets = 4;

// Messages of statuses end in a zero only as strings of their own.
const char* MessageOf(const hashvet_verdicts& verdicts, size_t index) {
  return verdicts.messages[index].c_str();
}

}  // namespace
}  // namespace hashvet::c

using namespace hashvet;     // NOLINT: all of it is this interface
using namespace hashvet::c;  // NOLINT

hashvet_verdicts::hashvet_verdicts(std::vector<Verdict> made)
    : Handle{kTag}, verdicts(std::move(made)) {
  messages.reserve(verdicts.size());
  for (const Verdict& verdict : verdicts) {
    messages.emplace_back(verdict.status.message());
  }
}

const char* hashvet_outcome_name(uint32_t outcome) {
  if (outcome > HASHVET_LIST_UNAVAILABLE) return "unknown";
  // Names are literals, and so end in a zero.
  return NameOf(static_cast<Outcome>(outcome)).data();
}

size_t hashvet_verdict_count(const hashvet_verdicts* verdicts) {
  const auto made = Checked(verdicts, "verdicts");
  return made.ok() ? (*made)->verdicts.size() : 0;
}

int hashvet_verdict_outcomes(const hashvet_verdicts* verdicts,
                             uint32_t* outcomes, size_t count,
                             hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    HASHVET_ASSIGN_OR_RETURN(const hashvet_verdicts* made,
                             Checked(verdicts, "verdicts"));
    if (outcomes == nullptr && count != 0) return Null("outcomes");
    if (count != made->verdicts.size()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "outcomes: got room for ", count, ", want ", made->verdicts.size()));
    }
    std::ranges::transform(made->verdicts, outcomes, [](const Verdict& v) {
      return static_cast<uint32_t>(v.outcome);
    });
    return absl::OkStatus();
  });
}

int hashvet_verdict_get(const hashvet_verdicts* verdicts, size_t index,
                        hashvet_verdict* verdict, hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    HASHVET_ASSIGN_OR_RETURN(const Verdict* made, VerdictAt(verdicts, index));
    hashvet_verdict told = {};
    told.outcome = static_cast<uint32_t>(made->outcome);
    told.code = static_cast<int32_t>(made->status.code());
    told.message = MessageOf(*verdicts, index);
    told.snapshot = made->snapshot.c_str();
    told.generation = made->generation;
    static_assert(std::size(told.match_counts) == kSets);
    for (uint32_t set = 0; set < kSets; ++set) {
      told.match_counts[set] = SetOf(*made, set).size();
    }
    told.not_sampled = made->not_sampled.size();
    return Fill(told, kVerdictV1, "verdict", verdict);
  });
}

int hashvet_verdict_match(const hashvet_verdicts* verdicts, size_t index,
                          uint32_t set, size_t i, hashvet_match* match,
                          hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    HASHVET_ASSIGN_OR_RETURN(const Verdict* made, VerdictAt(verdicts, index));
    if (set >= kSets) {
      return absl::InvalidArgumentError(
          absl::StrCat("set: got ", set, ", want 0 .. ", kSets - 1));
    }
    const std::vector<Match>& matches = SetOf(*made, set);
    if (i >= matches.size()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "match: got number ", i, ", there are ", matches.size()));
    }
    const Match& found = matches[i];
    hashvet_match told = {};
    told.list = found.list.c_str();
    told.list_version = found.list_version.c_str();
    told.entry = found.entry.c_str();
    told.category = found.category.c_str();
    told.category_scheme = found.category_scheme.c_str();
    told.opinion = NameOf(found.opinion).data();  // a literal
    told.action = found.action.c_str();
    told.kind = static_cast<uint32_t>(found.kind);
    told.distance = found.distance;
    told.orientation = static_cast<uint32_t>(found.orientation);
    told.query_quality = found.query_quality.value_or(0);
    told.entry_quality = found.entry_quality.value_or(0);
    told.query_quality_known = found.query_quality.has_value() ? 1 : 0;
    told.entry_quality_known = found.entry_quality.has_value() ? 1 : 0;
    // Literals, too.
    told.variant =
        found.variant.has_value() ? NameOf(*found.variant).data() : "";
    told.frame = found.frame;
    told.over_black = found.over_black ? 1 : 0;
    return Fill(told, kMatchV1, "match", match);
  });
}

int hashvet_verdict_not_sampled(const hashvet_verdicts* verdicts, size_t index,
                                size_t i, const char** list,
                                hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    HASHVET_ASSIGN_OR_RETURN(const Verdict* made, VerdictAt(verdicts, index));
    if (list == nullptr) return Null("list");
    if (i >= made->not_sampled.size()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "list: got number ", i, ", there are ", made->not_sampled.size()));
    }
    *list = made->not_sampled[i].c_str();
    return absl::OkStatus();
  });
}

void hashvet_verdicts_free(hashvet_verdicts* verdicts) { Free(verdicts); }
