// What was found, read from the C interface when it is asked for.

#ifndef HASHVET_PYTHON_SRC_VERDICTS_H_
#define HASHVET_PYTHON_SRC_VERDICTS_H_

#include <memory>

#include "src/call.h"

namespace hashvet::python {

// As many verdicts as were asked for. Verdicts share it.
class Verdicts {
 public:
  explicit Verdicts(hashvet_verdicts* verdicts)
      : verdicts_(verdicts, hashvet_verdicts_free) {}

  const std::shared_ptr<hashvet_verdicts>& get() const { return verdicts_; }
  size_t size() const { return hashvet_verdict_count(verdicts_.get()); }

 private:
  std::shared_ptr<hashvet_verdicts> verdicts_;
};

}  // namespace hashvet::python

#endif  // HASHVET_PYTHON_SRC_VERDICTS_H_
