// PNG through libpng's reader for bytes that arrive bit by bit: it gives every
// row that the bytes are enough for, and what breaks off breaks off there.
//
// Only the chunks that make the picture are passed on: libpng sees no colour
// profile, no compressed text, nothing unknown.
//
// libpng leaves by longjmp where it fails. Every function below that calls
// setjmp therefore has only trivial locals, and what must be freed belongs to
// PngReader.

// clang-format off
#include <csetjmp>
#include <png.h>
// clang-format on

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

#include "src/decode/byte_reader.h"
#include "src/decode/webcodecs/web_codec.h"

namespace hashvet::webcodecs {
namespace {

// What stands where nothing was decoded: opaque white, the page behind the
// picture.
constexpr uint8_t kMissing = 255;

class PngReader {
 public:
  PngReader(uint32_t width, uint32_t height, Rows rows)
      : width_(width), height_(height), rows_(rows) {
    png_ =
        png_create_read_struct(PNG_LIBPNG_VER_STRING, this, OnError, OnWarning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) return;
    constexpr uint32_t kMostSide = 0x7fffffff;  // ours are held elsewhere
    png_set_user_limits(png_, kMostSide, kMostSide);
    png_set_progressive_read_fn(png_, this, OnInfo, OnRow, OnEnd);
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  bool made() const { return info_ != nullptr; }

  // False when libpng gave up, or the receiver did.
  bool Feed(std::span<const std::byte> bytes) {
    if (setjmp(failed_) != 0) return false;
    // libpng reads, and takes what it reads for its own.
    auto* begin =
        const_cast<png_byte*>(reinterpret_cast<const png_byte*>(bytes.data()));
    png_process_data(png_, info_, begin, bytes.size());
    return true;
  }

  // The rows that have not come. False when there is no pixel at all.
  bool Complete() {
    if (no_memory_ || row_ == 0) return false;
    if (interlaced_ != nullptr) {
      for (row_ = 0; row_ < height_; ++row_) {
        std::memcpy(rows_.NextRow(), interlaced_.get() + row_ * row_bytes_,
                    row_bytes_);
        if (!rows_.RowDone()) return true;
      }
      return true;
    }
    missing_ = row_ < height_;
    for (; row_ < height_; ++row_) {
      std::memset(rows_.NextRow(), kMissing, row_bytes_);
      if (!rows_.RowDone()) return true;
    }
    return true;
  }

  bool stopped() const { return rows_.stopped(); }
  bool no_memory() const { return no_memory_; }
  bool truncated() const { return missing_ || damaged_ || !ended_; }

 private:
  static PngReader& Of(png_structp png) {
    return *static_cast<PngReader*>(png_get_progressive_ptr(png));
  }
  [[noreturn]] static void OnError(png_structp png, const char*) {
    longjmp(static_cast<PngReader*>(png_get_error_ptr(png))->failed_, 1);
  }
  // A wrong checksum within the pixels is a flag and not the end: what the
  // bytes say is shown. Other warnings lose no pixel.
  static void OnWarning(png_structp png, const char* text) {
    if (std::strstr(text, "CRC") == nullptr) return;
    static_cast<PngReader*>(png_get_error_ptr(png))->damaged_ = true;
  }

  static void OnInfo(png_structp png, png_infop info) {
    PngReader& self = Of(png);
    if (png_get_image_width(png, info) != self.width_ ||
        png_get_image_height(png, info) != self.height_) {
      png_error(png, "another size");
    }
    // Until here a wrong checksum ended it: header and palette must be right.
    png_set_crc_action(png, PNG_CRC_WARN_USE, PNG_CRC_WARN_USE);
    png_set_expand(png);
    png_set_strip_16(png);
    png_set_gray_to_rgb(png);
    png_set_bgr(png);
    const bool interlaced = png_set_interlace_handling(png) > 1;
    png_read_update_info(png, info);
    const bool has_alpha = png_get_channels(png, info) == 4;
    self.row_bytes_ = png_get_rowbytes(png, info);
    if (interlaced) {
      const size_t size_bytes = self.row_bytes_ * self.height_;
      self.interlaced_.reset(static_cast<uint8_t*>(std::malloc(size_bytes)));
      self.no_memory_ = self.interlaced_ == nullptr;
      if (self.no_memory_) png_error(png, "no memory");
      std::memset(self.interlaced_.get(), kMissing, size_bytes);
    }
    if (!self.rows_.Begin(0,
                          has_alpha ? RowFormat::kBgra8 : RowFormat::kBgr8)) {
      png_error(png, "no more");
    }
  }

  // `pixels` is null where a pass has nothing new for the row.
  static void OnRow(png_structp png, png_bytep pixels, png_uint_32 row, int) {
    PngReader& self = Of(png);
    if (row >= self.height_) return;
    if (self.interlaced_ != nullptr) {
      self.row_ = 1;  // some pixel
      png_progressive_combine_row(
          png, self.interlaced_.get() + row * self.row_bytes_, pixels);
      return;
    }
    std::memcpy(self.rows_.NextRow(), pixels, self.row_bytes_);
    ++self.row_;
    if (!self.rows_.RowDone()) png_error(png, "no more");
  }

  static void OnEnd(png_structp png, png_infop) { Of(png).ended_ = true; }

  const uint32_t width_;
  const uint32_t height_;
  Rows rows_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  jmp_buf failed_ = {};
  size_t row_bytes_ = 0;
  uint32_t row_ = 0;   // the next one
  Memory interlaced_;  // the whole picture, where it is
  bool no_memory_ = false;
  bool missing_ = false;
  bool damaged_ = false;
  bool ended_ = false;
};

// Feeds the reader until the picture ends, one way or the other.
void FeedChunks(const ByteReader& reader, PngReader& png) {
  constexpr uint64_t kSignatureBytes = 8;
  constexpr uint64_t kAroundData = 12;  // length 4, type 4, checksum 4
  if (!png.Feed(reader.Part(0, kSignatureBytes))) return;
  uint64_t at = kSignatureBytes;
  while (const auto length = reader.U32(at)) {
    for (const char* type : {"IHDR", "PLTE", "tRNS", "IDAT", "IEND"}) {
      if (reader.Has(at + 4, type) &&
          !png.Feed(reader.Part(at, *length + kAroundData))) {
        return;
      }
    }
    if (reader.Has(at + 4, "IEND")) return;
    at += *length + kAroundData;
  }
}

}  // namespace

int DecodePng(const HashvetWebcodecsRequest& request,
              HashvetCodecReply& reply) {
  const ByteReader reader(
      {reinterpret_cast<const std::byte*>(request.bytes), request.size_bytes},
      ByteOrder::kBig);
  PngReader png(request.width, request.height, Rows(*request.rows));
  if (!png.made()) return Fail(reply, kHashvetCodecNoMemory, "no memory");
  FeedChunks(reader, png);
  if (png.no_memory()) return Fail(reply, kHashvetCodecNoMemory, "no memory");
  if (!png.stopped() && !png.Complete()) {
    return Fail(reply, kHashvetCodecDamaged,
                "damaged: its codec reads no pixel of it");
  }
  if (png.stopped()) return kHashvetCodecStopped;
  reply.truncated = png.truncated();
  return kHashvetCodecOk;
}

}  // namespace hashvet::webcodecs
