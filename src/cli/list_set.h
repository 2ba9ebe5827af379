// The lists that `match` asks, and the matcher over them, renewed when the
// files are replaced.

#ifndef HASHVET_SRC_CLI_LIST_SET_H_
#define HASHVET_SRC_CLI_LIST_SET_H_

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/list/snapshot_reader.h"
#include "hashvet/matcher/matcher.h"

namespace hashvet::cli {

// Not thread-safe; the matcher it hands out is.
class ListSet {
 public:
  // How often Refresh looks at the files.
  static constexpr std::chrono::milliseconds kRefreshTime{250};

  // files        snapshot files
  // directories  whose *.hvs files are all opened, sorted by name
  //
  // Errors: those of SnapshotReader::Open and Matcher::Create, NotFound when a
  // directory cannot be read or has no *.hvs file.
  static absl::StatusOr<ListSet> Open(std::vector<std::string> files,
                                      std::vector<std::string> directories);

  const Matcher& matcher() const { return *matcher_; }

  // Opens files that were replaced and files that are new in a directory. A
  // list that cannot be opened, or is gone, leaves the old one serving and is
  // told on standard error once. Looks at most every kRefreshTime.
  void Refresh();

 private:
  // Which content a path had when it was opened.
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size_bytes = 0;
    int64_t modified_ns = 0;
    friend bool operator==(const Identity&, const Identity&) = default;
  };
  struct List {
    std::shared_ptr<const SnapshotReader> reader;
    Identity opened;       // what `reader` came from
    Identity complained;   // what was told to be unusable; all 0 for nothing
    bool missing = false;  // was told to be gone
  };
  using Clock = std::chrono::steady_clock;

  static absl::StatusOr<Identity> IdentityOf(const std::string& path);
  absl::StatusOr<std::vector<std::string>> Paths() const;
  // True when the list at `path` changed.
  bool RefreshList(const std::string& path, List& list);

  std::vector<std::string> files_;
  std::vector<std::string> directories_;
  std::map<std::string, List> lists_;  // by path
  std::shared_ptr<const Matcher> matcher_;
  Clock::time_point next_look_;
  std::string last_complaint_;  // about the set as a whole
};

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_LIST_SET_H_
