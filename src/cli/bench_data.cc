#include "src/cli/bench_data.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <random>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/mapped_file.h"
#include "hashvet/base/status.h"
#include "hashvet/list/text_list.h"

namespace hashvet::cli {
namespace {

constexpr uint32_t kMinWidthOfCopies = 8;

// xoshiro256++ (Blackman and Vigna), seeded by splitmix64: a fifth of the time
// of the standard library's, which matters at fifty million rows.
class Random {
 public:
  using result_type = uint64_t;
  explicit Random(uint64_t seed) {
    for (uint64_t& word : state_) {
      seed += 0x9E3779B97F4A7C15;
      uint64_t z = seed;
      z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
      z = (z ^ z >> 27) * 0x94D049BB133111EB;
      word = z ^ z >> 31;
    }
  }
  static constexpr uint64_t min() { return 0; }
  static constexpr uint64_t max() { return ~uint64_t{0}; }
  uint64_t operator()() {
    const uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }
  uint64_t Below(uint64_t bound) { return (*this)() % bound; }

 private:
  std::array<uint64_t, 4> state_;
};

class Maker {
 public:
  explicit Maker(const BenchShape& shape)
      : shape_(shape),
        words_(BitRows::WordsFor(shape.width_bits)),
        random_(shape.seed) {}

  absl::StatusOr<BenchData> Make() {
    const std::string& name = shape_.data;
    const bool hot = name == "hotspot" || name == "centre";
    if (name == "clustered") MakeUneven();
    if (name != "uniform" && name != "planted" && name != "clustered" &&
        name != "orientations" && !hot) {
      HASHVET_RETURN_IF_ERROR(ReadRows());
    } else {
      for (uint64_t r = 0; r < shape_.rows; ++r) AppendRow(rows_);
    }
    row_count_ = rows_.size() / words_;
    if (row_count_ == 0) {
      return absl::InvalidArgumentError(
          "bench search: no rows, want at least 1");
    }
    if (name == "clustered") AddNearCopies();
    if (hot) AddHotspot();

    if (name == "planted") {
      HASHVET_RETURN_IF_ERROR(Plant());
    } else if (name == "centre") {
      for (uint64_t q = 0; q < shape_.queries; ++q) AppendNearCentre(queries_);
    } else if (name == "orientations") {
      HASHVET_RETURN_IF_ERROR(AddOrientations());
    } else {
      for (uint64_t q = 0; q < shape_.queries; ++q) AddQuery(q, hot);
    }

    BenchData made;
    made.row_words = std::move(rows_);
    made.query_words = std::move(queries_);
    HASHVET_ASSIGN_OR_RETURN(
        made.rows, BitRows::Create(made.row_words, shape_.width_bits));
    HASHVET_ASSIGN_OR_RETURN(
        made.queries, BitRows::Create(made.query_words, shape_.width_bits));
    return made;
  }

 private:
  using Words = std::vector<uint64_t>;

  void AppendRow(Words& to) {
    for (size_t w = 0; w < words_; ++w) {
      uint64_t word = random_();
      if (!uneven_.empty()) {
        // Eight binary digits of each bit's probability, lowest first.
        word = 0;
        for (const uint64_t digit : uneven_[w]) {
          const uint64_t coin = random_();
          word = (digit & (word | coin)) | (~digit & (word & coin));
        }
        word ^= majority_[w];
      }
      const uint32_t used = shape_.width_bits - static_cast<uint32_t>(64 * w);
      if (used < 64) word &= (uint64_t{1} << used) - 1;
      to.push_back(word);
    }
  }

  // Flips `count` different bits.
  void Flip(std::span<uint64_t> row, uint32_t count) {
    std::vector<uint32_t> flipped;
    while (flipped.size() < count) {
      const auto bit = static_cast<uint32_t>(random_.Below(shape_.width_bits));
      if (std::ranges::find(flipped, bit) != flipped.end()) continue;
      flipped.push_back(bit);
      row[bit / 64] ^= uint64_t{1} << bit % 64;
    }
  }

