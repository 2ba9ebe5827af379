// Small JSON files of our own, read strictly: one object, every member known,
// none twice, numbers in their range. Errors are InvalidArgument and say where:
// "manifest: base.size_bytes: got no number, want 1..17592186044416".

#ifndef HASHVET_SRC_LIST_STRICT_JSON_H_
#define HASHVET_SRC_LIST_STRICT_JSON_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rapidjson/document.h"

namespace hashvet::json {

// Any nesting: the parser does not recurse. `what` names the file in errors.
absl::Status Parse(std::string_view text, std::string_view what,
                   rapidjson::Document& document);

// One object's members, by name. A view: the value must outlive it.
class Object {
 public:
  // `where` names the object in errors. `known` are all members it may have.
  static absl::StatusOr<Object> Create(
      const rapidjson::Value& value, std::string where,
      std::initializer_list<std::string_view> known);

  // Null when there is none.
  const rapidjson::Value* Find(std::string_view name) const;

  // Both bounds inclusive.
  absl::StatusOr<uint64_t> Number(std::string_view name, uint64_t min,
                                  uint64_t max) const;
  absl::StatusOr<int64_t> SignedNumber(std::string_view name) const;
  absl::StatusOr<std::string> Text(std::string_view name) const;
  absl::StatusOr<const rapidjson::Value*> Member(std::string_view name) const;
  // At most max_items.
  absl::StatusOr<const rapidjson::Value*> Array(std::string_view name,
                                                size_t max_items) const;

  // "<where>.<name>: <problem>"
  absl::Status Error(std::string_view name, std::string_view problem) const;
  std::string Where(std::string_view name) const;

 private:
  Object(const rapidjson::Value& value, std::string where)
      : value_(&value), where_(std::move(where)) {}

  const rapidjson::Value* value_;
  std::string where_;
};

}  // namespace hashvet::json

#endif  // HASHVET_SRC_LIST_STRICT_JSON_H_
