// Entries and snapshot bytes for the tests of the list layer and above it.

#ifndef HASHVET_TESTS_LIST_SNAPSHOT_SUPPORT_H_
#define HASHVET_TESTS_LIST_SNAPSHOT_SUPPORT_H_

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/checksum.h"
#include "hashvet/base/status.h"
#include "hashvet/list/snapshot_reader.h"
#include "hashvet/list/snapshot_writer.h"
#include "src/list/snapshot_format.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/status_matchers.h"

namespace hashvet::testing {

inline HashValue RandomValue(HashKind kind, std::mt19937_64& random) {
  std::vector<uint8_t> bytes(InfoOf(kind).size_bytes);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return *HashValue::FromBytes(kind, bytes);
}

inline ListPolicy PolicyNamed(std::string name) {
  ListPolicy policy;
  policy.name = std::move(name);
  return policy;
}

// Entries of every kind, some values shared by several entries, some entries
// equal.
inline std::vector<ListEntry> MixedEntries(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  const std::span<const HashKindInfo> kinds = AllHashKinds();
  std::vector<ListEntry> entries;
  for (size_t i = 0; i < count; ++i) {
    ListEntry entry{RandomValue(kinds[i % kinds.size()].kind, random),
                    absl::StrCat("key-", random() % 1000),
                    std::string(random() % 3, 'c'), std::nullopt};
    if (random() % 2 == 0) entry.quality = static_cast<int>(random() % 101);
    if (random() % 2 == 0) entry.category_scheme = "scheme";
    entry.opinion = static_cast<Opinion>(random() % 5);
    if (i > 20 && random() % 4 == 0) {
      entry.value = entries[random() % i].value;
    }
    if (i > 20 && random() % 16 == 0) entry = entries[random() % i];
    entries.push_back(std::move(entry));
  }
  return entries;
}

inline absl::StatusOr<SnapshotCounts> WriteSnapshot(
    const std::string& path, const ListPolicy& policy,
    const std::vector<ListEntry>& entries) {
  HASHVET_ASSIGN_OR_RETURN(SnapshotWriter writer,
                           SnapshotWriter::Create(policy));
  for (const ListEntry& entry : entries) {
    HASHVET_RETURN_IF_ERROR(writer.Add(entry));
  }
  return writer.Write(path);
}

// The whole way: a file in a folder that is gone again.
inline std::shared_ptr<const SnapshotReader> MakeSnapshot(
    const ListPolicy& policy, const std::vector<ListEntry>& entries) {
  const ScratchFolder folder;
  const std::string path = folder.Path("list.hvs");
  EXPECT_OK(WriteSnapshot(path, policy, entries));
  auto reader = SnapshotReader::Open(path);
  EXPECT_OK(reader);
  return *std::move(reader);
}

// A snapshot's bytes, open to changes behind the checksums' back.
class SnapshotBytes {
 public:
  explicit SnapshotBytes(std::string bytes) : bytes_(std::move(bytes)) {}

  std::string& bytes() { return bytes_; }
  snapshot::Header& header() {
    return *reinterpret_cast<snapshot::Header*>(bytes_.data());
  }
  std::span<snapshot::Section> table() {
    return {reinterpret_cast<snapshot::Section*>(bytes_.data() +
                                                 sizeof(snapshot::Header)),
            header().sections};
  }
  snapshot::Section& section(snapshot::SectionType type, HashKind kind = {}) {
    const auto table = this->table();
    return *std::find_if(table.begin(), table.end(), [&](const auto& section) {
      return section.type == static_cast<uint32_t>(type) &&
             section.kind == static_cast<uint32_t>(kind);
    });
  }
  // The section's content as Ts.
  template <typename T>
  T* content(snapshot::SectionType type, HashKind kind = {}) {
    return reinterpret_cast<T*>(bytes_.data() + section(type, kind).offset);
  }

  // Makes every checksum right again, as somebody with intent would.
  void Sign() {
    const auto all = std::as_bytes(std::span(bytes_));
    for (snapshot::Section& section : table()) {
      if (section.offset > all.size() ||
          section.size_bytes > all.size() - section.offset) {
        continue;
      }
      section.checksum =
          Checksum(all.subspan(section.offset, section.size_bytes));
    }
    header().table_checksum = Checksum(std::as_bytes(table()));
    SignHeader();
  }
  void SignHeader() {
    header().header_checksum = Checksum(
        std::as_bytes(std::span(bytes_)).first(snapshot::kHeaderChecked));
  }

 private:
  std::string bytes_;
};

// Touches everything that a reader can give.
inline size_t WalkSnapshot(const SnapshotReader& reader) {
  size_t bytes = reader.lists()[0].name.size() + reader.version().size();
  for (const SnapshotReader::KindCounts& counts : reader.kinds()) {
    const uint32_t rows = reader.rows(counts.kind);
    for (uint32_t row = 0; row < rows; ++row) {
      const HashValue value = reader.value(counts.kind, row);
      if (const auto* digests = reader.digest_index(counts.kind)) {
        EXPECT_EQ((*digests->Find({value.As<Digest>(), 1}))[0], row);
      }
      for (uint32_t i = 0; i < reader.entry_count(counts.kind, row); ++i) {
        const EntryView entry = reader.entry(counts.kind, row, i);
        // Copies, so that a sanitizer sees every byte being read.
        bytes += std::string(entry.key).size();
        bytes += std::string(entry.category).size();
        bytes += std::string(entry.category_scheme).size();
      }
    }
  }
  return bytes;
}

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_LIST_SNAPSHOT_SUPPORT_H_
