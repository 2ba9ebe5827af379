// The ledger's tables, and how older ones become today's.
// Private to the ledger layer.

#ifndef HASHVET_SRC_LEDGER_SCHEMA_H_
#define HASHVET_SRC_LEDGER_SCHEMA_H_

#include "absl/status/status.h"
#include "src/ledger/sqlite.h"

namespace hashvet::ledger {

// Makes the tables in an empty file, or brings an older file to kLedgerSchema,
// in one transaction.
//
// Errors: FailedPrecondition for a newer schema, with both numbers;
// InvalidArgument for another program's file; NotFound for an empty file
// unless `create`.
absl::Status BringUpToDate(Database& database, bool create);

}  // namespace hashvet::ledger

#endif  // HASHVET_SRC_LEDGER_SCHEMA_H_
