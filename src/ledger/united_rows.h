// Several rows of a list that tell one entry, taken together: values add up,
// and what a later row leaves open, the earlier ones say. The same rows give
// the same entry however they are split into deltas. Private to the ledger
// layer.

#ifndef HASHVET_SRC_LEDGER_UNITED_ROWS_H_
#define HASHVET_SRC_LEDGER_UNITED_ROWS_H_

#include <utility>

#include "hashvet/ledger/entry.h"

namespace hashvet::ledger {

class UnitedRows {
 public:
  explicit UnitedRows(EntryUpdate first) : entry_(std::move(first)) {}

  void Add(EntryUpdate later);

  // Normalised. An entry of more values than there may be has some over
  // kMaxEntryParts: it will be refused.
  EntryUpdate Take() &&;

 private:
  void NormaliseValues();

  EntryUpdate entry_;  // its values in the order of the rows
  bool too_many_ = false;
};

}  // namespace hashvet::ledger

#endif  // HASHVET_SRC_LEDGER_UNITED_ROWS_H_
