// JPEG through libjpeg-turbo, row by row to whoever takes them: nothing of full
// size is held for a baseline file.
//
// libjpeg leaves by longjmp where it fails. Every function below that calls
// setjmp therefore has only trivial locals, and what must be freed belongs to
// JpegReader.

// jpeglib.h needs size_t and FILE, so it cannot stand in order.
// clang-format off
#include <cstddef>
#include <cstdio>
#include <setjmp.h>
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/decode/decode.h"
#include "src/decode/codec.h"
#include "src/decode/missing_rows.h"

namespace hashvet {
namespace {

// libjpeg reads each scan of a progressive file over the whole picture, so a
// small file of many scans is a large amount of work. Later ones only refine
// what the first show: they are left out.
constexpr int kMaxScans = 200;

// Nor may all scans together go over more blocks than this, except the first
// few, which every progressive file has: 200 scans of 2 megapixels at 4:4:4, 47
// of 12 at 4:2:0.
constexpr uint64_t kMaxScanBlocks = uint64_t{16} << 20;
constexpr uint64_t kMinScans = 20;

// What libjpeg then reads instead: the end of the file.
constexpr uint8_t kEndOfImage[] = {0xff, 0xd9};

// A file of several scans is held as coefficients, two bytes a sample. 384 MiB
// hold 100 megapixels at 4:2:0 and 67 megapixels at 4:4:4.
constexpr uint64_t kMaxCoefficientBytes = uint64_t{384} << 20;

class JpegReader {
 public:
  JpegReader();
  ~JpegReader() { jpeg_destroy_decompress(&decompress_); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  // Each is false when libjpeg gave up; Error() says why.
  bool ReadHeader(std::span<const std::byte> bytes);
  // Each pixel that is read is the mean of block x block: 1 or 4.
  bool Start(J_COLOR_SPACE output, uint32_t block);
  // Reads one or more of `rows`; 0 when libjpeg gave up.
  uint32_t ReadRows(uint8_t** rows, uint32_t count);
  bool Finish();
  // How many scans are read.
  void LimitScans(int scans) { max_scans_ = scans; }

  const jpeg_decompress_struct& info() const { return decompress_; }
  bool has_multiple_scans() { return jpeg_has_multiple_scans(&decompress_); }
  bool damaged() const { return damaged_; }
  bool scan_capped() const { return scan_capped_; }
  // Whether the bytes ended before the blocks that were asked for last.
  bool out_of_bytes() const { return out_of_bytes_; }
  absl::Status Error() const;

 private:
  static JpegReader& Of(j_common_ptr info) {
    return *static_cast<JpegReader*>(info->client_data);
  }
  [[noreturn]] static void OnError(j_common_ptr info);
  static void OnMessage(j_common_ptr info, int level);
  static void OnProgress(j_common_ptr info);
  static void Ignore(j_common_ptr) {}

  jpeg_decompress_struct decompress_ = {};
  jpeg_error_mgr errors_ = {};
  jpeg_progress_mgr progress_ = {};
  jmp_buf failed_ = {};
  int max_scans_ = kMaxScans;
  bool damaged_ = false;
  bool scan_capped_ = false;
  bool no_more_bytes_ = false;
  bool out_of_bytes_ = false;
};

JpegReader::JpegReader() {
  decompress_.err = jpeg_std_error(&errors_);
  errors_.error_exit = OnError;
  errors_.emit_message = OnMessage;
  errors_.output_message = Ignore;  // never to stderr
  decompress_.client_data = this;
  // Fails only for a library of another version or without memory: the error
  // then shows at ReadHeader, which starts from a cleared struct.
  if (setjmp(failed_) == 0) jpeg_create_decompress(&decompress_);
  progress_.progress_monitor = OnProgress;
  decompress_.progress = &progress_;
}

void JpegReader::OnError(j_common_ptr info) { longjmp(Of(info).failed_, 1); }

void JpegReader::OnMessage(j_common_ptr info, int level) {
  if (level >= 0) return;  // traces
  // libjpeg reads ahead: the end alone does not say that a block lacks bits.
  const int code = info->err->msg_code;
  Of(info).no_more_bytes_ |= code == JWRN_JPEG_EOF;
  Of(info).out_of_bytes_ |= code == JWRN_HIT_MARKER && Of(info).no_more_bytes_;
  switch (info->err->msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_TOO_MUCH_DATA:
      break;  // oddities that lose no pixels
    default:
      // Where scans are left out, the end is of our own making.
      Of(info).damaged_ |= !Of(info).scan_capped_;
  }
}

// Called before each row of blocks is read.
void JpegReader::OnProgress(j_common_ptr info) {
  JpegReader& reader = Of(info);
  if (reader.decompress_.input_scan_number <= reader.max_scans_ ||
      reader.scan_capped_) {
    return;
  }
  reader.scan_capped_ = true;
  reader.decompress_.src->next_input_byte = kEndOfImage;
  reader.decompress_.src->bytes_in_buffer = sizeof(kEndOfImage);
}

absl::Status JpegReader::Error() const {
  char text[JMSG_LENGTH_MAX] = {};
  auto* info = reinterpret_cast<j_common_ptr>(
      const_cast<jpeg_decompress_struct*>(&decompress_));
  errors_.format_message(info, text);
  if (errors_.msg_code == JERR_OUT_OF_MEMORY) {
    return absl::ResourceExhaustedError(absl::StrCat("JPEG: ", text));
  }
  return absl::InvalidArgumentError(absl::StrCat("JPEG: damaged: ", text));
}

bool JpegReader::ReadHeader(std::span<const std::byte> bytes) {
  if (decompress_.mem == nullptr) return false;  // never created
  if (setjmp(failed_) != 0) return false;
  jpeg_mem_src(&decompress_, reinterpret_cast<const uint8_t*>(bytes.data()),
               bytes.size());
  jpeg_read_header(&decompress_, TRUE);
  return true;
}

bool JpegReader::Start(J_COLOR_SPACE output, uint32_t block) {
  if (setjmp(failed_) != 0) return false;
  decompress_.out_color_space = output;
  decompress_.scale_num = DCTSIZE / block;
  decompress_.scale_denom = DCTSIZE;
  return jpeg_start_decompress(&decompress_);
}

uint32_t JpegReader::ReadRows(uint8_t** rows, uint32_t count) {
  if (setjmp(failed_) != 0) return 0;
  return jpeg_read_scanlines(&decompress_, rows, count);
}

bool JpegReader::Finish() {
  if (setjmp(failed_) != 0) return false;
  return jpeg_finish_decompress(&decompress_);
}

uint64_t Blocks(const jpeg_decompress_struct& info) {
  uint64_t blocks = 0;
  for (int i = 0; i < info.num_components; ++i) {
    const jpeg_component_info& component = info.comp_info[i];
    blocks += uint64_t{component.width_in_blocks} * component.height_in_blocks;
  }
  return blocks;
}

uint64_t CoefficientBytes(const jpeg_decompress_struct& info) {
  return Blocks(info) * DCTSIZE2 * sizeof(JCOEF);
}

std::optional<J_COLOR_SPACE> OutputOf(J_COLOR_SPACE coded) {
  switch (coded) {
    case JCS_GRAYSCALE:
    case JCS_YCbCr:
      return JCS_GRAYSCALE;  // the Y plane as it is coded
    case JCS_RGB:
      return JCS_EXT_BGR;
    case JCS_CMYK:
    case JCS_YCCK:
      return JCS_CMYK;
    default:
      return std::nullopt;
  }
}

// Adobe's programs store ink inverted, 255 for none, and every browser takes
// every CMYK JPEG to be stored so, whether or not Adobe's marker is there.
void InvertedCmykToBgr(const std::vector<uint8_t>& cmyk, uint8_t* bgr) {
  const auto product = [](uint32_t a, uint32_t b) {
    return static_cast<uint8_t>((a * b + 127) / 255);
  };
  for (size_t i = 0; i + 4 <= cmyk.size(); i += 4, bgr += 3) {
    bgr[0] = product(cmyk[i + 2], cmyk[i + 3]);
    bgr[1] = product(cmyk[i + 1], cmyk[i + 3]);
    bgr[2] = product(cmyk[i + 0], cmyk[i + 3]);
  }
}

// Of 4 x 4 where that loses nothing: enough means are left, and no block hangs
// over an edge.
uint32_t BlockOf(const PictureHeader& header, J_COLOR_SPACE output) {
  constexpr uint32_t kBlock = 4;
  const bool suits = output == JCS_GRAYSCALE && header.width % kBlock == 0 &&
                     header.height % kBlock == 0 &&
                     std::min(header.width, header.height) >= kMinSideForMeans;
  return suits ? kBlock : 1;
}

// Reads all rows; gives back how many there were before libjpeg gave up, or
// before the receiver wanted no more. Where the bytes end, libjpeg goes on with
// grey blocks: these are not taken, unless there is nothing else.
uint32_t ReadPicture(JpegReader& reader, RowReceiver& receiver, bool& stopped) {
  const jpeg_decompress_struct& info = reader.info();
  const bool cmyk = info.out_color_space == JCS_CMYK;
  const bool in_order = !reader.has_multiple_scans();
  std::vector<uint8_t> row(cmyk ? size_t{info.output_width} * 4 : 0);
  uint32_t y = 0;
  while (y < info.output_height) {
    uint8_t* const wanted = receiver.NextRow();
    uint8_t* target = cmyk ? row.data() : wanted;
    const bool had_bytes = !reader.out_of_bytes();
    if (reader.ReadRows(&target, 1) == 0) break;
    if (in_order && y > 0 && had_bytes && reader.out_of_bytes()) break;
    if (cmyk) InvertedCmykToBgr(row, wanted);
    ++y;
    stopped = !receiver.RowDone();
    if (stopped) break;
  }
  return y;
}

// What is missing after so many rows, at least 1. False when the receiver
// wanted no more.
bool Fade(uint32_t rows, const FrameStart& start, RowReceiver& receiver) {
  const size_t pixel_bytes = start.format == RowFormat::kGrey8 ? 1 : 3;
  MissingRows missing(receiver.LastRow(), start.width * pixel_bytes,
                      /*has_alpha=*/false, start.height);
  for (uint32_t y = rows; y < start.height; ++y) {
    missing.Next(receiver.NextRow());
    if (!receiver.RowDone()) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<CodecResult> DecodeJpeg(std::span<const std::byte> bytes,
                                       const PictureHeader& header,
                                       RowReceiver& receiver) {
  JpegReader reader;
  if (!reader.ReadHeader(bytes)) return reader.Error();
  const jpeg_decompress_struct& info = reader.info();
  if (info.image_width != header.width || info.image_height != header.height) {
    return absl::InvalidArgumentError(absl::StrCat(
        "JPEG: the codec reads ", info.image_width, " x ", info.image_height,
        " pixels, the header states ", header.width, " x ", header.height));
  }
  const std::optional<J_COLOR_SPACE> output = OutputOf(info.jpeg_color_space);
  if (!output) {
    return absl::UnimplementedError(absl::StrCat(
        "JPEG: ", info.num_components,
        " components of an unknown colour model, this build reads grey, "
        "YCbCr, RGB, CMYK and YCCK"));
  }
  if (reader.has_multiple_scans() &&
      CoefficientBytes(info) > kMaxCoefficientBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("JPEG: ", CoefficientBytes(info),
                     " bytes of coefficients, at most ", kMaxCoefficientBytes));
  }
  reader.LimitScans(static_cast<int>(
      std::clamp(kMaxScanBlocks / std::max<uint64_t>(Blocks(info), 1),
                 kMinScans, uint64_t{kMaxScans})));
  const bool grey = *output == JCS_GRAYSCALE;
  const uint32_t block =
      receiver.means_suffice() ? BlockOf(header, *output) : 1;
  const FrameStart start = {
      .width = header.width / block,
      .height = header.height / block,
      .format = grey ? RowFormat::kGrey8 : RowFormat::kBgr8,
      .block = block};
  HASHVET_RETURN_IF_ERROR(receiver.Begin(start));
  if (!reader.Start(*output, block)) return reader.Error();
  // The receiver's rows are as long as was said.
  if (info.output_width != start.width || info.output_height != start.height) {
    return absl::InternalError("JPEG: libjpeg gives rows of another length");
  }
  CodecResult result;
  const uint32_t rows = ReadPicture(reader, receiver, result.stopped);
  if (rows == 0) return reader.Error();
  result.scan_capped = reader.scan_capped();
  if (result.stopped) return result;
  result.truncated = rows < start.height;
  if (result.truncated && !Fade(rows, start, receiver)) {
    result.stopped = true;
    return result;
  }
  // Looks for what follows the last row; no pixel depends on it.
  if (!result.truncated && !reader.Finish()) result.truncated = true;
  result.truncated |= reader.damaged();
  return result;
}

}  // namespace hashvet
