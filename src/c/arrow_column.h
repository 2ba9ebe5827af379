// An Arrow array in the making, and how it is handed over by the C data
// interface: what it takes to say verdicts, no more of Arrow.

#ifndef HASHVET_SRC_C_ARROW_COLUMN_H_
#define HASHVET_SRC_C_ARROW_COLUMN_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "hashvet/c/hashvet.h"

namespace hashvet::c {

class ArrowColumn {
 public:
  // A name and a format of Arrow's.
  static ArrowColumn Text(const char* name) { return {name, "u"}; }
  static ArrowColumn Int32(const char* name) { return {name, "i"}; }
  static ArrowColumn Int64(const char* name) { return {name, "l"}; }
  static ArrowColumn List(const char* name, ArrowColumn item) {
    std::vector<ArrowColumn> children;
    children.push_back(std::move(item));
    return {name, "+l", std::move(children)};
  }
  static ArrowColumn Struct(const char* name, std::vector<ArrowColumn> fields) {
    return {name, "+s", std::move(fields)};
  }
  ArrowColumn OrNull() && {
    nullable_ = true;
    return std::move(*this);
  }

  // One element more. Of a list and a struct its children come first.
  void AddText(std::string_view text);  // "u"; made UTF-8
  void AddInt32(int32_t number);        // "i"
  void AddInt64(int64_t number);        // "l"
  void AddNull();                       // "i", OrNull
  void EndList();                       // "+l": of all that its child got since
  void EndStruct() { ++length_; }       // "+s"

  ArrowColumn& child(size_t i) { return children_[i]; }

  // Hand over: everything until it is released. The schema may be asked for of
  // an empty column; the array empties it.
  //
  // Errors: ResourceExhausted where an offset does not fit 32 bits.
  void ExportSchema(ArrowSchema* to) const;
  absl::Status ExportArray(ArrowArray* to) &&;

 private:
  ArrowColumn(const char* name, const char* format,
              std::vector<ArrowColumn> children = {});
  template <typename T>
  void AddNumber(T number, bool valid);
  absl::Status Check() const;
  void MoveTo(ArrowArray* to) &&;

  const char* name_;  // literals
  const char* format_;
  bool nullable_ = false;
  std::vector<ArrowColumn> children_;

  int64_t length_ = 0;
  int64_t null_count_ = 0;
  std::vector<uint8_t> validity_;  // only where null_count_ is not 0
  std::vector<int32_t> offsets_;   // of "u" and "+l", length_ + 1
  std::string bytes_;              // of "u", "i" and "l"
  bool too_long_ = false;          // for offsets_
};

}  // namespace hashvet::c

#endif  // HASHVET_SRC_C_ARROW_COLUMN_H_
