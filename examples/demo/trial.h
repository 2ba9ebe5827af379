// The demo's one experiment: some photographs are put on a list, altered copies
// of them and other photographs are asked about.

#ifndef HASHVET_EXAMPLES_DEMO_TRIAL_H_
#define HASHVET_EXAMPLES_DEMO_TRIAL_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "examples/demo/alter.h"
#include "examples/demo/find_pictures.h"
#include "hashvet/base/executor.h"
#include "hashvet/matcher/verdict.h"

namespace hashvet::demo {

// One picture that was asked about, and what came back.
struct Question {
  std::string file;
  size_t photograph;             // in Trial::photographs
  const Alteration* alteration;  // null: the photograph itself, not on the list
  Verdict verdict;
  Nearness nearness;  // to its original; for others, to the nearest on the list
  bool right;         // its own entry was found; for others, none was
};

struct Trial {
  std::vector<Photograph> photographs;
  size_t listed = 0;                // the first so many are on the list
  std::vector<Question> questions;  // copies by photograph, then the others
  std::string list_path;
  double alter_seconds = 0;
  double hash_seconds = 0;
  double match_seconds = 0;

  size_t asked_about(const Alteration* alteration) const;
  size_t matched(const Alteration* alteration) const;
  uint32_t median_distance(const Alteration* alteration) const;
};

// Writes the list to folder/demo.hvs and the copies to folder/pictures.
//
// Errors: those of writing files; Internal, when a picture that the demo wrote
// cannot be hashed.
absl::StatusOr<Trial> RunTrial(std::vector<Photograph> photographs,
                               size_t listed, const std::string& folder,
                               Executor& executor);

// What must hold and does not, a line each.
std::vector<std::string> Failures(const Trial& trial);

}  // namespace hashvet::demo

#endif  // HASHVET_EXAMPLES_DEMO_TRIAL_H_
