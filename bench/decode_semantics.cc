// One photograph in every form that a browser shows alike, through the real
// decoder pool: how far its hashes are apart. Prints one JSON object: for each
// group how many files there were, and the most bits between two of them.
//
//   decode_semantics PHOTOGRAPH...

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bench/photo_forms.h"
#include "hashvet/pixels/exif_orientation.h"
#include "hashvet/sandbox/decoder_pool.h"
#include "tests/decode/gif_file.h"
#include "tests/decode/make_files.h"

namespace hashvet {
namespace {

using bench::Die;
using bench::EncodeWebp;
using bench::GreyOf;
using bench::MakeWebp;
using bench::Paletted;
using bench::Rgb;
using bench::StoredFor;
using bench::ToPalette;
using ::hashvet::testing::Bytes;
using ::hashvet::testing::JpegCoding;
using ::hashvet::testing::MakeBmp;
using ::hashvet::testing::MakeExif;
using ::hashvet::testing::MakeGif;
using ::hashvet::testing::MakeJpeg;
using ::hashvet::testing::MakePng;
using ::hashvet::testing::MakeTiff;
using ::hashvet::testing::PngFile;
using ::hashvet::testing::Samples;

Bytes ToBytes(const Samples& samples) {
  Bytes bytes;
  for (const uint8_t sample : samples) bytes.push_back(std::byte{sample});
  return bytes;
}

PngFile Png(const Rgb& rgb, uint8_t depth, uint8_t colour_type, Samples rows) {
  return {.width = rgb.width,
          .height = rgb.height,
          .depth = depth,
          .colour_type = colour_type,
          .rows = std::move(rows)};
}

Bytes PngOf(const Rgb& rgb) { return MakePng(Png(rgb, 8, 2, rgb.samples)); }

Samples Interleaved(const Samples& samples, size_t channels, size_t more,
                    uint8_t value) {
  Samples wider;
  for (size_t i = 0; i < samples.size(); i += channels) {
    wider.insert(wider.end(), &samples[i], &samples[i] + channels);
    wider.insert(wider.end(), more, value);
  }
  return wider;
}

class Semantics {
 public:
  explicit Semantics(DecoderPool& pool) : pool_(pool) {}

  void Measure(const Rgb& photo) {
    const PictureHashes plain = Hash(PngOf(photo));
    if (plain.pdq.quality < 50) {  // its hash is no good in any form
      ++groups_["below PDQ's quality"].files;
      return;
    }
    Orientations(photo);
    ColourModes(photo, plain);
    Transparency(photo);
    const Paletted few = ToPalette(photo);
    PngFile palette = Png(photo, 8, 3, few.indices);
    palette.chunks = {{"PLTE", ToBytes(few.palette)}};
    Rgb of_palette = photo;
    for (size_t i = 0; i < photo.pixels(); ++i) {
      std::copy_n(&few.palette[size_t{3} * few.indices[i]], 3,
                  &of_palette.samples[3 * i]);
    }
    Note("palette", Hash(PngOf(of_palette)).pdq.hash(), MakePng(palette));
    const Bytes gif =
        MakeGif({.width = static_cast<uint16_t>(photo.width),
                 .height = static_cast<uint16_t>(photo.height),
                 .palette = few.palette,
                 .frames = {{.width = static_cast<uint16_t>(photo.width),
                             .height = static_cast<uint16_t>(photo.height),
                             .indices = few.indices}}});
    Note("gif", plain.pdq.hash(), gif);
    Truncated(photo, gif);
  }

  void Print() const {
    std::string text;
    for (const auto& [name, group] : groups_) {
      text += (text.empty() ? "\"" : ", \"") + name +
              "\": {\"files\": " + std::to_string(group.files) +
              ", \"failed\": " + std::to_string(group.failed) +
              ", \"most_bits\": " + std::to_string(group.most_bits) +
              ", \"within_2\": " + std::to_string(group.within_2) +
              ", \"within_31\": " + std::to_string(group.within_31) + "}";
    }
    std::printf("{%s}\n", text.c_str());
  }

 private:
  struct Group {
    int files = 0;
    int failed = 0;  // to hash at all, or to be flagged as they ought to be
    uint32_t most_bits = 0;
    int within_2 = 0;
    int within_31 = 0;
  };

  PictureHashes Hash(const Bytes& file) { return pool_.Hash(file, "", {}); }

