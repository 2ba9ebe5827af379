// GIF through giflib, frame upon frame on a canvas, as browsers compose them: a
// background colour is not shown, and "restore to background" clears to
// transparent.

#include <gif_lib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "src/decode/frame_choice.h"
#include "src/decode/gif_layout.h"
#include "src/decode/missing_rows.h"
#include "src/decode/webcodecs/web_codec.h"

namespace hashvet::webcodecs {
namespace {

constexpr size_t kPixelBytes = 4;

struct Input {
  const uint8_t* bytes;
  size_t left;

  static int Read(GifFileType* file, GifByteType* to, int wanted) {
    auto& input = *static_cast<Input*>(file->UserData);
    const size_t size = std::min(input.left, static_cast<size_t>(wanted));
    std::memcpy(to, input.bytes, size);
    input.bytes += size;
    input.left -= size;
    return static_cast<int>(size);
  }
};

struct CloseGif {
  void operator()(GifFileType* file) const { DGifCloseFile(file, nullptr); }
};

struct Rectangle {
  size_t left, top, width, height;
};

class Composer {
 public:
  Composer(GifFileType* file, const HashvetWebcodecsRequest& request,
           bool first_frame_is_screen)
      : file_(file),
        width_(request.width),
        height_(request.height),
        first_frame_is_screen_(first_frame_is_screen),
        canvas_(static_cast<uint8_t*>(
            std::calloc(size_t{width_} * height_, kPixelBytes))) {}

  bool made() const { return canvas_ != nullptr; }
  const uint8_t* row(uint32_t y) const {
    return canvas_.get() + size_t{y} * width_ * kPixelBytes;
  }

  enum class Step { kFrame, kPartOfFrame, kEnd, kDamaged, kNoMemory };

  // Composes the next frame. kPartOfFrame: its end is missing.
  Step Next() {
    GifRecordType type;
    while (DGifGetRecordType(file_, &type) == GIF_OK) {
      if (type == TERMINATE_RECORD_TYPE) return Step::kEnd;
      if (type == EXTENSION_RECORD_TYPE && !ReadExtension()) break;
      if (type == IMAGE_DESC_RECORD_TYPE) return Frame();
    }
    return Step::kDamaged;
  }

 private:
  bool ReadExtension() {
    int code = 0;
    GifByteType* block = nullptr;
    if (DGifGetExtension(file_, &code, &block) != GIF_OK) return false;
    if (block != nullptr && code == GRAPHICS_EXT_FUNC_CODE) {
      DGifExtensionToGCB(block[0], block + 1, &control_);
    }
    while (block != nullptr) {
      if (DGifGetExtensionNext(file_, &block) != GIF_OK) return false;
    }
    return true;
  }

  // What the frame before asked for, once it was seen.
  void Dispose() {
    if (disposal_ == DISPOSE_BACKGROUND) {
      for (size_t y = 0; y < drawn_.height; ++y) {
        std::memset(At(drawn_.left, drawn_.top + y), 0,
                    drawn_.width * kPixelBytes);
      }
    } else if (disposal_ == DISPOSE_PREVIOUS && before_ != nullptr) {
      std::memcpy(canvas_.get(), before_.get(), CanvasBytes());
    }
    disposal_ = DISPOSAL_UNSPECIFIED;
  }

  Step Frame() {
    Dispose();
    if (DGifGetImageDesc(file_) != GIF_OK) return Step::kDamaged;
    const GifImageDesc& image = file_->Image;
    const ColorMapObject* map =
        image.ColorMap != nullptr ? image.ColorMap : file_->SColorMap;
    if (image.Width <= 0 || image.Height <= 0) return Step::kDamaged;
    const bool at_corner = first_ && first_frame_is_screen_;
    const bool nothing_behind = first_;
    first_ = false;
    const auto left = static_cast<size_t>(at_corner ? 0 : image.Left);
    const auto top = static_cast<size_t>(at_corner ? 0 : image.Top);
    // What lies outside of the canvas is read and not shown.
    drawn_ = {std::min<size_t>(left, width_), std::min<size_t>(top, height_), 0,
              0};
    drawn_.width = std::min<size_t>(static_cast<size_t>(image.Width),
                                    width_ - drawn_.left);
    drawn_.height = std::min<size_t>(static_cast<size_t>(image.Height),
                                     height_ - drawn_.top);
    if (control_.DisposalMode == DISPOSE_PREVIOUS && !KeepCanvas()) {
      return Step::kNoMemory;
    }
    const bool whole = Draw(image, map);
    if (!whole && nothing_behind && !image.Interlace) Fade();
    disposal_ = control_.DisposalMode;
    control_ = {DISPOSAL_UNSPECIFIED, false, 0, NO_TRANSPARENT_COLOR};
    return whole ? Step::kFrame : Step::kPartOfFrame;
  }

  bool KeepCanvas() {
    if (before_ == nullptr) {
      before_.reset(static_cast<uint8_t*>(std::malloc(CanvasBytes())));
    }
    if (before_ == nullptr) return false;
    std::memcpy(before_.get(), canvas_.get(), CanvasBytes());
    return true;
  }

