// Entries in any order, in any number, brought into the order of the snapshot
// file. What does not fit into the memory allowed is sorted in runs that wait
// in spools, and merged in the end. Private to the list layer.

#ifndef HASHVET_SRC_LIST_ENTRY_SORTER_H_
#define HASHVET_SRC_LIST_ENTRY_SORTER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "hashvet/hash/hash_kind.h"
#include "src/list/spool.h"

namespace hashvet::snapshot {

// An entry as it waits. The texts lie elsewhere and do not outlive the call
// that hands it out.
struct PendingEntry {
  std::span<const uint8_t> value;
  std::string_view key;
  uint32_t category = 0;  // numbered as they came; CategoryOrder sorts them
  uint16_t list = 0;
  uint8_t quality = 0;
  uint8_t opinion = 0;
};

// Entries that are in order already. What `entry` gives stays until the call of
// Advance after the next.
class SortedEntries {
 public:
  virtual ~SortedEntries() = default;
  virtual uint64_t size() const = 0;
  virtual bool done() const = 0;
  virtual const PendingEntry& entry() const = 0;
  virtual void Advance() = 0;
};

class EntrySorter {
 public:
  EntrySorter(size_t memory_bytes, std::string spool_folder);

  // Errors: those of a spool's file.
  absl::Status Add(HashKind kind, const PendingEntry& entry);

  // Entries of a kind that are sorted: once for a kind, beside those added.
  void AddSorted(HashKind kind, std::unique_ptr<SortedEntries> entries);

  uint64_t entries() const { return entries_; }

  // The kinds that were added, ascending.
  std::vector<HashKind> kinds() const;

  // Hands out each kind's entries by value, list, key, category, quality and
  // opinion, those that are equal in every field once.
  //
  //   category_ranks  the place of each category in the order of their texts
  //
  // May be called once for each kind, after the last Add. Errors: those of the
  // spools and of `entry`.
  absl::Status Merge(
      HashKind kind, std::span<const uint32_t> category_ranks,
      absl::FunctionRef<absl::Status(const PendingEntry&)> entry);

 private:
  class Source;
  // A kind's sorted entries in one spool, or, unsorted, in arena_.
  struct Item {
    uint64_t front;   // the value's first eight bytes, big-endian
    uint64_t offset;  // in arena_
  };
  struct Run {
    Spool spool;
    std::map<HashKind, std::pair<uint64_t, uint64_t>> parts;  // [begin, end)
  };

  void Sort(HashKind kind, std::vector<Item>& items) const;
  absl::Status SpillRun();

  const size_t memory_bytes_;
  const std::string spool_folder_;
  uint64_t entries_ = 0;
  std::string arena_;  // records of the entries that are in memory
  size_t items_ = 0;
  std::map<HashKind, std::vector<Item>> pending_;  // of arena_
  std::map<HashKind, uint64_t> counts_;
  std::vector<Run> runs_;
  std::map<HashKind, std::unique_ptr<SortedEntries>> sorted_;
};

}  // namespace hashvet::snapshot

#endif  // HASHVET_SRC_LIST_ENTRY_SORTER_H_
