#include "src/ledger/united_rows.h"

#include <algorithm>
#include <iterator>
#include <type_traits>
#include <utility>

namespace hashvet::ledger {
namespace {

template <typename T>
void Append(std::vector<T>& all, std::vector<T>&& more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()),
             std::make_move_iterator(more.end()));
}

}  // namespace

void UnitedRows::Add(EntryUpdate later) {
  // Rows of one key may be millions, of values that repeat or of different
  // ones.
  if (!too_many_) Append(entry_.values, std::move(later.values));
  if (!too_many_ && entry_.values.size() > 2 * kMaxEntryParts) {
    NormaliseValues();
    too_many_ = entry_.values.size() > kMaxEntryParts;
  }
  if (entry_.malformed.size() <= kMaxEntryParts) {
    Append(entry_.malformed, std::move(later.malformed));
  }
  const auto keep = [](auto& before, auto& now) {
    if (now != std::decay_t<decltype(now)>()) before = std::move(now);
  };
  entry_.status = later.status;
  keep(entry_.category, later.category);
  keep(entry_.category_scheme, later.category_scheme);
  keep(entry_.stated, later.stated);
  keep(entry_.opinions, later.opinions);
  keep(entry_.feedback, later.feedback);
  keep(entry_.cases, later.cases);
  keep(entry_.member, later.member);
  keep(entry_.created_at, later.created_at);
  keep(entry_.updated_at, later.updated_at);
  keep(entry_.expires_at, later.expires_at);
  keep(entry_.reason, later.reason);
}

// Of values that are equal the last one's quality counts: Normalise takes the
// first that tells one.
void UnitedRows::NormaliseValues() {
  std::ranges::reverse(entry_.values);
  EntryUpdate values;
  std::swap(values.values, entry_.values);
  Normalise(values);
  std::swap(values.values, entry_.values);
}

EntryUpdate UnitedRows::Take() && {
  NormaliseValues();
  Normalise(entry_);
  return std::move(entry_);
}

}  // namespace hashvet::ledger
