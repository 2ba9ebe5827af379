// The bytes of a snapshot file, formats 1 and 2: docs/snapshot_format.md
// describes them, this names them. Private to the list layer.

#ifndef HASHVET_SRC_LIST_SNAPSHOT_FORMAT_H_
#define HASHVET_SRC_LIST_SNAPSHOT_FORMAT_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/sha256.h"
#include "hashvet/index/ring_index.h"

namespace hashvet::snapshot {

// The structs below are the file's bytes.
static_assert(std::endian::native == std::endian::little,
              "snapshots are little-endian");

// As PNG's: a text-mode copy or a cut to 7 bits does not survive it.
inline constexpr std::array<uint8_t, 8> kMagic = {0x89, 'H',  'V',  'S',
                                                  '\r', '\n', 0x1A, '\n'};
// 2 has ring tables cut by parity (ring_index.h) for kinds of 256 bits, 1 in
// order; a file without such tables is of format 1.
inline constexpr uint32_t kPlainFormat = 1;
inline constexpr uint32_t kParityFormat = 2;
inline constexpr uint32_t kByteOrder = 0x0A0B0C0D;
inline constexpr uint32_t kOtherByteOrder = 0x0D0C0B0A;

inline constexpr uint64_t kSectionAlignment = 64;  // bytes
inline constexpr uint32_t kMaxSections = 1024;     // inclusive

// The first 64 bytes; these keep their places in every later format.
struct Header {
  std::array<uint8_t, 8> magic = kMagic;
  uint32_t format = kPlainFormat;
  uint32_t min_reader = kPlainFormat;
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
  // Of the whole file: kind 0.
  kLists = 1,          // lists x ListRecord
  kKindPolicies = 2,   // KindPolicyRecord, list by list
  kListTexts = 3,      // name and action of each list
  kCategories = 4,     // (categories + 1) x CategoryRecord
  kCategoryBytes = 5,  // scheme and text of each
  kBase = 6,           // BaseRecord; makes the file an overlay

  // Of one kind. First the values and what searches them:
  kCounts = 16,  // CountsRecord, then lists x uint32_t entries
  //   bits, few of 256: FlatPlanes
  kPrefix0 = 17,  // rows x uint32_t, four of them
  kPrefix1 = 18,
  kPrefix2 = 19,
  kPrefix3 = 20,
  kRest = 21,  // 2 x rows x uint64_t
  //   bits, others: whole rows; and, of many, RingTables
  kRows = 22,         // rows x words x uint64_t
  kRingOffsets = 23,  // chunks x 65,537 x uint32_t
  kRingNext = 24,     // (chunks x rows + 32) x uint16_t
  kRingIds = 25,      // chunks x rows x uint32_t
  //   digests: DigestTables
  kDigests = 26,        // rows x value bytes
  kDigestOffsets = 27,  // uint32_t
  //   byte vectors: ByteVectorTables
  kVectorPrefix = 28,
  kVectorRest = 29,
  // What the rows stand for:
  kRowBegins = 32,  // (rows + 1) x uint32_t
  kEntries = 33,    // entries x EntryRecord
  kKeyBytes = 34,
  kCanaries = 35,  // canaries x value bytes
  kRemoved = 40,   // of an overlay: entry numbers of the base, uint32_t
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

// Whether the section is one of ring tables whose cut the format tells.
constexpr bool IsCutByFormat(const Section& section) {
  return section.type == static_cast<uint32_t>(SectionType::kRingOffsets) &&
         RingCutFor(InfoOf(static_cast<HashKind>(section.kind)).row_bits()) !=
             RingCut::kInOrder;
}

struct ListRecord {
  uint32_t text_begin = 0;  // in the list texts: where the one before ends
  uint16_t name_bytes = 0;
  uint16_t action_bytes = 0;
  uint8_t role = 0;
  uint8_t min_quality = 0;
  uint8_t flags = 0;  // kRefuseStale, kServeExpired
  uint8_t reserved = 0;
  uint32_t sampled_ppm = 0;
  uint64_t sample_seed = 0;
  uint64_t current_at = 0;
  uint32_t late_after_s = 0;
  uint32_t stale_after_s = 0;
  uint32_t expired_after_s = 0;
  uint32_t kind_policies = 0;  // how many are this list's
};
static_assert(sizeof(ListRecord) == 48);
inline constexpr uint8_t kRefuseStale = 1;
inline constexpr uint8_t kServeExpired = 2;
inline constexpr size_t kMaxLists = 1024;  // inclusive

struct KindPolicyRecord {
  uint16_t kind = 0;
  uint8_t metric = 0;
  uint8_t has_rotated = 0;  // 0 or 1
  uint32_t max_distance = 0;
  uint32_t max_distance_rotated = 0;  // 0 where there is none
};
static_assert(sizeof(KindPolicyRecord) == 12);

// A category's text is its scheme, then its own word, up to where the next
// begins. Number 0 is the empty one; the last record is the end of the bytes.
struct CategoryRecord {
  uint32_t begin = 0;
  uint32_t scheme_bytes = 0;
};
static_assert(sizeof(CategoryRecord) == 8);

struct BaseRecord {
  std::array<char, 16> version = {};
  Sha256Digest sha256 = {};
  uint64_t size_bytes = 0;
};
static_assert(sizeof(BaseRecord) == 56);

struct CountsRecord {
  uint32_t rows = 0;
  uint32_t entries = 0;
  // Rows that only canaries have, and entries that are canaries.
  uint32_t canary_rows = 0;
  uint32_t canary_entries = 0;
};
static_assert(sizeof(CountsRecord) == 16);

inline constexpr uint8_t kNoQuality = 0xFF;

// Bits of `key`: 0..47 where it begins in the key bytes, 48..63 its length.
struct EntryRecord {
  uint64_t key = 0;
  uint32_t category = 0;  // its number
  uint16_t list = 0;      // or kCanaryList
  uint8_t quality = kNoQuality;
  uint8_t opinion = 0;
};
static_assert(sizeof(EntryRecord) == 16);
inline constexpr uint64_t kMaxKeyOffset = (uint64_t{1} << 48) - 1;
inline constexpr size_t kMaxTextBytes = 0xFFFF;  // of a key, category or scheme

constexpr uint64_t PackKey(uint64_t begin, uint64_t size_bytes) {
  return begin | size_bytes << 48;
}
constexpr uint64_t KeyBegin(const EntryRecord& entry) {
  return entry.key & kMaxKeyOffset;
}
constexpr size_t KeyBytes(const EntryRecord& entry) { return entry.key >> 48; }

static_assert(std::is_trivially_copyable_v<Header> &&
              std::is_trivially_copyable_v<ListRecord> &&
              std::is_trivially_copyable_v<EntryRecord>);

constexpr uint64_t AlignUp(uint64_t offset) {
  return (offset + kSectionAlignment - 1) / kSectionAlignment *
         kSectionAlignment;
}

// From this many rows on a kind of bits gets ring tables. Below, looking at
// every row takes some ten microseconds, and the tables' 256 KiB a chunk would
// be most of the file.
inline constexpr uint64_t kMinRingRows = 32'768;

std::string_view NameOf(SectionType type);  // "lists", for messages

}  // namespace hashvet::snapshot

#endif  // HASHVET_SRC_LIST_SNAPSHOT_FORMAT_H_
