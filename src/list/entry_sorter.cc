#include "src/list/entry_sorter.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include "hashvet/base/status.h"

namespace hashvet::snapshot {
namespace {

// A record in memory and in a spool: this, the value, the key.
struct RecordHead {
  uint32_t category;
  uint16_t list;
  uint16_t key_bytes;
  uint8_t quality;
  uint8_t opinion;
  uint16_t reserved;
};
static_assert(sizeof(RecordHead) == 12);

PendingEntry Parse(const char* record, size_t value_bytes) {
  RecordHead head;
  std::memcpy(&head, record, sizeof head);
  const char* const value = record + sizeof head;
  return {.value = {reinterpret_cast<const uint8_t*>(value), value_bytes},
          .key = {value + value_bytes, head.key_bytes},
          .category = head.category,
          .list = head.list,
          .quality = head.quality,
          .opinion = head.opinion};
}

size_t SizeOf(const PendingEntry& entry) {
  return sizeof(RecordHead) + entry.value.size() + entry.key.size();
}

uint64_t FrontOf(std::span<const uint8_t> value) {
  uint64_t word;
  std::memcpy(&word, value.data(), sizeof word);  // no kind has fewer bytes
  return __builtin_bswap64(word);
}

int CompareValues(const PendingEntry& a, const PendingEntry& b) {
  return std::memcmp(a.value.data(), b.value.data(), a.value.size());
}

// By value, list and key: what makes entries one entry seen several times.
int CompareIdentity(const PendingEntry& a, const PendingEntry& b) {
  if (const int order = CompareValues(a, b); order != 0) return order;
  if (a.list != b.list) return a.list < b.list ? -1 : 1;
  return a.key.compare(b.key);
}

}  // namespace

// One run of sorted records, what is in memory, or what was sorted before.
class EntrySorter::Source {
 public:
  Source(std::span<const Item> items, const std::string& arena,
         size_t value_bytes)
      : value_bytes_(value_bytes), items_(items), arena_(arena.data()) {
    Load();
  }
  explicit Source(SortedEntries* sorted) : sorted_(sorted) { Load(); }
  Source(const char* begin, const char* end, size_t value_bytes, Spool* spool)
      : value_bytes_(value_bytes), next_(begin), end_(end), spool_(spool) {
    Load();
  }

  bool done() const { return done_; }
  const PendingEntry& entry() const { return entry_; }

  void Advance() {
    if (sorted_ != nullptr) {
      sorted_->Advance();
    } else if (next_ != nullptr) {
      next_ += SizeOf(entry_);
    } else {
      items_ = items_.subspan(1);
    }
    Load();
  }
  // Bytes before the entry are not looked at again.
  void Drop(const char* spool_begin) {
    if (spool_ != nullptr) {
      spool_->DropBefore(static_cast<uint64_t>(next_ - spool_begin));
    }
  }

 private:
  void Load() {
    if (sorted_ != nullptr) {
      done_ = sorted_->done();
      if (!done_) entry_ = sorted_->entry();
      return;
    }
    done_ = next_ != nullptr ? next_ == end_ : items_.empty();
    if (done_) return;
    entry_ = Parse(next_ != nullptr ? next_ : arena_ + items_.front().offset,
                   value_bytes_);
  }

