#include "src/decode/shown_rows.h"

#include <cstddef>
#include <utility>

#include "hashvet/base/status.h"

namespace hashvet {
namespace {

// Whether some pixel was not opaque. The two may be one: white then.
bool ShowRow(std::span<const uint8_t> bgra, uint8_t* white, uint8_t* black) {
  bool transparent = false;
  for (size_t i = 0; i + 3 < bgra.size(); i += 4, white += 3, black += 3) {
    const uint32_t alpha = bgra[i + 3];
    if (alpha == 255) {
      for (size_t c = 0; c < 3; ++c) white[c] = black[c] = bgra[i + c];
      continue;
    }
    transparent = true;
    for (size_t c = 0; c < 3; ++c) {
      black[c] = Shown(bgra[i + c], alpha, Background::kBlack);
      white[c] = static_cast<uint8_t>(black[c] + 255 - alpha);
    }
  }
  return transparent;
}

}  // namespace

absl::Status ShowingReceiver::Begin(const FrameStart& start) {
  start_ = start;
  rows_left_ = start.height;
  transparent_ = start.transparent;
  black_ = nullptr;
  with_alpha_ = {};
  HASHVET_ASSIGN_OR_RETURN(first_, Open(start, start.format == RowFormat::kGrey8
                                                   ? PixelFormat::kGrey8
                                                   : PixelFormat::kBgr8));
  if (start.format != RowFormat::kBgra8) return absl::OkStatus();
  for (auto& row : with_alpha_) row.resize(size_t{start.width} * 4);
  FrameStart black = start;
  black.background = Background::kBlack;
  HASHVET_ASSIGN_OR_RETURN(black_, Open(black, PixelFormat::kBgr8));
  return absl::OkStatus();
}

uint8_t* ShowingReceiver::NextRow() {
  return with_alpha_[0].empty() ? first_->NextRow() : with_alpha_[0].data();
}

const uint8_t* ShowingReceiver::LastRow() const {
  return with_alpha_[0].empty() ? first_->LastRow() : with_alpha_[1].data();
}

bool ShowingReceiver::RowDone() {
  if (!with_alpha_[0].empty()) {
    uint8_t* const white = first_->NextRow();
    uint8_t* const black = black_ != nullptr ? black_->NextRow() : white;
    transparent_ |= ShowRow(with_alpha_[0], white, black);
    with_alpha_[0].swap(with_alpha_[1]);
    if (black_ != nullptr && !black_->RowDone()) return false;
  }
  if (!first_->RowDone()) return false;
  if (--rows_left_ > 0) return true;
  const bool two = black_ != nullptr && transparent_;
  if (!Close(start_, transparent_, std::move(first_))) return false;
  if (!two) return true;
  start_.background = Background::kBlack;
  return Close(start_, true, std::move(black_));
}

}  // namespace hashvet
