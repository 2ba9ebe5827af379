#include "src/decode/heif_layout.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "src/decode/byte_reader.h"

namespace hashvet {
namespace {

using Bytes = std::span<const std::byte>;

constexpr uint64_t kFullBox = 4;  // version and flags, before some contents

struct Box {
  ByteReader content;
  bool Is(std::string_view wanted) const { return name.Has(0, wanted); }
  ByteReader name;
};

// The boxes of one level, one after the other; ends at the first that has no
// whole head. One that is longer than what there is has what there is.
class Boxes {
 public:
  explicit Boxes(Bytes bytes) : reader_(bytes, ByteOrder::kBig) {}

  std::optional<Box> Next() {
    const auto size = reader_.U32(at_);
    if (!size || !reader_.U32(at_ + 4)) return std::nullopt;
    uint64_t head = 8;
    uint64_t length = *size;
    if (length == 1) {  // it follows in 64 bits
      const auto high = reader_.U32(at_ + 8);
      const auto low = reader_.U32(at_ + 12);
      if (!high || !low) return std::nullopt;
      head = 16;
      length = uint64_t{*high} << 32 | *low;
    } else if (length == 0) {  // to the end
      length = reader_.size() - at_;
    }
    if (length < head) return std::nullopt;
    const ByteReader name(reader_.Part(at_ + 4, 4), ByteOrder::kBig);
    const Bytes content = reader_.Part(at_ + head, length - head);
    at_ = std::min(reader_.size(), at_ + std::min(length, reader_.size()));
    return Box{ByteReader(content, ByteOrder::kBig), name};
  }

 private:
  ByteReader reader_;
  uint64_t at_ = 0;
};

Bytes ContentOf(const ByteReader& reader, uint64_t from) {
  return reader.Part(from, reader.size());
}

// One of `bytes` bytes: 1, 2 or 4.
std::optional<uint32_t> Number(const ByteReader& reader, uint64_t at,
                               uint64_t bytes) {
  if (bytes == 4) return reader.U32(at);
  if (bytes == 2) return reader.U16(at);
  return reader.U8(at);
}

// The content of the first such box, from `skip` on.
std::optional<Bytes> Find(Bytes in, std::string_view name, uint64_t skip = 0) {
  Boxes boxes(in);
  while (const auto box = boxes.Next()) {
    if (box->Is(name)) return ContentOf(box->content, skip);
  }
  return std::nullopt;
}

// Which properties an item has, by their places; an item has few.
struct Properties {
  std::array<bool, 256> has = {};
};

// The first entry for the item in any "ipma" of `iprp`.
std::optional<Properties> PropertiesOf(Bytes iprp, uint32_t item) {
  Boxes boxes(iprp);
  while (const auto box = boxes.Next()) {
    if (!box->Is("ipma")) continue;
    const ByteReader& reader = box->content;
    const auto version_flags = reader.U32(0);
    const auto entries = reader.U32(4);
    if (!version_flags || !entries) continue;
    const uint64_t id_bytes = *version_flags >> 24 >= 1 ? 4 : 2;
    const uint64_t place_bytes = (*version_flags & 1) != 0 ? 2 : 1;
    uint64_t at = 8;
    for (uint32_t i = 0; i < *entries; ++i) {
      const auto id = Number(reader, at, id_bytes);
      at += id_bytes;
      const auto count = reader.U8(at++);
      if (!id || !count) break;
      if (*id != item) {
        at += *count * place_bytes;
        continue;
      }
      Properties properties;
      for (uint32_t k = 0; k < *count; ++k) {
        const auto place = Number(reader, at, place_bytes);
        at += place_bytes;
        if (!place) break;
        // The highest bit says that a reader must know it.
        const uint32_t number = *place & (place_bytes == 2 ? 0x7fff : 0x7f);
        if (number < properties.has.size()) properties.has[number] = true;
      }
      return properties;
    }
  }
  return std::nullopt;
}

struct Turn {
  bool transposed = false;  // before it is mirrored
  bool left_right = false;
  bool top_bottom = false;

