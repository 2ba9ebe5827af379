#include "hashvet/ledger/guards.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/index/flat_index.h"
#include "hashvet/list/benign_panel.h"

namespace hashvet {
namespace {

constexpr size_t kMinOnes = 112;
constexpr size_t kMaxOnes = 144;
constexpr size_t kMinDistinctWords = 4;  // of its sixteen 16-bit words

// Of the other kinds' bits one in so many may differ from the rest. Of 315
// scenes of the robustness table (PDQ quality 50 and more) this holds a page of
// text and a gradient under dHash, whose bits are then all alike, cut-outs on
// white under the Haar hash, and none under the other kinds; and flat pictures
// under all that see flatness at all, which medians do not.
constexpr size_t kBitsToOneOdd = 32;

constexpr uint64_t kMinHeldEntries = 100;  // as the publisher's hold

constexpr absl::string_view kHeldPayload = "hashvet/held";

size_t DistinctWords16(const Hash256& hash) {
  std::array<uint16_t, 16> words;
  for (size_t w = 0; w < words.size(); ++w) {
    words[w] = static_cast<uint16_t>(hash.words()[w / 4] >> (w % 4 * 16));
  }
  std::ranges::sort(words);
  return static_cast<size_t>(std::ranges::unique(words).begin() -
                             words.begin());
}

}  // namespace

std::optional<std::string> DegenerateReason(const Hash256& hash) {
  const size_t ones = hash.ones();
  if (ones == 0) return "all bits are zero";
  const auto& words = hash.words();
  if (words[0] == words[2] && words[1] == words[3]) {
    return "the second half repeats the first";
  }
  if (words[0] == ~words[2] && words[1] == ~words[3]) {
    return "the second half is the first's complement";
  }
  if (const size_t distinct = DistinctWords16(hash);
      distinct < kMinDistinctWords) {
    return absl::StrCat(distinct, " distinct 16-bit words, want at least ",
                        kMinDistinctWords);
  }
  if (ones < kMinOnes || ones > kMaxOnes) {
    return absl::StrCat(ones, " ones of 256, want ", kMinOnes, " to ",
                        kMaxOnes);
  }
  return std::nullopt;
}

std::optional<std::string> DegenerateReason(const HashValue& value) {
  if (const Hash256* pdq = value.As<Hash256>();
      pdq != nullptr && value.kind() == HashKind::kPdq) {
    return DegenerateReason(*pdq);
  }
  const HashKindInfo& info = InfoOf(value.kind());
  if (info.family != HashFamily::kBits) return std::nullopt;
  const size_t bits = info.size_bytes * 8;
  size_t ones = 0;
  for (const uint64_t word : value.row_words()) {
    ones += static_cast<size_t>(std::popcount(word));
  }
  const size_t odd = std::min(ones, bits - ones);
  if (odd > bits / kBitsToOneOdd) return std::nullopt;
  return absl::StrCat("low information: all but ", odd, " of ", bits,
                      " bits are ", ones < bits - ones ? "zero" : "one");
}

bool IsOffCentre(const Hash256& hash) {
  const size_t ones = hash.ones();
  return ones != 128 && ones >= kMinOnes && ones <= kMaxOnes;
}

struct ValueGuards::State {
  FlatIndex panel;
};

ValueGuards::ValueGuards(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
ValueGuards::ValueGuards(ValueGuards&&) noexcept = default;
ValueGuards& ValueGuards::operator=(ValueGuards&&) noexcept = default;
ValueGuards::~ValueGuards() = default;

absl::StatusOr<ValueGuards> ValueGuards::Create() {
  std::vector<Hash256> rows;
  for (const BenignHash& each : BenignPanel()) rows.push_back(each.hash);
  HASHVET_ASSIGN_OR_RETURN(FlatIndex panel, FlatIndex::Create(rows));
  return ValueGuards(std::make_unique<State>(State{std::move(panel)}));
}

absl::StatusOr<std::vector<std::optional<GuardFinding>>> ValueGuards::Judge(
    std::span<const HashValue> values, uint32_t max_distance,
    const GuardOptions& options) const {
  std::vector<std::optional<GuardFinding>> findings(values.size());
  std::vector<Hash256> hashes;  // PDQ's, and whose they are
  std::vector<size_t> places;
  for (size_t v = 0; v < values.size(); ++v) {
    if (values[v].kind() == HashKind::kPdq) {
      hashes.push_back(*values[v].As<Hash256>());
      places.push_back(v);
    }
    if (!options.degenerate) continue;
    if (auto reason = DegenerateReason(values[v]); reason.has_value()) {
      findings[v] = {kDegenerateGuard, *std::move(reason)};
    }
  }
  if (!options.panel || hashes.empty()) return findings;
  const uint32_t near =
      std::min(max_distance + options.panel_margin, uint32_t{Hash256::kBits});
  HASHVET_ASSIGN_OR_RETURN(const Neighbors neighbors,
                           state_->panel.Search(BitRows(hashes), near));
  for (size_t h = 0; h < hashes.size(); ++h) {
    const auto of = neighbors.of(h);
    std::optional<GuardFinding>& finding = findings[places[h]];
    if (finding.has_value() || of.empty()) continue;
    const Neighbor& nearest = *std::ranges::min_element(
        of, {}, [](const Neighbor& n) { return n.distance; });
    finding = {kPanelGuard,
               absl::StrCat("near the harmless picture ",
                            ToAbsl(BenignPanel()[nearest.row].picture))};
  }
  return findings;
}

std::optional<std::string> HoldReason(const LiveChange& change,
                                      const GuardOptions& options) {
  if (!options.change) return std::nullopt;
  const auto [before, after, removed] = change;
  if (before > 0 && after == 0) return "vanishes";
  if (before < kMinHeldEntries) return std::nullopt;
  if (after * 100 > before * (100 + options.max_growth_percent)) {
    return absl::StrCat("grows by more than ", options.max_growth_percent,
                        " %");
  }
  if (after >= before) return std::nullopt;
  const uint64_t fall = before - after;
  if (fall * 100 > before * options.max_removed_percent) {
    return absl::StrCat("falls by more than ", options.max_removed_percent,
                        " %");
  }
  const uint64_t unexplained = fall - std::min(fall, removed);
  if (unexplained * 100 > before * options.max_fall_percent) {
    return absl::StrCat("falls by more than ", options.max_fall_percent,
                        " % beside what was taken back");
  }
  return std::nullopt;
}

absl::Status HeldError(const std::string& message) {
  absl::Status status =
      absl::FailedPreconditionError(absl::StrCat("held: ", message));
  status.SetPayload(kHeldPayload, absl::Cord());
  return status;
}

bool IsHeld(const absl::Status& status) {
  return status.GetPayload(kHeldPayload).has_value();
}

}  // namespace hashvet
