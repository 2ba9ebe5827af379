#include "tests/decode/heif_file.h"

#include <libheif/heif.h>

#include <cstring>
#include <string_view>

#include "gtest/gtest.h"

// x265 3.5 leaves a kilobyte behind with every encoder: nothing of ours.
extern "C" __attribute__((visibility("default"), used)) const char*
__lsan_default_suppressions() {
  return "leak:libx265";
}

namespace hashvet::testing {
namespace {

heif_error Append(heif_context*, const void* data, size_t size, void* to) {
  const auto* begin = static_cast<const std::byte*>(data);
  auto& bytes = *static_cast<Bytes*>(to);
  bytes.insert(bytes.end(), begin, begin + size);
  return {heif_error_Ok, heif_suberror_Unspecified, ""};
}

heif_image* MakeImage(const CodedPicture& picture) {
  const bool alpha = picture.channels == 4;
  heif_chroma chroma =
      alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB;
  if (picture.bits > 8) {
    chroma = alpha ? heif_chroma_interleaved_RRGGBBAA_LE
                   : heif_chroma_interleaved_RRGGBB_LE;
  }
  heif_image* image = nullptr;
  heif_image_create(static_cast<int>(picture.width),
                    static_cast<int>(picture.height), heif_colorspace_RGB,
                    chroma, &image);
  heif_image_add_plane(image, heif_channel_interleaved,
                       static_cast<int>(picture.width),
                       static_cast<int>(picture.height), picture.bits);
  int stride = 0;
  uint8_t* plane =
      heif_image_get_plane(image, heif_channel_interleaved, &stride);
  const size_t row_bytes =
      size_t{picture.width} * picture.channels * (picture.bits > 8 ? 2 : 1);
  for (uint32_t y = 0; y < picture.height; ++y) {
    std::memcpy(plane + y * static_cast<size_t>(stride),
                picture.rgb.data() + y * row_bytes, row_bytes);
  }
  heif_image_set_premultiplied_alpha(image, picture.premultiplied);
  if (!picture.profile.empty()) {
    heif_image_set_raw_color_profile(image, "prof", picture.profile.data(),
                                     picture.profile.size());
  }
  return image;
}

std::string TextOf(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The whole box, wherever it stands.
std::string BoxIn(const std::string& file, std::string_view type) {
  const size_t at = file.find(type) - 4;
  uint32_t size = 0;
  for (size_t i = 0; i < 4; ++i) {
    size = size << 8 | static_cast<uint8_t>(file[at + i]);
  }
  return file.substr(at, size);
}

std::string FullBox(const std::string& type, uint32_t version,
                    const std::string& content) {
  return Box(type, BigEndian(version << 24, 4) + content);
}

std::string Ispe(uint32_t width, uint32_t height) {
  return FullBox("ispe", 0, BigEndian(width, 4) + BigEndian(height, 4));
}

}  // namespace

std::string BigEndian(uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) {
    text += static_cast<char>(value >> (8 * i));
  }
  return text;
}

std::string Box(const std::string& type, const std::string& content) {
  return BigEndian(8 + content.size(), 4) + type + content;
}

Bytes MakeHeif(const CodedPicture& picture) {
  heif_context* context = heif_context_alloc();
  heif_image* image = MakeImage(picture);
  heif_encoder* encoder = nullptr;
  Bytes bytes;
  const heif_error found = heif_context_get_encoder_for_format(
      context, picture.heic ? heif_compression_HEVC : heif_compression_AV1,
      &encoder);
  EXPECT_EQ(found.code, heif_error_Ok) << found.message;
  if (found.code == heif_error_Ok) {
    heif_encoder_set_lossy_quality(encoder, 95);
    if (!picture.heic) heif_encoder_set_parameter_integer(encoder, "speed", 9);
    heif_encoder_set_parameter_string(encoder, "chroma", "444");
    heif_encoding_options* options = heif_encoding_options_alloc();
    options->image_orientation = static_cast<heif_orientation>(picture.turn);
    heif_image_handle* handle = nullptr;
    const heif_error coded =
        heif_context_encode_image(context, image, encoder, options, &handle);
    heif_encoding_options_free(options);
    EXPECT_EQ(coded.code, heif_error_Ok) << coded.message;
    if (picture.exif_orientation > 0) {
      const Bytes exif =
          MakeExif(static_cast<uint16_t>(picture.exif_orientation), false);
      heif_context_add_exif_metadata(context, handle, exif.data(),
                                     static_cast<int>(exif.size()));
    }
    heif_writer writer = {1, &Append};
    heif_context_write(context, &writer, &bytes);
    heif_image_handle_release(handle);
    heif_encoder_release(encoder);
  }
  heif_image_release(image);
  heif_context_free(context);
  return bytes;
}

Bytes MakeBoxes(const HeifBoxes& file) {
  const std::string coding = file.heic ? "hvc1" : "av01";
  const std::string first = TextOf(file.coded.front());
  const size_t tiles = file.coded.size();
  const bool grid = file.grid_columns > 0;
  const uint64_t primary = grid ? tiles + 1 : 1;

  // 1: of a tile; 2: how it is coded; 3: of the grid; then the turns.
  std::string properties = Ispe(grid ? file.tile_width : file.width,
                                grid ? file.tile_height : file.height) +
                           BoxIn(first, file.heic ? "hvcC" : "av1C") +
                           Ispe(file.width, file.height);
  std::vector<uint8_t> of_primary = {uint8_t(grid ? 3 : 1)};
  if (!grid) of_primary.push_back(2);
  uint8_t next = 4;
  const auto add = [&](const std::string& box) {
    properties += box;
    of_primary.push_back(next++);
  };
  // Turns before the crop: their order in the file says nothing.
  if (file.imir) add(Box("imir", BigEndian(*file.imir, 1)));
  if (file.irot) add(Box("irot", BigEndian(*file.irot, 1)));
  if (file.clap) {
    std::string numbers;
    for (const uint32_t number : *file.clap) numbers += BigEndian(number, 4);
    add(Box("clap", numbers));
  }

  std::string items, places;
  const auto describe = [&](uint64_t id, const std::string& type) {
    items += FullBox(
        "infe", 2,
        BigEndian(id, 2) + BigEndian(0, 2) + type + std::string(1, '\0'));
  };
  for (uint64_t id = 1; id <= tiles; ++id) {
    describe(id, coding);
    const bool is_primary = id == primary;
    places += BigEndian(id, 2);
    if (!is_primary) {
      places += BigEndian(2, 1) + BigEndian(1, 1) + BigEndian(2, 1);
    } else {
      places += BigEndian(of_primary.size(), 1);
      for (const uint8_t place : of_primary) places += BigEndian(place, 1);
    }
  }
  std::string data, references;
  if (grid) {
    describe(primary, "grid");
    places += BigEndian(primary, 2) + BigEndian(of_primary.size(), 1);
    for (const uint8_t place : of_primary) places += BigEndian(place, 1);
    data = BigEndian(0, 2) + BigEndian(tiles / file.grid_columns - 1, 1) +
           BigEndian(file.grid_columns - 1, 1) + BigEndian(file.width, 2) +
           BigEndian(file.height, 2);
    std::string to = BigEndian(primary, 2) + BigEndian(tiles, 2);
    for (uint64_t id = 1; id <= tiles; ++id) to += BigEndian(id, 2);
    references = FullBox("iref", 0, Box("dimg", to));
  }

  std::string payload;
  std::vector<size_t> sizes;
  for (const Bytes& coded : file.coded) {
    const std::string content = BoxIn(TextOf(coded), "mdat").substr(8);
    payload += content;
    sizes.push_back(content.size());
  }
  const std::string head = Box(
      "ftyp", (file.heic ? "heic" : "avif") + BigEndian(0, 4) + file.brands);
  std::string track;
  if (file.moov_samples) {
    const std::string table =
        FullBox("stsz", 0, BigEndian(0, 4) + BigEndian(*file.moov_samples, 4));
    track =
        Box("moov", Box("trak", Box("mdia", Box("minf", Box("stbl", table)))));
  }
  const auto meta_of = [&](size_t payload_at) {
    // Offsets and lengths of 4 bytes; where they are: 0 the file, 1 "idat".
    std::string where =
        BigEndian(0x4400, 2) + BigEndian(tiles + (grid ? 1 : 0), 2);
    size_t at = payload_at;
    for (uint64_t id = 1; id <= tiles; ++id) {
      where += BigEndian(id, 2) + BigEndian(0, 2) + BigEndian(0, 2) +
               BigEndian(1, 2) + BigEndian(at, 4) + BigEndian(sizes[id - 1], 4);
      at += sizes[id - 1];
    }
    if (grid) {
      where += BigEndian(primary, 2) + BigEndian(1, 2) + BigEndian(0, 2) +
               BigEndian(1, 2) + BigEndian(0, 4) + BigEndian(data.size(), 4);
    }
    return FullBox(
        "meta", 0,
        FullBox("hdlr", 0, BigEndian(0, 4) + "pict" + std::string(13, '\0')) +
            FullBox("pitm", 0, BigEndian(primary, 2)) +
            FullBox("iloc", 1, where) +
            FullBox("iinf", 0, BigEndian(tiles + (grid ? 1 : 0), 2) + items) +
            references +
            Box("iprp",
                Box("ipco", properties) +
                    FullBox("ipma", 0,
                            BigEndian(tiles + (grid ? 1 : 0), 4) + places)) +
            (grid ? Box("idat", data) : ""));
  };
  const size_t payload_at = head.size() + track.size() + meta_of(0).size() + 8;
  return BytesOf(head + track + meta_of(payload_at) + Box("mdat", payload));
}

}  // namespace hashvet::testing