  ExifOrientation Exif() const {
    constexpr ExifOrientation kUpright[] = {
        ExifOrientation::kTopLeft, ExifOrientation::kTopRight,
        ExifOrientation::kBottomLeft, ExifOrientation::kBottomRight};
    constexpr ExifOrientation kTransposed[] = {
        ExifOrientation::kLeftTop, ExifOrientation::kRightTop,
        ExifOrientation::kLeftBottom, ExifOrientation::kRightBottom};
    const size_t mirrored = (left_right ? 1 : 0) + (top_bottom ? 2 : 0);
    return transposed ? kTransposed[mirrored] : kUpright[mirrored];
  }
};

// Of a clean aperture, four fractions: width, height, and how far its centre is
// from the picture's. Within the picture, or not at all, as browsers take it.
void Crop(const ByteReader& clap, HeifLayout& layout) {
  std::array<double, 4> numbers = {};
  for (size_t i = 0; i < numbers.size(); ++i) {
    const auto above = clap.U32(8 * i);
    const auto below = clap.U32(8 * i + 4);
    if (!above || !below || *below == 0) return;
    const double number =
        i < 2 ? static_cast<double>(*above)
              : static_cast<double>(static_cast<int32_t>(*above));
    numbers[i] = number / *below;
  }
  const auto fits = [](double size, double offset, uint32_t coded) {
    const double begin = (coded - size) / 2 + offset;
    return size >= 1 && begin >= 0 && begin + size <= coded;
  };
  const auto [width, height, right, down] = numbers;
  if (!fits(width, right, layout.coded_width) ||
      !fits(height, down, layout.coded_height)) {
    return;
  }
  layout.width = static_cast<uint32_t>(width);
  layout.height = static_cast<uint32_t>(height);
  layout.left = static_cast<uint32_t>((layout.coded_width - width) / 2 + right);
  layout.top = static_cast<uint32_t>((layout.coded_height - height) / 2 + down);
}

// Takes the size, the crop and the turn from the properties of `ipco`.
void TakeProperties(Bytes ipco, const Properties& properties,
                    HeifLayout& layout) {
  std::optional<ByteReader> clap, irot, imir;
  Boxes boxes(ipco);
  for (uint64_t number = 1; const auto box = boxes.Next(); ++number) {
    const ByteReader& content = box->content;
    const bool is_its =
        number < properties.has.size() && properties.has[number];
    if (box->Is("ispe")) {
      const uint32_t width = content.U32(kFullBox).value_or(0);
      const uint32_t height = content.U32(kFullBox + 4).value_or(0);
      layout.largest_pixels =
          std::max(layout.largest_pixels, uint64_t{width} * height);
      if (is_its && layout.coded_width == 0) {
        layout.coded_width = layout.width = width;
        layout.coded_height = layout.height = height;
      }
    }
    layout.is_hevc |= box->Is("hvcC");
    if (!is_its) continue;
    if (box->Is("clap") && !clap) clap = content;
    if (box->Is("irot") && !irot) irot = content;
    if (box->Is("imir") && !imir) imir = content;
  }
  if (clap && layout.coded_width > 0 && layout.coded_height > 0) {
    Crop(*clap, layout);
  }
  Turn turn;
  // Quarters of a turn, counter-clockwise.
  const uint32_t quarters = irot ? irot->U8(0).value_or(0) & 3 : 0;
  turn.transposed = quarters == 1 || quarters == 3;
  turn.top_bottom = quarters == 1 || quarters == 2;
  turn.left_right = quarters == 2 || quarters == 3;
  if (imir) {
    const bool sideways = (imir->U8(0).value_or(0) & 1) != 0;
    turn.left_right ^= sideways;
    turn.top_bottom ^= !sideways;
  }
  layout.turn = turn.Exif();
}

// Of the longest track: the samples that its table of sizes has.
uint32_t FramesOf(Bytes moov) {
  constexpr uint64_t kCountAt = kFullBox + 4;
  uint32_t frames = 0;
  Boxes tracks(moov);
  while (const auto track = tracks.Next()) {
    if (!track->Is("trak")) continue;
    std::optional<Bytes> in = ContentOf(track->content, 0);
    for (const std::string_view name : {"mdia", "minf", "stbl", "stsz"}) {
      in = Find(*in, name);
      if (!in) break;
    }
    if (!in) continue;
    const ByteReader table(*in, ByteOrder::kBig);
    frames = std::max(frames, table.U32(kCountAt).value_or(0));
  }
  return frames;
}

}  // namespace

absl::StatusOr<HeifLayout> ReadHeifLayout(Bytes bytes) {
  const auto meta = Find(bytes, "meta", kFullBox);
  const auto moov = Find(bytes, "moov");
  if (!meta && moov) {
    return absl::UnimplementedError(
        "AVIF or HEIC: a sequence without a still picture, this build reads "
        "still pictures");
  }
  const auto damaged = [] {
    return absl::InvalidArgumentError(
        "AVIF or HEIC header: names no picture, or is cut short");
  };
  if (!meta) return damaged();
  const auto pitm = Find(*meta, "pitm");
  const auto iprp = Find(*meta, "iprp");
  if (!pitm || !iprp) return damaged();
  const ByteReader primary(*pitm, ByteOrder::kBig);
  const uint64_t id_bytes = primary.U8(0).value_or(0) == 0 ? 2 : 4;
  const auto item = Number(primary, kFullBox, id_bytes);
  const auto ipco = Find(*iprp, "ipco");
  if (!item || !ipco) return damaged();
  const auto properties = PropertiesOf(*iprp, *item);
  if (!properties) return damaged();
  HeifLayout layout;
  TakeProperties(*ipco, *properties, layout);
  if (moov) {
    layout.has_sequence = Find(*moov, "trak").has_value();
    layout.frames = std::max(layout.frames, FramesOf(*moov));
  }
  return layout;
}

}  // namespace hashvet
