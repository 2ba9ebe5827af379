// What the index tests share: rows of any width, and the definition of a
// search, which looks at every bit of every row.

#ifndef HASHVET_TESTS_INDEX_INDEX_SUPPORT_H_
#define HASHVET_TESTS_INDEX_INDEX_SUPPORT_H_

#include <algorithm>
#include <bit>
#include <cstdint>
#include <new>
#include <ostream>
#include <random>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "hashvet/index/range_index.h"
#include "hashvet/index/ring_index.h"
#include "src/index/ring_build.h"
#include "tests/support/status_matchers.h"

namespace hashvet {

inline void PrintTo(const Neighbor& neighbor, std::ostream* os) {
  *os << "row " << neighbor.row << " at " << neighbor.distance;
}

namespace testing {

using Answer = std::vector<std::vector<Neighbor>>;

// Memory aligned as tables must be.
template <typename T>
struct Aligned {
  using value_type = T;
  Aligned() = default;
  template <typename U>
  explicit Aligned(const Aligned<U>&) {}
  T* allocate(size_t n) {
    return static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t(64)));
  }
  void deallocate(T* p, size_t) { ::operator delete(p, std::align_val_t(64)); }
  friend bool operator==(const Aligned&, const Aligned&) { return true; }
};
template <typename T>
using AlignedVector = std::vector<T, Aligned<T>>;

// Rows that a test makes and changes.
class Rows {
 public:
  explicit Rows(uint32_t width_bits, size_t count = 0)
      : width_bits_(width_bits),
        per_row_(BitRows::WordsFor(width_bits)),
        words_(count * per_row_) {}

  size_t size() const { return words_.size() / per_row_; }
  uint32_t width_bits() const { return width_bits_; }
  std::span<uint64_t> operator[](size_t row) {
    return std::span(words_).subspan(row * per_row_, per_row_);
  }
  std::span<const uint64_t> operator[](size_t row) const {
    return std::span(words_).subspan(row * per_row_, per_row_);
  }
  void Append(std::span<const uint64_t> row) {
    const std::vector<uint64_t> copy(row.begin(), row.end());  // may be ours
    words_.insert(words_.end(), copy.begin(), copy.end());
  }
  BitRows view() const { return *BitRows::Create(words_, width_bits_); }
  operator BitRows() const { return view(); }  // NOLINT

 private:
  uint32_t width_bits_;
  size_t per_row_;
  std::vector<uint64_t> words_;
};

inline void FlipBit(std::span<uint64_t> row, size_t bit) {
  row[bit / 64] ^= uint64_t{1} << bit % 64;
}

// `bits` different bits of those at `places`.
inline void FlipAmong(std::span<uint64_t> row, std::vector<size_t> places,
                      size_t bits, std::mt19937_64& random) {
  for (size_t i = 0; i < bits; ++i) {
    std::swap(places[i], places[i + random() % (places.size() - i)]);
    FlipBit(row, places[i]);
  }
}

// `bits` different bits of [begin, end), anywhere in it.
inline void FlipWithin(std::span<uint64_t> row, size_t begin, size_t end,
                       size_t bits, std::mt19937_64& random) {
  std::vector<size_t> places(end - begin);
  for (size_t i = 0; i < places.size(); ++i) places[i] = begin + i;
  FlipAmong(row, std::move(places), bits, random);
}

inline void Randomize(std::span<uint64_t> row, uint32_t width_bits,
                      std::mt19937_64& random) {
  for (uint64_t& word : row) word = random();
  if (width_bits % 64 != 0) row.back() &= (uint64_t{1} << width_bits % 64) - 1;
}

inline Rows RandomRows(size_t count, uint32_t width_bits, uint64_t seed) {
  std::mt19937_64 random(seed);
  Rows rows(width_bits, count);
  for (size_t r = 0; r < count; ++r) Randomize(rows[r], width_bits, random);
  return rows;
}

// Queries near rows and far from all, in turn: a row with 0 to max_bits bits
// changed; a random one.
inline Rows QueriesOf(const Rows& rows, size_t count, uint32_t max_bits,
                      uint64_t seed) {
  std::mt19937_64 random(seed);
  const uint32_t width = rows.width_bits();
  Rows queries(width, count);
  for (size_t q = 0; q < count; ++q) {
    if (q % 3 == 2 || rows.size() == 0) {
      Randomize(queries[q], width, random);
      continue;
    }
    std::ranges::copy(rows[random() % rows.size()], queries[q].begin());
    FlipWithin(queries[q], 0, width, random() % (std::min(max_bits, width) + 1),
               random);
  }
  return queries;
}

// The definition.
inline uint32_t BitsBetween(std::span<const uint64_t> a,
                            std::span<const uint64_t> b) {
  uint32_t distance = 0;
  for (size_t w = 0; w < a.size(); ++w) {
    distance += static_cast<uint32_t>(std::popcount(a[w] ^ b[w]));
  }
  return distance;
}
inline Answer Definition(BitRows rows, BitRows queries, uint32_t max_distance) {
  Answer answer(queries.size());
  for (size_t q = 0; q < queries.size(); ++q) {
    for (size_t r = 0; r < rows.size(); ++r) {
      const uint32_t distance = BitsBetween(queries[q], rows[r]);
      if (distance <= max_distance) {
        answer[q].push_back({static_cast<uint32_t>(r), distance});
      }
    }
  }
  return answer;
}
inline Answer NearestDefinition(BitRows rows, BitRows queries, size_t count,
                                uint32_t max_distance) {
  Answer answer = Definition(rows, queries, max_distance);
  for (auto& near : answer) {
    std::ranges::sort(near, [](const Neighbor& a, const Neighbor& b) {
      return std::tie(a.distance, a.row) < std::tie(b.distance, b.row);
    });
    near.resize(std::min(near.size(), count));
  }
  return answer;
}

