// The bytes of a snapshot file, format 0: docs/snapshot_format.md describes
// them, this names them. Private to the list layer.

#ifndef HASHVET_SRC_LIST_SNAPSHOT_FORMAT_H_
#define HASHVET_SRC_LIST_SNAPSHOT_FORMAT_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "hashvet/hash/hash_kind.h"

namespace hashvet::snapshot {

// The structs below are the file's bytes.
static_assert(std::endian::native == std::endian::little,
              "snapshots are little-endian");

// As PNG's: a text-mode copy or a cut to 7 bits does not survive it.
inline constexpr std::array<uint8_t, 8> kMagic = {0x89, 'H',  'V',  'S',
                                                  '\r', '\n', 0x1A, '\n'};
inline constexpr uint32_t kFormat = 0;
inline constexpr uint32_t kMinReader = 0;
inline constexpr uint32_t kByteOrder = 0x0A0B0C0D;
inline constexpr uint32_t kOtherByteOrder = 0x0D0C0B0A;

inline constexpr uint64_t kSectionAlignment = 64;  // bytes
inline constexpr uint32_t kMaxSections = 1024;     // inclusive

// The first 64 bytes; these keep their places in every later format.
struct Header {
  std::array<uint8_t, 8> magic = kMagic;
  uint32_t format = kFormat;
  uint32_t min_reader = kMinReader;
  uint32_t byte_order = kByteOrder;
  uint32_t sections = 0;
  uint64_t file_bytes = 0;
  uint64_t table_checksum = 0;
  std::array<uint64_t, 2> reserved = {};
  uint64_t header_checksum = 0;  // of the 56 bytes before it
};
static_assert(sizeof(Header) == 64);
inline constexpr size_t kHeaderChecked = offsetof(Header, header_checksum);

// Sections stand in the file in ascending order of (kind, type).
enum class SectionType : uint32_t {
  // Of the whole list: kind 0.
  kPolicy = 1,
  kCategoryBegins = 2,
  kCategoryBytes = 3,
  // Of one kind.
  kValues = 16,     // rows x value bytes; kinds that have no planes
  kPrefix0 = 17,    // rows x uint32_t, four of them: FlatPlanes::prefix
  kPrefix3 = 20,    //
  kRest = 21,       // 2 x rows x uint64_t: FlatPlanes::rest
  kRowBegins = 22,  // (rows + 1) x uint32_t
  kEntries = 23,    // entries x EntryRecord
  kKeyBytes = 24,
};

// One row of the section table, which follows the header.
struct Section {
  uint32_t type = 0;
  uint32_t kind = 0;
  uint64_t offset = 0;
  uint64_t size_bytes = 0;
  uint64_t checksum = 0;
};
static_assert(sizeof(Section) == 32);

inline constexpr uint8_t kNoQuality = 0xFF;

// Bits: 0..47 where the key begins in the key bytes, 48..63 its length.
struct EntryRecord {
  uint64_t key = 0;
  uint32_t category = 0;  // its number
  uint8_t quality = kNoQuality;
  std::array<uint8_t, 3> reserved = {};
};
static_assert(sizeof(EntryRecord) == 16);
inline constexpr uint64_t kMaxKeyOffset = (uint64_t{1} << 48) - 1;
inline constexpr size_t kMaxTextBytes = 0xFFFF;  // of a key or a category

constexpr uint64_t PackKey(uint64_t begin, uint64_t size_bytes) {
  return begin | size_bytes << 48;
}
constexpr uint64_t KeyBegin(const EntryRecord& entry) {
  return entry.key & kMaxKeyOffset;
}
constexpr size_t KeyBytes(const EntryRecord& entry) { return entry.key >> 48; }

// The policy section: this, then the name, then the action.
struct PolicyRecord {
  uint32_t pdq_max_distance = 0;
  uint32_t pdq_min_quality = 0;
  uint32_t name_bytes = 0;
  uint32_t action_bytes = 0;
};
static_assert(sizeof(PolicyRecord) == 16);
static_assert(std::is_trivially_copyable_v<Header> &&
              std::is_trivially_copyable_v<EntryRecord>);

constexpr uint64_t AlignUp(uint64_t offset) {
  return (offset + kSectionAlignment - 1) / kSectionAlignment *
         kSectionAlignment;
}

// Whether values of the kind are stored as planes, ready for the flat index.
inline bool HasPlanes(const HashKindInfo& info) {
  return info.family == HashFamily::kBits && info.size_bytes == 32;
}

std::string_view NameOf(SectionType type);  // "policy", for messages

}  // namespace hashvet::snapshot

#endif  // HASHVET_SRC_LIST_SNAPSHOT_FORMAT_H_
