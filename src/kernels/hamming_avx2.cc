// 256-bit Hamming scans for AVX2, which has no population count but looks up 32
// entries of a 16-entry table at once.
//
// A few queries go through hamming_scan.h. For a batch there is a cheaper
// bound, over 96 bits like Sum96: cut the rows' words into nibbles once, one
// vector of bytes for each of the 24 nibbles of 32 rows, and per query look
// each vector up in the table "ones in nibble ^ the query's nibble". That is
// two instructions a nibble of 32 rows: no xor, no splitting, no widening.

#include <immintrin.h>

#include "src/kernels/hamming.h"
#include "src/kernels/hamming_scan.h"

namespace hashvet::kernels {
namespace {

struct Avx2 {
  using Reg = __m256i;
  static constexpr size_t kLanes = 8;
  static constexpr size_t kVectors = 4;
  static constexpr size_t kLoneQueries = 2;

  static Reg Load(const uint32_t* p) {
    return _mm256_loadu_si256(reinterpret_cast<const Reg*>(p));
  }
  static void Store(uint32_t* p, Reg a) {
    _mm256_storeu_si256(reinterpret_cast<Reg*>(p), a);
  }
  static Reg Splat(uint32_t word) {
    return _mm256_set1_epi32(static_cast<int>(word));
  }

  static Reg Xor(Reg a, Reg b) { return _mm256_xor_si256(a, b); }
  static Reg OrXor(Reg x, Reg a, Reg b) {
    return _mm256_or_si256(x, _mm256_xor_si256(a, b));
  }
  static Reg Add(Reg a, Reg b) { return _mm256_add_epi32(a, b); }
  static Reg Min(Reg a, Reg b) { return _mm256_min_epu32(a, b); }

  static Reg Count(Reg a) {  // per byte
    const Reg ones =
        _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                         0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const Reg low = _mm256_set1_epi8(0x0F);
    return _mm256_add_epi8(
        _mm256_shuffle_epi8(ones, _mm256_and_si256(a, low)),
        _mm256_shuffle_epi8(ones,
                            _mm256_and_si256(_mm256_srli_epi32(a, 4), low)));
  }
  static Reg Total(Reg count) {
    return _mm256_madd_epi16(_mm256_maddubs_epi16(count, _mm256_set1_epi8(1)),
                             _mm256_set1_epi16(1));
  }

  // A vector of `rest` holds two rows of two words, so the counts come as
  //
  //   c0 = 0a 0b 1a 1b    c1 = rows 2, 3    c2, c3 likewise
  //   s0 = unpacklo(c0, c1) + unpackhi(c0, c1) = rows 0 2 1 3
  //   s1                    of c2 and c3       = rows 4 6 5 7
  //
  // and (s1 << 32 | s0) has rows 0 4 2 6 1 5 3 7 in its lanes.
  static Reg RestTotal(const uint64_t* rest, const uint64_t* query) {
    const Reg q = _mm256_broadcastsi128_si256(
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(query)));
    Reg c[4];
    for (size_t v = 0; v < 4; ++v) {
      const Reg rows =
          _mm256_loadu_si256(reinterpret_cast<const Reg*>(rest + 4 * v));
      c[v] = _mm256_sad_epu8(Count(Xor(rows, q)), _mm256_setzero_si256());
    }
    const Reg s0 = _mm256_add_epi64(_mm256_unpacklo_epi64(c[0], c[1]),
                                    _mm256_unpackhi_epi64(c[0], c[1]));
    const Reg s1 = _mm256_add_epi64(_mm256_unpacklo_epi64(c[2], c[3]),
                                    _mm256_unpackhi_epi64(c[2], c[3]));
    return _mm256_permutevar8x32_epi32(
        _mm256_or_si256(s0, _mm256_slli_epi64(s1, 32)),
        _mm256_setr_epi32(0, 4, 2, 6, 1, 5, 3, 7));
  }

