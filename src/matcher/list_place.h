// One place of a list source: what is served from it, and why what lies there
// now is not. Private to the matcher layer.

#ifndef HASHVET_SRC_MATCHER_LIST_PLACE_H_
#define HASHVET_SRC_MATCHER_LIST_PLACE_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/list/publication.h"
#include "hashvet/matcher/generation.h"

namespace hashvet {

class ListPlace {
 public:
  virtual ~ListPlace() = default;

  // Takes what is new, if it can be served; true when part() is another one.
  // What is refused is looked at again when it changes, and from time to time
  // where the reason may go away by itself.
  bool Look(const PolicyOverride& policy);

  // What to serve; null before the first.
  const std::optional<Generation::Part>& part() const { return part_; }
  // Why what is there now is not served; OK where it is.
  const absl::Status& refusal() const { return refusal_; }

  virtual std::string directory() const = 0;

 protected:
  // A word that changes with what is there; cheap. Errors: it is gone, or must
  // not be followed.
  virtual absl::StatusOr<std::string> Identity() = 0;
  // The same for the files that this names: what is refused for what they hold
  // is opened again when they change.
  virtual std::string FileIdentities() { return ""; }
  virtual absl::StatusOr<Generation::Part> Open() = 0;

 private:
  using Clock = std::chrono::steady_clock;
  absl::StatusOr<Generation::Part> OpenTested(const PolicyOverride& policy);

  std::optional<Generation::Part> part_;
  std::string seen_;  // the identity of what was opened last
  std::string seen_files_;
  absl::Status seen_status_;  // what came of that
  absl::Status refusal_;
  Clock::time_point next_try_ = Clock::time_point::max();
};

// A snapshot file.
std::unique_ptr<ListPlace> MakeFilePlace(std::string path);

// A published directory.
std::unique_ptr<ListPlace> MakePublishedPlace(std::string directory,
                                              PublishedOptions options);

}  // namespace hashvet

#endif  // HASHVET_SRC_MATCHER_LIST_PLACE_H_
