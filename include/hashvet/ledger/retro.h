// What is new on the lists, held against what a platform has stored.
//
// The new values are the small side: an index is built over them, and the
// stored hashes, however many, are asked about in blocks as they come.

#ifndef HASHVET_LEDGER_RETRO_H_
#define HASHVET_LEDGER_RETRO_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/hash_value.h"
#include "hashvet/index/range_index.h"
#include "hashvet/ledger/ledger.h"

namespace hashvet {

struct RetroMatch {
  size_t stored = 0;  // place in the block
  std::string_view list;
  std::string_view key;
  std::string_view category;
  HashKind kind = HashKind::kPdq;
  // Bits; 0 for digests; of byte vectors what the list's metric says, an L2
  // distance rounded up.
  uint32_t distance = 0;
};

struct RetroOptions {
  std::vector<std::string> lists;         // empty: all of them
  uint64_t expected_stored = 10'000'000;  // for the choice of the index
};

class HASHVET_EXPORT RetroMatcher {
 public:
  // Over the values that match now and did not at the ledger's version
  // `since`; 0: over all. Each list's threshold holds. Lists of known good are
  // left out.
  //
  // Errors: those of the ledger; NotFound (no such list); InvalidArgument (the
  // ledger is not yet at `since`); ResourceExhausted.
  static absl::StatusOr<RetroMatcher> Create(Ledger& ledger, uint64_t since,
                                             const RetroOptions& options = {});
  RetroMatcher(RetroMatcher&&) noexcept;
  RetroMatcher& operator=(RetroMatcher&&) noexcept;
  ~RetroMatcher();

  uint64_t version() const;       // of the ledger that it was made from
  uint64_t values() const;        // new ones
  uint64_t carried_only() const;  // of kinds that their list has no policy for

  // Calls `sink` for each match of each of these, in their order, and each
  // one's in the order of list and key. Errors: those of the search and `sink`.
  absl::Status Match(
      std::span<const HashValue> stored, const SearchOptions& options,
      absl::FunctionRef<absl::Status(const RetroMatch&)> sink) const;

 private:
  struct State;
  explicit RetroMatcher(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hashvet

#endif  // HASHVET_LEDGER_RETRO_H_
