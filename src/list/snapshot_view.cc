#include "src/list/snapshot_view.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/checksum.h"
#include "hashvet/base/status.h"
#include "hashvet/list/snapshot_reader.h"

namespace hashvet::snapshot {
namespace {

using Bytes = std::span<const std::byte>;

std::string NameOf(const Section& section) {
  const std::string_view name =
      snapshot::NameOf(static_cast<SectionType>(section.type));
  std::string text = absl::StrCat("snapshot ", ToAbsl(name));
  if (section.kind != 0) {
    const absl::StatusOr<HashKind> kind = HashKindFromNumber(section.kind);
    absl::StrAppend(&text, " of ",
                    kind.ok() ? ToAbsl(hashvet::NameOf(*kind)) : "kind ",
                    kind.ok() ? "" : absl::StrCat(section.kind));
  }
  return text;
}

class Verifier {
 public:
  Verifier(Bytes file, std::string_view path) : file_(file), path_(path) {}

  absl::StatusOr<View> Run() {
    HASHVET_RETURN_IF_ERROR(ReadHeader());
    HASHVET_RETURN_IF_ERROR(ReadTable());
    for (const Section& section : table_) {
      if (Checksum(BytesOf(section)) != section.checksum) {
        return Damaged(section, "checksum differs");
      }
    }
    HASHVET_RETURN_IF_ERROR(ReadPolicy());
    HASHVET_RETURN_IF_ERROR(ReadCategories());
    while (next_ < table_.size()) HASHVET_RETURN_IF_ERROR(ReadKind());
    return std::move(view_);
  }

 private:
  absl::Status Damaged(absl::string_view what, absl::string_view reason) const {
    return absl::DataLossError(
        absl::StrCat(what, ": ", reason, ": ", ToAbsl(path_)));
  }
  absl::Status Damaged(const Section& section, absl::string_view reason) const {
    return Damaged(NameOf(section), reason);
  }
  Bytes BytesOf(const Section& section) const {
    return file_.subspan(section.offset, section.size_bytes);
  }

  absl::Status ReadHeader();
  absl::Status ReadTable();
  absl::Status ReadPolicy();
  absl::Status ReadCategories();
  absl::Status ReadKind();
  absl::Status ReadPlanes(KindView& kind);
  absl::Status ReadValues(KindView& kind);
  absl::Status ReadPostings(KindView& kind);

  // The next section, which must be of this type and kind and hold whole Ts.
  template <typename T>
  absl::StatusOr<std::span<const T>> Next(SectionType type, uint32_t kind) {
    const Section wanted{static_cast<uint32_t>(type), kind};
    if (next_ == table_.size() || table_[next_].type != wanted.type ||
        table_[next_].kind != kind) {
      return Damaged(wanted, "not where it should be in the section table");
    }
    const Section& section = table_[next_++];
    if (section.size_bytes % sizeof(T) != 0) {
      return Damaged(section,
                     absl::StrCat("got ", section.size_bytes,
                                  " bytes, want a multiple of ", sizeof(T)));
    }
    const Bytes bytes = BytesOf(section);
    return std::span<const T>(reinterpret_cast<const T*>(bytes.data()),
                              bytes.size() / sizeof(T));
  }
  const Section& last() const { return table_[next_ - 1]; }

  const Bytes file_;
  const std::string_view path_;
  std::span<const Section> table_;
  size_t next_ = 0;  // in table_
  View view_;
};

absl::Status Verifier::ReadHeader() {
  Header& header = view_.header;
  if (file_.size() < kMagic.size() ||
      std::memcmp(file_.data(), kMagic.data(), kMagic.size()) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a snapshot: the first bytes are not a snapshot's: ",
                     ToAbsl(path_)));
  }
  if (file_.size() < sizeof(Header)) {
    return Damaged("snapshot header",
                   absl::StrCat("truncated, got ", file_.size(), " bytes"));
  }
  std::memcpy(&header, file_.data(), sizeof header);
  if (header.byte_order == kOtherByteOrder) {
    return absl::FailedPreconditionError(absl::StrCat(
        "snapshot header: written in the other byte order: ", ToAbsl(path_)));
  }
  if (Checksum(file_.first(kHeaderChecked)) != header.header_checksum) {
    return Damaged("snapshot header", "checksum differs");
  }
  if (header.min_reader > kSnapshotMaxFormat ||
      std::max(header.format, kSnapshotMinFormat) != header.format) {
    return absl::FailedPreconditionError(absl::StrCat(
        "snapshot header: format ", header.format, ", for readers of format ",
        header.min_reader, " and newer, but this build reads ",
        kSnapshotMinFormat, "..", kSnapshotMaxFormat, ": ", ToAbsl(path_)));
  }
  if (header.byte_order != kByteOrder || header.min_reader > header.format) {
    return Damaged("snapshot header", "fields contradict each other");
  }
  if (header.file_bytes != file_.size()) {
    return Damaged("snapshot header",
                   absl::StrCat("truncated or grown: got ", file_.size(),
                                " bytes, want ", header.file_bytes));
  }
  return absl::OkStatus();
}

