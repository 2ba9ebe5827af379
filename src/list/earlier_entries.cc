#include "src/list/earlier_entries.h"

#include <algorithm>
#include <utility>

#include "hashvet/base/status.h"

namespace hashvet::snapshot {

EarlierEntries::EarlierEntries(std::shared_ptr<const SnapshotReader> earlier,
                               HashKind kind, View view)
    : earlier_(std::move(earlier)), kind_(kind), view_(std::move(view)) {}

absl::StatusOr<std::unique_ptr<EarlierEntries>> EarlierEntries::Find(
    std::shared_ptr<const SnapshotReader> earlier, HashKind kind,
    absl::FunctionRef<bool(uint16_t list, std::string_view key)> left_out) {
  HASHVET_ASSIGN_OR_RETURN(
      View view, ViewSnapshot(earlier->bytes(), earlier->path(),
                              /*checksums=*/false, /*executor=*/nullptr));
  std::unique_ptr<EarlierEntries> entries(
      new EarlierEntries(std::move(earlier), kind, std::move(view)));
  EarlierEntries& all = *entries;
  all.found_ = &*std::ranges::find(all.view_.kinds, kind, &KindView::kind);
  all.rows_ = all.found_->counts.rows;
  all.of_lists_.resize(all.view_.lists.size());
  all.left_out_.resize(all.found_->entries.size());
  for (size_t e = 0; e < all.left_out_.size(); ++e) {
    const EntryRecord& record = all.found_->entries[e];
    all.left_out_[e] = record.list >= all.of_lists_.size() ||
                       left_out(record.list, all.KeyOf(record));
    if (all.left_out_[e]) continue;
    ++all.of_lists_[record.list];
    ++all.size_;
  }
  return entries;
}

// The file was verified completely once; its numbers are held to their bounds
// all the same.
std::string_view EarlierEntries::KeyOf(const EntryRecord& record) const {
  const uint64_t begin = KeyBegin(record);
  return begin <= found_->key_bytes.size()
             ? found_->key_bytes.substr(begin, KeyBytes(record))
             : std::string_view();
}

std::vector<UsedCategory> EarlierEntries::Categories() const {
  std::vector<bool> is_used(view_.categories.size());
  for (size_t e = 0; e < left_out_.size(); ++e) {
    const uint32_t category = found_->entries[e].category;
    if (!left_out_[e] && category < is_used.size()) is_used[category] = true;
  }
  return UsedCategories(view_.categories, view_.category_bytes, is_used);
}

void EarlierEntries::SetCategoryNumbers(std::vector<uint32_t> numbers) {
  category_numbers_ = std::move(numbers);
  Load();
}

void EarlierEntries::Advance() {
  ++number_;
  Load();
}

void EarlierEntries::Load() {
  while (number_ < left_out_.size() && left_out_[number_]) ++number_;
  if (number_ >= left_out_.size()) {
    row_ = rows_;
    return;
  }
  while (row_ + 1 < rows_ && found_->row_begins[row_ + 1] <= number_) ++row_;
  if (valued_row_ != row_) {
    values_.front().swap(values_.back());
    values_.front() = earlier_->value(kind_, row_).ToBytes();
    valued_row_ = row_;
  }
  const EntryRecord& record = found_->entries[number_];
  entry_ = {.value = values_.front(),
            .key = KeyOf(record),
            .category = record.category < category_numbers_.size()
                            ? category_numbers_[record.category]
                            : 0,
            .list = record.list,
            .quality = record.quality,
            .opinion = record.opinion};
}

}  // namespace hashvet::snapshot
