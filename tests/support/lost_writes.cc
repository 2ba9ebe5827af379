#include "tests/support/lost_writes.h"

#include <sys/stat.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <sstream>

#include "tests/support/scratch_folder.h"

namespace hashvet::testing {
namespace {

// A file, whatever its name.
struct Object {
  std::string on_disk;
  bool flushed = false;
};
using Names = std::map<std::string, std::shared_ptr<Object>>;

// A change of names that is not known to have reached the disk.
struct Pending {
  std::string removed;             // may be empty
  std::string added;               // may be empty
  std::shared_ptr<Object> object;  // of the added
};

void Apply(const Pending& change, Names& names) {
  if (!change.removed.empty()) names.erase(change.removed);
  if (!change.added.empty()) names[change.added] = change.object;
}

FolderContent ContentOf(const Names& names) {
  FolderContent content;
  for (const auto& [name, object] : names) {
    content[name] = object->flushed ? object->on_disk : "";
  }
  return content;
}

}  // namespace

FolderContent ReadFolder(const std::string& folder) {
  FolderContent content;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    content[entry.path().filename().string()] =
        ScratchFolder::Read(entry.path().string());
  }
  return content;
}

void WriteFolder(const std::string& folder, const FolderContent& content) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::filesystem::remove_all(entry.path());
  }
  for (const auto& [name, bytes] : content) {
    const std::string path = folder + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    if (::chmod(path.c_str(), 0600) != 0) std::abort();
  }
}

std::vector<FolderContent> AfterPowerCut(const FolderContent& before,
                                         const std::string& disk) {
  Names on_disk;
  for (const auto& [name, bytes] : before) {
    on_disk[name] = std::make_shared<Object>(Object{bytes, true});
  }
  Names live = on_disk;
  std::map<uint64_t, std::shared_ptr<Object>> by_inode;
  std::vector<Pending> pending;
  const auto change = [&](Pending made) {
    Apply(made, live);
    pending.push_back(std::move(made));
  };

  std::istringstream ops(ScratchFolder::Read(disk + "/ops"));
  for (std::string line; std::getline(ops, line);) {
    std::istringstream words(line);
    std::string op, first, second;
    words >> op >> first >> second;
    if (op == "create") {
      const auto object = std::make_shared<Object>();
      by_inode[std::stoull(first)] = object;
      change({"", second, object});
    } else if (op == "write") {
      if (by_inode.contains(std::stoull(first))) {
        by_inode[std::stoull(first)]->flushed = false;
      }
    } else if (op == "sync") {
      if (by_inode.contains(std::stoull(first))) {
        *by_inode[std::stoull(first)] = {
            ScratchFolder::Read(disk + "/" + second), true};
      }
    } else if (op == "rename") {
      change({first, second, live.at(first)});
    } else if (op == "unlink") {
      change({first, "", nullptr});
    } else if (op == "syncdir") {
      on_disk = live;
      pending.clear();
    } else {
      std::abort();
    }
  }

  std::vector<FolderContent> states;
  const auto add = [&](const auto& reached) {
    Names names = on_disk;
    for (size_t i = 0; i < pending.size(); ++i) {
      if (reached(i)) Apply(pending[i], names);
    }
    states.push_back(ContentOf(names));
  };
  constexpr size_t kAllChoices = 8;
  if (pending.size() <= kAllChoices) {
    for (uint64_t chosen = 0; chosen < uint64_t{1} << pending.size();
         ++chosen) {
      add([&](size_t i) { return (chosen >> i & 1) != 0; });
    }
    return states;
  }
  for (size_t length = 0; length <= pending.size(); ++length) {
    add([&](size_t i) { return i < length; });
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 64; ++i) {
    add([&](size_t) { return random() % 2 == 0; });
  }
  return states;
}

}  // namespace hashvet::testing
