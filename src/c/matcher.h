// What a hashvet_matcher is: a shell that outlives what it opened, so that a
// matcher that was closed is told from one that is not.

#ifndef HASHVET_SRC_C_MATCHER_H_
#define HASHVET_SRC_C_MATCHER_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hashvet/base/executor.h"
#include "hashvet/matcher/list_access.h"
#include "hashvet/matcher/matcher.h"
#include "src/c/guard.h"

namespace hashvet::c {

struct Opened {
  std::optional<ListAccess> access;  // outlives the matcher that follows it
  std::optional<Matcher> matcher;
  std::unique_ptr<Executor> pool;  // null: the calling thread
};

}  // namespace hashvet::c

struct hashvet_matcher : hashvet::c::Handle {
  static constexpr auto kTag = hashvet::c::Tag::kMatcher;
  hashvet_matcher() : Handle{kTag} {}

  // Null: closed. Streams share it.
  std::shared_ptr<hashvet::c::Opened> opened;
};

namespace hashvet::c {

// What an array of texts says. Errors: InvalidArgument for NULL anywhere.
absl::StatusOr<std::vector<std::string>> Texts(const char* const* texts,
                                               size_t count,
                                               std::string_view what);

// Errors: InvalidArgument for none or another type's, FailedPrecondition for
// one that was closed.
absl::StatusOr<const Opened*> OpenedOf(const hashvet_matcher* matcher);

// What a caller wants of a match, its texts copied.
struct MatchRequest {
  MatchOptions options;     // without its deadline
  uint32_t timeout_ms = 0;  // 0: none
  bool skip_no_match = false;

  // Of a call that begins now.
  MatchOptions Begin() const;
};

// Errors: those of OptionsOf; InvalidArgument for NULL among the lists' names.
absl::StatusOr<MatchRequest> RequestOf(const hashvet_match_options* given,
                                       const Opened& opened);

// What is more than half of the bits of a kind is a mistake: those of a
// stranger are as near. Errors: InvalidArgument.
absl::Status CheckMaxDistance(const MatchOptions& options, HashKind kind);

}  // namespace hashvet::c

#endif  // HASHVET_SRC_C_MATCHER_H_
