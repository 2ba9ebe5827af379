// One row of a clearinghouse's list: a value and what the list says of it.

#ifndef HASHVET_LIST_LIST_ENTRY_H_
#define HASHVET_LIST_LIST_ENTRY_H_

#include <optional>
#include <string>

#include "hashvet/hash/hash_value.h"

namespace hashvet {

struct ListEntry {
  HashValue value;
  std::string key;       // the source's own identity; made from the line number
                         // ("line-17") where the source gives none
  std::string category;  // verbatim, with its scheme where given; may be empty
  std::optional<int> quality;  // of the value, 0 .. 100, where given
};

}  // namespace hashvet

#endif  // HASHVET_LIST_LIST_ENTRY_H_
