// Picture files made by hand, byte by byte, so that a test knows exactly which
// pixels are in them. JPEG is made by libjpeg; nothing here uses OpenCV.

#ifndef HASHVET_TESTS_DECODE_MAKE_FILES_H_
#define HASHVET_TESTS_DECODE_MAKE_FILES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hashvet/pixels/picture.h"

namespace hashvet::testing {

using Bytes = std::vector<std::byte>;
using Samples = std::vector<uint8_t>;

Bytes BytesOf(std::string_view text);

// Smooth patches and edges, the same for the same arguments: width x height
// pixels of `channels` samples.
Samples MakeSamples(uint32_t width, uint32_t height, uint32_t channels);

// --- PNG ---
// `rows` are packed as the colour type and depth ask, without filter bytes;
// `chunks` stand between IHDR and IDAT.
struct PngFile {
  uint32_t width = 0;
  uint32_t height = 0;
  uint8_t depth = 8;
  uint8_t colour_type = 2;
  bool interlaced = false;  // then the rows are those of the seven passes, each
                            // with its filter byte
  Samples rows;
  std::vector<std::pair<std::string, Bytes>> chunks;
  std::vector<std::pair<std::string, Bytes>>
      chunks_after;  // between IDAT, IEND
};
Bytes MakePng(const PngFile& file);

// --- TIFF, uncompressed, one strip, classic ---
struct TiffFile {
  uint32_t width = 0;
  uint32_t height = 0;
  uint16_t bits = 8;
  uint16_t samples = 3;
  uint16_t photometric = 2;
  int extra_sample = -1;      // none
  int orientation = -1;       // none
  int sample_format = -1;     // none
  Samples palette;            // 3 x 2^bits 16-bit values, low byte first
  Samples rows;               // 16-bit samples low byte first
  Samples profile;            // of colours; none when empty
  uint32_t profile_says = 0;  // how many bytes it is; 0: as many as it is
};
Bytes MakeTiff(const TiffFile& file);

// EXIF data (with "Exif\0\0") that states an orientation.
Bytes MakeExif(uint16_t orientation, bool big_endian);

// --- BMP ---
struct BmpFile {
  int32_t width = 0;
  int32_t height = 0;  // negative: top-down
  uint16_t bits = 24;
  uint32_t header_bytes = 40;
  uint32_t compression = 0;
  uint32_t alpha_mask = 0;
  Samples palette;  // 4 bytes a colour
  Samples rows;     // as they stand in the file, padded to 4 bytes
};
Bytes MakeBmp(const BmpFile& file);

// --- JPEG ---
enum class JpegCoding { kGrey, kYcc, kRgb, kCmyk, kYcck };
struct JpegFile {
  uint32_t width = 0;
  uint32_t height = 0;
  JpegCoding coding = JpegCoding::kYcc;
  Samples pixels;  // 1 sample (kGrey), 3: RGB, 4: inks as stored (kCmyk, kYcck)
  int quality = 90;
  bool subsampled = true;  // 4:2:0
  bool progressive = false;
  Bytes app1;  // a segment's data; none when empty
  bool arithmetic = false;
  bool scan_each = false;     // of a component
  bool restart_rows = false;  // a marker after each row of blocks
};
Bytes MakeJpeg(const JpegFile& file);

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_DECODE_MAKE_FILES_H_