absl::Status Verifier::ReadTable() {
  const Header& header = view_.header;
  if (header.sections > kMaxSections ||
      header.sections * sizeof(Section) > file_.size() - sizeof(Header)) {
    return Damaged("snapshot section table",
                   absl::StrCat("does not fit: ", header.sections, " rows"));
  }
  const Bytes bytes =
      file_.subspan(sizeof(Header), header.sections * sizeof(Section));
  if (Checksum(bytes) != header.table_checksum) {
    return Damaged("snapshot section table", "checksum differs");
  }
  table_ = {reinterpret_cast<const Section*>(bytes.data()), header.sections};

  // Each section begins at the first aligned place after the one before it, so
  // none overlap and no byte lies outside; the bytes between are zero.
  uint64_t end = sizeof(Header) + bytes.size();
  const Section* before = nullptr;
  for (const Section& section : table_) {
    if (section.offset != AlignUp(end) || section.offset > file_.size() ||
        section.size_bytes > file_.size() - section.offset) {
      return Damaged(section, "lies outside its place in the file");
    }
    for (; end < section.offset; ++end) {
      if (file_[end] != std::byte{0}) {
        return Damaged(section, "bytes before it are not zero");
      }
    }
    end += section.size_bytes;
    if (before != nullptr && std::tie(before->kind, before->type) >=
                                 std::tie(section.kind, section.type)) {
      return Damaged(section, "out of order in the section table");
    }
    before = &section;
  }
  if (end != file_.size()) {
    return Damaged("snapshot section table", "bytes after the last section");
  }
  return absl::OkStatus();
}

absl::Status Verifier::ReadPolicy() {
  HASHVET_ASSIGN_OR_RETURN(const std::span<const char> bytes,
                           Next<char>(SectionType::kPolicy, 0));
  PolicyRecord record;
  if (bytes.size() < sizeof record) return Damaged(last(), "too short");
  std::memcpy(&record, bytes.data(), sizeof record);
  if (bytes.size() - sizeof record !=
      uint64_t{record.name_bytes} + record.action_bytes) {
    return Damaged(last(), "sizes of its texts contradict its own");
  }
  const char* const name = bytes.data() + sizeof record;
  view_.policy.name.assign(name, record.name_bytes);
  view_.policy.action.assign(name + record.name_bytes, record.action_bytes);
  SetKindPolicy({.max_distance = record.pdq_max_distance}, view_.policy);
  view_.policy.min_quality =
      static_cast<int>(std::min<uint32_t>(record.pdq_min_quality, 101));
  if (absl::Status status = CheckPolicy(view_.policy); !status.ok()) {
    return Damaged(last(), status.message());
  }
  return absl::OkStatus();
}

absl::Status Verifier::ReadCategories() {
  HASHVET_ASSIGN_OR_RETURN(view_.category_begins,
                           Next<uint32_t>(SectionType::kCategoryBegins, 0));
  const Section& begins = last();
  HASHVET_ASSIGN_OR_RETURN(const std::span<const char> bytes,
                           Next<char>(SectionType::kCategoryBytes, 0));
  view_.category_bytes = {bytes.data(), bytes.size()};
  const std::span<const uint32_t> places = view_.category_begins;
  if (places.size() < 2 || places.front() != 0 ||
      places.back() != bytes.size() ||
      !std::is_sorted(places.begin(), places.end())) {
    return Damaged(begins, "offsets do not cover the category bytes in order");
  }
  return absl::OkStatus();
}

absl::Status Verifier::ReadKind() {
  const absl::StatusOr<HashKind> number =
      HashKindFromNumber(table_[next_].kind);
  if (!number.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat(NameOf(table_[next_]),
                     ": this build does not know the kind: ", ToAbsl(path_)));
  }
  KindView kind;
  kind.kind = *number;
  HASHVET_RETURN_IF_ERROR(HasPlanes(InfoOf(kind.kind)) ? ReadPlanes(kind)
                                                       : ReadValues(kind));
  HASHVET_RETURN_IF_ERROR(ReadPostings(kind));
  view_.kinds.push_back(kind);
  return absl::OkStatus();
}

