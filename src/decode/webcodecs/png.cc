// PNG through libpng's reader for bytes that arrive bit by bit: it gives every
// row that the bytes are enough for, and what breaks off breaks off there.
//
// Only the chunks that make the picture are passed on: libpng sees no colour
// profile, no compressed text, nothing unknown.
//
// Of an animation (APNG) the first frame is the picture. That is IDAT's, which
// libpng shows, unless no fcTL stands before it: then browsers never show
// IDAT's picture, and the first frame is put before libpng instead.
//
// libpng leaves by longjmp where it fails. Every function below that calls
// setjmp therefore has only trivial locals, and what must be freed belongs to
// PngReader.

// clang-format off
#include <csetjmp>
#include <png.h>
// clang-format on

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "src/decode/byte_reader.h"
#include "src/decode/missing_rows.h"
#include "src/decode/webcodecs/web_codec.h"

namespace hashvet::webcodecs {
namespace {

// What stands where no pass of an interlaced picture came: opaque white, the
// page behind the picture. Of others, the last row fades.
constexpr uint8_t kMissing = 255;

// Where the picture lies on what is shown; transparent around it.
struct Place {
  uint32_t left = 0;
  uint32_t top = 0;
  uint32_t width = 0;  // of the picture
  uint32_t height = 0;
  uint32_t shown_width = 0;
  uint32_t shown_height = 0;