  void Count(const std::string& name, bool hashed, uint32_t bits) {
    Group& group = groups_[name];
    ++group.files;
    group.failed += hashed ? 0 : 1;
    group.most_bits = std::max(group.most_bits, bits);
    group.within_2 += bits <= 2 ? 1 : 0;
    group.within_31 += bits <= 31 ? 1 : 0;
  }

  PictureHashes Note(const std::string& name, const Hash256& as,
                     const Bytes& file) {
    PictureHashes hashes = Hash(file);
    const bool hashed = hashes.outcome == HashOutcome::kHashed;
    if (!hashed)
      std::fprintf(stderr, "%s: %s\n", name.c_str(),
                   std::string(hashes.status.message()).c_str());
    Count(name, hashed, hashed ? Distance(as, hashes.pdq.hash()) : 256);
    return hashes;
  }

  void Orientations(const Rgb& photo) {
    const auto jpeg = [](const Rgb& rgb, uint16_t orientation) {
      return MakeJpeg({.width = rgb.width,
                       .height = rgb.height,
                       .pixels = rgb.samples,
                       .quality = 95,
                       .subsampled = false,
                       .app1 = MakeExif(orientation, orientation % 2 == 0)});
    };
    const auto tiff = [](const Rgb& rgb, uint16_t orientation) {
      return MakeTiff({.width = rgb.width,
                       .height = rgb.height,
                       .orientation = orientation,
                       .rows = rgb.samples});
    };
    const Hash256 of_jpeg = Hash(jpeg(photo, 1)).pdq.hash();
    const Hash256 of_webp = Hash(MakeWebp(photo, 1)).pdq.hash();
    const Hash256 of_tiff = Hash(tiff(photo, 1)).pdq.hash();
    for (uint16_t o = 1; o <= 8; ++o) {
      const Rgb stored = StoredFor(photo, static_cast<ExifOrientation>(o));
      Note("orientations of JPEG", of_jpeg, jpeg(stored, o));
      Note("orientations of WebP", of_webp, MakeWebp(stored, o));
      Note("orientations of TIFF", of_tiff, tiff(stored, o));
    }
  }

  void ColourModes(const Rgb& photo, const PictureHashes& plain) {
    const std::string group = "colour modes";
    const Hash256& as = plain.pdq.hash();
    const Samples grey = GreyOf(photo);
    // Luma of 8 bits is another picture than its colours by as much as it was
    // rounded: forms that hold no more are held against each other.
    const Hash256 as_grey =
        Note("rounding of luma to 8 bits", as, MakePng(Png(photo, 8, 0, grey)))
            .pdq.hash();
    Samples inks;  // stored inverted: white is 255; black takes none away
    for (size_t i = 0; i < photo.samples.size(); i += 3) {
      inks.insert(inks.end(), &photo.samples[i], &photo.samples[i] + 3);
      inks.push_back(255);
    }
    for (const auto& [coding, pixels] :
         std::initializer_list<std::pair<JpegCoding, const Samples*>>{
             std::pair(JpegCoding::kGrey, &grey),
             std::pair(JpegCoding::kYcc, &photo.samples),
             std::pair(JpegCoding::kRgb, &photo.samples),
             std::pair(JpegCoding::kCmyk, &inks),
             std::pair(JpegCoding::kYcck, &inks)}) {
      const bool luma =
          coding == JpegCoding::kGrey || coding == JpegCoding::kYcc;
      Note(group, luma ? as_grey : as,
           MakeJpeg({.width = photo.width,
                     .height = photo.height,
                     .coding = coding,
                     .pixels = *pixels,
                     .quality = 100,
                     .subsampled = false}));
    }
    PngFile grey_palette = Png(photo, 8, 3, grey);
    Samples greys;
    for (unsigned value = 0; value < 256; ++value) {
      greys.insert(greys.end(), 3, static_cast<uint8_t>(value));
    }
    grey_palette.chunks = {{"PLTE", ToBytes(greys)}};
    Note(group, as_grey, MakePng(grey_palette));
    Note(group, as_grey,
         MakePng(Png(photo, 8, 4, Interleaved(grey, 1, 1, 255))));
    Note(group, as,
         MakePng(Png(photo, 8, 6, Interleaved(photo.samples, 3, 1, 255))));
    Note(group, as,
         MakePng(Png(photo, 16, 2, Interleaved(photo.samples, 1, 1, 0x80))));
    Note(group, as_grey,
         MakePng(Png(photo, 16, 0, Interleaved(grey, 1, 1, 0x80))));
    Note(group, as,
         MakeTiff({.width = photo.width,
                   .height = photo.height,
                   .rows = photo.samples}));
    Note(group, as_grey,
         MakeTiff({.width = photo.width,
                   .height = photo.height,
                   .samples = 1,
                   .photometric = 1,
                   .rows = grey}));
    Samples bgrx;
    for (size_t y = photo.height; y-- > 0;) {  // bottom up
      for (size_t x = 0; x < photo.width; ++x) {
        const uint8_t* pixel = &photo.samples[(y * photo.width + x) * 3];
        bgrx.insert(bgrx.end(), {pixel[2], pixel[1], pixel[0], 0});
      }
    }
    Note(group, as,
         MakeBmp({.width = static_cast<int32_t>(photo.width),
                  .height = static_cast<int32_t>(photo.height),
                  .bits = 32,
                  .rows = bgrx}));
  }

