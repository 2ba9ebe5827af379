// Verdicts as an Arrow struct; hashvet.h describes it.

#ifndef HASHVET_SRC_C_ARROW_VERDICTS_H_
#define HASHVET_SRC_C_ARROW_VERDICTS_H_

#include <span>

#include "absl/status/status.h"
#include "hashvet/c/hashvet.h"
#include "hashvet/matcher/verdict.h"

namespace hashvet::c {

void ExportVerdictSchema(ArrowSchema* to);

// Errors: ResourceExhausted where a column would take more than 2 GiB.
absl::Status ExportVerdicts(std::span<const Verdict> verdicts, ArrowArray* to);

}  // namespace hashvet::c

#endif  // HASHVET_SRC_C_ARROW_VERDICTS_H_
