// A list's values under its guards as they are now. Private to the ledger
// layer.

#ifndef HASHVET_SRC_LEDGER_REJUDGE_H_
#define HASHVET_SRC_LEDGER_REJUDGE_H_

#include "absl/status/statusor.h"
#include "hashvet/ledger/guards.h"
#include "src/ledger/state.h"

namespace hashvet::ledger {

// Holds what the guards now hold, and lets go what they no longer do; what an
// operator decided stays.
absl::StatusOr<RejudgedValues> Rejudge(Change& change, const ListRow& list);

}  // namespace hashvet::ledger

#endif  // HASHVET_SRC_LEDGER_REJUDGE_H_
