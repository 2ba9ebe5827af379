// One kind's entries as an earlier snapshot has them, in the order that a file
// has entries in: what has not changed since needs no sorting. Private to the
// list layer.

#ifndef HASHVET_SRC_LIST_EARLIER_ENTRIES_H_
#define HASHVET_SRC_LIST_EARLIER_ENTRIES_H_

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/list/snapshot_reader.h"
#include "src/list/entry_sorter.h"
#include "src/list/snapshot_view.h"
#include "src/list/used_categories.h"

namespace hashvet::snapshot {

class EarlierEntries : public SortedEntries {
 public:
  // Without canaries, and without those that `left_out` says.
  //
  // Errors: as ViewSnapshot. The kind must be there.
  static absl::StatusOr<std::unique_ptr<EarlierEntries>> Find(
      std::shared_ptr<const SnapshotReader> earlier, HashKind kind,
      absl::FunctionRef<bool(uint16_t list, std::string_view key)> left_out);

  uint64_t size() const override { return size_; }
  // How many each list has.
  std::span<const uint64_t> of_lists() const { return of_lists_; }

  std::vector<UsedCategory> Categories() const;
  // The writer's numbers, by the earlier file's. Before the first entry is
  // asked for.
  void SetCategoryNumbers(std::vector<uint32_t> numbers);

  bool done() const override { return row_ == rows_; }
  const PendingEntry& entry() const override { return entry_; }
  void Advance() override;

 private:
  EarlierEntries(std::shared_ptr<const SnapshotReader> earlier, HashKind kind,
                 View view);
  void Load();  // the entry at number_, or the next that is not left out
  std::string_view KeyOf(const EntryRecord& record) const;

  std::shared_ptr<const SnapshotReader> earlier_;
  const HashKind kind_;
  View view_;
  const KindView* found_ = nullptr;
  uint32_t rows_ = 0;
  std::vector<bool> left_out_;  // by entry number
  std::vector<uint64_t> of_lists_;
  uint64_t size_ = 0;
  std::vector<uint32_t> category_numbers_;

  uint32_t row_ = 0;
  uint32_t number_ = 0;
  // The row's value, and the one before it.
  std::array<std::vector<uint8_t>, 2> values_;
  uint32_t valued_row_ = UINT32_MAX;
  PendingEntry entry_;
};

}  // namespace hashvet::snapshot

#endif  // HASHVET_SRC_LIST_EARLIER_ENTRIES_H_
