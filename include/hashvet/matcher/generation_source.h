// Where a live matcher's generations come from: files and published
// directories, or whatever a caller implements.

#ifndef HASHVET_MATCHER_GENERATION_SOURCE_H_
#define HASHVET_MATCHER_GENERATION_SOURCE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/matcher/generation.h"

namespace hashvet {

// What a source has to offer.
struct Offer {
  // The next generation, to be served at once: TestKnownAnswers passed. Null:
  // nothing changed since the last offer, or nothing of it can be served.
  std::shared_ptr<const Generation> generation;
  // Why something that is there now is not in the generation; OK where all is.
  // Told as long as that is so.
  absl::Status refusal;
};

// A matcher calls it from one thread at a time.
class HASHVET_EXPORT GenerationSource {
 public:
  virtual ~GenerationSource() = default;

  // Looks whether there is something new. Called four times a second, so an
  // unchanged source must answer in microseconds.
  virtual Offer Look() = 0;

  // Directories in which something happens when there is something new: looked
  // at sooner then. May be empty.
  virtual std::vector<std::string> directories() const { return {}; }
};

}  // namespace hashvet

#endif  // HASHVET_MATCHER_GENERATION_SOURCE_H_
