// Values of the caller's own, searched.

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "hashvet/hash/bit_rows.h"
#include "hashvet/index/ring_index.h"
#include "hashvet/index/row_index.h"
#include "src/c/guard.h"
#include "src/c/values.h"

struct hashvet_index : hashvet::c::Handle {
  static constexpr auto kTag = hashvet::c::Tag::kIndex;
  hashvet_index() : Handle{kTag} {}

  hashvet::HashKind kind = hashvet::HashKind::kPdq;
  std::vector<uint64_t> words;  // all rows
  // Of the first rows; those added since are looked at one by one.
  std::optional<hashvet::RingIndex> ring;

  uint32_t width_bits() const {
    return static_cast<uint32_t>(8 * hashvet::InfoOf(kind).size_bytes);
  }
  size_t words_per_row() const {
    return hashvet::BitRows::WordsFor(width_bits());
  }
  size_t count() const { return words.size() / words_per_row(); }
  size_t in_ring() const { return ring.has_value() ? ring->rows() : 0; }
};

namespace hashvet::c {
namespace {

// Fewer rows are soon looked at: some 10 us.
constexpr size_t kMostLoose = 4096;
// The tables are made again when one in so many rows is loose: adding one by
// one then costs as much as making them that many times.
constexpr size_t kLoosePart = 64;

// The rows that these values are.
absl::StatusOr<std::vector<uint64_t>> WordsOf(const hashvet_index& index,
                                              const uint8_t* bytes, size_t size,
                                              size_t count) {
  const size_t value_size = InfoOf(index.kind).size_bytes;
  if (bytes == nullptr && count != 0) return Null("values");
  if (size / value_size != count || size % value_size != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "values: got ", size, " bytes, want ", count, " values of ", value_size,
        " bytes, of ", ToAbsl(NameOf(index.kind))));
  }
  std::vector<uint64_t> words;
  words.reserve(count * index.words_per_row());
  for (size_t i = 0; i < count; ++i) {
    HASHVET_ASSIGN_OR_RETURN(
        const HashValue value,
        HashValue::FromBytes(index.kind,
                             std::span(bytes + i * value_size, value_size)));
    const std::span<const uint64_t> row = value.row_words();
    words.insert(words.end(), row.begin(), row.end());
  }
  return words;
}

// Makes the tables of all rows.
absl::Status MakeTables(hashvet_index& index) {
  HASHVET_ASSIGN_OR_RETURN(const BitRows rows,
                           BitRows::Create(index.words, index.width_bits()));
  HASHVET_ASSIGN_OR_RETURN(index.ring, RingIndex::Create(rows));
  return absl::OkStatus();
}

absl::Status Add(hashvet_index& index, const std::vector<uint64_t>& words) {
  // All or none, also where there is no memory for the tables.
  absl::Cleanup take_back = [&index, had = index.words.size()] {
    index.words.resize(had);
  };
  index.words.insert(index.words.end(), words.begin(), words.end());
  const size_t loose = index.count() - index.in_ring();
  const bool takes_tables = index.width_bits() % 16 == 0;
  if (!takes_tables ||
      loose <= std::max(kMostLoose, index.count() / kLoosePart)) {
    std::move(take_back).Cancel();
    return absl::OkStatus();
  }
  HASHVET_RETURN_IF_ERROR(MakeTables(index));
  std::move(take_back).Cancel();
  return absl::OkStatus();
}

// Of each part; no queries at all where there is no such part.
struct Found {
  Neighbors in_ring{{}, {}};
  Neighbors loose{{}, {}};
};

std::span<const Neighbor> Of(const Neighbors& neighbors, size_t query) {
  if (query >= neighbors.queries()) return {};
  return neighbors.of(query);
}

