// Why a published list is not trusted, by the names The Update Framework gives
// the attacks. Each is told in the error's message ("refused (rollback): …")
// and can be read from the error, so that operators, metrics and tests tell
// them apart.

#ifndef HASHVET_LIST_REFUSAL_H_
#define HASHVET_LIST_REFUSAL_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "hashvet/base/export.h"

namespace hashvet {

enum class Refusal {
  kUnsigned,     // no signature where trusted keys are given
  kWrongKey,     // signed by another key, the signature does not hold, or
                 // encrypted under another key
  kWrongList,    // another publication than the expected one
  kRollback,     // older than what was seen before
  kFreeze,       // past its expiry: newer ones are held back
  kMixAndMatch,  // files that were not published together
  kEndlessData,  // more bytes than announced, or than anybody would publish
};
inline constexpr int kRefusals = 7;

HASHVET_EXPORT std::string_view NameOf(Refusal refusal);  // "mix-and-match" …

// "refused (<name>): <message>", under the code that tells what to do: get it
// again (DataLoss) for mix-and-match, raise the limit or drop it
// (ResourceExhausted) for endless data, ask an operator (PermissionDenied) for
// the others.
HASHVET_EXPORT absl::Status Refuse(Refusal refusal, const std::string& message);

// None for errors of any other kind, and for OK.
HASHVET_EXPORT std::optional<Refusal> RefusalOf(const absl::Status& status);

}  // namespace hashvet

#endif  // HASHVET_LIST_REFUSAL_H_