  std::span<uint64_t> Row(uint64_t row) {
    return std::span(rows_).subspan(row * words_, words_);
  }
  std::span<uint64_t> LastOf(Words& words) {
    return std::span(words).last(words_);
  }

  void AddQuery(uint64_t number, bool hot) {
    if (number % 2 == 1) {
      AppendRow(queries_);
      return;
    }
    const uint64_t row =
        hot ? row_count_ / 2 + random_.Below((row_count_ + 1) / 2)
            : random_.Below(row_count_);
    const auto from = Row(row);
    queries_.insert(queries_.end(), from.begin(), from.end());
    Flip(LastOf(queries_),
         static_cast<uint32_t>(random_.Below(shape_.max_distance + 1)));
  }

  // Two rows agree within a bit in a chunk `ratio` times as often as random
  // ones when each bit agrees with probability `agree`.
  static double ProbabilityOfOne(double ratio) {
    double low = 0.5, high = 1.0;
    for (int i = 0; i < 60; ++i) {
      const double agree = (low + high) / 2;
      const double near =
          std::pow(agree, 16) + 16 * std::pow(agree, 15) * (1 - agree);
      (near * 65'536 / 17 < ratio ? low : high) = agree;
    }
    return (1 + std::sqrt(2 * low - 1)) / 2;
  }

  // Ratios from 1 to 3.2, mean 1.5, in no order.
  void MakeUneven() {
    const uint32_t chunks = (shape_.width_bits + 15) / 16;
    uneven_.assign(words_, {});
    majority_.resize(words_);
    for (uint64_t& word : majority_) word = random_();
    for (uint32_t c = 0; c < chunks; ++c) {
      const double place =
          static_cast<double>(c * 7 % chunks) / std::max(chunks - 1, 1u);
      const double ratio = 1 + 2.2 * std::pow(place, 3.4);
      const auto digits =
          static_cast<uint32_t>(std::lround(ProbabilityOfOne(ratio) * 256));
      for (uint32_t d = 0; d < 8; ++d) {
        if (std::min(digits, 255u) >> d & 1) {
          uneven_[c / 4][d] |= uint64_t{0xFFFF} << (c % 4 * 16);
        }
      }
    }
  }

  void AddNearCopies() {
    for (uint64_t r = 1; r < row_count_; ++r) {
      if (random_.Below(10) != 0) continue;
      std::ranges::copy(Row(random_.Below(r)), Row(r).begin());
      Flip(Row(r), 1 + static_cast<uint32_t>(random_.Below(kMinWidthOfCopies)));
    }
  }

  void AppendNearCentre(Words& to) {
    to.insert(to.end(), centre_.begin(), centre_.end());
    Flip(LastOf(to), 1 + static_cast<uint32_t>(random_.Below(4)));
  }

  void AddHotspot() {
    AppendRow(centre_);
    for (uint64_t r = 0; r < row_count_ / 2; ++r) {
      std::ranges::copy(centre_, Row(r).begin());
      Flip(Row(r), 3 + static_cast<uint32_t>(random_.Below(2)));
    }
  }

  absl::Status Plant() {
    const uint32_t distance = shape_.planted_at.value_or(shape_.max_distance);
    if (row_count_ < 2 * shape_.queries || distance >= shape_.width_bits) {
      return absl::InvalidArgumentError(
          absl::StrCat("bench search: planted data of ", row_count_,
                       " rows, want two for each of ", shape_.queries,
                       " queries, planted below the width"));
    }
    const uint64_t step = row_count_ / (2 * shape_.queries);
    for (uint64_t q = 0; q < shape_.queries; ++q) {
      AppendRow(queries_);
      for (uint32_t further : {0u, 1u}) {
        const auto row = Row((2 * q + further) * step);
        std::ranges::copy(LastOf(queries_), row.begin());
        Flip(row, distance + further);
      }
    }
    return absl::OkStatus();
  }

  // The eight hashes of hash_definitions.md, from random coefficients.
  absl::Status AddOrientations() {
    if (shape_.width_bits != 256) {
      return absl::InvalidArgumentError(
          absl::StrCat("bench search: orientations of ", shape_.width_bits,
                       " bits, want 256"));
    }
    std::normal_distribution<double> normal;
    while (queries_.size() < shape_.queries * words_) {
      std::array<double, 256> picture;
      for (double& coefficient : picture) coefficient = normal(random_);
      for (int o = 0; o < 8 && queries_.size() < shape_.queries * words_; ++o) {
        const bool transpose = o & 1, odd_rows = o & 2, odd_columns = o & 4;
        std::array<double, 256> turned;
        for (size_t i = 0; i < 16; ++i) {
          for (size_t j = 0; j < 16; ++j) {
            const bool negate =
                (odd_rows && i % 2 == 0) != (odd_columns && j % 2 == 0);
            const double value = picture[transpose ? 16 * j + i : 16 * i + j];
            turned[16 * i + j] = negate ? -value : value;
          }
        }
        std::array<double, 256> sorted = turned;
        std::ranges::nth_element(sorted, sorted.begin() + 127);
        std::array<uint64_t, 4> words = {};
        for (size_t k = 0; k < 256; ++k) {
          if (turned[k] > sorted[127]) words[k / 64] |= uint64_t{1} << k % 64;
        }
        queries_.insert(queries_.end(), words.begin(), words.end());
        if (o != 0) continue;
        // One of the eight is near a row.
        const auto row = Row(random_.Below(row_count_));
        std::ranges::copy(words, row.begin());
        Flip(row,
             static_cast<uint32_t>(random_.Below(shape_.max_distance + 1)));
      }
    }
    return absl::OkStatus();
  }

  // The PDQ values of a list in any text format.
  absl::Status ReadRows();

  const BenchShape& shape_;
  const size_t words_;
  Random random_;
  uint64_t row_count_ = 0;
  Words rows_, queries_, centre_;
  std::vector<std::array<uint64_t, 8>> uneven_;  // [word][binary digit]
  Words majority_;
};

absl::Status Maker::ReadRows() {
  if (shape_.width_bits != Hash256::kBits) {
    return absl::InvalidArgumentError(
        absl::StrCat("bench search: a file's rows are PDQ hashes of 256 bits, "
                     "got --width ",
                     shape_.width_bits));
  }
  const auto file = MappedFile::Open(shape_.data);
  if (!file.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("bench search: --data, want ", ToAbsl(kBenchDataNames),
                     " or a list: ", file.status().message()));
  }
  const auto bytes = file->bytes();
  constexpr std::string_view kSnapshot = "\x89HVS";
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              bytes.size());
  if (text.starts_with(kSnapshot)) {
    return absl::InvalidArgumentError(
        absl::StrCat("bench search: --data, got a snapshot, want a text list "
                     "(hashvet snapshot export): ",
                     shape_.data));
  }
  std::vector<Hash256> hashes;
  HASHVET_RETURN_IF_ERROR(
      ReadTextList(text, shape_.data, {}, [&](const ListEntry& entry) {
        const auto* hash = entry.value.As<Hash256>();
        if (hash != nullptr) hashes.push_back(*hash);
        return absl::OkStatus();
      }).status());
  std::ranges::sort(hashes);
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  std::shuffle(hashes.begin(), hashes.end(), random_);
  for (const Hash256& hash : hashes) {
    rows_.insert(rows_.end(), hash.words().begin(), hash.words().end());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<BenchData> MakeBenchData(const BenchShape& shape) {
  if (shape.max_distance > shape.width_bits) {
    return absl::InvalidArgumentError(
        absl::StrCat("bench search: --radius ", shape.max_distance,
                     ", at most the width of ", shape.width_bits));
  }
  // Near copies have up to eight bits changed.
  if (shape.width_bits < kMinWidthOfCopies &&
      (shape.data == "clustered" || shape.data == "hotspot" ||
       shape.data == "centre")) {
    return absl::InvalidArgumentError(absl::StrCat(
        "bench search: ", shape.data, " data of ", shape.width_bits,
        " bits, want at least ", kMinWidthOfCopies));
  }
  try {
    return Maker(shape).Make();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(
        absl::StrCat("bench search: no memory for ", shape.rows, " rows of ",
                     shape.width_bits, " bits"));
  }
}

}  // namespace hashvet::cli
