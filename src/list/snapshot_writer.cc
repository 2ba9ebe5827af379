#include "hashvet/list/snapshot_writer.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/atomic_file.h"
#include "hashvet/base/checksum.h"
#include "hashvet/base/status.h"
#include "src/list/kind_tables.h"
#include "src/list/snapshot_format.h"

namespace hashvet {
namespace {

using snapshot::EntryRecord;
using snapshot::KindTables;
using snapshot::PendingKind;
using snapshot::SectionType;

template <typename T>
std::span<const std::byte> BytesOf(const T& range) {
  return std::as_bytes(std::span(range.data(), range.size()));
}
template <typename T>
std::span<const std::byte> BytesOfOne(const T& object) {
  return std::as_bytes(std::span(&object, 1));
}

// Header and section table are known last and written first: room for them is
// left at the beginning.
class SectionWriter {
 public:
  SectionWriter(AtomicFile file, size_t sections)
      : file_(std::move(file)), sections_(sections) {}

  absl::Status Begin() { return Pad(TableEnd()); }

  absl::Status Add(SectionType type, uint32_t kind,
                   std::span<const std::byte> bytes) {
    HASHVET_RETURN_IF_ERROR(Pad(snapshot::AlignUp(file_.size_bytes())));
    table_.push_back({static_cast<uint32_t>(type), kind, file_.size_bytes(),
                      bytes.size(), Checksum(bytes)});
    return file_.Append(bytes);
  }

  absl::StatusOr<uint64_t> Finish() {
    if (table_.size() != sections_) {
      return absl::InternalError("snapshot writer: a section too many or few");
    }
    snapshot::Header header;
    header.sections = static_cast<uint32_t>(table_.size());
    header.file_bytes = file_.size_bytes();
    header.table_checksum = Checksum(BytesOf(table_));
    header.header_checksum =
        Checksum(BytesOfOne(header).first(snapshot::kHeaderChecked));
    HASHVET_RETURN_IF_ERROR(file_.WriteAt(0, BytesOfOne(header)));
    HASHVET_RETURN_IF_ERROR(file_.WriteAt(sizeof header, BytesOf(table_)));
    HASHVET_RETURN_IF_ERROR(file_.Commit());
    return header.file_bytes;
  }

 private:
  uint64_t TableEnd() const {
    return sizeof(snapshot::Header) + sections_ * sizeof(snapshot::Section);
  }
  absl::Status Pad(uint64_t until) {
    return file_.Append(
        BytesOf(std::vector<std::byte>(until - file_.size_bytes())));
  }

  AtomicFile file_;
  const size_t sections_;
  std::vector<snapshot::Section> table_;
};

constexpr size_t kListSections = 3;

size_t SectionsOf(HashKind kind) {
  return (snapshot::HasPlanes(InfoOf(kind)) ? 5 : 1) + 3;
}

absl::Status AddPolicy(const ListPolicy& policy, SectionWriter& out) {
  snapshot::PolicyRecord record;
  record.pdq_max_distance = KindPolicyOf(policy, HashKind::kPdq)->max_distance;
  record.pdq_min_quality = static_cast<uint32_t>(policy.min_quality);
  record.name_bytes = static_cast<uint32_t>(policy.name.size());
  record.action_bytes = static_cast<uint32_t>(policy.action.size());
  std::string bytes(reinterpret_cast<const char*>(&record), sizeof record);
  bytes += policy.name;
  bytes += policy.action;
  return out.Add(SectionType::kPolicy, 0, BytesOf(bytes));
}

absl::Status AddKind(HashKind of, const KindTables& tables,
                     SectionWriter& out) {
  const auto kind = static_cast<uint32_t>(of);
  if (snapshot::HasPlanes(InfoOf(of))) {
    auto type = static_cast<uint32_t>(SectionType::kPrefix0);
    for (const std::vector<uint32_t>& plane : tables.prefix) {
      HASHVET_RETURN_IF_ERROR(
          out.Add(static_cast<SectionType>(type++), kind, BytesOf(plane)));
    }
    HASHVET_RETURN_IF_ERROR(
        out.Add(SectionType::kRest, kind, BytesOf(tables.rest)));
  } else {
    HASHVET_RETURN_IF_ERROR(
        out.Add(SectionType::kValues, kind, BytesOf(tables.values)));
  }
  HASHVET_RETURN_IF_ERROR(
      out.Add(SectionType::kRowBegins, kind, BytesOf(tables.row_begins)));
  HASHVET_RETURN_IF_ERROR(
      out.Add(SectionType::kEntries, kind, BytesOf(tables.entries)));
  return out.Add(SectionType::kKeyBytes, kind, BytesOf(tables.key_bytes));
}

}  // namespace

struct SnapshotWriter::State {
  ListPolicy policy;
  std::map<HashKind, PendingKind> kinds;  // in the order of their numbers
  absl::flat_hash_map<std::string, uint32_t>
      categories;  // numbered as they came
  uint64_t entries = 0;

