// Matching, and what comes of it.

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hashvet/hash/hash_value.h"
#include "hashvet/list/list_policy.h"
#include "src/c/guard.h"
#include "src/c/matcher.h"
#include "src/c/picture.h"
#include "src/c/values.h"
#include "src/c/verdicts.h"

namespace hashvet::c {
namespace {

constexpr size_t kOptionsV1 = offsetof(hashvet_match_options, skip_no_match);

// match: StatusOr<vector<Verdict>>(const Matcher&, const MatchOptions&)
template <typename Match>
int MatchWith(const hashvet_matcher* matcher,
              const hashvet_match_options* given, hashvet_verdicts** verdicts,
              hashvet_error** error, Match match) {
  return Guard(error, [&]() -> absl::Status {
    if (verdicts == nullptr) return Null("verdicts");
    *verdicts = nullptr;
    HASHVET_ASSIGN_OR_RETURN(const Opened* opened, OpenedOf(matcher));
    HASHVET_ASSIGN_OR_RETURN(const MatchRequest request,
                             RequestOf(given, *opened));
    if (request.skip_no_match) {
      return absl::InvalidArgumentError(
          "match options: got skip_no_match, which is for Arrow alone: here "
          "there is a verdict for every value");
    }
    HASHVET_ASSIGN_OR_RETURN(std::vector<Verdict> made,
                             match(*opened->matcher, request.Begin()));
    *verdicts = new hashvet_verdicts(std::move(made));
    return absl::OkStatus();
  });
}

}  // namespace

MatchOptions MatchRequest::Begin() const {
  MatchOptions begun = options;
  if (timeout_ms != 0) {
    begun.deadline = Deadline::After(std::chrono::milliseconds(timeout_ms));
  }
  return begun;
}

absl::Status CheckMaxDistance(const MatchOptions& options, HashKind kind) {
  const uint32_t most = MaxThreshold(kind, ByteVectorMetric::kNone);
  if (InfoOf(kind).family != HashFamily::kBits ||
      options.max_distance.value_or(0) <= most) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("max_distance: got ", *options.max_distance, ", want 0 .. ",
                   most, " for ", ToAbsl(NameOf(kind)), ", half of its bits"));
}

absl::StatusOr<MatchRequest> RequestOf(const hashvet_match_options* given,
                                       const Opened& opened) {
  HASHVET_ASSIGN_OR_RETURN(const hashvet_match_options asked,
                           OptionsOf(given, kOptionsV1, "match options"));
  MatchRequest request;
  HASHVET_ASSIGN_OR_RETURN(
      request.options.only_lists,
      Texts(asked.only_lists, asked.only_list_count, "only_lists"));
  if (asked.use_max_distance != 0) {
    request.options.max_distance = asked.max_distance;
  }
  request.options.all_orientations = asked.as_it_is == 0;
  request.options.executor = opened.pool.get();
  request.timeout_ms = asked.timeout_ms;
  request.skip_no_match = asked.skip_no_match != 0;
  return request;
}

}  // namespace hashvet::c

using namespace hashvet;     // NOLINT: all of it is this interface
using namespace hashvet::c;  // NOLINT

int hashvet_match_values(const hashvet_matcher* matcher, uint32_t kind,
                         const uint8_t* values, size_t size, size_t count,
                         const hashvet_match_options* options,
                         hashvet_verdicts** verdicts, hashvet_error** error) {
  return MatchWith(
      matcher, options, verdicts, error,
      [&](const Matcher& with,
          const MatchOptions& asked) -> absl::StatusOr<std::vector<Verdict>> {
        HASHVET_ASSIGN_OR_RETURN(const HashKind known, KindOf(kind));
        HASHVET_RETURN_IF_ERROR(CheckMaxDistance(asked, known));
        const size_t value_size = InfoOf(known).size_bytes;
        if (values == nullptr && count != 0) return Null("values");
        if (size / value_size != count || size % value_size != 0) {
          return absl::InvalidArgumentError(absl::StrCat(
              "values: got ", size, " bytes, want ", count, " values of ",
              value_size, " bytes, of ", ToAbsl(NameOf(known))));
        }
        std::vector<HashValue> queries;
        queries.reserve(count);
        for (size_t i = 0; i < count; ++i) {
          HASHVET_ASSIGN_OR_RETURN(
              HashValue value,
              HashValue::FromBytes(
                  known, std::span(values + i * value_size, value_size)));
          queries.push_back(std::move(value));
        }
        return with.MatchValues(queries, asked);
      });
}

int hashvet_match_pictures(const hashvet_matcher* matcher,
                           const hashvet_picture* const* pictures, size_t count,
                           const hashvet_match_options* options,
                           hashvet_verdicts** verdicts, hashvet_error** error) {
  return MatchWith(
      matcher, options, verdicts, error,
      [&](const Matcher& with,
          const MatchOptions& asked) -> absl::StatusOr<std::vector<Verdict>> {
        HASHVET_RETURN_IF_ERROR(CheckMaxDistance(asked, HashKind::kPdq));
        if (pictures == nullptr && count != 0) return Null("pictures");
        std::vector<PictureHashes> queries;
        queries.reserve(count);
        for (size_t i = 0; i < count; ++i) {
          HASHVET_ASSIGN_OR_RETURN(const hashvet_picture* picture,
                                   Checked(pictures[i], "picture"));
          queries.push_back(picture->hashes);
        }
        return with.MatchPictures(queries, asked);
      });
}
