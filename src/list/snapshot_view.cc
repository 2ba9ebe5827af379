#include "src/list/snapshot_view.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <utility>

#include "hashvet/list/snapshot_reader.h"
#include "src/list/canary.h"
#include "src/list/section_table.h"

namespace hashvet::snapshot {
namespace {

constexpr HashKind kWholeFile = HashKind{0};

class Viewer {
 public:
  explicit Viewer(SectionTable table) : table_(std::move(table)) {}

  absl::StatusOr<View> Run() {
    view_.header = table_.header();
    HASHVET_RETURN_IF_ERROR(ReadLists());
    HASHVET_RETURN_IF_ERROR(ReadCategories());
    HASHVET_RETURN_IF_ERROR(ReadBase());
    while (!table_.done()) HASHVET_RETURN_IF_ERROR(ReadKind());
    if (view_.kinds.empty() && !view_.base.has_value()) {
      return table_.Damaged("snapshot section table", "no values at all");
    }
    return std::move(view_);
  }

 private:
  absl::Status ReadLists();
  absl::Status ReadCategories();
  absl::Status ReadBase();
  absl::Status ReadKind();
  absl::Status ReadCounts(KindView& kind);
  absl::Status ReadBits(KindView& kind);
  absl::Status ReadPlanes(KindView& kind);
  absl::Status ReadDigests(KindView& kind);
  absl::Status ReadVectors(KindView& kind);
  absl::Status ReadPostings(KindView& kind);
  absl::Status ReadCanaries(KindView& kind);
  absl::Status ReadRemoved(KindView& kind);

