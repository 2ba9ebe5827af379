// What hashvet_verdicts are.

#ifndef HASHVET_SRC_C_VERDICTS_H_
#define HASHVET_SRC_C_VERDICTS_H_

#include <string>
#include <vector>

#include "hashvet/matcher/verdict.h"
#include "src/c/guard.h"

struct hashvet_verdicts : hashvet::c::Handle {
  static constexpr auto kTag = hashvet::c::Tag::kVerdicts;
  explicit hashvet_verdicts(std::vector<hashvet::Verdict> made);

  const std::vector<hashvet::Verdict> verdicts;
  std::vector<std::string> messages;  // of their statuses, zero-terminated
};

#endif  // HASHVET_SRC_C_VERDICTS_H_
