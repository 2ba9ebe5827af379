#include "hashvet/hashers/pdq_rows.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/dcheck.h"
#include "hashvet/base/status.h"
#include "hashvet/hashers/pdq.h"
#include "src/hashers/pdq_plane.h"
#include "src/hashers/row_downsample.h"
#include "src/hashers/trim.h"
#include "src/kernels/targets.h"

namespace hashvet {

struct PdqRows::State {
  pdq::RowDownsampler downsampler;
  std::vector<pdq::BarWatch> watches;
  uint8_t* row = nullptr;
  uint32_t rows_left = 0;
};

PdqRows::PdqRows(std::unique_ptr<State> state) : state_(std::move(state)) {}
PdqRows::PdqRows(PdqRows&&) noexcept = default;
PdqRows& PdqRows::operator=(PdqRows&&) noexcept = default;
PdqRows::~PdqRows() = default;

absl::StatusOr<PdqRows> PdqRows::Create(uint32_t width, uint32_t height,
                                        PixelFormat format,
                                        std::span<const PdqVariant> trims) {
  const kernels::Target* target = kernels::ActiveTarget();
  if (target == nullptr) {
    return absl::InvalidArgumentError(kernels::ActiveTargetError());
  }
  if (std::min(width, height) < kPdqMinSide) {
    return absl::InvalidArgumentError(
        absl::StrCat("PDQ: got a picture of ", width, " x ", height,
                     ", want sides of at least ", kPdqMinSide, " pixels"));
  }
  if (format == PixelFormat::kLuma32) {
    return absl::InvalidArgumentError(
        "PDQ by rows: got floats, want 8-bit pixels");
  }
  auto state = std::make_unique<State>(
      State{.downsampler = {width, height, format, *target->accumulate},
            .rows_left = height});
  for (const PdqVariant variant : trims) {
    if (variant != PdqVariant::kTrimmed &&
        variant != PdqVariant::kTrimmedBlack) {
      return absl::InvalidArgumentError(
          absl::StrCat("PDQ by rows: variant ", ToAbsl(NameOf(variant)),
                       " trims nothing, want trimmed or trimmed_black"));
    }
    state->watches.emplace_back(width, height, format, variant);
  }
  return PdqRows(std::move(state));
}

uint8_t* PdqRows::NextRow() {
  HASHVET_DCHECK(state_->rows_left > 0);
  return state_->row = state_->downsampler.NextRow();
}

bool PdqRows::RowDone() {
  bool has_bars = false;
  for (pdq::BarWatch& watch : state_->watches) {
    watch.Row(state_->row);
    has_bars |= watch.found();
  }
  state_->downsampler.RowDone();
  --state_->rows_left;
  return !has_bars;
}

const uint8_t* PdqRows::LastRow() const {
  return state_->downsampler.LastRow();
}

PdqHashes PdqRows::Finish() const {
  HASHVET_DCHECK(state_->rows_left == 0);
  return pdq::HashesOfPlane(state_->downsampler.plane(), PdqVariant::kFull);
}

}  // namespace hashvet
