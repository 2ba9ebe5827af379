#include "tests/decode/make_files.h"

// jpeglib.h needs size_t and FILE, so it cannot stand in order.
// clang-format off
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <jpeglib.h>
// clang-format on

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hashvet::testing {
namespace {

enum class Order { kLittle, kBig };

void Put(Bytes& to, uint32_t value, size_t size_bytes, Order order) {
  for (size_t i = 0; i < size_bytes; ++i) {
    const size_t from_low = order == Order::kLittle ? i : size_bytes - 1 - i;
    to.push_back(static_cast<std::byte>(value >> (8 * from_low)));
  }
}

void Append(Bytes& to, const Bytes& part) {
  to.insert(to.end(), part.begin(), part.end());
}
void Append(Bytes& to, const Samples& part) {
  for (const uint8_t sample : part) to.push_back(std::byte{sample});
}

uint32_t Crc32(const Bytes& bytes) {
  uint32_t crc = 0xffffffff;
  for (const std::byte byte : bytes) {
    crc ^= std::to_integer<uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320u : 0);
    }
  }
  return ~crc;
}

uint32_t Adler32(const Bytes& bytes) {
  uint32_t a = 1;
  uint32_t b = 0;
  for (const std::byte byte : bytes) {
    a = (a + std::to_integer<uint32_t>(byte)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

// A zlib stream of stored blocks.
Bytes Stored(const Bytes& bytes) {
  constexpr size_t kBlock = 65535;
  Bytes stream = {std::byte{0x78}, std::byte{0x01}};
  for (size_t at = 0; at < bytes.size(); at += kBlock) {
    const size_t size = std::min(kBlock, bytes.size() - at);
    const bool last = at + size == bytes.size();
    stream.push_back(std::byte{last});
    Put(stream, static_cast<uint32_t>(size), 2, Order::kLittle);
    Put(stream, static_cast<uint32_t>(~size), 2, Order::kLittle);
    stream.insert(stream.end(), bytes.begin() + static_cast<ptrdiff_t>(at),
                  bytes.begin() + static_cast<ptrdiff_t>(at + size));
  }
  Put(stream, Adler32(bytes), 4, Order::kBig);
  return stream;
}

void PutChunk(Bytes& to, std::string_view type, const Bytes& data) {
  Put(to, static_cast<uint32_t>(data.size()), 4, Order::kBig);
  Bytes checked = BytesOf(type);
  Append(checked, data);
  Append(to, checked);
  Put(to, Crc32(checked), 4, Order::kBig);
}

}  // namespace

Bytes BytesOf(std::string_view text) {
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

Samples MakeSamples(uint32_t width, uint32_t height, uint32_t channels) {
  Samples samples;
  samples.reserve(size_t{width} * height * channels);
  for (uint32_t y = 0; y < height; ++y) {
    for (uint32_t x = 0; x < width; ++x) {
      for (uint32_t channel = 0; channel < channels; ++channel) {
        const uint32_t patch =
            ((x * 7 / width) * 5 + (y * 5 / height) * 3 + channel) *
            2654435761u;
        const uint32_t slope =
            x * 60 / width + y * (40 + 20 * channel) / height;
        samples.push_back(static_cast<uint8_t>(((patch >> 25) + slope) & 255));
      }
    }
  }
  return samples;
}

Bytes MakePng(const PngFile& file) {
  Bytes png = BytesOf("\x89PNG\r\n\x1a\n");
  Bytes header;
  Put(header, file.width, 4, Order::kBig);
  Put(header, file.height, 4, Order::kBig);
  for (const int value : {int{file.depth}, int{file.colour_type}, 0, 0,
                          file.interlaced ? 1 : 0}) {
    header.push_back(static_cast<std::byte>(value));
  }
  PutChunk(png, "IHDR", header);
  for (const auto& [type, data] : file.chunks) PutChunk(png, type, data);
  Bytes filtered;
  const size_t row_bytes = file.rows.size() / file.height;
  if (file.interlaced) {
    for (const uint8_t sample : file.rows) {
      filtered.push_back(std::byte{sample});
    }
  }
  for (size_t y = 0; y < file.height && !file.interlaced; ++y) {
    filtered.push_back(std::byte{0});  // filter "none"
    for (size_t i = 0; i < row_bytes; ++i) {
      filtered.push_back(std::byte{file.rows[y * row_bytes + i]});
    }
  }
  PutChunk(png, "IDAT", Stored(filtered));
  for (const auto& [type, data] : file.chunks_after) PutChunk(png, type, data);
  PutChunk(png, "IEND", {});
  return png;
}

Bytes MakeTiff(const TiffFile& file) {
  constexpr auto kLittle = Order::kLittle;
  struct Entry {
    uint16_t tag;
    uint16_t type;
    uint32_t count;
    uint32_t value;
  };
  constexpr uint16_t kShort = 3;
  constexpr uint16_t kLong = 4;
  const auto rows_bytes = static_cast<uint32_t>(file.rows.size());
  std::vector<Entry> entries = {
      {256, kLong, 1, file.width},
      {257, kLong, 1, file.height},
      {258, kShort, file.samples, file.bits},
      {259, kShort, 1, 1},
      {262, kShort, 1, file.photometric},
      {273, kLong, 1, 0},
  };
  if (file.orientation >= 0) {
    entries.push_back(
        {274, kShort, 1, static_cast<uint32_t>(file.orientation)});
  }
  entries.push_back({277, kShort, 1, file.samples});
  entries.push_back({278, kLong, 1, file.height});
  entries.push_back({279, kLong, 1, rows_bytes});
  entries.push_back({284, kShort, 1, 1});
  if (!file.palette.empty()) {
    entries.push_back(
        {320, kShort, static_cast<uint32_t>(file.palette.size() / 2), 0});
  }
  if (file.extra_sample >= 0) {
    entries.push_back(
        {338, kShort, 1, static_cast<uint32_t>(file.extra_sample)});
  }
  if (file.sample_format >= 0) {
    entries.push_back(
        {339, kShort, file.samples, static_cast<uint32_t>(file.sample_format)});
  }
  constexpr uint16_t kProfile = 34675;
  if (!file.profile.empty()) {
    constexpr uint16_t kUndefined = 7;
    entries.push_back({kProfile, kUndefined,
                       file.profile_says > 0
                           ? file.profile_says
                           : static_cast<uint32_t>(file.profile.size()),
                       0});
  }
  // header 8, directory, then 16 bytes each for repeated values, the palette,
  // the rows, the profile
  const auto after = static_cast<uint32_t>(8 + 2 + 12 * entries.size() + 4);
  const uint32_t bits_at = after;
  const uint32_t formats_at = after + 16;
  const uint32_t palette_at = after + 32;
  const auto rows_at = palette_at + static_cast<uint32_t>(file.palette.size());

  Bytes tiff = BytesOf(std::string_view("II\x2a\0", 4));
  Put(tiff, 8, 4, kLittle);
  Put(tiff, static_cast<uint32_t>(entries.size()), 2, kLittle);
  for (Entry entry : entries) {
    if (entry.tag == 273) entry.value = rows_at;
    if (entry.tag == 320) entry.value = palette_at;
    if (entry.tag == kProfile) entry.value = rows_at + rows_bytes;
    if (entry.count == 2 && entry.type == kShort) {
      entry.value |= entry.value << 16;
    } else if (entry.count > 2) {
      if (entry.tag == 258) entry.value = bits_at;
      if (entry.tag == 339) entry.value = formats_at;
    }
    Put(tiff, entry.tag, 2, kLittle);
    Put(tiff, entry.type, 2, kLittle);
    Put(tiff, entry.count, 4, kLittle);
    Put(tiff, entry.value, 4, kLittle);
  }
  Put(tiff, 0, 4, kLittle);
  for (int i = 0; i < 8; ++i) Put(tiff, file.bits, 2, kLittle);
  for (int i = 0; i < 8; ++i) {
    Put(tiff, static_cast<uint32_t>(std::max(file.sample_format, 1)), 2,
        kLittle);
  }
  Append(tiff, file.palette);
  Append(tiff, file.rows);
  Append(tiff, file.profile);
  return tiff;
}

Bytes MakeExif(uint16_t orientation, bool big_endian) {
  const Order order = big_endian ? Order::kBig : Order::kLittle;
  Bytes exif = BytesOf(std::string_view("Exif\0\0", 6));
  Append(exif, BytesOf(big_endian ? std::string_view("MM\0\x2a", 4)
                                  : std::string_view("II\x2a\0", 4)));
  Put(exif, 8, 4, order);
  Put(exif, 2, 2, order);    // entries
  Put(exif, 271, 2, order);  // the camera's make, "ab"
  Put(exif, 2, 2, order);
  Put(exif, 3, 4, order);
  Append(exif, BytesOf(std::string_view("ab\0\0", 4)));
  Put(exif, 274, 2, order);
  Put(exif, 3, 2, order);
  Put(exif, 1, 4, order);
  Put(exif, orientation, 2, order);
  Put(exif, 0, 2, order);
  Put(exif, 0, 4, order);
  return exif;
}

Bytes MakeBmp(const BmpFile& file) {
  constexpr auto kLittle = Order::kLittle;
  const auto pixels_at =
      static_cast<uint32_t>(14 + file.header_bytes + file.palette.size());
  Bytes bmp = BytesOf("BM");
  Put(bmp, pixels_at + static_cast<uint32_t>(file.rows.size()), 4, kLittle);
  Put(bmp, 0, 4, kLittle);
  Put(bmp, pixels_at, 4, kLittle);
  Put(bmp, file.header_bytes, 4, kLittle);
  Put(bmp, static_cast<uint32_t>(file.width), 4, kLittle);
  Put(bmp, static_cast<uint32_t>(file.height), 4, kLittle);
  Put(bmp, 1, 2, kLittle);  // planes
  Put(bmp, file.bits, 2, kLittle);
  Put(bmp, file.compression, 4, kLittle);
  Put(bmp, 0, 4, kLittle);  // bytes of pixels: not stated
  Put(bmp, 0, 4, kLittle);
  Put(bmp, 0, 4, kLittle);
  Put(bmp, static_cast<uint32_t>(file.palette.size() / 4), 4, kLittle);
  Put(bmp, 0, 4, kLittle);
  if (file.header_bytes > 40) {
    for (const uint32_t mask : {0xff0000u, 0xff00u, 0xffu, file.alpha_mask}) {
      Put(bmp, mask, 4, kLittle);
    }
  }
  bmp.resize(14 + file.header_bytes);
  Append(bmp, file.palette);
  Append(bmp, file.rows);
  return bmp;
}

Bytes MakeJpeg(const JpegFile& file) {
  jpeg_compress_struct info = {};
  jpeg_error_mgr errors = {};
  info.err = jpeg_std_error(&errors);  // a mistake here may end the test
  jpeg_create_compress(&info);
  unsigned char* out = nullptr;
  unsigned long out_bytes = 0;
  jpeg_mem_dest(&info, &out, &out_bytes);
  info.image_width = file.width;
  info.image_height = file.height;
  const bool inks =
      file.coding == JpegCoding::kCmyk || file.coding == JpegCoding::kYcck;
  info.input_components = file.coding == JpegCoding::kGrey ? 1 : inks ? 4 : 3;
  info.in_color_space = file.coding == JpegCoding::kGrey ? JCS_GRAYSCALE
                        : inks                           ? JCS_CMYK
                                                         : JCS_RGB;
  jpeg_set_defaults(&info);
  if (file.coding == JpegCoding::kRgb) jpeg_set_colorspace(&info, JCS_RGB);
  if (file.coding == JpegCoding::kYcck) jpeg_set_colorspace(&info, JCS_YCCK);
  jpeg_set_quality(&info, file.quality, TRUE);
  if (!file.subsampled) {
    for (int i = 0; i < info.num_components; ++i) {  // of YCCK, black too
      info.comp_info[i].h_samp_factor = info.comp_info[i].v_samp_factor = 1;
    }
  }
  if (file.progressive) jpeg_simple_progression(&info);
  info.arith_code = file.arithmetic ? TRUE : FALSE;
  info.restart_in_rows = file.restart_rows ? 1 : 0;
  jpeg_scan_info scans[4] = {};
  for (int i = 0; i < info.num_components && file.scan_each; ++i) {
    scans[i] = {1, {i}, 0, DCTSIZE2 - 1, 0, 0};
    info.scan_info = scans;
    info.num_scans = info.num_components;
  }
  jpeg_start_compress(&info, TRUE);
  if (!file.app1.empty()) {
    jpeg_write_marker(&info, JPEG_APP0 + 1,
                      reinterpret_cast<const JOCTET*>(file.app1.data()),
                      static_cast<unsigned>(file.app1.size()));
  }
  const size_t row_bytes =
      size_t{file.width} * static_cast<size_t>(info.input_components);
  for (size_t y = 0; y < file.height; ++y) {
    auto* row = const_cast<uint8_t*>(&file.pixels[y * row_bytes]);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  const auto* begin = reinterpret_cast<const std::byte*>(out);
  Bytes jpeg(begin, begin + out_bytes);
  std::free(out);
  return jpeg;
}

}  // namespace hashvet::testing
