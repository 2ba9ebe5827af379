#include "src/list/section_table.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <tuple>

#include "hashvet/base/checksum.h"
#include "hashvet/list/sealed_file.h"
#include "hashvet/list/snapshot_reader.h"

namespace hashvet::snapshot {

std::string NameOfSection(const Section& section) {
  std::string text = absl::StrCat(
      "snapshot ", ToAbsl(NameOf(static_cast<SectionType>(section.type))));
  if (section.kind == 0) return text;
  const absl::StatusOr<HashKind> kind = HashKindFromNumber(section.kind);
  if (kind.ok()) {
    absl::StrAppend(&text, " of ", ToAbsl(hashvet::NameOf(*kind)));
  } else {
    absl::StrAppend(&text, " of kind ", section.kind);
  }
  return text;
}

absl::StatusOr<SectionTable> SectionTable::Read(std::span<const std::byte> file,
                                                std::string_view path) {
  SectionTable table(file, path);
  HASHVET_RETURN_IF_ERROR(table.ReadHeader());
  HASHVET_RETURN_IF_ERROR(table.ReadTable());
  return table;
}

absl::Status SectionTable::ReadHeader() {
  if (file_.size() < kMagic.size() ||
      std::memcmp(file_.data(), kMagic.data(), kMagic.size()) != 0) {
    if (IsSealed(file_)) {
      return absl::FailedPreconditionError(absl::StrCat(
          "got a sealed file, want a plain snapshot; sealed files are opened "
          "through their published directory, with its key: ",
          ToAbsl(path_)));
    }
    return absl::InvalidArgumentError(
        absl::StrCat("not a snapshot: the first bytes are not a snapshot's: ",
                     ToAbsl(path_)));
  }
  if (file_.size() < sizeof(Header)) {
    return Damaged("snapshot header",
                   absl::StrCat("truncated, got ", file_.size(), " bytes"));
  }
  std::memcpy(&header_, file_.data(), sizeof header_);
  if (header_.byte_order == kOtherByteOrder) {
    return absl::FailedPreconditionError(absl::StrCat(
        "snapshot header: written in the other byte order: ", ToAbsl(path_)));
  }
  if (Checksum(file_.first(kHeaderChecked)) != header_.header_checksum) {
    return Damaged("snapshot header", "checksum differs");
  }
  if (header_.min_reader > kSnapshotMaxFormat ||
      std::max(header_.format, kSnapshotMinFormat) != header_.format) {
    return absl::FailedPreconditionError(absl::StrCat(
        "snapshot header: format ", header_.format, ", for readers of format ",
        header_.min_reader, " and newer, but this build reads ",
        kSnapshotMinFormat, "..", kSnapshotMaxFormat, ": ", ToAbsl(path_)));
  }
  if (header_.byte_order != kByteOrder || header_.min_reader > header_.format ||
      header_.reserved != std::array<uint64_t, 2>{}) {
    return Damaged("snapshot header", "fields contradict each other");
  }
  if (header_.file_bytes != file_.size()) {
    return Damaged("snapshot header",
                   absl::StrCat("truncated or grown: got ", file_.size(),
                                " bytes, want ", header_.file_bytes));
  }
  return absl::OkStatus();
}

absl::Status SectionTable::ReadTable() {
  if (header_.sections > kMaxSections ||
      header_.sections * sizeof(Section) > file_.size() - sizeof(Header)) {
    return Damaged("snapshot section table",
                   absl::StrCat("does not fit: ", header_.sections, " rows"));
  }
  const auto bytes =
      file_.subspan(sizeof(Header), header_.sections * sizeof(Section));
  if (Checksum(bytes) != header_.table_checksum) {
    return Damaged("snapshot section table", "checksum differs");
  }
  table_ = {reinterpret_cast<const Section*>(bytes.data()), header_.sections};

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

absl::Status SectionTable::CheckChecksum(const Section& section) const {
  if (Checksum(BytesOf(section)) == section.checksum) return absl::OkStatus();
  return Damaged(section, "checksum differs");
}

absl::Status SectionTable::CheckAllChecksums(Executor* executor) const {
  // The first that differs, by its place; all the same to a parallel run.
  std::atomic<size_t> first = table_.size();
  const auto check = [&](size_t s) {
    if (Checksum(BytesOf(table_[s])) == table_[s].checksum) return;
    size_t known = first.load();
    while (s < known && !first.compare_exchange_weak(known, s)) {
    }
  };
  if (executor != nullptr) {
    executor->ParallelFor(table_.size(), check);
  } else {
    for (size_t s = 0; s < table_.size(); ++s) check(s);
  }
  if (first == table_.size()) return absl::OkStatus();
  return Damaged(table_[first], "checksum differs");
}

}  // namespace hashvet::snapshot
