// Why the worker cannot go on. What has no acknowledged answer by then is not
// committed, and so is read again by whoever comes next.

#ifndef HASHVET_SRC_KAFKA_FAILURE_H_
#define HASHVET_SRC_KAFKA_FAILURE_H_

#include <string>

#include "src/cli/exit_code.h"

namespace hashvet::kafka {

struct Failure {
  cli::ExitCode code = cli::ExitCode::kProtocol;
  std::string text;  // one line, without secrets
};

}  // namespace hashvet::kafka

#endif  // HASHVET_SRC_KAFKA_FAILURE_H_