  // False when the frame breaks off.
  bool Draw(const GifImageDesc& image, const ColorMapObject* map) {
    static constexpr int kFirst[] = {0, 4, 2, 1};
    static constexpr int kStep[] = {8, 8, 4, 2};
    indices_.resize(static_cast<size_t>(image.Width));
    const int passes = image.Interlace ? 4 : 1;
    for (int pass = 0; pass < passes; ++pass) {
      const int first = image.Interlace ? kFirst[pass] : 0;
      const int step = image.Interlace ? kStep[pass] : 1;
      for (int y = first; y < image.Height; y += step) {
        if (DGifGetLine(file_, indices_.data(), image.Width) != GIF_OK) {
          rows_drawn_ = static_cast<size_t>(y);
          return false;
        }
        if (static_cast<size_t>(y) < drawn_.height) {
          DrawRow(drawn_.top + static_cast<size_t>(y), map);
        }
      }
    }
    return true;
  }

  // What is missing of the frame.
  void Fade() {
    if (rows_drawn_ == 0 || rows_drawn_ >= drawn_.height) return;
    const size_t y = drawn_.top + rows_drawn_;
    MissingRows missing(At(drawn_.left, y - 1), drawn_.width * kPixelBytes,
                        /*has_alpha=*/true,
                        static_cast<uint32_t>(drawn_.height));
    for (size_t k = y; k < drawn_.top + drawn_.height; ++k) {
      missing.Next(At(drawn_.left, k));
    }
  }

  void DrawRow(size_t y, const ColorMapObject* map) {
    uint8_t* to = At(drawn_.left, y);
    for (size_t x = 0; x < drawn_.width; ++x, to += kPixelBytes) {
      const int index = indices_[x];
      if (index == control_.TransparentColor) continue;
      // Without a palette, or beyond it, black.
      GifColorType colour = {0, 0, 0};
      if (map != nullptr && index < map->ColorCount)
        colour = map->Colors[index];
      to[0] = colour.Blue;
      to[1] = colour.Green;
      to[2] = colour.Red;
      to[3] = 255;
    }
  }

  uint8_t* At(size_t x, size_t y) {
    return canvas_.get() + (y * width_ + x) * kPixelBytes;
  }
  size_t CanvasBytes() const { return size_t{width_} * height_ * kPixelBytes; }

  GifFileType* const file_;
  const uint32_t width_;
  const uint32_t height_;
  const bool first_frame_is_screen_;
  const Memory canvas_;  // blue, green, red, alpha
  Memory before_;        // the canvas under a frame that is to vanish
  std::vector<GifPixelType> indices_;
  GraphicsControlBlock control_ = {DISPOSAL_UNSPECIFIED, false, 0,
                                   NO_TRANSPARENT_COLOR};
  Rectangle drawn_ = {};
  size_t rows_drawn_ = 0;  // of a frame that breaks off
  int disposal_ = DISPOSAL_UNSPECIFIED;
  bool first_ = true;
};

}  // namespace

int DecodeGif(const HashvetWebcodecsRequest& request,
              HashvetCodecReply& reply) {
  const auto layout = ReadGifLayout(
      {reinterpret_cast<const std::byte*>(request.bytes), request.size_bytes});
  Input input = {request.bytes, request.size_bytes};
  int error = 0;
  const std::unique_ptr<GifFileType, CloseGif> file(
      DGifOpen(&input, &Input::Read, &error));
  if (!layout || file == nullptr) {
    return error == D_GIF_ERR_NOT_ENOUGH_MEM
               ? Fail(reply, kHashvetCodecNoMemory, "no memory")
               : Fail(reply, kHashvetCodecDamaged,
                      "damaged: its codec reads no frame of it");
  }
  Composer composer(file.get(), request, layout->first_frame_is_screen);
  if (!composer.made()) return Fail(reply, kHashvetCodecNoMemory, "no memory");
  const FrameChoice choice(layout->frames,
                           std::max(layout->largest_frame_pixels,
                                    uint64_t{request.width} * request.height),
                           request.max_frames, request.size_bytes);
  reply.frames_skipped = choice.skips();
  Rows rows(*request.rows);
  const size_t row_bytes = size_t{request.width} * kPixelBytes;
  for (uint64_t frame = 0; frame < choice.frames(); ++frame) {
    const Composer::Step step = composer.Next();
    if (step == Composer::Step::kNoMemory) {
      return Fail(reply, kHashvetCodecNoMemory, "no memory");
    }
    const bool shows =
        step == Composer::Step::kFrame || step == Composer::Step::kPartOfFrame;
    reply.truncated = step != Composer::Step::kFrame;
    if (!shows && frame == 0) {
      return Fail(reply, kHashvetCodecDamaged,
                  "damaged: its codec reads no frame of it");
    }
    if (!shows) break;
    // A frame that breaks off is the last one there is.
    if (choice.Wants(frame) || reply.truncated != 0) {
      if (!rows.Begin(static_cast<uint32_t>(frame), RowFormat::kBgra8)) {
        return kHashvetCodecStopped;
      }
      for (uint32_t y = 0; y < request.height; ++y) {
        std::memcpy(rows.NextRow(), composer.row(y), row_bytes);
        if (!rows.RowDone()) return kHashvetCodecStopped;
      }
    }
    if (reply.truncated != 0) return kHashvetCodecOk;
  }
  // All frames were read: is that the end?
  if (reply.truncated == 0 && choice.frames() == layout->frames) {
    reply.truncated = composer.Next() != Composer::Step::kEnd;
  }
  return kHashvetCodecOk;
}

}  // namespace hashvet::webcodecs
