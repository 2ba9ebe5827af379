#include "src/decode/tiff_directory.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace hashvet {
namespace {

constexpr uint64_t kEntryBytes =
    12;  // tag 2, type 2, count 4, value or offset 4
constexpr uint16_t kOrientation = 274;
constexpr uint16_t kShort = 3;
constexpr uint16_t kLong = 4;

// Where the first value of an entry lies: inside the entry when all of its
// values fit into four bytes, else where the offset says.
std::optional<uint64_t> FirstValueAt(const ByteReader& reader, uint64_t entry,
                                     uint16_t type) {
  const auto count = reader.U32(entry + 4);
  if (!count || *count == 0) return std::nullopt;
  const uint64_t value_bytes = type == kShort ? 2 : 4;
  if (*count * value_bytes <= 4) return entry + 8;
  const auto offset = reader.U32(entry + 8);
  if (!offset) return std::nullopt;
  return *offset;
}

std::optional<uint32_t> FirstValue(const ByteReader& reader, uint64_t at,
                                   uint16_t type) {
  if (type == kLong) return reader.U32(at);
  const auto value = reader.U16(at);
  if (!value) return std::nullopt;
  return *value;
}

std::optional<uint32_t>* FieldOf(TiffDirectory& directory, uint16_t tag) {
  switch (tag) {
    case 256:
      return &directory.width;
    case 257:
      return &directory.height;
    case 258:
      return &directory.bits_per_sample;
    case 262:
      return &directory.photometric;
    case kOrientation:
      return &directory.orientation;
    case 277:
      return &directory.samples_per_pixel;
    case 284:
      return &directory.planar;
    case 338:
      return &directory.extra_samples;
    case 339:
      return &directory.sample_format;
    default:
      return nullptr;
  }
}

}  // namespace

std::optional<TiffDirectory> ReadTiffDirectory(
    std::span<const std::byte> bytes) {
  TiffDirectory directory;
  const ByteReader little(bytes, ByteOrder::kLittle);
  if (little.Has(0, std::string_view("MM\0\x2a", 4))) {
    directory.order = ByteOrder::kBig;
  } else if (!little.Has(0, std::string_view("II\x2a\0", 4))) {
    return std::nullopt;
  }
  const ByteReader reader(bytes, directory.order);
  const auto begin = reader.U32(4);
  if (!begin) return std::nullopt;
  const auto entries = reader.U16(*begin);
  if (!entries) return std::nullopt;
  for (uint64_t i = 0; i < *entries; ++i) {
    const uint64_t entry = *begin + 2 + i * kEntryBytes;
    const auto tag = reader.U16(entry);
    const auto type = reader.U16(entry + 2);
    if (!tag || !type) break;  // the directory is cut short
    std::optional<uint32_t>* field = FieldOf(directory, *tag);
    if (field == nullptr || field->has_value())
      continue;  // the first one counts
    if (*type != kShort && *type != kLong) continue;
    const auto at = FirstValueAt(reader, entry, *type);
    if (!at) continue;
    *field = FirstValue(reader, *at, *type);
    if (*tag == kOrientation) {
      const bool big = directory.order == ByteOrder::kBig;
      directory.orientation_at = *at + (!big ? 0 : *type == kShort ? 1 : 3);
    }
  }
  return directory;
}

ExifOrientation OrientationFromTag(std::optional<uint32_t> value) {
  if (!value || *value < 1 || *value > 8) return ExifOrientation::kTopLeft;
  return static_cast<ExifOrientation>(*value);
}

ExifOrientation ExifOrientationOf(std::span<const std::byte> exif) {
  constexpr std::string_view kPrefix("Exif\0\0", 6);
  if (ByteReader(exif, ByteOrder::kBig).Has(0, kPrefix)) {
    exif = exif.subspan(kPrefix.size());
  }
  const auto directory = ReadTiffDirectory(exif);
  if (!directory) return ExifOrientation::kTopLeft;
  return OrientationFromTag(directory->orientation);
}

}  // namespace hashvet
