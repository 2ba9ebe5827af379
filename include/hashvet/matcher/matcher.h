// Hashes to verdicts: searches every list it was given, under each list's own
// policy.
//
//   hashes (8 orientations) --index--> rows --entries--> matches --> verdict
//
// Immutable and thread-safe: many threads may ask one Matcher at once. It
// starts no thread, holds its snapshots open, and works after fork().

#ifndef HASHVET_MATCHER_MATCHER_H_
#define HASHVET_MATCHER_MATCHER_H_

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/base/deadline.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/hash_value.h"
#include "hashvet/hash/picture_hashes.h"
#include "hashvet/list/snapshot_reader.h"
#include "hashvet/matcher/verdict.h"

namespace hashvet {

struct MatchOptions {
  // Lists by name; others do not exist for this request. Empty: all of them.
  std::vector<std::string> only_lists;
  // Instead of every list's own threshold, bits, inclusive, 0 .. 256.
  std::optional<uint32_t> max_distance;
  bool all_orientations = true;  // false: the picture as it is
  Deadline deadline;
  const Cancellation* cancellation = nullptr;  // may be null
  Executor* executor = nullptr;                // null: on the calling thread
};

class HASHVET_EXPORT Matcher {
 public:
  // Errors: InvalidArgument when there is no list, a null one, or two of one
  // name.
  static absl::StatusOr<Matcher> Create(
      std::vector<std::shared_ptr<const SnapshotReader>> lists);

  // One picture, all its orientations, under each list's minimum quality. A
  // picture without a hash gives the outcome that says so.
  Verdict MatchPicture(const PictureHashes& picture,
                       const MatchOptions& options = {}) const;

  // One value that the caller already has, as it is. Its quality is unknown, so
  // minimum qualities do not apply.
  Verdict MatchValue(const HashValue& value,
                     const MatchOptions& options = {}) const;

  // Many at once: the same verdicts, in the order asked, found together, which
  // costs a fraction of asking one by one.
  std::vector<Verdict> MatchPictures(std::span<const PictureHashes> pictures,
                                     const MatchOptions& options = {}) const;
  std::vector<Verdict> MatchValues(std::span<const HashValue> values,
                                   const MatchOptions& options = {}) const;

  std::span<const std::shared_ptr<const SnapshotReader>> lists() const {
    return lists_;
  }

 private:
  explicit Matcher(std::vector<std::shared_ptr<const SnapshotReader>> lists)
      : lists_(std::move(lists)) {}

  std::vector<std::shared_ptr<const SnapshotReader>> lists_;
};

}  // namespace hashvet

#endif  // HASHVET_MATCHER_MATCHER_H_
