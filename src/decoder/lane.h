// A lane: one process that takes pictures one after another from one socket,
// and forks a fresh child for each. It never looks into a picture.

#ifndef HASHVET_SRC_DECODER_LANE_H_
#define HASHVET_SRC_DECODER_LANE_H_

#include <linux/filter.h>

#include <vector>

#include "absl/status/status.h"
#include "src/sandbox/protocol.h"

namespace hashvet::decoder {

struct LaneSettings {
  AnswerFunction* answer;           // runs in the child
  std::vector<sock_filter> filter;  // of the child; empty: none
  std::vector<sock_filter> own_filter;
  bool landlock;        // where the kernel has it
  absl::Status codecs;  // whether those of this lane are open
};

// REQUIRES: one thread, and nothing open that a lane may not have but `socket`.
[[noreturn]] void RunLane(int socket, int parent, const LaneSettings& settings);

}  // namespace hashvet::decoder

#endif  // HASHVET_SRC_DECODER_LANE_H_
