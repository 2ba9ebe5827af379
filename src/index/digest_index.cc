#include "hashvet/index/digest_index.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/dcheck.h"
#include "hashvet/base/status.h"
#include "src/index/huge_block.h"

namespace hashvet {
namespace {

// A look-up waits for memory twice, for an offset and for a digest. Each wait
// begins this many look-ups before its result is used.
constexpr size_t kAhead = 16;

// Queries between two looks at the clock: 0.05 ms, or 3 ms when every query is
// a binary search through memory.
constexpr size_t kQueriesPerCheck = 2048;
// What one body of ParallelFor does at least: some 400 microseconds.
constexpr size_t kMinChunkQueries = 8 * kQueriesPerCheck;

template <typename Word>
Word LoadBigEndian(const uint8_t* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof word);
  if constexpr (std::endian::native == std::endian::big) return word;
  if constexpr (sizeof word == 8) return __builtin_bswap64(word);
  return static_cast<Word>(__builtin_bswap32(static_cast<uint32_t>(word)));
}

// Below 0, 0 or above 0, as memcmp.
template <size_t digest_bytes>
int Compare(const uint8_t* a, const uint8_t* b) {
  for (size_t i = 0; i + 8 <= digest_bytes; i += 8) {
    const auto x = LoadBigEndian<uint64_t>(a + i);
    const auto y = LoadBigEndian<uint64_t>(b + i);
    if (x != y) return x < y ? -1 : 1;
  }
  if constexpr (digest_bytes % 8 == 4) {
    const auto x = LoadBigEndian<uint32_t>(a + digest_bytes - 4);
    const auto y = LoadBigEndian<uint32_t>(b + digest_bytes - 4);
    if (x != y) return x < y ? -1 : 1;
  }
  return 0;
}

size_t BucketOf(const uint8_t* digest, size_t bucket_bits) {
  // In two shifts: for 0 bits one would be by 64.
  return static_cast<size_t>(LoadBigEndian<uint64_t>(digest) >> 1 >>
                             (63 - bucket_bits));
}

// Calls body(std::integral_constant) for the three lengths there are.
template <typename Body>
auto ForDigestBytes(size_t digest_bytes, const Body& body) {
  switch (digest_bytes) {
    case 16:
      return body(std::integral_constant<size_t, 16>());
    case 20:
      return body(std::integral_constant<size_t, 20>());
    default:
      return body(std::integral_constant<size_t, 32>());
  }
}

absl::Status CheckSizes(size_t digest_bytes, std::span<const uint8_t> digests) {
  if (digest_bytes != 16 && digest_bytes != 20 && digest_bytes != 32) {
    return absl::InvalidArgumentError(absl::StrCat(
        "digest index: digest_bytes ", digest_bytes, ", want 16, 20 or 32"));
  }
  if (digests.size() % digest_bytes != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("digest index: digests have ", digests.size(),
                     " bytes, want a multiple of ", digest_bytes));
  }
  const uint64_t rows = digests.size() / digest_bytes;
  if (rows > kMaxIndexRows) {
    return absl::ResourceExhaustedError(
        absl::StrCat("digest index: ", rows, " rows, at most ", kMaxIndexRows));
  }
  return absl::OkStatus();
}

template <size_t digest_bytes>
absl::Status CheckAscending(const uint8_t* digests, size_t row) {
  if (row == 0) return absl::OkStatus();
  const uint8_t* const digest = digests + row * digest_bytes;
  const int order = Compare<digest_bytes>(digest - digest_bytes, digest);
  if (order < 0) [[likely]] {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "digest index: row ", row, " is ", order == 0 ? "equal to" : "below",
      " row ", row - 1, ", want distinct rows that ascend"));
}

// One pass over the offsets, one over the rows. Offsets that ascend cut the
// rows into ranges of which no two have a row in common, and every row lies in
// the range of its bucket: then every bucket's range is exactly its rows.
template <size_t digest_bytes>
absl::Status CheckTables(const DigestTables& tables) {
  const std::span<const uint32_t> offsets = tables.offsets;
  const uint8_t* const digests = tables.digests.data();
  const size_t rows = tables.digests.size() / digest_bytes;
  const size_t bucket_bits = DigestBucketBits(rows);
  uint32_t before = 0;
  for (size_t b = 0; b < offsets.size(); ++b) {
    if (offsets[b] < before || offsets[b] > rows) [[unlikely]] {
      return absl::InvalidArgumentError(
          absl::StrCat("digest tables: offset ", b, " is ", offsets[b],
                       ", want ", before, " to ", rows));
    }
    before = offsets[b];
  }
  for (size_t r = 0; r < rows; ++r) {
    HASHVET_RETURN_IF_ERROR(CheckAscending<digest_bytes>(digests, r));
    const size_t b = BucketOf(digests + r * digest_bytes, bucket_bits);
    if (r < offsets[b] || r >= offsets[b + 1]) [[unlikely]] {
      return absl::InvalidArgumentError(absl::StrCat(
          "digest tables: row ", r, " belongs to bucket ", b,
          ", whose offsets are ", offsets[b], " and ", offsets[b + 1]));
    }
  }
  return absl::OkStatus();
}

