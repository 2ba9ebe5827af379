// When what feeds have brought is to go live: not only what this sync has
// changed, but also what an earlier one had and could not publish, and, where
// nothing changed, that the source has confirmed it.

#ifndef HASHVET_SRC_CLI_FEED_PUBLISH_H_
#define HASHVET_SRC_CLI_FEED_PUBLISH_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/ledger/export.h"
#include "hashvet/ledger/ledger.h"

namespace hashvet::cli {

// When each list of the ledger was last confirmed, seconds since 1970.
using Confirmations = std::map<std::string, uint64_t>;
absl::StatusOr<Confirmations> ConfirmationsOf(Ledger& ledger);

// Nothing where the directory shows what the ledger has, as far as the ledger
// knows. A base where a list's confirmation there is so old that matchers will
// take it for stale: an overlay tells no new one.
absl::StatusOr<std::optional<PublishAs>> PublicationDue(
    Ledger& ledger, const std::string& directory);

// Remembers what was published there, for PublicationDue. Killed before it, the
// same is published again.
//
//   confirmed  as it was before publishing
absl::Status NotePublication(Ledger& ledger, const std::string& directory,
                             const LedgerPublishResult& result,
                             const Confirmations& confirmed);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_FEED_PUBLISH_H_
