// The header and the section table of a snapshot file: which sections there
// are, and that they are whole. Private to the list layer.

#ifndef HASHVET_SRC_LIST_SECTION_TABLE_H_
#define HASHVET_SRC_LIST_SECTION_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/hash_kind.h"
#include "src/list/snapshot_format.h"

namespace hashvet::snapshot {

// "snapshot entries of pdq"
std::string NameOfSection(const Section& section);

class SectionTable {
 public:
  // Checks the header, the table, the place of every section and the zero bytes
  // between them. The bytes and the path must outlive the object.
  //
  // Errors: as SnapshotReader::Open.
  static absl::StatusOr<SectionTable> Read(std::span<const std::byte> file,
                                           std::string_view path);

  const Header& header() const { return header_; }
  std::span<const Section> sections() const { return table_; }

  std::span<const std::byte> BytesOf(const Section& section) const {
    return file_.subspan(section.offset, section.size_bytes);
  }

  absl::Status Damaged(absl::string_view what, absl::string_view reason) const {
    return absl::DataLossError(
        absl::StrCat(what, ": ", reason, ": ", ToAbsl(path_)));
  }
  absl::Status Damaged(const Section& section, absl::string_view reason) const {
    return Damaged(NameOfSection(section), reason);
  }
  std::string_view path() const { return path_; }

  // Of one section, or of all, which is where a whole file is read.
  absl::Status CheckChecksum(const Section& section) const;
  absl::Status CheckAllChecksums(Executor* executor) const;

  // Walking through them in order: the section that is next, which is the one
  // that NextIs and Next look at.
  bool done() const { return next_ == table_.size(); }
  bool NextIs(SectionType type, HashKind kind) const {
    return !done() && table_[next_].type == static_cast<uint32_t>(type) &&
           table_[next_].kind == static_cast<uint32_t>(kind);
  }
  const Section& next() const { return table_[next_]; }
  const Section& last() const { return table_[next_ - 1]; }

  // The content of the next section, which must be of this type and kind and
  // hold whole Ts.
  template <typename T>
  absl::StatusOr<std::span<const T>> Next(SectionType type, HashKind kind) {
    if (!NextIs(type, kind)) {
      return Damaged(
          Section{static_cast<uint32_t>(type), static_cast<uint32_t>(kind)},
          "not where it should be in the section table");
    }
    const Section& section = table_[next_++];
    if (section.size_bytes % sizeof(T) != 0) {
      return Damaged(section,
                     absl::StrCat("got ", section.size_bytes,
                                  " bytes, want a multiple of ", sizeof(T)));
    }
    const std::span<const std::byte> bytes = BytesOf(section);
    return std::span<const T>(reinterpret_cast<const T*>(bytes.data()),
                              bytes.size() / sizeof(T));
  }

  // The same of a section that is small: its checksum is checked too.
  template <typename T>
  absl::StatusOr<std::span<const T>> NextSmall(SectionType type,
                                               HashKind kind) {
    HASHVET_ASSIGN_OR_RETURN(const std::span<const T> content,
                             Next<T>(type, kind));
    HASHVET_RETURN_IF_ERROR(CheckChecksum(last()));
    return content;
  }

 private:
  SectionTable(std::span<const std::byte> file, std::string_view path)
      : file_(file), path_(path) {}
  absl::Status ReadHeader();
  absl::Status ReadTable();

  std::span<const std::byte> file_;
  std::string_view path_;
  Header header_;
  std::span<const Section> table_;
  size_t next_ = 0;  // in table_
};

}  // namespace hashvet::snapshot

#endif  // HASHVET_SRC_LIST_SECTION_TABLE_H_
