#include "src/cli/list_set.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "src/cli/output.h"

namespace hashvet::cli {

absl::StatusOr<ListSet> ListSet::Open(std::vector<std::string> files,
                                      std::vector<std::string> directories) {
  ListSet set;
  set.files_ = std::move(files);
  set.directories_ = std::move(directories);
  HASHVET_ASSIGN_OR_RETURN(const std::vector<std::string> paths, set.Paths());
  std::vector<std::shared_ptr<const SnapshotReader>> readers;
  for (const std::string& path : paths) {
    List list;
    // Before opening: a replacement in between is then seen as a change.
    if (absl::StatusOr<Identity> identity = IdentityOf(path); identity.ok()) {
      list.opened = *identity;
    }
    HASHVET_ASSIGN_OR_RETURN(list.reader, SnapshotReader::Open(path));
    readers.push_back(list.reader);
    set.lists_.emplace(path, std::move(list));
  }
  HASHVET_ASSIGN_OR_RETURN(Matcher matcher,
                           Matcher::Create(std::move(readers)));
  set.matcher_ = std::make_shared<const Matcher>(std::move(matcher));
  set.next_look_ = Clock::now() + kRefreshTime;
  return set;
}

absl::StatusOr<ListSet::Identity> ListSet::IdentityOf(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0) {
    return absl::NotFoundError(
        absl::StrCat("cannot examine: ", std::generic_category().message(errno),
                     ": ", path));
  }
  return Identity{
      info.st_dev, info.st_ino, info.st_size,
      int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec};
}

absl::StatusOr<std::vector<std::string>> ListSet::Paths() const {
  std::set<std::string> paths(files_.begin(), files_.end());
  for (const std::string& directory : directories_) {
    std::error_code error;
    std::filesystem::directory_iterator it(directory, error);
    bool found = false;
    for (; !error && it != std::filesystem::directory_iterator();
         it.increment(error)) {
      if (it->path().extension() != ".hvs") continue;
      paths.insert(it->path().string());
      found = true;
    }
    if (error) {
      return absl::NotFoundError(absl::StrCat(
          "cannot read the directory: ", error.message(), ": ", directory));
    }
    if (!found) {
      return absl::NotFoundError(
          absl::StrCat("lists: got no *.hvs file, want one: ", directory));
    }
  }
  return std::vector<std::string>(paths.begin(), paths.end());
}

bool ListSet::RefreshList(const std::string& path, List& list) {
  const absl::StatusOr<Identity> identity = IdentityOf(path);
  if (!identity.ok()) {
    if (!std::exchange(list.missing, true) && list.reader != nullptr) {
      Say(absl::StrCat("list gone, the one opened before keeps serving: ",
                       identity.status().message()));
    }
    return false;
  }
  list.missing = false;
  if (*identity == list.opened || *identity == list.complained) return false;
  absl::StatusOr<std::shared_ptr<const SnapshotReader>> reader =
      SnapshotReader::Open(path);
  if (!reader.ok()) {
    list.complained = *identity;
    Say(absl::StrCat(list.reader == nullptr
                         ? "new list refused: "
                         : "list refused, the one before keeps serving: ",
                     reader.status().message()));
    return false;
  }
  list.reader = *std::move(reader);
  list.opened = *identity;
  list.complained = Identity{};
  return true;
}

void ListSet::Refresh() {
  const Clock::time_point now = Clock::now();
  if (now < next_look_) return;
  next_look_ = now + kRefreshTime;

  const auto complain = [&](const absl::Status& status) {
    std::string complaint =
        absl::StrCat("lists stay as they are: ", status.message());
    if (complaint == last_complaint_) return;
    Say(complaint);
    last_complaint_ = std::move(complaint);
  };
  const absl::StatusOr<std::vector<std::string>> paths = Paths();
  if (!paths.ok()) {
    complain(paths.status());
  } else {
    for (const std::string& path : *paths) lists_.try_emplace(path);
  }

  std::map<std::string, List> lists = lists_;
  bool changed = false;
  for (auto& [path, list] : lists) changed |= RefreshList(path, list);
  if (changed) {
    std::vector<std::shared_ptr<const SnapshotReader>> readers;
    for (const auto& [path, list] : lists) {
      if (list.reader != nullptr) readers.push_back(list.reader);
    }
    absl::StatusOr<Matcher> matcher = Matcher::Create(std::move(readers));
    if (!matcher.ok()) {
      // Two lists of one name, say: the old set stays until a file changes
      // again.
      complain(matcher.status());
      for (auto& [path, list] : lists_) {
        if (list.opened != lists[path].opened) {
          list.complained = lists[path].opened;
        }
      }
      return;
    }
    matcher_ = std::make_shared<const Matcher>(*std::move(matcher));
  }
  lists_ = std::move(lists);
  if (paths.ok()) last_complaint_.clear();
}

}  // namespace hashvet::cli
