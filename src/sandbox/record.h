// The answer about one picture as bytes of a fixed size: what a locked-down
// process that decodes sends back, and all that it can send back.
//
// Whoever reads it takes its writer to be in a stranger's hands. Nothing in it
// has a length that is followed, every number is checked against what it may
// be, and what is not used must be zero. What cannot be checked is whether the
// hashes are the picture's: a decoder that was taken over can lie about the one
// picture it was given, and about nothing else.

#ifndef HASHVET_SRC_SANDBOX_RECORD_H_
#define HASHVET_SRC_SANDBOX_RECORD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "absl/status/statusor.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/orientation.h"
#include "hashvet/hash/picture_hashes.h"
#include "hashvet/sandbox/picture_hasher.h"

namespace hashvet {

inline constexpr uint32_t kRecordMagic = 0x32527648;  // "HvR2"
inline constexpr size_t kMaxKinds = 16;               // beside PDQ
// Of eight orientations each: the variants of PDQ, the other kinds, and these
// of further showings.
inline constexpr size_t kMaxSlots =
    kOrientations * (kPdqVariantNames.size() + kMaxKinds + kMaxKindShowings);
inline constexpr size_t kMaxSlotBytes = 128;  // 1024 bits
// Frames of an animation, each over white and over black, but the picture
// itself.
inline constexpr size_t kMaxShowings = 2 * kMaxFrames - 1;
inline constexpr size_t kMaxReasonBytes = 512;  // with the final zero

// One hash value: of a kind, of one orientation, of the picture as one setting
// shows it. Every kind that is computed of pixels fits.
struct HashSlot {
  uint16_t kind;    // a HashKind
  uint8_t setting;  // PDQ's is a PdqVariant; other kinds': of which showing
                    // it is, counted from 1; 0: of the picture itself
  uint8_t unused;
  uint8_t orientation;  // an Orientation
  uint8_t quality;      // 0..100; 0 for a kind without one
  uint8_t size_bytes;   // of the value, as the kind has it
  uint8_t code;         // 0, or why there is none: an absl::StatusCode
  // PDQ's bit k is bit k % 8 of byte k / 8; of other kinds, HashValue's bytes.
  std::array<uint8_t, kMaxSlotBytes> value;
};

// One more showing of the picture, under PDQ in the variant of the picture
// itself.
struct ShowingSlot {
  uint32_t frame;
  uint8_t over_black;  // 0 or 1
  uint8_t quality;     // 0..100
  uint16_t unused;
  // The eight orientations; bit k is bit k % 8 of byte k / 8.
  std::array<std::array<uint8_t, 32>, kOrientations> values;
};

struct Record {
  uint32_t magic;
  uint32_t outcome;  // a HashOutcome that a decoder may give
  uint32_t width;
  uint32_t height;
  uint32_t flags;  // a bit for each PictureFlags field, in their order
  uint32_t slots;  // how many of them are used
  uint32_t showings;
  uint32_t unused;
  std::array<char, kMaxReasonBytes> reason;  // printable ASCII, then zeros
  std::array<HashSlot, kMaxSlots> slot;
  std::array<ShowingSlot, kMaxShowings> showing;
};

// No padding: what is not a field would be memory of the process that wrote it.
static_assert(sizeof(HashSlot) == 8 + kMaxSlotBytes && alignof(HashSlot) == 2);
static_assert(sizeof(ShowingSlot) == 8 + 32 * kOrientations);
static_assert(sizeof(Record) == 32 + kMaxReasonBytes +
                                    sizeof(HashSlot) * kMaxSlots +
                                    sizeof(ShowingSlot) * kMaxShowings);
static_assert(kMaxShowings <= 255);  // HashSlot::setting
static_assert(std::is_trivially_copyable_v<Record>);

// The error of a record whose `field` could not be ToRecord's.
absl::Status WrongRecord(std::string_view field);

// Whether nothing is in bytes that nothing may be in.
bool AllZero(std::span<const std::byte> bytes);

// Bytes of the reason that are not printable ASCII become '?', and what is too
// long is cut.
Record ToRecord(const PictureHashes& picture);
// The same into a record of zeros.
void FillRecord(const PictureHashes& picture, Record& record);

// Errors: InvalidArgument, naming the field, when it is not a record that
// ToRecord could have made of an answer that a decoder may give.
//
//   request  what was asked: what was not is a lie too
absl::StatusOr<PictureHashes> FromRecord(std::span<const std::byte> bytes,
                                         const HashRequest& request);

}  // namespace hashvet

#endif  // HASHVET_SRC_SANDBOX_RECORD_H_
