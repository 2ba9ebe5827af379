// Any bytes as a snapshot file: it is refused, or everything in it can be read.
//
// Checksums would stop a fuzzer at the door, so they are made right first; the
// tests of damage are elsewhere (tests/list/snapshot_damage_test.cc).

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/checksum.h"
#include "hashvet/list/snapshot_reader.h"
#include "src/list/snapshot_format.h"

namespace {

namespace snapshot = hashvet::snapshot;

void Sign(std::vector<std::byte>& file) {
  snapshot::Header header;
  if (file.size() < sizeof header) return;
  std::memcpy(&header, file.data(), sizeof header);
  const std::span<std::byte> all(file);
  const uint64_t table_bytes =
      uint64_t{header.sections} * sizeof(snapshot::Section);
  if (table_bytes <= file.size() - sizeof header) {
    const auto table = all.subspan(sizeof header, table_bytes);
    for (uint32_t i = 0; i < header.sections; ++i) {
      std::byte* const row = table.data() + i * sizeof(snapshot::Section);
      snapshot::Section section;
      std::memcpy(&section, row, sizeof section);
      if (section.offset > file.size() ||
          section.size_bytes > file.size() - section.offset) {
        continue;
      }
      section.checksum =
          hashvet::Checksum(all.subspan(section.offset, section.size_bytes));
      std::memcpy(row, &section, sizeof section);
    }
    header.table_checksum = hashvet::Checksum(table);
  }
  header.magic = snapshot::kMagic;
  header.file_bytes = file.size();
  std::memcpy(file.data(), &header, sizeof header);
  header.header_checksum =
      hashvet::Checksum(all.first(snapshot::kHeaderChecked));
  std::memcpy(file.data(), &header, sizeof header);
}

void ReadEverything(const hashvet::SnapshotReader& reader) {
  if (!hashvet::CheckPolicy(reader.lists()[0]).ok()) std::abort();
  for (const auto& counts : reader.kinds()) {
    for (uint32_t row = 0; row < reader.rows(counts.kind); ++row) {
      const hashvet::HashValue value = reader.value(counts.kind, row);
      if (const auto* digests = reader.digest_index(counts.kind);
          digests != nullptr &&
          (*digests->Find({value.As<hashvet::Digest>(), 1}))[0] != row) {
        std::abort();
      }
      for (uint32_t i = 0; i < reader.entry_count(counts.kind, row); ++i) {
        const hashvet::EntryView entry = reader.entry(counts.kind, row, i);
        // Copies, so that every byte is read.
        if (std::string(entry.key).size() > snapshot::kMaxTextBytes ||
            std::string(entry.category).size() > reader.size_bytes()) {
          std::abort();
        }
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  std::vector<std::byte> file(size);
  if (size > 0) std::memcpy(file.data(), bytes, size);
  Sign(file);
  const int descriptor = ::memfd_create("snapshot", MFD_CLOEXEC);
  if (descriptor < 0) std::abort();
  if (::write(descriptor, file.data(), file.size()) !=
      static_cast<ssize_t>(file.size())) {
    std::abort();
  }
  const auto reader =
      hashvet::SnapshotReader::Open(absl::StrCat("/proc/self/fd/", descriptor));
  if (reader.ok()) ReadEverything(**reader);
  ::close(descriptor);
  return 0;
}
