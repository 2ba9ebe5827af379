// The trial as text, at most 100 columns wide.

#ifndef HASHVET_EXAMPLES_DEMO_TABLE_H_
#define HASHVET_EXAMPLES_DEMO_TABLE_H_

#include "examples/demo/trial.h"

namespace hashvet::demo {

// To standard output: every picture by its original, then the sums.
void PrintTable(const Trial& trial);
void PrintSummary(const Trial& trial);

}  // namespace hashvet::demo

#endif  // HASHVET_EXAMPLES_DEMO_TABLE_H_
