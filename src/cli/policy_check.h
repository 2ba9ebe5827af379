// Whether a policy file names lists that are not there.

#ifndef HASHVET_SRC_CLI_POLICY_CHECK_H_
#define HASHVET_SRC_CLI_POLICY_CHECK_H_

#include <span>
#include <string>
#include <vector>

#include "hashvet/matcher/matcher_status.h"

namespace hashvet::cli {

// A line for each list that the file names and that is not among these. No
// error: it may come later, but a name typed wrong looks the same.
//
// policy  the file, which was read before; empty: none. Of standard input,
//         which is read once, nothing is told.
std::vector<std::string> PoliciesOfNoList(const std::string& policy,
                                          std::span<const ListStatus> lists);

// A line for each kind of values that a list carries and no query can reach,
// its policy having no threshold for them: how many, and what gives one.
//
// only  lists by name; empty: all
std::vector<std::string> CarriedOnlyLines(std::span<const std::string> only,
                                          std::span<const ListStatus> lists);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_POLICY_CHECK_H_
