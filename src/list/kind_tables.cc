#include "src/list/kind_tables.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace hashvet::snapshot {
namespace {

uint64_t LoadBigEndian64(const uint8_t* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return __builtin_bswap64(word);
}

class Sorter {
 public:
  Sorter(const PendingKind& pending, const std::vector<uint32_t>& ranks)
      : pending_(pending),
        ranks_(ranks),
        value_bytes_(InfoOf(pending.kind).size_bytes) {}

  size_t value_bytes() const { return value_bytes_; }
  const uint8_t* value(uint32_t i) const {
    return pending_.values.data() + i * value_bytes_;
  }
  std::string_view key(uint32_t i) const {
    const EntryRecord& entry = pending_.entries[i];
    return std::string_view(pending_.key_bytes)
        .substr(KeyBegin(entry), KeyBytes(entry));
  }
  uint32_t category(uint32_t i) const {
    return ranks_[pending_.entries[i].category];
  }
  uint8_t quality(uint32_t i) const { return pending_.entries[i].quality; }

  int CompareValues(uint32_t a, uint32_t b) const {
    return std::memcmp(value(a), value(b), value_bytes_);
  }
  bool Less(uint32_t a, uint32_t b) const {
    if (const int order = CompareValues(a, b); order != 0) return order < 0;
    if (const int order = key(a).compare(key(b)); order != 0) return order < 0;
    if (category(a) != category(b)) return category(a) < category(b);
    return quality(a) < quality(b);
  }

  std::vector<uint32_t> Order() const {
    // The first eight bytes decide nearly every comparison without a look at
    // the values themselves, which lie anywhere in memory.
    struct Item {
      uint64_t front;
      uint32_t index;
    };
    std::vector<Item> items(pending_.entries.size());
    for (uint32_t i = 0; i < items.size(); ++i) {
      items[i] = {LoadBigEndian64(value(i)), i};
    }
    std::sort(items.begin(), items.end(), [this](const Item& a, const Item& b) {
      return a.front != b.front ? a.front < b.front : Less(a.index, b.index);
    });
    std::vector<uint32_t> order(items.size());
    std::transform(items.begin(), items.end(), order.begin(),
                   [](const Item& item) { return item.index; });
    return order;
  }

 private:
  const PendingKind& pending_;
  const std::vector<uint32_t>& ranks_;
  const size_t value_bytes_;
};

void AppendPlanes(const uint8_t* value, KindTables& tables) {
  // The bytes hold the highest bits first.
  const uint64_t words[4] = {
      LoadBigEndian64(value + 24), LoadBigEndian64(value + 16),
      LoadBigEndian64(value + 8), LoadBigEndian64(value)};
  for (size_t k = 0; k < 4; ++k) {
    tables.prefix[k].push_back(
        static_cast<uint32_t>(words[k / 2] >> (k % 2 * 32)));
  }
  tables.rest.push_back(words[2]);
  tables.rest.push_back(words[3]);
}

}  // namespace

KindTables MakeKindTables(const PendingKind& pending,
                          const std::vector<uint32_t>& category_ranks) {
  const Sorter sorter(pending, category_ranks);
  const bool has_planes = HasPlanes(InfoOf(pending.kind));
  const std::vector<uint32_t> order = sorter.Order();

  KindTables tables;
  tables.key_bytes.reserve(pending.key_bytes.size());
  tables.entries.reserve(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    const uint32_t entry = order[i];
    const bool new_value =
        i == 0 || sorter.CompareValues(order[i - 1], entry) != 0;
    if (!new_value && !sorter.Less(order[i - 1], entry)) continue;  // equal
    if (new_value) {
      ++tables.rows;
      tables.row_begins.push_back(static_cast<uint32_t>(tables.entries.size()));
      const uint8_t* const value = sorter.value(entry);
      if (has_planes) {
        AppendPlanes(value, tables);
      } else {
        tables.values.insert(tables.values.end(), value,
                             value + sorter.value_bytes());
      }
    }
    const std::string_view key = sorter.key(entry);
    EntryRecord record;
    record.key = PackKey(tables.key_bytes.size(), key.size());
    record.category = sorter.category(entry);
    record.quality = sorter.quality(entry);
    tables.entries.push_back(record);
    tables.key_bytes.append(key);
  }
  tables.row_begins.push_back(static_cast<uint32_t>(tables.entries.size()));
  return tables;
}

}  // namespace hashvet::snapshot