// The row in [begin, end) that holds the digest, if one does.
template <size_t digest_bytes>
std::optional<uint32_t> FindInBucket(const uint8_t* digests, uint32_t begin,
                                     uint32_t end, const uint8_t* digest) {
  if (begin == end) return std::nullopt;
  // The last row that is not above the digest, or `begin`.
  for (uint32_t n = end - begin; n > 1;) {
    const uint32_t half = n / 2;
    const uint8_t* const middle = digests + size_t{begin + half} * digest_bytes;
    if (Compare<digest_bytes>(middle, digest) <= 0) begin += half;
    n -= half;
  }
  if (Compare<digest_bytes>(digests + size_t{begin} * digest_bytes, digest) !=
      0) {
    return std::nullopt;
  }
  return begin;
}

// Three look-ups at once in different states: one asks for its offsets, one
// reads them and asks for its digests, one compares those.
template <size_t digest_bytes>
void FindBatch(const DigestTables& tables, size_t bucket_bits,
               std::span<const Digest> queries, std::optional<uint32_t>* rows) {
  const uint8_t* const digests = tables.digests.data();
  const uint32_t* const offsets = tables.offsets.data();
  const auto row_count =
      static_cast<uint32_t>(tables.digests.size() / digest_bytes);
  constexpr size_t kSlots = 2 * kAhead;  // a power of two
  size_t buckets[kSlots];
  struct Range {
    uint32_t begin;
    uint32_t end;
  } ranges[kSlots];
  const size_t n = queries.size();
  for (size_t i = 0; i < n + 2 * kAhead; ++i) {
    if (i >= 2 * kAhead) {
      const size_t q = i - 2 * kAhead;
      const Range range = ranges[q % kSlots];
      rows[q] = FindInBucket<digest_bytes>(digests, range.begin, range.end,
                                           queries[q].bytes().data());
    }
    if (i >= kAhead && i < n + kAhead) {
      const size_t q = i - kAhead;
      const uint32_t* const offset = offsets + buckets[q % kSlots];
      // Ascending and within the rows, whatever a mapped table holds by now.
      const Range range = {
          std::min(offset[0], row_count),
          std::clamp(offset[1], std::min(offset[0], row_count), row_count)};
      ranges[q % kSlots] = range;
      if (range.begin != range.end) {
        // Two lines: a bucket seldom has more.
        const uint8_t* const first =
            digests + size_t{range.begin} * digest_bytes;
        const uint8_t* const last =
            digests + size_t{range.end} * digest_bytes - 1;
        __builtin_prefetch(first);
        __builtin_prefetch(last);
      }
    }
    if (i < n) {
      const size_t b = BucketOf(queries[i].bytes().data(), bucket_bits);
      buckets[i % kSlots] = b;
      __builtin_prefetch(offsets + b);
    }
  }
}

absl::Status CheckQueries(size_t digest_bytes, std::span<const Digest> queries,
                          size_t first) {
  for (size_t q = 0; q < queries.size(); ++q) {
    if (queries[q].bytes().size() == digest_bytes) [[likely]] {
      continue;
    }
    return absl::InvalidArgumentError(
        absl::StrCat("digest look-up: query ", first + q, " has ",
                     queries[q].bytes().size(), " bytes, want ", digest_bytes));
  }
  return absl::OkStatus();
}

absl::Status NoMemoryFor(size_t rows) {
  return absl::ResourceExhaustedError(
      absl::StrCat("digest index: no memory for ", rows, " rows"));
}

}  // namespace

size_t DigestBucketBits(uint64_t rows) {
  return rows == 0 ? 0 : static_cast<size_t>(std::bit_width(rows)) - 1;
}

DigestIndex::DigestIndex(const DigestTables& tables,
                         std::shared_ptr<const void> owned)
    : tables_(tables), owned_(std::move(owned)) {}

absl::StatusOr<DigestIndex> DigestIndex::Create(
    size_t digest_bytes, std::span<const uint8_t> digests) {
  HASHVET_RETURN_IF_ERROR(CheckSizes(digest_bytes, digests));
  const size_t rows = digests.size() / digest_bytes;
  const size_t bucket_bits = DigestBucketBits(rows);
  const size_t offset_count = (size_t{1} << bucket_bits) + 1;
  // One block: digests, then offsets, each aligned.
  const size_t offsets_begin = HugeBlock::RoundUp(digests.size());
  auto owned =
      HugeBlock::Create(offsets_begin + offset_count * sizeof(uint32_t));
  if (owned == nullptr) return NoMemoryFor(rows);
  uint8_t* const bytes = owned->Array<uint8_t>(0, offsets_begin).data();
  uint32_t* const offsets =
      owned->Array<uint32_t>(offsets_begin, offset_count).data();
  std::copy(digests.begin(), digests.end(), bytes);

  const auto fill = [&](auto length) -> absl::Status {
    size_t next = 0;  // the first bucket without an offset
    for (size_t r = 0; r < rows; ++r) {
      HASHVET_RETURN_IF_ERROR(CheckAscending<length>(bytes, r));
      const size_t b = BucketOf(bytes + r * length, bucket_bits);
      while (next <= b) offsets[next++] = static_cast<uint32_t>(r);
    }
    std::fill(offsets + next, offsets + offset_count,
              static_cast<uint32_t>(rows));
    return absl::OkStatus();
  };
  HASHVET_RETURN_IF_ERROR(ForDigestBytes(digest_bytes, fill));
  return DigestIndex(
      {digest_bytes, {bytes, digests.size()}, {offsets, offset_count}},
      std::move(owned));
}