  SectionTable table_;
  View view_;
  Sha256Digest canary_seed_ = {};
};

// The policy that the records hold; CheckPolicy judges its numbers.
ListPolicy PolicyOf(const ListRecord& record, std::string_view texts,
                    std::span<const KindPolicyRecord> kinds) {
  ListPolicy policy;
  policy.name = texts.substr(record.text_begin, record.name_bytes);
  policy.action =
      texts.substr(record.text_begin + record.name_bytes, record.action_bytes);
  policy.role = static_cast<ListRole>(record.role);
  policy.min_quality = record.min_quality;
  policy.sampled_ppm = record.sampled_ppm;
  policy.sample_seed = record.sample_seed;
  policy.current_at = record.current_at;
  policy.staleness = {.late_after_s = record.late_after_s,
                      .stale_after_s = record.stale_after_s,
                      .expired_after_s = record.expired_after_s,
                      .refuse_stale = (record.flags & kRefuseStale) != 0,
                      .serve_expired = (record.flags & kServeExpired) != 0};
  for (const KindPolicyRecord& kind : kinds) {
    KindPolicy& own = policy.kinds.emplace_back();
    own.kind = static_cast<HashKind>(kind.kind);
    own.max_distance = kind.max_distance;
    if (kind.has_rotated != 0) {
      own.max_distance_rotated = kind.max_distance_rotated;
    }
    own.metric = static_cast<ByteVectorMetric>(kind.metric);
  }
  return policy;
}

absl::Status Viewer::ReadLists() {
  HASHVET_ASSIGN_OR_RETURN(
      const std::span<const ListRecord> records,
      table_.NextSmall<ListRecord>(SectionType::kLists, kWholeFile));
  const Section& lists = table_.last();
  HASHVET_ASSIGN_OR_RETURN(std::span<const KindPolicyRecord> kinds,
                           table_.NextSmall<KindPolicyRecord>(
                               SectionType::kKindPolicies, kWholeFile));
  const Section& kind_policies = table_.last();
  HASHVET_ASSIGN_OR_RETURN(
      const std::span<const char> text_bytes,
      table_.NextSmall<char>(SectionType::kListTexts, kWholeFile));
  const std::string_view texts(text_bytes.data(), text_bytes.size());
  HASHVET_ASSIGN_OR_RETURN(
      canary_seed_, CanarySeed(std::as_bytes(records), std::as_bytes(kinds),
                               std::as_bytes(text_bytes)));

  if (records.empty() || records.size() > kMaxLists) {
    return table_.Damaged(lists, absl::StrCat("got ", records.size(),
                                              " lists, want 1 to ", kMaxLists));
  }
  uint64_t text_end = 0;
  std::set<std::string> names;
  for (const ListRecord& record : records) {
    const uint64_t text_bytes_here =
        uint64_t{record.name_bytes} + record.action_bytes;
    if (record.text_begin != text_end ||
        text_bytes_here > texts.size() - text_end) {
      return table_.Damaged(lists, "sizes of the texts contradict each other");
    }
    text_end += text_bytes_here;
    if (record.kind_policies > kinds.size()) {
      return table_.Damaged(lists, "more policies of kinds than there are");
    }
    if (record.reserved != 0 ||
        (record.flags & ~(kRefuseStale | kServeExpired)) != 0) {
      return table_.Damaged(lists, "a flag of no known meaning");
    }
    const auto own = kinds.first(record.kind_policies);
    kinds = kinds.subspan(record.kind_policies);
    for (const KindPolicyRecord& kind : own) {
      const bool known = HashKindFromNumber(kind.kind).ok();
      if (!known || kind.metric > 3 || kind.has_rotated > 1 ||
          (kind.has_rotated == 0 && kind.max_distance_rotated != 0)) {
        return known ? table_.Damaged(kind_policies, "out of its range")
                     : absl::FailedPreconditionError(absl::StrCat(
                           "snapshot kind policies: this build does not know "
                           "kind ",
                           kind.kind, ": ", ToAbsl(table_.path())));
      }
    }
    ListPolicy policy = PolicyOf(record, texts, own);
    if (absl::Status status = CheckPolicy(policy); !status.ok()) {
      return table_.Damaged(lists, status.message());
    }
    if (!names.insert(policy.name).second) {
      return table_.Damaged(lists, "two lists of one name");
    }
    view_.lists.push_back(std::move(policy));
  }
  if (text_end != texts.size() || !kinds.empty()) {
    return table_.Damaged(lists, "texts or policies that are no list's");
  }
  return absl::OkStatus();
}

absl::Status Viewer::ReadCategories() {
  HASHVET_ASSIGN_OR_RETURN(
      view_.categories,
      table_.Next<CategoryRecord>(SectionType::kCategories, kWholeFile));
  const Section& records = table_.last();
  HASHVET_ASSIGN_OR_RETURN(
      const std::span<const char> bytes,
      table_.Next<char>(SectionType::kCategoryBytes, kWholeFile));
  view_.category_bytes = {bytes.data(), bytes.size()};
  if (view_.categories.size() < 2 || view_.categories.front().begin != 0 ||
      view_.categories.back().begin != bytes.size()) {
    return table_.Damaged(records, "do not cover the category bytes");
  }
  return absl::OkStatus();
}

absl::Status Viewer::ReadBase() {
  if (!table_.NextIs(SectionType::kBase, kWholeFile)) return absl::OkStatus();
  HASHVET_ASSIGN_OR_RETURN(
      const std::span<const BaseRecord> records,
      table_.NextSmall<BaseRecord>(SectionType::kBase, kWholeFile));
  if (records.size() != 1) return table_.Damaged(table_.last(), "wrong size");
  view_.base = records[0];
  return absl::OkStatus();
}

absl::Status Viewer::ReadKind() {
  const absl::StatusOr<HashKind> number =
      HashKindFromNumber(table_.next().kind);
  if (!number.ok()) {
    return absl::FailedPreconditionError(absl::StrCat(
        NameOfSection(table_.next()),
        ": this build does not know the kind: ", ToAbsl(table_.path())));
  }
  KindView kind;
  kind.kind = *number;
  if (!table_.NextIs(SectionType::kRemoved, kind.kind)) {
    HASHVET_RETURN_IF_ERROR(ReadCounts(kind));
    switch (InfoOf(kind.kind).family) {
      case HashFamily::kBits:
        HASHVET_RETURN_IF_ERROR(table_.NextIs(SectionType::kPrefix0, kind.kind)
                                    ? ReadPlanes(kind)
                                    : ReadBits(kind));
        break;
      case HashFamily::kDigest:
        HASHVET_RETURN_IF_ERROR(ReadDigests(kind));
        break;
      case HashFamily::kByteVector:
        HASHVET_RETURN_IF_ERROR(ReadVectors(kind));
        break;
    }
    HASHVET_RETURN_IF_ERROR(ReadPostings(kind));
    HASHVET_RETURN_IF_ERROR(ReadCanaries(kind));
  }
  HASHVET_RETURN_IF_ERROR(ReadRemoved(kind));
  view_.kinds.push_back(kind);
  return absl::OkStatus();
}

absl::Status Viewer::ReadCounts(KindView& kind) {
  HASHVET_ASSIGN_OR_RETURN(
      const std::span<const uint32_t> numbers,
      table_.NextSmall<uint32_t>(SectionType::kCounts, kind.kind));
  constexpr size_t kNumbers = sizeof(CountsRecord) / sizeof(uint32_t);
  if (numbers.size() != kNumbers + view_.lists.size()) {
    return table_.Damaged(table_.last(), "wrong size");
  }
  kind.counts = {numbers[0], numbers[1], numbers[2], numbers[3]};
  kind.list_entries = numbers.subspan(kNumbers);
  uint64_t of_lists = 0;
  for (const uint32_t entries : kind.list_entries) of_lists += entries;
  const CountsRecord& counts = kind.counts;
  if (counts.rows == 0 || counts.rows > counts.entries ||
      counts.canary_rows > counts.canary_entries ||
      counts.canary_rows >= counts.rows ||
      of_lists + counts.canary_entries != counts.entries) {
    return table_.Damaged(table_.last(), "contradict each other");
  }
  return absl::OkStatus();
}

absl::Status Viewer::ReadPlanes(KindView& kind) {
  if (InfoOf(kind.kind).size_bytes != 32) {
    return table_.Damaged(table_.next(), "not for values of this width");
  }
  FlatPlanes& planes = kind.planes.emplace();
  auto type = static_cast<uint32_t>(SectionType::kPrefix0);
  for (std::span<const uint32_t>& plane : planes.prefix) {
    HASHVET_ASSIGN_OR_RETURN(
        plane,
        table_.Next<uint32_t>(static_cast<SectionType>(type++), kind.kind));
    if (plane.size() != kind.counts.rows) {
      return table_.Damaged(table_.last(), "wrong size");
    }
  }
  HASHVET_ASSIGN_OR_RETURN(
      planes.rest, table_.Next<uint64_t>(SectionType::kRest, kind.kind));
  if (planes.rest.size() != 2 * uint64_t{kind.counts.rows}) {
    return table_.Damaged(table_.last(), "wrong size");
  }
  return absl::OkStatus();
}

absl::Status Viewer::ReadBits(KindView& kind) {
  HASHVET_ASSIGN_OR_RETURN(
      const std::span<const uint64_t> words,
      table_.Next<uint64_t>(SectionType::kRows, kind.kind));
  const auto width_bits = InfoOf(kind.kind).row_bits();
  absl::StatusOr<BitRows> rows = BitRows::Create(words, width_bits);
  if (!rows.ok() || rows->size() != kind.counts.rows) {
    return table_.Damaged(table_.last(), "wrong size");
  }
  kind.rows = *rows;
  if (!table_.NextIs(SectionType::kRingOffsets, kind.kind)) {
    return absl::OkStatus();
  }
  RingTables& ring = kind.ring.emplace();
  ring.rows = *rows;
  ring.cut = table_.header().min_reader >= kParityFormat
                 ? RingCutFor(width_bits)
                 : RingCut::kInOrder;
  HASHVET_ASSIGN_OR_RETURN(
      ring.offsets,
      table_.NextSmall<uint32_t>(SectionType::kRingOffsets, kind.kind));
  HASHVET_ASSIGN_OR_RETURN(
      ring.next, table_.Next<uint16_t>(SectionType::kRingNext, kind.kind));
  HASHVET_ASSIGN_OR_RETURN(
      ring.ids, table_.Next<uint32_t>(SectionType::kRingIds, kind.kind));
  return absl::OkStatus();  // RingIndex holds their sizes against each other
}

absl::Status Viewer::ReadDigests(KindView& kind) {
  DigestTables& digests = kind.digests.emplace();
  digests.digest_bytes = InfoOf(kind.kind).size_bytes;
  HASHVET_ASSIGN_OR_RETURN(
      digests.digests, table_.Next<uint8_t>(SectionType::kDigests, kind.kind));
  if (digests.digests.size() !=
      uint64_t{kind.counts.rows} * digests.digest_bytes) {
    return table_.Damaged(table_.last(), "wrong size");
  }
  HASHVET_ASSIGN_OR_RETURN(
      digests.offsets,
      table_.Next<uint32_t>(SectionType::kDigestOffsets, kind.kind));
  return absl::OkStatus();  // DigestIndex knows how many there must be
}

absl::Status Viewer::ReadVectors(KindView& kind) {
  ByteVectorTables& vectors = kind.vectors.emplace();
  vectors.rows = kind.counts.rows;
  HASHVET_ASSIGN_OR_RETURN(
      vectors.prefix,
      table_.Next<uint8_t>(SectionType::kVectorPrefix, kind.kind));
  HASHVET_ASSIGN_OR_RETURN(
      vectors.rest, table_.Next<uint8_t>(SectionType::kVectorRest, kind.kind));
  return absl::OkStatus();  // ByteVectorIndex knows their sizes
}

absl::Status Viewer::ReadPostings(KindView& kind) {
  HASHVET_ASSIGN_OR_RETURN(
      kind.row_begins,
      table_.Next<uint32_t>(SectionType::kRowBegins, kind.kind));
  if (kind.row_begins.size() != uint64_t{kind.counts.rows} + 1) {
    return table_.Damaged(table_.last(), "wrong size");
  }
  HASHVET_ASSIGN_OR_RETURN(
      kind.entries, table_.Next<EntryRecord>(SectionType::kEntries, kind.kind));
  if (kind.entries.size() != kind.counts.entries) {
    return table_.Damaged(table_.last(), "wrong size");
  }
  HASHVET_ASSIGN_OR_RETURN(
      const std::span<const char> key_bytes,
      table_.Next<char>(SectionType::kKeyBytes, kind.kind));
  kind.key_bytes = {key_bytes.data(), key_bytes.size()};
  return absl::OkStatus();
}

absl::Status Viewer::ReadCanaries(KindView& kind) {
  HASHVET_ASSIGN_OR_RETURN(
      kind.canaries,
      table_.NextSmall<uint8_t>(SectionType::kCanaries, kind.kind));
  HASHVET_ASSIGN_OR_RETURN(const std::vector<uint8_t> own,
                           MakeCanaries(canary_seed_, kind.kind));
  if (!std::ranges::equal(kind.canaries, own) ||
      kind.counts.canary_entries != kCanariesPerKind) {
    return table_.Damaged(table_.last(), "not those of these lists");
  }
  return absl::OkStatus();
}

absl::Status Viewer::ReadRemoved(KindView& kind) {
  if (!table_.NextIs(SectionType::kRemoved, kind.kind)) {
    return absl::OkStatus();
  }
  if (!view_.base.has_value()) {
    return table_.Damaged(table_.next(), "but this is no overlay");
  }
  HASHVET_ASSIGN_OR_RETURN(kind.removed, table_.NextSmall<uint32_t>(
                                             SectionType::kRemoved, kind.kind));
  if (kind.removed.empty() ||
      std::ranges::adjacent_find(kind.removed, std::ranges::greater_equal()) !=
          kind.removed.end()) {
    return table_.Damaged(table_.last(), "do not ascend");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<View> ViewSnapshot(std::span<const std::byte> file,
                                  std::string_view path, bool checksums,
                                  Executor* executor) {
  HASHVET_ASSIGN_OR_RETURN(SectionTable table, SectionTable::Read(file, path));
  if (checksums) HASHVET_RETURN_IF_ERROR(table.CheckAllChecksums(executor));
  return Viewer(std::move(table)).Run();
}

}  // namespace hashvet::snapshot