absl::Status Verifier::ReadPlanes(KindView& kind) {
  const auto number = static_cast<uint32_t>(kind.kind);
  auto type = static_cast<uint32_t>(SectionType::kPrefix0);
  for (std::span<const uint32_t>& plane : kind.planes.prefix) {
    HASHVET_ASSIGN_OR_RETURN(
        plane, Next<uint32_t>(static_cast<SectionType>(type++), number));
    kind.rows = kind.planes.prefix[0].size();
    if (plane.size() != kind.rows) return Damaged(last(), "wrong size");
  }
  HASHVET_ASSIGN_OR_RETURN(kind.planes.rest,
                           Next<uint64_t>(SectionType::kRest, number));
  if (kind.planes.rest.size() != 2 * kind.rows) {
    return Damaged(last(), "wrong size");
  }
  const auto& [p0, p1, p2, p3] = kind.planes.prefix;
  const std::span<const uint64_t> rest = kind.planes.rest;
  for (size_t r = 1; r < kind.rows; ++r) {
    // The highest bits decide, except between near copies.
    if (rest[2 * r - 1] < rest[2 * r + 1]) continue;
    if (std::tie(rest[2 * r - 1], rest[2 * r - 2], p3[r - 1], p2[r - 1],
                 p1[r - 1], p0[r - 1]) >=
        std::tie(rest[2 * r + 1], rest[2 * r], p3[r], p2[r], p1[r], p0[r])) {
      return Damaged(last(), absl::StrCat("row ", r, " is not in order"));
    }
  }
  return absl::OkStatus();
}

absl::Status Verifier::ReadValues(KindView& kind) {
  HASHVET_ASSIGN_OR_RETURN(
      kind.values,
      Next<uint8_t>(SectionType::kValues, static_cast<uint32_t>(kind.kind)));
  const size_t size_bytes = InfoOf(kind.kind).size_bytes;
  if (kind.values.size() % size_bytes != 0) {
    return Damaged(last(), "wrong size");
  }
  kind.rows = kind.values.size() / size_bytes;
  const uint8_t* value = kind.values.data();
  for (size_t r = 1; r < kind.rows; ++r, value += size_bytes) {
    if (std::memcmp(value, value + size_bytes, size_bytes) >= 0) {
      return Damaged(last(), absl::StrCat("row ", r, " is not in order"));
    }
  }
  return absl::OkStatus();
}

absl::Status Verifier::ReadPostings(KindView& kind) {
  const auto number = static_cast<uint32_t>(kind.kind);
  HASHVET_ASSIGN_OR_RETURN(kind.row_begins,
                           Next<uint32_t>(SectionType::kRowBegins, number));
  const Section& begins = last();
  HASHVET_ASSIGN_OR_RETURN(kind.entries,
                           Next<EntryRecord>(SectionType::kEntries, number));
  const Section& entries = last();
  HASHVET_ASSIGN_OR_RETURN(const std::span<const char> key_bytes,
                           Next<char>(SectionType::kKeyBytes, number));
  kind.key_bytes = {key_bytes.data(), key_bytes.size()};

  if (kind.rows == 0 || kind.rows > kMaxIndexRows ||
      kind.row_begins.size() != kind.rows + 1 || kind.row_begins[0] != 0 ||
      kind.row_begins.back() != kind.entries.size()) {
    return Damaged(begins, "rows and entries contradict each other");
  }
  for (size_t r = 0; r < kind.rows; ++r) {
    if (kind.row_begins[r] >= kind.row_begins[r + 1]) {
      return Damaged(begins, absl::StrCat("row ", r, " has no entry"));
    }
  }
  const size_t categories = view_.category_begins.size() - 1;
  uint64_t key_end = 0;
  for (const EntryRecord& entry : kind.entries) {
    const bool ok = KeyBegin(entry) == key_end && entry.category < categories &&
                    (entry.quality <= 100 || entry.quality == kNoQuality) &&
                    entry.reserved == std::array<uint8_t, 3>{};
    if (!ok) {
      return Damaged(entries, absl::StrCat("entry ", &entry - &kind.entries[0],
                                           " points outside"));
    }
    key_end += KeyBytes(entry);
  }
  if (key_end != key_bytes.size()) {
    return Damaged(entries, "keys do not cover the key bytes");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<View> VerifySnapshot(std::span<const std::byte> file,
                                    std::string_view path) {
  return Verifier(file, path).Run();
}

}  // namespace hashvet::snapshot