absl::StatusOr<DigestIndex> DigestIndex::FromTables(
    const DigestTables& tables) {
  HASHVET_ASSIGN_OR_RETURN(DigestIndex index, FromCheckedTables(tables));
  HASHVET_RETURN_IF_ERROR(ForDigestBytes(tables.digest_bytes, [&](auto length) {
    return CheckTables<length>(tables);
  }));
  return index;
}

absl::StatusOr<DigestIndex> DigestIndex::FromCheckedTables(
    const DigestTables& tables) {
  HASHVET_RETURN_IF_ERROR(CheckSizes(tables.digest_bytes, tables.digests));
  const size_t rows = tables.digests.size() / tables.digest_bytes;
  const size_t want = (size_t{1} << DigestBucketBits(rows)) + 1;
  if (tables.offsets.size() != want) {
    return absl::InvalidArgumentError(
        absl::StrCat("digest tables: ", tables.offsets.size(),
                     " offsets, want ", want, " for ", rows, " rows"));
  }
  if (!HugeBlock::IsAligned(tables.digests.data())) {
    return absl::InvalidArgumentError(
        "digest tables: digests are not aligned to 64 bytes");
  }
  if (!HugeBlock::IsAligned(tables.offsets.data())) {
    return absl::InvalidArgumentError(
        "digest tables: offsets are not aligned to 64 bytes");
  }
  return DigestIndex(tables, nullptr);
}

Digest DigestIndex::row(size_t row) const {
  HASHVET_DCHECK(row < rows());
  return Digest(tables_.digests.subspan(row * digest_bytes(), digest_bytes()));
}

absl::StatusOr<std::vector<std::optional<uint32_t>>> DigestIndex::Find(
    std::span<const Digest> queries, const SearchOptions& options) const {
  HASHVET_RETURN_IF_ERROR(CheckTime(options.deadline, options.cancellation));
  const size_t n = queries.size();
  const size_t bucket_bits = DigestBucketBits(rows());
  size_t chunk_queries = std::max<size_t>(n, 1);
  if (options.executor != nullptr) {
    const size_t threads = options.executor->parallelism();
    chunk_queries =
        std::max(n / (threads > 1 ? 4 * threads : 1), kMinChunkQueries);
  }
  const size_t chunks = (n + chunk_queries - 1) / chunk_queries;
  try {
    std::vector<std::optional<uint32_t>> found(n);
    std::vector<absl::Status> done(chunks);
    std::atomic<bool> stopped = false;  // by an error in any chunk
    const auto find = [&](size_t begin, size_t end) -> absl::Status {
      for (size_t first = begin; first < end; first += kQueriesPerCheck) {
        if (stopped.load(std::memory_order_relaxed)) {
          return absl::OkStatus();  // another chunk's error is returned
        }
        if (first != begin) {
          HASHVET_RETURN_IF_ERROR(
              CheckTime(options.deadline, options.cancellation));
        }
        const auto batch =
            queries.subspan(first, std::min(kQueriesPerCheck, end - first));
        HASHVET_RETURN_IF_ERROR(CheckQueries(digest_bytes(), batch, first));
        ForDigestBytes(digest_bytes(), [&](auto length) {
          FindBatch<length>(tables_, bucket_bits, batch, &found[first]);
        });
      }
      return absl::OkStatus();
    };
    const auto body = [&](size_t c) {
      const size_t begin = c * chunk_queries;
      try {
        done[c] = find(begin, std::min(begin + chunk_queries, n));
      } catch (const std::bad_alloc&) {  // for an error's message
        done[c] = absl::ResourceExhaustedError("");
      }
      if (!done[c].ok()) stopped.store(true, std::memory_order_relaxed);
    };
    if (options.executor == nullptr || chunks <= 1) {
      for (size_t c = 0; c < chunks; ++c) body(c);
    } else {
      options.executor->ParallelFor(chunks, body);
    }
    for (const absl::Status& status : done) HASHVET_RETURN_IF_ERROR(status);
    return found;
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(
        "digest look-up: no memory for the answer");
  }
}

}  // namespace hashvet
