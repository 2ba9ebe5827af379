// What a command that joins lists needs: the index that answers so many
// questions soonest, and the threads to ask it with.

#ifndef HASHVET_SRC_CLI_NEAR_PAIRS_H_
#define HASHVET_SRC_CLI_NEAR_PAIRS_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "hashvet/base/executor.h"
#include "hashvet/index/range_index.h"

namespace hashvet::cli {

class NearPairs {
 public:
  // own      the list's index as it lies in its snapshot; must outlive this
  // queries  how many rows will be asked about, in all
  // threads  0 is one for each processor; few queries start none
  //
  // Builds a ring index of the same rows, 128 bytes a row and 44 more
  // meanwhile, where that and its searches cost less than `own` does.
  //
  // Errors: ResourceExhausted without memory.
  static absl::StatusOr<NearPairs> Create(const RangeIndex& own,
                                          uint32_t max_distance,
                                          uint64_t queries, size_t threads);

  const RangeIndex& index() const { return ring_ ? *ring_ : *own_; }
  SearchOptions options() const;

 private:
  NearPairs() = default;

  const RangeIndex* own_ = nullptr;
  std::unique_ptr<const RangeIndex> ring_;
  std::unique_ptr<Executor> pool_;
};

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_NEAR_PAIRS_H_