absl::StatusOr<Found> Search(const hashvet_index& index, BitRows queries,
                             uint32_t max_distance) {
  Found found;
  if (index.ring.has_value()) {
    HASHVET_ASSIGN_OR_RETURN(found.in_ring,
                             index.ring->Search(queries, max_distance));
  }
  const std::span<const uint64_t> rest =
      std::span(index.words).subspan(index.in_ring() * index.words_per_row());
  if (rest.empty()) return found;
  HASHVET_ASSIGN_OR_RETURN(const BitRows rows,
                           BitRows::Create(rest, index.width_bits()));
  HASHVET_ASSIGN_OR_RETURN(const RowIndex loose, RowIndex::FromRows(rows));
  HASHVET_ASSIGN_OR_RETURN(found.loose, loose.Search(queries, max_distance));
  return found;
}

}  // namespace
}  // namespace hashvet::c

using namespace hashvet;     // NOLINT: all of it is this interface
using namespace hashvet::c;  // NOLINT

int hashvet_index_create(uint32_t kind, hashvet_index** index,
                         hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    if (index == nullptr) return Null("index");
    *index = nullptr;
    HASHVET_ASSIGN_OR_RETURN(const HashKind known, KindOf(kind));
    if (InfoOf(known).family != HashFamily::kBits) {
      return absl::InvalidArgumentError(
          absl::StrCat("index: got ", ToAbsl(NameOf(known)),
                       ", which is not compared by "
                       "bits"));
    }
    auto made = std::make_unique<hashvet_index>();
    made->kind = known;
    *index = made.release();
    return absl::OkStatus();
  });
}

int hashvet_index_add(hashvet_index* index, const uint8_t* values, size_t size,
                      size_t count, hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    HASHVET_ASSIGN_OR_RETURN(hashvet_index * to, Checked(index, "index"));
    HASHVET_ASSIGN_OR_RETURN(const std::vector<uint64_t> words,
                             WordsOf(*to, values, size, count));
    return Add(*to, words);
  });
}

size_t hashvet_index_count(const hashvet_index* index) {
  const auto made = Checked(index, "index");
  return made.ok() ? (*made)->count() : 0;
}

int hashvet_index_value(const hashvet_index* index, size_t number,
                        uint8_t* bytes, size_t size, hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    HASHVET_ASSIGN_OR_RETURN(const hashvet_index* of, Checked(index, "index"));
    const size_t value_size = InfoOf(of->kind).size_bytes;
    HASHVET_RETURN_IF_ERROR(
        CheckRoom(of->kind, bytes, size, value_size, "bytes"));
    if (number >= of->count()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "index: got number ", number, ", there are ", of->count()));
    }
    // As HashValue::ToBytes: the byte of the highest bits comes first.
    const uint64_t* row = &of->words[number * of->words_per_row()];
    for (size_t i = 0; i < value_size; ++i) {
      const size_t byte = value_size - 1 - i;  // counted from the lowest bits
      bytes[i] = static_cast<uint8_t>(row[byte / 8] >> (8 * (byte % 8)));
    }
    return absl::OkStatus();
  });
}

int hashvet_index_search(const hashvet_index* index, const uint8_t* queries,
                         size_t size, size_t count, uint32_t max_distance,
                         hashvet_hit_callback callback, void* context,
                         hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    HASHVET_ASSIGN_OR_RETURN(const hashvet_index* in, Checked(index, "index"));
    if (callback == nullptr) return Null("callback");
    HASHVET_ASSIGN_OR_RETURN(const std::vector<uint64_t> words,
                             WordsOf(*in, queries, size, count));
    HASHVET_ASSIGN_OR_RETURN(const BitRows rows,
                             BitRows::Create(words, in->width_bits()));
    HASHVET_ASSIGN_OR_RETURN(const Found found,
                             Search(*in, rows, max_distance));
    const size_t after = in->in_ring();
    for (size_t q = 0; q < count; ++q) {
      for (const Neighbor& near : Of(found.in_ring, q)) {
        callback(context, q, near.row, near.distance);
      }
      for (const Neighbor& near : Of(found.loose, q)) {
        callback(context, q, after + near.row, near.distance);
      }
    }
    return absl::OkStatus();
  });
}

void hashvet_index_free(hashvet_index* index) { Free(index); }
