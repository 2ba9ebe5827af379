#include "src/sandbox/kind_slots.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/digest_of.h"
#include "hashvet/hash/hash_value.h"

namespace hashvet {
namespace {

// Eight slots: the orientations, or why there are none.
absl::StatusOr<KindHashes> KindOf(HashKind kind, uint8_t setting,
                                  std::span<const HashSlot> slots) {
  KindHashes hashes;
  hashes.kind = kind;
  const uint8_t code = slots[0].code;
  const size_t size = code == 0 ? InfoOf(kind).size_bytes : 0;
  if (code > static_cast<uint8_t>(absl::StatusCode::kUnauthenticated)) {
    return WrongRecord("a code that does not exist");
  }
  for (size_t i = 0; i < slots.size(); ++i) {
    const HashSlot& slot = slots[i];
    if (slot.kind != static_cast<uint16_t>(kind)) {
      return WrongRecord("a hash of a kind that was not asked for");
    }
    if (slot.orientation != i || slot.code != code || slot.setting != setting ||
        slot.unused != 0 || slot.quality != 0 || slot.size_bytes != size ||
        !AllZero(std::as_bytes(std::span(slot.value)).subspan(size))) {
      return WrongRecord("the orientations of a hash do not belong together");
    }
    if (code != 0) continue;
    HASHVET_ASSIGN_OR_RETURN(
        HashValue value,
        HashValue::FromBytes(kind, std::span(slot.value).first(size)));
    hashes.orientations.push_back(std::move(value));
  }
  if (code != 0) {
    hashes.status = absl::Status(
        static_cast<absl::StatusCode>(code),
        absl::StrCat("picture: has no ", ToAbsl(NameOf(kind)), " hash"));
  }
  return hashes;
}

}  // namespace

std::vector<HashKind> PixelKinds(std::span<const HashKind> kinds) {
  std::vector<HashKind> pixel_kinds;
  for (const HashKind kind : kinds) {
    if (InfoOf(kind).computed && !IsDigest(kind) && kind != HashKind::kPdq &&
        !std::ranges::count(pixel_kinds, kind)) {
      pixel_kinds.push_back(kind);
    }
  }
  return pixel_kinds;
}

void AddKinds(std::span<const KindHashes> others, Record& record) {
  const auto showings = std::span(record.showing).first(record.showings);
  for (const KindHashes& hashes : others) {
    if (IsDigest(hashes.kind)) continue;
    uint8_t setting = 0;
    if (IsShowing(hashes)) {
      const auto found =
          std::ranges::find_if(showings, [&](const ShowingSlot& slot) {
            return slot.frame == hashes.frame &&
                   (slot.over_black != 0) == hashes.over_black;
          });
      if (found == showings.end()) continue;
      setting = static_cast<uint8_t>(found - showings.begin() + 1);
    }
    for (size_t i = 0; i < kOrientations; ++i) {
      HashSlot& slot = record.slot[record.slots++];
      slot.kind = static_cast<uint16_t>(hashes.kind);
      slot.setting = setting;
      slot.orientation = static_cast<uint8_t>(i);
      slot.code = static_cast<uint8_t>(hashes.status.code());
      if (!hashes.status.ok()) continue;
      const std::vector<uint8_t> bytes = hashes.orientations[i].ToBytes();
      slot.size_bytes = static_cast<uint8_t>(bytes.size());
      std::ranges::copy(bytes, slot.value.begin());
    }
  }
}

absl::StatusOr<std::vector<KindHashes>> KindsOf(
    std::span<const HashKind> pixel_kinds, const Record& record, size_t first) {
  std::vector<KindHashes> others;
  const size_t slots = record.slots - first;
  const size_t slots_of_each = kOrientations * pixel_kinds.size();
  if (slots > MostKindSlots(pixel_kinds.size(), /*has_showings=*/true) ||
      (slots_of_each != 0 && (slots == 0 || slots % slots_of_each != 0))) {
    return WrongRecord("a number of hashes that was not asked for");
  }
  uint8_t last = 0;
  for (bool itself = true; first < record.slots; itself = false) {
    const uint8_t setting = record.slot[first].setting;
    if (itself ? setting != 0 : setting <= last || setting > record.showings) {
      return WrongRecord("hashes of a showing that does not exist");
    }
    last = setting;
    for (const HashKind kind : pixel_kinds) {
      HASHVET_ASSIGN_OR_RETURN(
          KindHashes hashes,
          KindOf(kind, setting,
                 std::span(record.slot).subspan(first, kOrientations)));
      if (setting != 0) {
        hashes.frame = record.showing[setting - 1].frame;
        hashes.over_black = record.showing[setting - 1].over_black != 0;
      }
      others.push_back(std::move(hashes));
      first += kOrientations;
    }
  }
  return others;
}

size_t MostKindSlots(size_t pixel_kinds, bool has_showings) {
  if (pixel_kinds == 0) return 0;
  const size_t showings =
      has_showings ? std::min(kMaxKindShowings / pixel_kinds, kMaxShowings) : 0;
  return kOrientations * pixel_kinds * (1 + showings);
}

void AddDigests(std::span<const HashKind> kinds,
                std::span<const std::byte> bytes, PictureHashes& picture) {
  std::vector<KindHashes> of_pixels = std::move(picture.others);
  picture.others.clear();
  for (const HashKind kind : kinds) {
    if (IsDigest(kind)) {
      picture.others.push_back(DigestHashes(kind, bytes));
      continue;
    }
    const auto found = std::ranges::find(of_pixels, kind, &KindHashes::kind);
    if (found != of_pixels.end()) picture.others.push_back(*found);
  }
  for (KindHashes& hashes : of_pixels) {
    if (IsShowing(hashes)) picture.others.push_back(std::move(hashes));
  }
}

}  // namespace hashvet