  // The rank of each category by its number; writes the category sections.
  absl::StatusOr<std::vector<uint32_t>> AddCategories(
      SectionWriter& out) const {
    std::vector<std::pair<std::string_view, uint32_t>> sorted(
        categories.begin(), categories.end());
    std::sort(sorted.begin(), sorted.end());
    std::vector<uint32_t> ranks(sorted.size());
    std::vector<uint32_t> begins = {0};
    std::string bytes;
    for (uint32_t rank = 0; rank < sorted.size(); ++rank) {
      ranks[sorted[rank].second] = rank;
      bytes += sorted[rank].first;
      if (bytes.size() > std::numeric_limits<uint32_t>::max()) {
        return absl::ResourceExhaustedError(
            "snapshot: the distinct categories take over 4 GiB");
      }
      begins.push_back(static_cast<uint32_t>(bytes.size()));
    }
    HASHVET_RETURN_IF_ERROR(
        out.Add(SectionType::kCategoryBegins, 0, BytesOf(begins)));
    HASHVET_RETURN_IF_ERROR(
        out.Add(SectionType::kCategoryBytes, 0, BytesOf(bytes)));
    return ranks;
  }
};

SnapshotWriter::SnapshotWriter(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
SnapshotWriter::SnapshotWriter(SnapshotWriter&&) noexcept = default;
SnapshotWriter& SnapshotWriter::operator=(SnapshotWriter&&) noexcept = default;
SnapshotWriter::~SnapshotWriter() = default;

absl::StatusOr<SnapshotWriter> SnapshotWriter::Create(ListPolicy policy) {
  HASHVET_RETURN_IF_ERROR(CheckPolicy(policy));
  auto state = std::make_unique<State>();
  state->policy = std::move(policy);
  return SnapshotWriter(std::move(state));
}

absl::Status SnapshotWriter::Add(ListEntry entry) {
  for (const std::string* text : {&entry.key, &entry.category}) {
    if (text->size() <= snapshot::kMaxTextBytes) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "snapshot entry: got a ", text == &entry.key ? "key" : "category",
        " of ", text->size(), " bytes, want at most ",
        snapshot::kMaxTextBytes));
  }
  if (entry.quality.has_value() &&
      (*entry.quality < 0 || *entry.quality > 100)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "snapshot entry: got quality ", *entry.quality, ", want 0 to 100"));
  }
  if (state_->entries == std::numeric_limits<uint32_t>::max()) {
    return absl::ResourceExhaustedError(
        absl::StrCat("snapshot: over ", state_->entries, " entries"));
  }

  const HashKind kind = entry.value.kind();
  PendingKind& pending = state_->kinds.try_emplace(kind, kind).first->second;
  EntryRecord record;
  record.key = snapshot::PackKey(pending.key_bytes.size(), entry.key.size());
  record.category =
      state_->categories
          .try_emplace(std::move(entry.category),
                       static_cast<uint32_t>(state_->categories.size()))
          .first->second;
  if (entry.quality.has_value()) {
    record.quality = static_cast<uint8_t>(*entry.quality);
  }
  const std::vector<uint8_t> bytes = entry.value.ToBytes();
  pending.values.insert(pending.values.end(), bytes.begin(), bytes.end());
  pending.entries.push_back(record);
  pending.key_bytes += entry.key;
  ++state_->entries;
  return absl::OkStatus();
}

absl::StatusOr<SnapshotCounts> SnapshotWriter::Write(const std::string& path) {
  if (state_->entries == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("snapshot: got no entries, and an empty list would answer "
                     "\"no match\" to everything: ",
                     path));
  }
  size_t sections = kListSections;
  for (const auto& [kind, pending] : state_->kinds) {
    sections += SectionsOf(kind);
  }
  HASHVET_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
  SectionWriter out(std::move(file), sections);
  HASHVET_RETURN_IF_ERROR(out.Begin());
  HASHVET_RETURN_IF_ERROR(AddPolicy(state_->policy, out));
  HASHVET_ASSIGN_OR_RETURN(const std::vector<uint32_t> ranks,
                           state_->AddCategories(out));
  SnapshotCounts counts;
  for (const auto& [kind, pending] : state_->kinds) {
    const KindTables tables = snapshot::MakeKindTables(pending, ranks);
    HASHVET_RETURN_IF_ERROR(AddKind(kind, tables, out));
    counts.entries += tables.entries.size();
    counts.unique_values += tables.rows;
  }
  HASHVET_ASSIGN_OR_RETURN(counts.size_bytes, out.Finish());
  return counts;
}

}  // namespace hashvet
