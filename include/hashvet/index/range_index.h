// Which stored rows lie within a distance of a query: all of them, with their
// distances, and nothing else.
//
// An index knows nothing of lists or labels. It gets distinct bit rows and
// answers row numbers; what a row stands for is the list layer's to know.

#ifndef HASHVET_INDEX_RANGE_INDEX_H_
#define HASHVET_INDEX_RANGE_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/base/deadline.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/bit_rows.h"

namespace hashvet {

// More rows than this need more than one index.
inline constexpr uint64_t kMaxIndexRows = 0xFFFF'FFFF;

struct Neighbor {
  uint32_t row;       // in [0, rows())
  uint32_t distance;  // bits, at most the max_distance asked for

  friend bool operator==(const Neighbor&, const Neighbor&) = default;
};

// The neighbours of a batch of queries, each query's in the order the search
// says.
class HASHVET_EXPORT Neighbors {
 public:
  size_t queries() const { return begins_.empty() ? 0 : begins_.size() - 1; }
  // REQUIRES: query < queries()
  std::span<const Neighbor> of(size_t query) const {
    return {items_.data() + begins_[query],
            begins_[query + 1] - begins_[query]};
  }
  size_t total() const { return items_.size(); }

  // For the indexes: begins has queries + 1 ascending positions in items.
  Neighbors(std::vector<size_t> begins, std::vector<Neighbor> items)
      : begins_(std::move(begins)), items_(std::move(items)) {}

 private:
  std::vector<size_t> begins_;
  std::vector<Neighbor> items_;
};

struct SearchOptions {
  Deadline deadline;  // checked every millisecond or so
  const Cancellation* cancellation = nullptr;  // may be null
  Executor* executor = nullptr;  // null: everything on the calling thread
};

class HASHVET_EXPORT RangeIndex {
 public:
  virtual ~RangeIndex() = default;

  // "flat", …: for reports.
  virtual std::string_view name() const = 0;
  virtual uint32_t width_bits() const = 0;
  virtual size_t rows() const = 0;

  // Writes the stored row to `words`, which has room for its width.
  // REQUIRES: row < rows()
  virtual void CopyRow(size_t row, std::span<uint64_t> words) const = 0;

  // Every row within max_distance (bits, inclusive) of each query, each
  // query's in ascending row order.
  //
  // Errors:
  //   InvalidArgument                max_distance is over the width, or the
  //                                  queries are of another width
  //   ResourceExhausted              no memory for the answer
  //   DataLoss                       a mapped table is damaged
  //   DeadlineExceeded, Cancelled    there is no partial answer
  //
  // Thread-safe.
  virtual absl::StatusOr<Neighbors> Search(
      BitRows queries, uint32_t max_distance,
      const SearchOptions& options = {}) const = 0;

  // The `count` nearest rows of each query that lie within max_distance (fewer
  // when there are fewer), nearest first, equal distances by row. As exact as
  // Search, whose errors it has.
  virtual absl::StatusOr<Neighbors> Nearest(
      BitRows queries, uint32_t count, uint32_t max_distance,
      const SearchOptions& options = {}) const = 0;
};

}  // namespace hashvet

#endif  // HASHVET_INDEX_RANGE_INDEX_H_