inline Answer Listed(const Neighbors& neighbors) {
  Answer answer;
  for (size_t q = 0; q < neighbors.queries(); ++q) {
    answer.emplace_back(neighbors.of(q).begin(), neighbors.of(q).end());
  }
  return answer;
}

// Says where two answers part first, rather than printing both.
inline ::testing::AssertionResult Same(const absl::StatusOr<Neighbors>& got,
                                       const Answer& want) {
  if (!got.ok()) {
    return ::testing::AssertionFailure() << got.status().ToString();
  }
  if (got->queries() != want.size()) {
    return ::testing::AssertionFailure()
           << got->queries() << " queries answered, want " << want.size();
  }
  for (size_t q = 0; q < want.size(); ++q) {
    const auto found = got->of(q);
    const auto [a, b] = std::ranges::mismatch(found, want[q]);
    if (a == found.end() && b == want[q].end()) continue;
    const auto name = [](bool none, const auto& at) {
      return none ? std::string("nothing") : ::testing::PrintToString(*at);
    };
    return ::testing::AssertionFailure()
           << "query " << q << " has " << found.size() << " neighbours, want "
           << want[q].size() << "; number " << a - found.begin() << " is "
           << name(a == found.end(), a) << ", want "
           << name(b == want[q].end(), b);
  }
  return ::testing::AssertionSuccess();
}

// The bits of chunk c of a row, lowest first, as ring_index.h defines them.
inline std::vector<size_t> ChunkBits(RingCut cut, size_t c) {
  std::vector<size_t> bits;
  if (cut == RingCut::kInOrder) {
    for (size_t b = 0; b < 16; ++b) bits.push_back(16 * c + b);
    return bits;
  }
  for (size_t i = 4 * (c % 4); i < 4 * (c % 4) + 4; ++i) {
    for (size_t j = 0; j < 16; ++j) {
      const bool even_i = c >= 8, even_j = c % 8 >= 4;
      if ((i % 2 == 0) == even_i && (j % 2 == 0) == even_j) {
        bits.push_back(16 * i + j);
      }
    }
  }
  return bits;
}
inline uint16_t ChunkValue(std::span<const uint64_t> row, RingCut cut,
                           size_t c) {
  uint16_t value = 0;
  const std::vector<size_t> bits = ChunkBits(cut, c);
  for (size_t b = 0; b < 16; ++b) {
    value |=
        static_cast<uint16_t>((row[bits[b] / 64] >> bits[b] % 64 & 1) << b);
  }
  return value;
}
// By parity: 0, 0xFFFF, 1, 0xFFFE, 2 ...
inline size_t BucketOfValue(RingCut cut, uint16_t value) {
  if (cut == RingCut::kInOrder) return value;
  return value < 0x8000 ? 2 * size_t{value} : 2 * (0xFFFF - size_t{value}) + 1;
}

// A ring index cut otherwise than Create would, in memory of its own.
class RingCutAs {
 public:
  RingCutAs(BitRows rows, RingCut cut)
      : words_(rows.words().begin(), rows.words().end()) {
    const size_t n = rows.size(), chunks = rows.width_bits() / 16;
    offsets_.resize(chunks * kRingOffsets);
    next_.resize(chunks * n + kRingNextPadding);
    ids_.resize(chunks * n);
    tables_ = {*BitRows::Create(words_, rows.width_bits()), offsets_, next_,
               ids_, cut};
    for (size_t c = 0; c < chunks; ++c) {
      EXPECT_TRUE(BuildRingTable(tables_.rows, cut, c,
                                 {std::span(offsets_).subspan(c * kRingOffsets,
                                                              kRingOffsets),
                                  std::span(next_).subspan(c * n, n),
                                  std::span(ids_).subspan(c * n, n)})
                      .ok());
    }
  }
  const RingTables& tables() const { return tables_; }

 private:
  AlignedVector<uint64_t> words_;
  AlignedVector<uint32_t> offsets_;
  AlignedVector<uint16_t> next_;
  AlignedVector<uint32_t> ids_;
  RingTables tables_;
};

// A ring index's tables where a test can damage them.
struct TablesCopy {
  explicit TablesCopy(const RingTables& tables)
      : width_bits(tables.rows.width_bits()),
        words(tables.rows.words().begin(), tables.rows.words().end()),
        offsets(tables.offsets.begin(), tables.offsets.end()),
        next(tables.next.begin(), tables.next.end()),
        ids(tables.ids.begin(), tables.ids.end()),
        cut(tables.cut) {}

  RingTables tables() const {
    return {*BitRows::Create(words, width_bits), offsets, next, ids, cut};
  }

  uint32_t width_bits;
  AlignedVector<uint64_t> words;
  AlignedVector<uint32_t> offsets;
  AlignedVector<uint16_t> next;
  AlignedVector<uint32_t> ids;
  RingCut cut;
};

}  // namespace testing
}  // namespace hashvet

#endif  // HASHVET_TESTS_INDEX_INDEX_SUPPORT_H_
