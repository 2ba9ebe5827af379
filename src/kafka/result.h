// What goes out: the answer to one message, and a message that has none.
//
// An answer depends on the message and the lists alone, so that one that is
// sent again, after a restart or a rebalance, is the same key and the same
// bytes. No time, no offset and no host is in it.

#ifndef HASHVET_SRC_KAFKA_RESULT_H_
#define HASHVET_SRC_KAFKA_RESULT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hashvet/hash/picture_hashes.h"
#include "hashvet/matcher/verdict.h"
#include "src/kafka/message.h"

namespace hashvet::kafka {

// ["id","snapshot"]: JSON, since either may hold any character.
std::string ResultKey(std::string_view id, std::string_view snapshot);

// {"v":1,"id":…,"outcome":…,"matches":[…],"snapshot":…} and what
// docs/kafka.md says besides.
//
//   picture  what was asked about, or null when it was a hash
std::string ResultValue(std::string_view id, const Verdict& verdict,
                        const PictureHashes* picture);

// Where a message came from.
struct Origin {
  std::string_view topic;
  int32_t partition = 0;
  int64_t offset = 0;
  size_t bytes = 0;
};

// ["topic",partition,offset]
std::string DeadLetterKey(const Origin& origin);

// The headers of a dead letter: hashvet-reason, hashvet-detail, hashvet-topic,
// hashvet-partition, hashvet-offset and hashvet-bytes. Its value is the
// message's own, or nothing where that is too large.
std::vector<std::pair<std::string, std::string>> DeadLetterHeaders(
    const Origin& origin, const Poison& poison);

}  // namespace hashvet::kafka

#endif  // HASHVET_SRC_KAFKA_RESULT_H_
