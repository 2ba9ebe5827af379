// What crosses between a program that hashes pictures and hashvet-decoder:
// messages of fixed sizes over sockets that keep their bounds, each with at
// most one descriptor beside it.
//
//   client                 first process       lane             child
//     |-- start ------------>|
//     |<------------- Hello--|
//     |-- OpenLane + socket->|-- fork -------->|
//     |<-------------------------- LaneReady --|
//     |-- Request + sealed memory ------------>|-- fork ------->| decodes,
//     |                                        |<----- Record --| once
//     |<-------------------------- Reply ------|
//
// Both ends are built together and refuse each other otherwise.

#ifndef HASHVET_SRC_SANDBOX_PROTOCOL_H_
#define HASHVET_SRC_SANDBOX_PROTOCOL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "hashvet/sandbox/picture_hasher.h"
#include "src/sandbox/record.h"

namespace hashvet {

inline constexpr uint64_t kHelloMagic = 0x6f6c6c6548764831;  // "1HvHello"
inline constexpr uint32_t kProtocolVersion = 6;

// The socket to whoever started the program: its standard input.
inline constexpr int kControlDescriptor = 0;

// The first message, whose first three fields are the same in every version.
struct Hello {
  uint64_t magic;
  uint32_t protocol;
  std::array<char, 36> version;  // of hashvet, with zeros behind it
  uint32_t landlock;             // the kernel's version of it; 0: none
  uint32_t seccomp;              // 1: the kernel takes our filter
};

enum class Codecs : uint32_t {
  kJpeg = 0,    // the first process
  kWeb = 1,     // PNG, WebP and GIF
  kOthers = 2,  // OpenCV's: BMP and TIFF; and what is no picture
  kHeif = 3     // AVIF and HEIC
};
inline constexpr size_t kCodecFamilies = 4;

struct OpenLane {
  uint32_t codecs;  // a Codecs
};

// Comes once, before the first request.
struct LaneReady {
  uint32_t codecs_open;
  int32_t not_started;  // or 0: the errno for want of which there is no lane
  std::array<char, kMaxReasonBytes> reason;  // why not
};

struct Request {
  uint64_t max_pixels;  // as HashRequest's
  uint64_t size_bytes;  // of the picture
  uint32_t deadline_ms;
  uint32_t record_bytes;  // RecordBytes of what is asked
  uint8_t apply_orientation;
  uint8_t variant;              // a PdqVariant
  uint8_t more_variants;        // bit i: the PdqVariant i too
  std::array<char, 13> ending;  // of the file's name, with zeros behind it
  // HashKinds beside PDQ, of pixels, with zeros behind them.
  std::array<uint16_t, kMaxKinds> kinds;
};

// How a child ended. Anything but kAnswered has no record.
enum class End : uint32_t {
  kAnswered = 0,
  kCrashed = 1,   // by a signal, or without an answer
  kLied = 2,      // wrote more or less than one record
  kTimedOut = 3,  // and was killed; of wall or processor time
  kNotStarted = 4,
};

struct Reply {
  uint32_t end;
  int32_t detail;  // the signal of a crash, the errno of what did not start
  Record record;   // of which the request's record_bytes are sent
};

static_assert(sizeof(Hello) == 56 && sizeof(Request) == 72);
static_assert(std::is_trivially_copyable_v<Request> &&
              std::is_trivially_copyable_v<Reply>);

// What a decoder may be asked: `request` and the picture's name as a message.
Request ToMessage(const HashRequest& request, std::string_view name,
                  size_t size_bytes, uint32_t deadline_ms, Codecs codecs);

// What of a record is sent, which is settled before the picture is looked at:
// all that an answer may use. A JPEG has one showing, so that the 48 kB of the
// others, which would be copied four times, are not.
size_t RecordBytes(const HashRequest& request, Codecs codecs);

// The far side's work, and that of the module for trusted pictures. Their code
// is in src/decoder; what crosses is plain.
// `record` comes as zeros.
using AnswerFunction = void(const Request& request,
                            std::span<const std::byte> picture, Record& record);

}  // namespace hashvet

#endif  // HASHVET_SRC_SANDBOX_PROTOCOL_H_
