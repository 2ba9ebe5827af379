#include "src/sandbox/record.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/hash_kind.h"
#include "src/sandbox/kind_slots.h"
#include "src/sandbox/showing_slots.h"

namespace hashvet {
namespace {

// The flags in the order of their bits.
constexpr std::array<bool PictureFlags::*, 7> kFlags = {
    &PictureFlags::truncated,           &PictureFlags::type_mismatch,
    &PictureFlags::orientation_applied, &PictureFlags::alpha_flattened,
    &PictureFlags::alpha_dual,          &PictureFlags::frames_skipped,
    &PictureFlags::scan_capped,
};

bool IsPrintable(char letter) { return letter >= ' ' && letter <= '~'; }

void AddPdq(const PdqHashes& pdq, Record& record) {
  for (size_t i = 0; i < kOrientations; ++i) {
    HashSlot& slot = record.slot[record.slots++];
    slot.kind = static_cast<uint16_t>(HashKind::kPdq);
    slot.setting = static_cast<uint8_t>(pdq.variant);
    slot.orientation = static_cast<uint8_t>(i);
    slot.quality = static_cast<uint8_t>(pdq.quality);
    slot.size_bytes = Hash256::kBits / 8;
    for (size_t byte = 0; byte < slot.size_bytes; ++byte) {
      slot.value[byte] = static_cast<uint8_t>(
          pdq.orientations[i].words()[byte / 8] >> (byte % 8 * 8));
    }
  }
}

// Eight slots from `first` on: the eight orientations, in order.
absl::StatusOr<PdqHashes> PdqOf(const Record& record, size_t first) {
  PdqHashes pdq;
  const HashSlot& head = record.slot[first];
  pdq.variant = static_cast<PdqVariant>(head.setting);
  pdq.quality = head.quality;
  for (size_t i = 0; i < kOrientations; ++i) {
    const HashSlot& slot = record.slot[first + i];
    if (slot.kind != static_cast<uint16_t>(HashKind::kPdq)) {
      return WrongRecord("a hash of a kind that was not asked for");
    }
    if (slot.orientation != i || slot.setting != head.setting ||
        slot.quality != head.quality || slot.unused != 0 || slot.code != 0 ||
        slot.size_bytes != Hash256::kBits / 8 ||
        !AllZero(
            std::as_bytes(std::span(slot.value)).subspan(slot.size_bytes))) {
      return WrongRecord("the orientations of a hash do not belong together");
    }
    Hash256::Words words = {};
    for (size_t byte = 0; byte < slot.size_bytes; ++byte) {
      words[byte / 8] |= uint64_t{slot.value[byte]} << (byte % 8 * 8);
    }
    pdq.orientations[i] = Hash256(words);
  }
  if (pdq.quality > 100) return WrongRecord("a quality above 100");
  if (head.setting >= kPdqVariantNames.size()) {
    return WrongRecord("a variant that does not exist");
  }
  return pdq;
}

absl::StatusOr<std::string_view> ReasonOf(const Record& record) {
  const auto end = std::find(record.reason.begin(), record.reason.end(), '\0');
  if (end == record.reason.end() ||
      !std::all_of(record.reason.begin(), end, IsPrintable) ||
      !std::all_of(end, record.reason.end(), [](char c) { return c == 0; })) {
    return WrongRecord("the reason is not a line of printable text");
  }
  return std::string_view(record.reason.data(),
                          static_cast<size_t>(end - record.reason.begin()));
}

// A decoder's own outcomes, and the code of each. Nothing for those that are
// not a decoder's to give: it cannot claim to have timed out, say.
absl::StatusCode CodeOf(uint32_t outcome) {
  switch (static_cast<HashOutcome>(outcome)) {
    case HashOutcome::kUndecodable:
      return absl::StatusCode::kInvalidArgument;
    case HashOutcome::kUnsupported:
      return absl::StatusCode::kUnimplemented;
    case HashOutcome::kOverLimit:
      return absl::StatusCode::kResourceExhausted;
    case HashOutcome::kDecoderFailed:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kOk;
  }
}

absl::Status CheckSize(const Record& record, const HashRequest& request) {
  const uint64_t max_pixels =
      request.max_pixels != 0 ? request.max_pixels : kDefaultMostPixels;
  const uint64_t pixels = uint64_t{record.width} * record.height;
  const bool known = record.width != 0 || record.height != 0;
  if (known && (pixels == 0 || pixels > max_pixels)) {
    return WrongRecord("a size that the limits rule out");
  }
  return absl::OkStatus();
}

}  // namespace

bool AllZero(std::span<const std::byte> bytes) {
  // Equal to itself one byte on, and the first is zero: in one fast call, since
  // most of a record is.
  return bytes.empty() ||
         (bytes[0] == std::byte{0} &&
          std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

absl::Status WrongRecord(std::string_view field) {
  return absl::InvalidArgumentError(
      absl::StrCat("decoder's record: ", ToAbsl(field)));
}

Record ToRecord(const PictureHashes& picture) {
  Record record = {};
  FillRecord(picture, record);
  return record;
}

void FillRecord(const PictureHashes& picture, Record& record) {
  record.magic = kRecordMagic;
  record.outcome = static_cast<uint32_t>(picture.outcome);
  record.width = picture.width;
  record.height = picture.height;
  for (size_t i = 0; i < kFlags.size(); ++i) {
    record.flags |= uint32_t{picture.flags.*kFlags[i]} << i;
  }
  if (picture.outcome == HashOutcome::kHashed) {
    AddPdq(picture.pdq, record);
    for (const PdqHashes& more : picture.more_pdq) {
      if (!IsShowing(more)) AddPdq(more, record);
    }
    AddShowings(picture.more_pdq, record);
    AddKinds(picture.others, record);
    return;
  }
  const absl::string_view reason = picture.status.message();
  const size_t length = std::min(reason.size(), record.reason.size() - 1);
  std::transform(reason.begin(), reason.begin() + length, record.reason.begin(),
                 [](char c) { return IsPrintable(c) ? c : '?'; });
}

absl::StatusOr<PictureHashes> FromRecord(std::span<const std::byte> bytes,
                                         const HashRequest& request) {
  Record record;
  if (bytes.size() != sizeof(record)) {
    return WrongRecord(bytes.size() < sizeof(record) ? "cut short"
                                                     : "too long");
  }
  std::memcpy(&record, bytes.data(), sizeof(record));
  if (record.magic != kRecordMagic) return WrongRecord("not one");
  if (record.flags >> kFlags.size() != 0) return WrongRecord("an unknown flag");
  HASHVET_RETURN_IF_ERROR(CheckSize(record, request));
  HASHVET_ASSIGN_OR_RETURN(const std::string_view reason, ReasonOf(record));
  const bool hashed =
      record.outcome == static_cast<uint32_t>(HashOutcome::kHashed);
  const std::vector<HashKind> kinds = PixelKinds(request.kinds);
  const size_t fewest = hashed ? kOrientations * (1 + kinds.size()) : 0;
  const size_t most =
      hashed ? kOrientations * (1 + request.more_variants.size()) +
                   MostKindSlots(kinds.size(), /*has_showings=*/true)
             : 0;
  if (record.slots < fewest || record.slots > std::min(most, kMaxSlots) ||
      record.slots % kOrientations != 0) {
    return WrongRecord("a number of hashes that was not asked for");
  }
  if (!AllZero(std::as_bytes(std::span(record.slot))
                   .subspan(record.slots * sizeof(HashSlot)))) {
    return WrongRecord("bytes where nothing should be");
  }
  if (!hashed && record.showings != 0) {
    return WrongRecord("a number of hashes that was not asked for");
  }
  HASHVET_ASSIGN_OR_RETURN(std::vector<PdqHashes> showings,
                           ShowingsOf(record, request.variant));
  PictureHashes picture;
  picture.outcome = static_cast<HashOutcome>(record.outcome);
  picture.width = record.width;
  picture.height = record.height;
  for (size_t i = 0; i < kFlags.size(); ++i) {
    picture.flags.*kFlags[i] = (record.flags >> i & 1) != 0;
  }
  if (hashed) {
    if (!reason.empty()) return WrongRecord("a reason beside a hash");
    if (record.width == 0) return WrongRecord("a hash without a size");
    HASHVET_ASSIGN_OR_RETURN(picture.pdq, PdqOf(record, 0));
    if (picture.pdq.variant != request.variant) {
      return WrongRecord("a variant that was not asked for");
    }
    size_t first_kind = kOrientations;
    for (;
         first_kind < record.slots &&
         record.slot[first_kind].kind == static_cast<uint16_t>(HashKind::kPdq);
         first_kind += kOrientations) {
      HASHVET_ASSIGN_OR_RETURN(PdqHashes more, PdqOf(record, first_kind));
      if (!std::ranges::count(request.more_variants, more.variant) ||
          std::ranges::count(picture.more_pdq, more.variant,
                             &PdqHashes::variant)) {
        return WrongRecord("a variant that was not asked for");
      }
      picture.more_pdq.push_back(std::move(more));
    }
    std::ranges::move(showings, std::back_inserter(picture.more_pdq));
    HASHVET_ASSIGN_OR_RETURN(picture.others,
                             KindsOf(kinds, record, first_kind));
    return picture;
  }
  const absl::StatusCode code = CodeOf(record.outcome);
  if (code == absl::StatusCode::kOk) {
    return WrongRecord("an outcome that is not a decoder's to give");
  }
  if (reason.empty()) return WrongRecord("a failure without a reason");
  picture.status = absl::Status(code, ToAbsl(reason));
  return picture;
}

}  // namespace hashvet
