#include "src/list/reused_kind.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "src/list/section_table.h"

namespace hashvet::snapshot {
namespace {

constexpr size_t kBlockBytes = size_t{4} << 20;

}  // namespace

absl::StatusOr<ReusedKind> ReusedKind::Find(
    std::shared_ptr<const SnapshotReader> earlier, HashKind kind) {
  if (earlier->is_overlay()) {
    return absl::FailedPreconditionError(
        absl::StrCat("snapshot: got an overlay to take a kind from, want a "
                     "whole snapshot: ",
                     earlier->path()));
  }
  ReusedKind reused;
  HASHVET_ASSIGN_OR_RETURN(
      const SectionTable table,
      SectionTable::Read(earlier->bytes(), earlier->path()));
  for (const Section& section : table.sections()) {
    if (section.type == static_cast<uint32_t>(SectionType::kCategories) ||
        section.type == static_cast<uint32_t>(SectionType::kCategoryBytes)) {
      HASHVET_RETURN_IF_ERROR(table.CheckChecksum(section));
      reused.category_sections_.push_back(section);
    }
    if (section.kind != static_cast<uint32_t>(kind)) continue;
    HASHVET_RETURN_IF_ERROR(table.CheckChecksum(section));
    if (section.type == static_cast<uint32_t>(SectionType::kCounts)) {
      std::memcpy(&reused.counts_, table.BytesOf(section).data(),
                  sizeof reused.counts_);
    }
    reused.sections_.push_back(section);
  }
  if (reused.sections_.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("snapshot: has no ", ToAbsl(NameOf(kind)),
                     " to take over: ", earlier->path()));
  }
  reused.earlier_ = std::move(earlier);
  reused.kind_ = kind;
  return reused;
}

template <typename T>
std::span<const T> ReusedKind::Contents(
    SectionType type, std::span<const Section> sections) const {
  const auto section =
      std::ranges::find(sections, static_cast<uint32_t>(type), &Section::type);
  return {
      reinterpret_cast<const T*>(earlier_->bytes().data() + section->offset),
      section->size_bytes / sizeof(T)};
}

std::span<const EntryRecord> ReusedKind::entries() const {
  return Contents<EntryRecord>(SectionType::kEntries, sections_);
}

std::vector<UsedCategory> ReusedKind::Categories() const {
  const auto records =
      Contents<CategoryRecord>(SectionType::kCategories, category_sections_);
  const auto texts =
      Contents<char>(SectionType::kCategoryBytes, category_sections_);
  std::vector<bool> is_used(records.size());
  for (const EntryRecord& entry : entries()) is_used[entry.category] = true;
  return UsedCategories(records, {texts.data(), texts.size()}, is_used);
}

absl::Status ReusedKind::Write(SectionWriter& out,
                               std::span<const uint32_t> category_ranks) const {
  std::vector<EntryRecord> block;
  for (const Section& section : sections_) {
    const auto bytes =
        earlier_->bytes().subspan(section.offset, section.size_bytes);
    const auto place =
        out.Lay(static_cast<SectionType>(section.type), kind_, bytes.size());
    if (section.type != static_cast<uint32_t>(SectionType::kEntries)) {
      for (size_t begin = 0; begin < bytes.size(); begin += kBlockBytes) {
        HASHVET_RETURN_IF_ERROR(out.Fill(
            place,
            bytes.subspan(begin, std::min(kBlockBytes, bytes.size() - begin))));
      }
      continue;
    }
    std::span<const EntryRecord> rest = entries();
    while (!rest.empty()) {
      const size_t count =
          std::min(kBlockBytes / sizeof(EntryRecord), rest.size());
      block.assign(rest.begin(), rest.begin() + count);
      for (EntryRecord& entry : block) {
        entry.category = category_ranks[entry.category];
      }
      HASHVET_RETURN_IF_ERROR(out.Fill(place, BytesOf(block)));
      rest = rest.subspan(count);
    }
  }
  return absl::OkStatus();
}

}  // namespace hashvet::snapshot
