// Verdicts as an Arrow struct; hashvet.h describes it.

#ifndef HASHVET_SRC_C_ARROW_VERDICTS_H_
#define HASHVET_SRC_C_ARROW_VERDICTS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "hashvet/c/hashvet.h"
#include "hashvet/matcher/verdict.h"

namespace hashvet::c {

// Of an array's values, all of them or those that there is something to say of.
struct ArrayVerdicts {
  std::vector<Verdict> verdicts;
  std::vector<size_t> rows;  // as many: which values
};

void ExportVerdictSchema(ArrowSchema* to);

//   first_row  the number of the array's first value
//
// Errors: ResourceExhausted where a column would take more than 2 GiB.
absl::Status ExportVerdicts(const ArrayVerdicts& verdicts, int64_t first_row,
                            ArrowArray* to);

}  // namespace hashvet::c

#endif  // HASHVET_SRC_C_ARROW_VERDICTS_H_
