// The trial as a page: self-contained, nothing is fetched when it is opened.

#ifndef HASHVET_EXAMPLES_DEMO_REPORT_HTML_H_
#define HASHVET_EXAMPLES_DEMO_REPORT_HTML_H_

#include <string>

#include "absl/status/status.h"
#include "examples/demo/trial.h"
#include "hashvet/base/executor.h"

namespace hashvet::demo {

//   installed  whether the photographs came from Debian packages, as the page
//              then says
//
// Errors: those of AtomicFile.
absl::Status WriteReport(const Trial& trial, bool installed,
                         const std::string& path, Executor& executor);

}  // namespace hashvet::demo

#endif  // HASHVET_EXAMPLES_DEMO_REPORT_HTML_H_
