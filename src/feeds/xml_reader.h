// XML from elsewhere, as it comes: small trees of the elements that are asked
// for, one after the other, within limits. Names lose their namespaces. A
// document type is refused, and with it every entity of a document's own.

#ifndef HASHVET_SRC_FEEDS_XML_READER_H_
#define HASHVET_SRC_FEEDS_XML_READER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hashvet {

// Fills the buffer with what comes next; 0 at the end.
using ByteSource = absl::FunctionRef<absl::StatusOr<size_t>(std::span<char>)>;

struct XmlElement {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string text;  // of its own, pieces put together
  std::vector<XmlElement> children;

  const XmlElement* Child(std::string_view child_name) const;
  // Without white space around it; empty where there is no such child.
  std::string_view TextOf(std::string_view child_name) const;
  std::string_view Attribute(std::string_view attribute) const;
};

// All inclusive.
struct XmlLimits {
  size_t max_depth = 32;
  size_t max_element_bytes = size_t{1} << 20;  // of a tree, its texts and names
};

// Calls `sink` with each element whose parent's path ("queryResult/images") is
// one of `streamed`, in order. Answers the root with everything else.
//
//   what  begins the messages: "NCMEC entries"
//
// Errors: protocol (no well-formed XML, a document type, over a limit); those
// of `source` and `sink`. Messages tell the byte and no text.
absl::StatusOr<XmlElement> ReadXml(
    ByteSource source, std::string_view what,
    std::span<const std::string_view> streamed,
    absl::FunctionRef<absl::Status(std::string_view parent, XmlElement)> sink,
    const XmlLimits& limits = {});

}  // namespace hashvet

#endif  // HASHVET_SRC_FEEDS_XML_READER_H_