  SortedEntries* sorted_ = nullptr;
  size_t value_bytes_ = 0;
  std::span<const Item> items_;
  const char* arena_ = nullptr;
  const char* next_ = nullptr;
  const char* end_ = nullptr;
  Spool* spool_ = nullptr;
  bool done_ = false;
  PendingEntry entry_;
};

EntrySorter::EntrySorter(size_t memory_bytes, std::string spool_folder)
    : memory_bytes_(memory_bytes), spool_folder_(std::move(spool_folder)) {}

absl::Status EntrySorter::Add(HashKind kind, const PendingEntry& entry) {
  if (arena_.size() + SizeOf(entry) + (items_ + 1) * sizeof(Item) >
          memory_bytes_ &&
      items_ > 0) {
    HASHVET_RETURN_IF_ERROR(SpillRun());
  }
  pending_[kind].push_back({FrontOf(entry.value), arena_.size()});
  const RecordHead head = {.category = entry.category,
                           .list = entry.list,
                           .key_bytes = static_cast<uint16_t>(entry.key.size()),
                           .quality = entry.quality,
                           .opinion = entry.opinion,
                           .reserved = 0};
  arena_.append(reinterpret_cast<const char*>(&head), sizeof head);
  arena_.append(reinterpret_cast<const char*>(entry.value.data()),
                entry.value.size());
  arena_.append(entry.key);
  ++items_;
  ++entries_;
  ++counts_[kind];
  return absl::OkStatus();
}

void EntrySorter::AddSorted(HashKind kind,
                            std::unique_ptr<SortedEntries> entries) {
  if (entries->size() == 0) return;
  entries_ += entries->size();
  counts_[kind] += entries->size();
  sorted_[kind] = std::move(entries);
}

std::vector<HashKind> EntrySorter::kinds() const {
  std::vector<HashKind> kinds;
  for (const auto& [kind, count] : counts_) kinds.push_back(kind);
  return kinds;
}

// By identity alone: categories have no ranks before all are known. Merge
// orders what agrees in it.
void EntrySorter::Sort(HashKind kind, std::vector<Item>& items) const {
  const size_t value_bytes = InfoOf(kind).size_bytes;
  const char* const arena = arena_.data();
  std::sort(items.begin(), items.end(), [&](const Item& a, const Item& b) {
    // The first eight bytes decide nearly every comparison without a look at
    // the values themselves, which lie anywhere in memory.
    if (a.front != b.front) return a.front < b.front;
    return CompareIdentity(Parse(arena + a.offset, value_bytes),
                           Parse(arena + b.offset, value_bytes)) < 0;
  });
}

absl::Status EntrySorter::SpillRun() {
  Run run{.spool = Spool(spool_folder_), .parts = {}};
  for (auto& [kind, items] : pending_) {
    Sort(kind, items);
    const size_t value_bytes = InfoOf(kind).size_bytes;
    const uint64_t begin = run.spool.size_bytes();
    for (const Item& item : items) {
      const char* const record = arena_.data() + item.offset;
      HASHVET_RETURN_IF_ERROR(run.spool.Append(std::as_bytes(
          std::span(record, SizeOf(Parse(record, value_bytes))))));
    }
    run.parts[kind] = {begin, run.spool.size_bytes()};
    items.clear();
  }
  runs_.push_back(std::move(run));
  arena_.clear();
  items_ = 0;
  return absl::OkStatus();
}

absl::Status EntrySorter::Merge(
    HashKind kind, std::span<const uint32_t> category_ranks,
    absl::FunctionRef<absl::Status(const PendingEntry&)> entry) {
  const size_t value_bytes = InfoOf(kind).size_bytes;
  const auto rest = [&](const PendingEntry& pending) {
    return std::tuple(category_ranks[pending.category], pending.quality,
                      pending.opinion);
  };
  std::vector<Source> sources;
  std::vector<const char*> begins;
  for (Run& run : runs_) {
    const auto part = run.parts.find(kind);
    if (part == run.parts.end()) continue;
    HASHVET_ASSIGN_OR_RETURN(const std::span<const std::byte> bytes,
                             run.spool.Read());
    const auto* const begin = reinterpret_cast<const char*>(bytes.data());
    sources.emplace_back(begin + part->second.first,
                         begin + part->second.second, value_bytes, &run.spool);
    begins.push_back(begin);
  }
  std::vector<Item>& in_memory = pending_[kind];
  Sort(kind, in_memory);
  if (!in_memory.empty()) {
    sources.emplace_back(in_memory, arena_, value_bytes);
    begins.push_back(nullptr);
  }
  if (const auto sorted = sorted_.find(kind); sorted != sorted_.end()) {
    sources.emplace_back(sorted->second.get());
    begins.push_back(nullptr);
  }

  // Few sources: looking at each costs less than keeping a heap.
  const auto next_source = [&]() -> Source* {
    Source* first = nullptr;
    for (Source& source : sources) {
      if (source.done()) continue;
      if (first == nullptr ||
          CompareIdentity(source.entry(), first->entry()) < 0) {
        first = &source;
      }
    }
    return first;
  };
  // The entries of one identity, from all sources, ordered by the rest. Their
  // bytes stay where they are until handed out.
  std::vector<PendingEntry> group;
  const auto hand_out = [&]() -> absl::Status {
    std::sort(group.begin(), group.end(),
              [&](const PendingEntry& a, const PendingEntry& b) {
                return rest(a) < rest(b);
              });
    for (size_t i = 0; i < group.size(); ++i) {
      if (i > 0 && rest(group[i - 1]) == rest(group[i])) continue;
      HASHVET_RETURN_IF_ERROR(entry(group[i]));
    }
    group.clear();
    for (size_t s = 0; s < sources.size(); ++s) sources[s].Drop(begins[s]);
    return absl::OkStatus();
  };
  while (Source* source = next_source()) {
    if (!group.empty() &&
        CompareIdentity(group.front(), source->entry()) != 0) {
      HASHVET_RETURN_IF_ERROR(hand_out());
    }
    group.push_back(source->entry());
    source->Advance();
  }
  HASHVET_RETURN_IF_ERROR(hand_out());
  in_memory = {};
  return absl::OkStatus();
}

}  // namespace hashvet::snapshot
