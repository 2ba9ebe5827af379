#include "src/list/section_writer.h"

#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"

namespace hashvet::snapshot {
namespace {

template <typename T>
std::span<const std::byte> BytesOfOne(const T& object) {
  return std::as_bytes(std::span(&object, 1));
}

}  // namespace

SectionWriter::SectionWriter(AtomicFile file, size_t sections)
    : file_(std::move(file)),
      sections_(sections),
      end_(sizeof(Header) + sections * sizeof(Section)) {}

SectionWriter::Place SectionWriter::Lay(SectionType type, HashKind kind,
                                        uint64_t size_bytes) {
  Section& section = table_.emplace_back();
  section.type = static_cast<uint32_t>(type);
  section.kind = static_cast<uint32_t>(kind);
  section.offset = AlignUp(end_);
  section.size_bytes = size_bytes;
  end_ = section.offset + size_bytes;
  progress_.emplace_back();
  return table_.size() - 1;
}

absl::Status SectionWriter::Fill(Place place,
                                 std::span<const std::byte> bytes) {
  Progress& progress = progress_[place];
  if (bytes.size() > table_[place].size_bytes - progress.filled) {
    return absl::InternalError("snapshot writer: a section is too small");
  }
  HASHVET_RETURN_IF_ERROR(
      file_.WriteAt(table_[place].offset + progress.filled, bytes));
  progress.checksum.Update(bytes);
  progress.filled += bytes.size();
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> SectionWriter::Finish() {
  if (table_.size() != sections_) {
    return absl::InternalError("snapshot writer: a section too many or few");
  }
  for (size_t s = 0; s < table_.size(); ++s) {
    if (progress_[s].filled != table_[s].size_bytes) {
      return absl::InternalError("snapshot writer: a section is not full");
    }
    table_[s].checksum = progress_[s].checksum.Value();
  }
  Header header;
  if (std::ranges::any_of(table_, IsCutByFormat)) {
    header.format = header.min_reader = kParityFormat;
  }
  header.sections = static_cast<uint32_t>(table_.size());
  header.file_bytes = end_;
  header.table_checksum = Checksum(BytesOf(table_));
  header.header_checksum = Checksum(BytesOfOne(header).first(kHeaderChecked));
  HASHVET_RETURN_IF_ERROR(file_.WriteAt(0, BytesOfOne(header)));
  HASHVET_RETURN_IF_ERROR(file_.WriteAt(sizeof header, BytesOf(table_)));
  if (file_.size_bytes() < end_) {  // the last section is empty
    const std::vector<std::byte> zeros(end_ - file_.size_bytes());
    HASHVET_RETURN_IF_ERROR(file_.WriteAt(file_.size_bytes(), zeros));
  }
  HASHVET_RETURN_IF_ERROR(file_.Commit());
  return end_;
}

}  // namespace hashvet::snapshot