  static uint32_t AtMost(Reg a, Reg limit) {
    const Reg over = _mm256_cmpgt_epi32(a, limit);  // both far below 2^31
    return ~static_cast<uint32_t>(
               _mm256_movemask_ps(_mm256_castsi256_ps(over))) &
           0xFF;
  }
};

constexpr size_t kByteRows = 32;      // rows in a vector of bytes
constexpr size_t kNibbleVectors = 8;  // such vectors looked up together
constexpr size_t kBlockRows = kByteRows * kNibbleVectors;
constexpr size_t kNibbles = 24;
constexpr size_t kMinBatch = 5;  // queries that pay for cutting the rows

// kOnes[x][y] is the number of ones in x ^ y.
struct OnesTable {
  alignas(16) uint8_t of[16][16];
};
constexpr OnesTable MakeOnes() {
  OnesTable table = {};
  for (int x = 0; x < 16; ++x) {
    for (int y = 0; y < 16; ++y) {
      table.of[x][y] = static_cast<uint8_t>(
          __builtin_popcount(static_cast<unsigned>(x ^ y)));
    }
  }
  return table;
}
constexpr OnesTable kOnes = MakeOnes();

using NibbleBlock = __m256i[kNibbles][kNibbleVectors];

// Which byte of a vector a row lands in does not matter below, only that it is
// the same for all nibbles: it is where two unpacks leave it.
inline void CutIntoNibbles(const Planes256& planes, size_t row,
                           NibbleBlock& block) {
  // Within 16 bytes: byte 0 of the four words, then byte 1 …
  const __m256i group =
      _mm256_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15,  //
                       0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m256i low = _mm256_set1_epi8(0x0F);
  for (size_t p = 0; p < 3; ++p) {
    for (size_t v = 0; v < kNibbleVectors; ++v) {
      const uint32_t* words = planes.prefix[p] + row + v * kByteRows;
      __m256i w[4];
      for (size_t i = 0; i < 4; ++i) {
        w[i] = _mm256_shuffle_epi8(Avx2::Load(words + 8 * i), group);
      }
      const __m256i lo01 = _mm256_unpacklo_epi32(w[0], w[1]);
      const __m256i hi01 = _mm256_unpackhi_epi32(w[0], w[1]);
      const __m256i lo23 = _mm256_unpacklo_epi32(w[2], w[3]);
      const __m256i hi23 = _mm256_unpackhi_epi32(w[2], w[3]);
      const __m256i bytes[4] = {
          _mm256_unpacklo_epi64(lo01, lo23), _mm256_unpackhi_epi64(lo01, lo23),
          _mm256_unpacklo_epi64(hi01, hi23), _mm256_unpackhi_epi64(hi01, hi23)};
      for (size_t b = 0; b < 4; ++b) {
        block[p * 8 + b * 2][v] = _mm256_and_si256(bytes[b], low);
        block[p * 8 + b * 2 + 1][v] =
            _mm256_and_si256(_mm256_srli_epi16(bytes[b], 4), low);
      }
    }
  }
}

size_t ScanBatch(const Planes256& planes, size_t begin, size_t end,
                 const uint64_t* queries, size_t query_count,
                 uint32_t max_distance, Hit* out) {
  const __m256i over = _mm256_set1_epi8(static_cast<char>(max_distance + 1));
  NibbleBlock block;
  size_t found = 0;
  size_t row = begin;
  for (; row + kBlockRows <= end; row += kBlockRows) {
    CutIntoNibbles(planes, row, block);
    for (size_t query = 0; query < query_count; ++query) {
      const uint64_t* words = queries + query * kQueryWords;
      __m256i bound[kNibbleVectors] = {};
      // In full: around a loop the compiler keeps `bound` in memory.
#pragma GCC unroll 3
      for (size_t p = 0; p < 3; ++p) {
        auto word = static_cast<uint32_t>(words[p / 2] >> (p % 2 * 32));
#pragma GCC unroll 8
        for (size_t n = 0; n < 8; ++n, word >>= 4) {
          const __m256i table = _mm256_broadcastsi128_si256(_mm_load_si128(
              reinterpret_cast<const __m128i*>(kOnes.of[word & 0xF])));
          for (size_t v = 0; v < kNibbleVectors; ++v) {
            bound[v] = _mm256_add_epi8(
                bound[v], _mm256_shuffle_epi8(table, block[p * 8 + n][v]));
            asm("" : "+x"(bound[v]));  // no re-associating: it spills
          }
        }
      }
      __m256i least = bound[0];
      for (size_t v = 1; v < kNibbleVectors; ++v) {
        least = _mm256_min_epu8(least, bound[v]);
      }
      // All bytes are over where the larger of each and `over` is itself.
      const auto none_passes = [&](__m256i a) {
        return _mm256_movemask_epi8(
                   _mm256_cmpeq_epi8(_mm256_max_epu8(a, over), a)) == -1;
      };
      if (none_passes(least)) [[likely]] {
        continue;
      }
      for (size_t v = 0; v < kNibbleVectors; ++v) {
        if (none_passes(bound[v])) continue;
        for (size_t i = 0; i < kByteRows; i += Avx2::kLanes) {
          found +=
              ScanVector<Avx2, true>(planes, row + v * kByteRows + i, queries,
                                     query, max_distance, out + found);
        }
      }
    }
  }
  return found + Scan<Avx2>(planes, row, end, queries, query_count,
                            max_distance, out + found);
}

size_t Scan256(const Planes256& planes, size_t begin, size_t end,
               const uint64_t* queries, size_t query_count,
               uint32_t max_distance, Hit* out) {
  const bool batch =
      query_count >= kMinBatch && max_distance <= kMaxDistanceSum96;
  return (batch ? ScanBatch : Scan<Avx2>)(planes, begin, end, queries,
                                          query_count, max_distance, out);
}

}  // namespace

constinit const HammingTable kHammingAvx2 = {Scan256};

}  // namespace hashvet::kernels
