// One message of the input topic: an item's id and what is asked about it.
//
//   {"v":1,"id":"upload-17","kind":"pdq","hash":"f8f8…"}
//   {"v":1,"id":"upload-18","picture":"<base64 of the file's bytes>"}
//   {"v":1,"id":"upload-19","path":"2026/11/upload-19.jpg"}
//
// docs/kafka.md is the contract. Strict: a key that is there twice, a member
// that version 1 does not have, what is no UTF-8 or anything after the object
// makes it poison, which is set aside with a reason and never guessed at.

#ifndef HASHVET_SRC_KAFKA_MESSAGE_H_
#define HASHVET_SRC_KAFKA_MESSAGE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "hashvet/hash/hash_value.h"

namespace hashvet::kafka {

inline constexpr uint64_t kMessageVersion = 1;
inline constexpr size_t kMaxIdBytes = 512;  // inclusive

struct PictureBytes {
  std::string bytes;
};
struct PicturePath {
  std::string path;  // below the operator's root; not yet looked at
};

struct Message {
  std::string id;  // 1 to kMaxIdBytes bytes of UTF-8
  std::variant<HashValue, PictureBytes, PicturePath> item;
};

// Why a message has no answer. Names are part of the contract.
enum class PoisonReason : uint8_t {
  kNotJson,
  kUnknownVersion,  // JSON, of a version that this build does not read
  kBadMessage,      // of version 1, and not as it says
  kTooLarge,
  kNotAllowed,       // a path without a root, a picture where hashes are asked
  kPathOutsideRoot,  // or through a symbolic link
  kResultTooLarge,   // answered, but no topic takes the answer
};
inline constexpr size_t kPoisonReasons = 7;

// "not_json", "unknown_version" …
std::string_view NameOf(PoisonReason reason);

struct Poison {
  PoisonReason reason = PoisonReason::kBadMessage;
  std::string detail;  // holds nothing of the message's text
};

// Thread-safe.
std::variant<Message, Poison> ParseMessage(std::string_view text);

}  // namespace hashvet::kafka

#endif  // HASHVET_SRC_KAFKA_MESSAGE_H_