  bool fills() const { return width == shown_width && height == shown_height; }
};

class PngReader {
 public:
  //   checks  whether checksums are looked at: not of what we put together
  PngReader(const Place& place, bool checks, Rows rows)
      : place_(place),
        checks_(checks),
        width_(place.width),
        height_(place.height),
        rows_(rows) {
    png_ =
        png_create_read_struct(PNG_LIBPNG_VER_STRING, this, OnError, OnWarning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) return;
    constexpr uint32_t kMostSide = 0x7fffffff;  // ours are held elsewhere
    png_set_user_limits(png_, kMostSide, kMostSide);
    png_set_progressive_read_fn(png_, this, OnInfo, OnRow, OnEnd);
    if (!checks_) {
      png_set_crc_action(png_, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
    }
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
        if (!Give(interlaced_.get() + row_ * row_bytes_)) return true;
      }
    }
    missing_ = row_ < height_;
    if (!missing_ || Fade()) {
      GiveNothing(place_.shown_height - place_.top - height_);
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
    if (self.checks_) {
      png_set_crc_action(png, PNG_CRC_WARN_USE, PNG_CRC_WARN_USE);
    }
    png_set_expand(png);
    png_set_strip_16(png);
    png_set_gray_to_rgb(png);
    png_set_bgr(png);
    const bool interlaced = png_set_interlace_handling(png) > 1;
    png_read_update_info(png, info);
    self.channels_ = png_get_channels(png, info);
    const bool has_alpha = self.channels_ == 4 || !self.place_.fills();
    self.row_bytes_ = png_get_rowbytes(png, info);
    if (interlaced) {
      const size_t size_bytes = self.row_bytes_ * self.height_;
      self.interlaced_.reset(static_cast<uint8_t*>(std::malloc(size_bytes)));
      self.no_memory_ = self.interlaced_ == nullptr;
      if (self.no_memory_) png_error(png, "no memory");
      std::memset(self.interlaced_.get(), kMissing, size_bytes);
    }
    if (!self.rows_.Begin(0,
                          has_alpha ? RowFormat::kBgra8 : RowFormat::kBgr8) ||
        !self.GiveNothing(self.place_.top)) {
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
    ++self.row_;
    if (!self.Give(pixels)) png_error(png, "no more");
  }

  // A row of the picture where it lies. False when the receiver wants no more.
  bool Give(const uint8_t* pixels) {
    uint8_t* to = rows_.NextRow();
    if (place_.fills()) {
      std::memcpy(to, pixels, row_bytes_);
      return rows_.RowDone();
    }
    constexpr size_t kPixelBytes = 4;
    std::memset(to, 0, size_t{place_.shown_width} * kPixelBytes);
    to += size_t{place_.left} * kPixelBytes;
    for (uint32_t x = 0; x < width_; ++x, to += kPixelBytes) {
      std::memcpy(to, pixels + size_t{x} * channels_, channels_);
      if (channels_ < kPixelBytes) to[3] = 255;
    }
    return rows_.RowDone();
  }

  // The rows that are missing.
  bool Fade() {
    const bool alpha = channels_ == 4 || !place_.fills();
    MissingRows missing(rows_.LastRow(),
                        size_t{place_.shown_width} * (alpha ? 4 : 3), alpha,
                        height_);
    for (; row_ < height_; ++row_) {
      missing.Next(rows_.NextRow());
      if (!rows_.RowDone()) return false;
    }
    return true;
  }

  // Rows beside the picture.
  bool GiveNothing(uint32_t rows) {
    for (; rows > 0; --rows) {
      std::memset(rows_.NextRow(), 0, size_t{place_.shown_width} * 4);
      if (!rows_.RowDone()) return false;
    }
    return true;
  }

  static void OnEnd(png_structp png, png_infop) { Of(png).ended_ = true; }

  const Place place_;
  const bool checks_;
  const uint32_t width_;
  const uint32_t height_;
  Rows rows_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  jmp_buf failed_ = {};
  size_t row_bytes_ = 0;
  size_t channels_ = 0;
  uint32_t row_ = 0;   // the next one
  Memory interlaced_;  // the whole picture, where it is
  bool no_memory_ = false;
  bool missing_ = false;
  bool damaged_ = false;
  bool ended_ = false;
};

constexpr uint64_t kSignatureBytes = 8;
constexpr uint64_t kHeaderChunkBytes = 25;
constexpr uint64_t kAroundData = 12;  // length 4, type 4, checksum 4

// Calls visit(at, length) for each chunk from `at` on, until it is false.
template <typename Visit>
void ForChunks(const ByteReader& reader, uint64_t at, const Visit& visit) {
  while (const auto length = reader.U32(at)) {
    if (!visit(at, uint64_t{*length}) || reader.Has(at + 4, "IEND")) return;
    at += *length + kAroundData;
  }
}

// Feeds the reader until the picture ends, one way or the other.
void FeedChunks(const ByteReader& reader, PngReader& png) {
  if (!png.Feed(reader.Part(0, kSignatureBytes))) return;
  ForChunks(reader, kSignatureBytes, [&](uint64_t at, uint64_t length) {
    for (const char* type : {"IHDR", "PLTE", "tRNS", "IDAT", "IEND"}) {
      if (reader.Has(at + 4, type)) {
        return png.Feed(reader.Part(at, length + kAroundData));
      }
    }
    return true;
  });
}

// What an animation's chunks say.
struct Animation {
  uint32_t frames = 1;
  bool hides_idat = false;
  uint64_t first_frame_at = 0;  // its fcTL
};

Animation AnimationOf(const ByteReader& reader) {
  Animation animation;
  bool has_animation = false;
  bool past_idat = false;
  ForChunks(reader, kSignatureBytes, [&](uint64_t at, uint64_t) {
    if (reader.Has(at + 4, "acTL") && !past_idat) {
      has_animation = true;
      animation.frames = std::max(reader.U32(at + 8).value_or(1), 1u);
    }
    past_idat |= reader.Has(at + 4, "IDAT");
    if (!reader.Has(at + 4, "fcTL")) return true;
    animation.first_frame_at = at;
    animation.hides_idat = past_idat;
    return false;
  });
  if (!has_animation || animation.first_frame_at == 0) return Animation{};
  return animation;
}

// The first frame's place; one that is not within the picture is nothing.
std::optional<Place> PlaceOf(const ByteReader& reader, uint64_t control_at,
                             uint32_t width, uint32_t height) {
  const auto frame_width = reader.U32(control_at + 12);
  const auto frame_height = reader.U32(control_at + 16);
  const auto left = reader.U32(control_at + 20);
  const auto top = reader.U32(control_at + 24);
  if (!frame_width || !frame_height || !left || !top || *frame_width == 0 ||
      *frame_height == 0 || uint64_t{*left} + *frame_width > width ||
      uint64_t{*top} + *frame_height > height) {
    return std::nullopt;
  }
  return Place{*left, *top, *frame_width, *frame_height, width, height};
}

// As FeedChunks, a file of the first frame alone: its size in the header, its
// fdAT chunks as IDAT.
void FeedFirstFrame(const ByteReader& reader, uint64_t control_at,
                    PngReader& png) {
  std::vector<std::byte> head;
  const auto begin = reader.Part(0, kSignatureBytes + kHeaderChunkBytes);
  head.assign(begin.begin(), begin.end());
  const auto sides = reader.Part(control_at + 12, 8);
  std::copy(sides.begin(), sides.end(), head.begin() + 16);
  if (!png.Feed(head)) return;
  constexpr std::array<std::byte, 4> kNoChecksum = {};
  bool is_first = false;
  ForChunks(reader, kSignatureBytes, [&](uint64_t at, uint64_t length) {
    if (reader.Has(at + 4, "PLTE") || reader.Has(at + 4, "tRNS")) {
      return png.Feed(reader.Part(at, length + kAroundData));
    }
    if (reader.Has(at + 4, "fcTL")) {
      if (is_first) return false;  // the second
      is_first = true;
    }
    if (!is_first || !reader.Has(at + 4, "fdAT") || length < 4) return true;
    const auto size = static_cast<uint32_t>(length - 4);
    std::array<std::byte, 8> data_head = {
        std::byte(size >> 24), std::byte(size >> 16), std::byte(size >> 8),
        std::byte(size),       std::byte{'I'},        std::byte{'D'},
        std::byte{'A'},        std::byte{'T'}};
    const auto there = reader.Part(at + 12, size);
    return png.Feed(data_head) && png.Feed(there) &&
           (there.size() < size || png.Feed(kNoChecksum));
  });
  constexpr std::array<std::byte, 8> kEnd = {
      std::byte{},    std::byte{},    std::byte{},    std::byte{},
      std::byte{'I'}, std::byte{'E'}, std::byte{'N'}, std::byte{'D'}};
  if (png.Feed(kEnd)) png.Feed(kNoChecksum);
}

}  // namespace

int DecodePng(const HashvetWebcodecsRequest& request,
              HashvetCodecReply& reply) {
  const ByteReader reader(
      {reinterpret_cast<const std::byte*>(request.bytes), request.size_bytes},
      ByteOrder::kBig);
  const Animation animation = AnimationOf(reader);
  reply.frames_skipped = animation.frames > 1;
  const Place whole = {
      0, 0, request.width, request.height, request.width, request.height};
  const auto first_frame = animation.hides_idat
                               ? PlaceOf(reader, animation.first_frame_at,
                                         request.width, request.height)
                               : std::nullopt;
  PngReader png(first_frame.value_or(whole), !first_frame.has_value(),
                Rows(*request.rows));
  if (!png.made()) return Fail(reply, kHashvetCodecNoMemory, "no memory");
  if (first_frame.has_value()) {
    FeedFirstFrame(reader, animation.first_frame_at, png);
  } else {
    FeedChunks(reader, png);
  }
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
