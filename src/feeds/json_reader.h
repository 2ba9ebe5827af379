// JSON from elsewhere, as it comes: small trees of the array items that are
// asked for, one after the other, within limits. What a lenient reader would
// guess at is refused: a key that is there twice, a NUL, what is no UTF-8,
// anything after the end.

#ifndef HASHVET_SRC_FEEDS_JSON_READER_H_
#define HASHVET_SRC_FEEDS_JSON_READER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/feeds/xml_reader.h"

namespace hashvet {

struct JsonMember;

struct JsonValue {
  enum class Type { kNull, kBool, kNumber, kString, kArray, kObject };

  Type type = Type::kNull;
  std::string text;  // of a string; of a number or bool as it was written
  std::vector<JsonMember> members;  // of an object
  std::vector<JsonValue> items;     // of an array

  bool is_object() const { return type == Type::kObject; }
  bool is_array() const { return type == Type::kArray; }
  bool is_string() const { return type == Type::kString; }
  bool is_null() const { return type == Type::kNull; }

  // Null where there is none.
  const JsonValue* Find(std::string_view key) const;
  // Of a string member; empty where there is none or it is no string.
  std::string_view TextOf(std::string_view key) const;
  // Of a whole number, or a string that spells one.
  std::optional<int64_t> Integer() const;
  // Of true, false, or a string that spells one, in any case.
  std::optional<bool> Bool() const;
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

// All inclusive.
struct JsonLimits {
  size_t max_depth = 32;
  size_t max_item_bytes = size_t{1} << 20;  // of a tree, its texts and keys
  size_t max_members = 4096;                // of one object
};

// Calls `sink` with each item of the arrays at the paths `streamed` ("value",
// "Case.Media"; "" is an array that is the whole text), in order. Answers the
// root with everything else, those arrays empty.
//
//   what  begins the messages: "VICS media"
//
// Errors: protocol (no JSON, over a limit); those of `source` and `sink`.
// Messages tell the byte and no text.
absl::StatusOr<JsonValue> ReadJson(
    ByteSource source, std::string_view what,
    std::span<const std::string_view> streamed,
    absl::FunctionRef<absl::Status(std::string_view path, JsonValue)> sink,
    const JsonLimits& limits = {});

// Without streams.
absl::StatusOr<JsonValue> ReadJsonText(std::string_view text,
                                       std::string_view what,
                                       const JsonLimits& limits = {});

}  // namespace hashvet

#endif  // HASHVET_SRC_FEEDS_JSON_READER_H_
