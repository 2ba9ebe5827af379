// What a power cut leaves of a folder: of everything that was flushed, all; of
// everything else, what the disk happened to have written.
//
// Read from what tests/support/faulty_files.cc told while a program ran. A file
// that was written and not flushed is empty afterwards; of the names that were
// made, moved or removed since the folder was last flushed, any may have
// reached the disk and any not.

#ifndef HASHVET_TESTS_SUPPORT_LOST_WRITES_H_
#define HASHVET_TESTS_SUPPORT_LOST_WRITES_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace hashvet::testing {

using FolderContent = std::map<std::string, std::string>;  // by name

FolderContent ReadFolder(const std::string& folder);

// Replaces everything in the folder; files are made with mode 0600.
void WriteFolder(const std::string& folder, const FolderContent& content);

// Every state that the cut may leave, where few names were pending; where many
// were, all prefixes of them and 64 random choices.
//
//   before  the folder before the program ran, all of it on the disk
//   disk    HASHVET_FAULT_DISK
std::vector<FolderContent> AfterPowerCut(const FolderContent& before,
                                         const std::string& disk);

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_SUPPORT_LOST_WRITES_H_
