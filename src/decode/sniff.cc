#include "hashvet/decode/sniff.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "src/decode/byte_reader.h"

namespace hashvet {
namespace {

constexpr size_t kSniffBytes = 256;  // brands: some files name a dozen

// An ISO media file begins with a box "ftyp": its major brand, a version, and
// the brands it is compatible with. Sources: ISO/IEC 14496-12; 23008-12 (HEIF);
// AVIF 1.1.
PictureFormat SniffIsoMedia(const ByteReader& reader) {
  constexpr uint64_t kMajorBrand = 8;
  constexpr uint64_t kFirstCompatible = 16;
  const uint64_t box_end = reader.U32(0).value_or(0);
  const uint64_t end =
      std::min<uint64_t>({box_end, reader.size(), kSniffBytes});
  PictureFormat format = PictureFormat::kUnknown;
  for (uint64_t at = kMajorBrand; at + 4 <= end; at += 4) {
    if (at > kMajorBrand && at < kFirstCompatible) continue;  // the version
    for (const std::string_view brand : {"avif", "avis"}) {
      if (reader.Has(at, brand)) return PictureFormat::kAvif;
    }
    for (const std::string_view brand : {"heic", "heix", "hevc", "hevx", "heim",
                                         "heis", "mif1", "mif2", "msf1"}) {
      if (reader.Has(at, brand)) format = PictureFormat::kHeic;
    }
  }
  return format;
}

}  // namespace

std::string_view NameOf(PictureFormat format) {
  switch (format) {
    case PictureFormat::kUnknown:
      return "unknown";
    case PictureFormat::kJpeg:
      return "JPEG";
    case PictureFormat::kPng:
      return "PNG";
    case PictureFormat::kWebp:
      return "WebP";
    case PictureFormat::kBmp:
      return "BMP";
    case PictureFormat::kTiff:
      return "TIFF";
    case PictureFormat::kGif:
      return "GIF";
    case PictureFormat::kAvif:
      return "AVIF";
    case PictureFormat::kHeic:
      return "HEIC";
  }
  return "unknown";
}

PictureFormat Sniff(std::span<const std::byte> bytes) {
  const ByteReader reader(bytes.first(std::min(bytes.size(), kSniffBytes)),
                          ByteOrder::kBig);
  if (reader.Has(0, "\xff\xd8\xff")) return PictureFormat::kJpeg;
  if (reader.Has(0, "\x89PNG\r\n\x1a\n")) return PictureFormat::kPng;
  if (reader.Has(0, "RIFF") && reader.Has(8, "WEBP")) {
    return PictureFormat::kWebp;
  }
  if (reader.Has(0, "GIF87a") || reader.Has(0, "GIF89a")) {
    return PictureFormat::kGif;
  }
  // The last two are BigTIFF: recognised, and refused by its header.
  for (const std::string_view magic :
       {std::string_view("II\x2a\0", 4), std::string_view("MM\0\x2a", 4),
        std::string_view("II\x2b\0", 4), std::string_view("MM\0\x2b", 4)}) {
    if (reader.Has(0, magic)) return PictureFormat::kTiff;
  }
  if (reader.Has(4, "ftyp")) return SniffIsoMedia(reader);
  // Two letters begin many a text: the size of the information header, which
  // has few known values, is asked as well.
  if (reader.Has(0, "BM")) {
    const ByteReader little(bytes, ByteOrder::kLittle);
    const uint32_t header_bytes = little.U32(14).value_or(0);
    if (header_bytes == 12 || (header_bytes >= 40 && header_bytes <= 124)) {
      return PictureFormat::kBmp;
    }
  }
  return PictureFormat::kUnknown;
}

PictureFormat FormatOfName(std::string_view file_name) {
  constexpr std::pair<std::string_view, PictureFormat> kEndings[] = {
      {"jpg", PictureFormat::kJpeg},  {"jpeg", PictureFormat::kJpeg},
      {"jpe", PictureFormat::kJpeg},  {"jfif", PictureFormat::kJpeg},
      {"png", PictureFormat::kPng},   {"webp", PictureFormat::kWebp},
      {"bmp", PictureFormat::kBmp},   {"dib", PictureFormat::kBmp},
      {"tif", PictureFormat::kTiff},  {"tiff", PictureFormat::kTiff},
      {"gif", PictureFormat::kGif},   {"avif", PictureFormat::kAvif},
      {"heic", PictureFormat::kHeic}, {"heif", PictureFormat::kHeic}};
  const size_t dot = file_name.rfind('.');
  if (dot == std::string_view::npos) return PictureFormat::kUnknown;
  const std::string_view ending = file_name.substr(dot + 1);
  const auto same_letter = [](char a, char b) {
    return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b);
  };
  for (const auto& [name, format] : kEndings) {
    if (std::equal(name.begin(), name.end(), ending.begin(), ending.end(),
                   same_letter)) {
      return format;
    }
  }
  return PictureFormat::kUnknown;
}

}  // namespace hashvet
