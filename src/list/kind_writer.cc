#include "src/list/kind_writer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/index/byte_vector_index.h"
#include "hashvet/index/digest_index.h"
#include "hashvet/index/ring_index.h"
#include "hashvet/list/snapshot_reader.h"
#include "src/index/ring_build.h"

namespace hashvet::snapshot {

KindWriter::KindWriter(HashKind kind, size_t lists,
                       const std::string& spool_folder)
    : kind_(kind),
      info_(InfoOf(kind)),
      list_entries_(lists),
      values_(spool_folder),
      row_begins_(spool_folder),
      entries_(spool_folder),
      key_bytes_(spool_folder) {}

bool KindWriter::has_ring() const {
  return info_.family == HashFamily::kBits && counts_.rows >= kMinRingRows;
}
bool KindWriter::has_planes() const {
  return info_.family == HashFamily::kBits && info_.size_bytes == 32 &&
         !has_ring();
}

absl::Status KindWriter::TakeEntries(EntrySorter& sorter,
                                     std::span<const uint32_t> category_ranks) {
  HASHVET_RETURN_IF_ERROR(
      sorter.Merge(kind_, category_ranks, [&](const PendingEntry& entry) {
        return Append(entry, category_ranks[entry.category]);
      }));
  if (counts_.rows == 0) return absl::OkStatus();
  if (only_canaries_) ++counts_.canary_rows;
  return row_begins_.AppendOne(counts_.entries);
}

absl::Status KindWriter::Append(const PendingEntry& entry, uint32_t category) {
  if (!std::ranges::equal(last_value_, entry.value)) {
    if (counts_.rows > 0 && only_canaries_) ++counts_.canary_rows;
    only_canaries_ = true;
    ++counts_.rows;
    HASHVET_RETURN_IF_ERROR(row_begins_.AppendOne(counts_.entries));
    HASHVET_RETURN_IF_ERROR(AppendValue(entry.value));
    last_value_.assign(entry.value.begin(), entry.value.end());
  }
  ++counts_.entries;
  if (entry.list == kCanaryList) {
    ++counts_.canary_entries;
  } else {
    only_canaries_ = false;
    ++list_entries_[entry.list];
  }
  const EntryRecord record = {
      .key = PackKey(key_bytes_.size_bytes(), entry.key.size()),
      .category = category,
      .list = entry.list,
      .quality = entry.quality,
      .opinion = entry.opinion};
  HASHVET_RETURN_IF_ERROR(entries_.AppendOne(record));
  return key_bytes_.Append(BytesOf(entry.key));
}

absl::Status KindWriter::AppendValue(std::span<const uint8_t> value) {
  if (info_.family != HashFamily::kBits) {
    return values_.Append(std::as_bytes(value));
  }
  // The bytes hold the highest bits first: a row's words are them in reverse.
  std::array<uint8_t, 128> words = {};
  std::reverse_copy(value.begin(), value.end(), words.begin());
  const size_t row_bytes = BitRows::WordsFor(info_.row_bits()) * 8;
  return values_.Append(std::as_bytes(std::span(words).first(row_bytes)));
}

size_t KindWriter::sections() const {
  size_t sections = removed_.empty() ? 0 : 1;
  if (counts_.rows == 0) return sections;
  sections += 5;  // counts, row begins, entries, key bytes, canaries
  if (info_.family != HashFamily::kBits) return sections + 2;
  return sections + (has_planes() ? 5 : has_ring() ? 4 : 1);
}

absl::Status KindWriter::Write(SectionWriter& out, Executor* executor) {
  if (counts_.rows > 0) {
    std::vector<std::byte> bytes(sizeof counts_);
    std::memcpy(bytes.data(), &counts_, sizeof counts_);
    const auto of_lists = BytesOf(list_entries_);
    bytes.insert(bytes.end(), of_lists.begin(), of_lists.end());
    HASHVET_RETURN_IF_ERROR(out.Add(SectionType::kCounts, kind_, bytes));
    switch (info_.family) {
      case HashFamily::kBits:
        HASHVET_RETURN_IF_ERROR(WriteBits(out, executor));
        break;
      case HashFamily::kDigest:
        HASHVET_RETURN_IF_ERROR(WriteDigests(out));
        break;
      case HashFamily::kByteVector:
        HASHVET_RETURN_IF_ERROR(WriteByteVectors(out));
        break;
    }
    HASHVET_RETURN_IF_ERROR(
        WriteSpool(SectionType::kRowBegins, row_begins_, out));
    HASHVET_RETURN_IF_ERROR(WriteSpool(SectionType::kEntries, entries_, out));
    HASHVET_RETURN_IF_ERROR(
        WriteSpool(SectionType::kKeyBytes, key_bytes_, out));
    HASHVET_RETURN_IF_ERROR(
        out.Add(SectionType::kCanaries, kind_, BytesOf(canaries_)));
  }
  if (removed_.empty()) return absl::OkStatus();
  return out.Add(SectionType::kRemoved, kind_, BytesOf(removed_));
}

absl::Status KindWriter::WriteSpool(SectionType type, Spool& spool,
                                    SectionWriter& out) {
  constexpr size_t kBlockBytes = size_t{4} << 20;
  HASHVET_ASSIGN_OR_RETURN(const std::span<const std::byte> bytes,
                           spool.Read());
  const auto place = out.Lay(type, kind_, bytes.size());
  for (size_t begin = 0; begin < bytes.size(); begin += kBlockBytes) {
    HASHVET_RETURN_IF_ERROR(out.Fill(
        place,
        bytes.subspan(begin, std::min(kBlockBytes, bytes.size() - begin))));
    spool.DropBefore(begin);
  }
  return absl::OkStatus();
}

absl::Status KindWriter::WriteBits(SectionWriter& out, Executor* executor) {
  HASHVET_ASSIGN_OR_RETURN(const std::span<const std::byte> bytes,
                           values_.Read());
  const std::span<const uint64_t> words(
      reinterpret_cast<const uint64_t*>(bytes.data()), bytes.size() / 8);
  if (has_planes()) return WritePlanes(words, out);
  HASHVET_RETURN_IF_ERROR(out.Add(SectionType::kRows, kind_, bytes));
  return has_ring() ? WriteRing(words, out, executor) : absl::OkStatus();
}

absl::Status KindWriter::WritePlanes(std::span<const uint64_t> words,
                                     SectionWriter& out) const {
  constexpr size_t kWords = 4;
  auto type = static_cast<uint32_t>(SectionType::kPrefix0);
  for (size_t plane = 0; plane < 4; ++plane, ++type) {
    std::vector<uint32_t> part(counts_.rows);
    for (size_t r = 0; r < counts_.rows; ++r) {
      part[r] = static_cast<uint32_t>(words[r * kWords + plane / 2] >>
                                      (plane % 2 * 32));
    }
    HASHVET_RETURN_IF_ERROR(
        out.Add(static_cast<SectionType>(type), kind_, BytesOf(part)));
  }
  std::vector<uint64_t> rest;
  rest.reserve(2 * size_t{counts_.rows});
  for (size_t r = 0; r < counts_.rows; ++r) {
    rest.push_back(words[r * kWords + 2]);
    rest.push_back(words[r * kWords + 3]);
  }
  return out.Add(SectionType::kRest, kind_, BytesOf(rest));
}

absl::Status KindWriter::WriteRing(std::span<const uint64_t> words,
                                   SectionWriter& out,
                                   Executor* executor) const {
  const uint32_t width_bits = info_.row_bits();
  const size_t chunks = width_bits / 16;
  const size_t n = counts_.rows;
  HASHVET_ASSIGN_OR_RETURN(const BitRows rows,
                           BitRows::Create(words, width_bits));
  const auto offsets_place = out.Lay(SectionType::kRingOffsets, kind_,
                                     chunks * kRingOffsets * sizeof(uint32_t));
  const auto next_place =
      out.Lay(SectionType::kRingNext, kind_,
              (chunks * n + kRingNextPadding) * sizeof(uint16_t));
  const auto ids_place =
      out.Lay(SectionType::kRingIds, kind_, chunks * n * sizeof(uint32_t));

  // Some chunks' tables at a time: one for each thread.
  const size_t together =
      executor == nullptr ? 1 : std::min(executor->parallelism(), chunks);
  struct Table {
    std::vector<uint32_t> offsets, ids;
    std::vector<uint16_t> next;
    absl::Status done;
  };
  std::vector<Table> tables(together);
  for (Table& table : tables) {
    table.offsets.resize(kRingOffsets);
    table.next.resize(n);
    table.ids.resize(n);
  }
  for (size_t first = 0; first < chunks; first += together) {
    const size_t count = std::min(together, chunks - first);
    const auto build = [&](size_t t) {
      Table& table = tables[t];
      table.done =
          BuildRingTable(rows, RingCutFor(rows.width_bits()), first + t,
                         {table.offsets, table.next, table.ids});
    };
    if (executor != nullptr) {
      executor->ParallelFor(count, build);
    } else {
      build(0);
    }
    for (size_t t = 0; t < count; ++t) {
      const Table& table = tables[t];
      HASHVET_RETURN_IF_ERROR(table.done);
      HASHVET_RETURN_IF_ERROR(out.Fill(offsets_place, BytesOf(table.offsets)));
      HASHVET_RETURN_IF_ERROR(out.Fill(next_place, BytesOf(table.next)));
      HASHVET_RETURN_IF_ERROR(out.Fill(ids_place, BytesOf(table.ids)));
    }
  }
  const std::array<uint16_t, kRingNextPadding> padding = {};
  return out.Fill(next_place, BytesOf(padding));
}

absl::Status KindWriter::WriteDigests(SectionWriter& out) {
  HASHVET_ASSIGN_OR_RETURN(const std::span<const std::byte> bytes,
                           values_.Read());
  const std::span<const uint8_t> digests(
      reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  HASHVET_ASSIGN_OR_RETURN(const DigestIndex index,
                           DigestIndex::Create(info_.size_bytes, digests));
  HASHVET_RETURN_IF_ERROR(out.Add(SectionType::kDigests, kind_, bytes));
  return out.Add(SectionType::kDigestOffsets, kind_,
                 BytesOf(index.tables().offsets));
}

absl::Status KindWriter::WriteByteVectors(SectionWriter& out) {
  HASHVET_ASSIGN_OR_RETURN(const std::span<const std::byte> bytes,
                           values_.Read());
  static_assert(sizeof(ByteVector144) == ByteVector144::kBytes);
  const std::span<const ByteVector144> vectors(
      reinterpret_cast<const ByteVector144*>(bytes.data()), counts_.rows);
  HASHVET_ASSIGN_OR_RETURN(const ByteVectorIndex index,
                           ByteVectorIndex::Create(vectors));
  HASHVET_RETURN_IF_ERROR(out.Add(SectionType::kVectorPrefix, kind_,
                                  BytesOf(index.tables().prefix)));
  return out.Add(SectionType::kVectorRest, kind_, BytesOf(index.tables().rest));
}

}  // namespace hashvet::snapshot