  // The photograph fades out to its left edge.
  void Transparency(const Rgb& photo) {
    Samples rgba;
    std::array<Rgb, 2> flat = {photo, photo};
    for (size_t i = 0; i < photo.pixels(); ++i) {
      const uint32_t x = static_cast<uint32_t>(i % photo.width);
      const uint32_t alpha = std::min<uint32_t>(255, x * 512 / photo.width);
      for (size_t c = 0; c < 3; ++c) {
        const uint32_t colour = photo.samples[3 * i + c];
        rgba.push_back(static_cast<uint8_t>(colour));
        const uint32_t black = (colour * alpha + 127) / 255;
        flat[1].samples[3 * i + c] = static_cast<uint8_t>(black);
        flat[0].samples[3 * i + c] = static_cast<uint8_t>(black + 255 - alpha);
      }
      rgba.push_back(static_cast<uint8_t>(alpha));
    }
    const PictureHashes over_white = Hash(PngOf(flat[0]));
    const PictureHashes over_black = Hash(PngOf(flat[1]));
    const PictureHashes both =
        Note("transparent over white", over_white.pdq.hash(),
             MakePng(Png(photo, 8, 6, rgba)));
    const bool differ = Distance(over_white.pdq.hash(), over_black.pdq.hash()) >
                        kSameShowingMaxDistance;
    const bool has_black =
        both.more_pdq.size() == 1 && both.more_pdq[0].over_black;
    Count("transparent over black",
          both.flags.alpha_dual == differ && has_black == differ,
          has_black ? Distance(both.more_pdq[0].hash(), over_black.pdq.hash())
                    : 0);
  }

  void Truncated(const Rgb& photo, const Bytes& gif) {
    const auto cut = [this](const std::string& name, const Bytes& whole) {
      const Hash256 as = Hash(whole).pdq.hash();
      for (const int percent : {90, 95, 99}) {
        Bytes part = whole;
        part.resize(whole.size() * static_cast<size_t>(percent) / 100);
        const std::string group =
            "truncated " + name + " at " + std::to_string(percent) + " %";
        const PictureHashes hashes = Note(group, as, part);
        groups_[group].failed += hashes.flags.truncated ? 0 : 1;
      }
    };
    const auto jpeg = [&](bool progressive) {
      return MakeJpeg({.width = photo.width,
                       .height = photo.height,
                       .pixels = photo.samples,
                       .progressive = progressive});
    };
    cut("JPEG", jpeg(false));
    cut("progressive JPEG", jpeg(true));
    cut("PNG", PngOf(photo));
    cut("GIF", gif);
    cut("WebP", EncodeWebp(photo));
  }

  DecoderPool& pool_;
  std::map<std::string, Group> groups_;
};

}  // namespace
}  // namespace hashvet

int main(int argc, char** argv) {
  if (argc < 2) hashvet::bench::Die("want: decode_semantics PHOTOGRAPH...");
  const auto pool = hashvet::DecoderPool::Start({.breaker_crashes = 0});
  if (!pool.ok()) hashvet::bench::Die(pool.status().ToString());
  hashvet::Semantics semantics(**pool);
  for (int i = 1; i < argc; ++i) {
    semantics.Measure(hashvet::bench::ReadPhotograph(argv[i]));
  }
  semantics.Print();
  return 0;
}
