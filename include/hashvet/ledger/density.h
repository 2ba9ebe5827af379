// Entries in a crowd: many other values of the list lie within its threshold of
// theirs. A value near hundreds of others is more often a poor hash than a
// popular picture. Reported, not held.

#ifndef HASHVET_LEDGER_DENSITY_H_
#define HASHVET_LEDGER_DENSITY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/export.h"
#include "hashvet/ledger/ledger.h"

namespace hashvet {

inline constexpr uint64_t kMaxNearValues = 100;  // inclusive; more is dense

struct DenseEntry {
  std::string key;
  uint64_t near_values = 0;  // other distinct PDQ values of the list
};

// Of the list's PDQ values that are not deleted, the densest first. Takes a
// ring index of them: some 250 bytes a value.
//
// Errors: those of the ledger and of the search.
HASHVET_EXPORT absl::StatusOr<std::vector<DenseEntry>> FindDense(
    Ledger& ledger, const std::string& list, Executor* executor);

}  // namespace hashvet

#endif  // HASHVET_LEDGER_DENSITY_H_
