#include "hashvet/hash/hash_kind.h"

#include <array>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/dcheck.h"
#include "hashvet/base/status.h"

namespace hashvet {
namespace {

using enum HashFamily;

constexpr std::array kKinds = {
    HashKindInfo{HashKind::kPdq, kBits, "pdq", 32, true,
                 "PDQ of Meta's reference: 256 bits, hex from word 15 down to "
                 "word 0"},
    HashKindInfo{HashKind::kPhash64ImageHash, kBits, "phash64-imagehash", 8,
                 true,
                 "ImageHash phash(hash_size=8): DCT against the median, hex "
                 "row by row, highest bit first"},
    HashKindInfo{HashKind::kDhash64ImageHash, kBits, "dhash64-imagehash", 8,
                 true,
                 "ImageHash dhash(hash_size=8): each pixel against its left "
                 "neighbour, hex row by row, highest bit first"},
    HashKindInfo{HashKind::kAhash64ImageHash, kBits, "ahash64-imagehash", 8,
                 true,
                 "ImageHash average_hash(hash_size=8): each pixel against the "
                 "mean, hex row by row, highest bit first"},
    HashKindInfo{HashKind::kPhash256ImageHash, kBits, "phash256-imagehash", 32,
                 true,
                 "ImageHash phash(hash_size=16): as phash64-imagehash, 16 x "
                 "16 coefficients"},
    HashKindInfo{HashKind::kDhash256ImageHash, kBits, "dhash256-imagehash", 32,
                 true,
                 "ImageHash dhash(hash_size=16): as dhash64-imagehash, 16 "
                 "rows of 17 pixels"},
    HashKindInfo{HashKind::kAhash256ImageHash, kBits, "ahash256-imagehash", 32,
                 true,
                 "ImageHash average_hash(hash_size=16): as ahash64-imagehash, "
                 "16 x 16 pixels"},
    HashKindInfo{HashKind::kDhashVertical64ImageHash, kBits,
                 "dhash-vertical64-imagehash", 8, true,
                 "ImageHash dhash_vertical(hash_size=8): each pixel against "
                 "the one above, hex row by row, highest bit first"},
    HashKindInfo{HashKind::kDhashVertical256ImageHash, kBits,
                 "dhash-vertical256-imagehash", 32, true,
                 "ImageHash dhash_vertical(hash_size=16): as "
                 "dhash-vertical64-imagehash, 17 rows of 16 pixels"},
    HashKindInfo{HashKind::kWhash64ImageHash, kBits, "whash64-imagehash", 8,
                 true,
                 "ImageHash whash(hash_size=8), Haar: each of 8 x 8 areas "
                 "against the median, hex row by row, highest bit first"},
    HashKindInfo{HashKind::kPhash64OpenCv, kBits, "phash64-opencv", 8, true,
                 "OpenCV img_hash::PHash: DCT against the mean, hex byte by "
                 "byte, in each byte the lowest bit first"},
    HashKindInfo{HashKind::kBlockMean256OpenCv, kBits, "blockmean256-opencv",
                 32, true,
                 "OpenCV img_hash::BlockMeanHash mode 0: 16 x 16 blocks "
                 "against the mean, hex byte by byte, lowest bit first"},
    HashKindInfo{HashKind::kBlockMean968OpenCv, kBits, "blockmean968-opencv",
                 121, true,
                 "OpenCV img_hash::BlockMeanHash mode 1: 31 x 31 overlapping "
                 "blocks; the last byte holds one bit"},
    HashKindInfo{HashKind::kMarrHildreth576OpenCv, kBits,
                 "marrhildreth576-opencv", 72, true,
                 "OpenCV img_hash::MarrHildrethHash: 64 groups of 3 x 3 "
                 "blocks against the group's mean, hex byte by byte, highest "
                 "bit first"},
    HashKindInfo{HashKind::kPhash64Zauner, kBits, "phash64-zauner", 8, true,
                 "pHash 1.0 ph_dct_imagehash (Zauner's DCT hash) against the "
                 "median, the number in hex: the second bit highest, the first "
                 "lost"},
    HashKindInfo{HashKind::kMd5, kDigest, "md5", 16, true,
                 "MD5 (RFC 1321) of the file's bytes"},
    HashKindInfo{HashKind::kSha1, kDigest, "sha1", 20, true,
                 "SHA-1 (FIPS 180-4) of the file's bytes"},
    HashKindInfo{HashKind::kSha256, kDigest, "sha256", 32, true,
                 "SHA-256 (FIPS 180-4) of the file's bytes"},
    HashKindInfo{HashKind::kPhotoDna, kByteVector, "photodna", 144, false,
                 "PhotoDNA as lists carry it: 144 bytes; never computed here"},
};

struct Alias {
  std::string_view name;
  HashKind kind;
};

// What other systems call the same convention: ThreatExchange's indicator and
// signal types, NCMEC's fingerprint names, StopNCII's.
constexpr Alias kAliases[] = {
    {"pdq_hash", HashKind::kPdq},         {"hash_pdq", HashKind::kPdq},
    {"imagepdq", HashKind::kPdq},         {"pdq-256", HashKind::kPdq},
    {"hash_md5", HashKind::kMd5},         {"md5_hash", HashKind::kMd5},
    {"video_md5", HashKind::kMd5},        {"sha-1", HashKind::kSha1},
    {"hash_sha1", HashKind::kSha1},       {"sha1_hash", HashKind::kSha1},
    {"sha-256", HashKind::kSha256},       {"hash_sha256", HashKind::kSha256},
    {"raw_file_hash", HashKind::kSha256}, {"photo_dna", HashKind::kPhotoDna},
    {"pdna", HashKind::kPhotoDna},        {"photodna-144", HashKind::kPhotoDna},
};

}  // namespace

std::span<const HashKindInfo> AllHashKinds() { return kKinds; }

const HashKindInfo& InfoOf(HashKind kind) {
  for (const HashKindInfo& info : kKinds) {
    if (info.kind == kind) return info;
  }
  HASHVET_DCHECK(false);
  return kKinds[0];
}

absl::StatusOr<HashKind> ParseHashKind(std::string_view name) {
  const std::string lower = absl::AsciiStrToLower(ToAbsl(name));
  for (const HashKindInfo& info : kKinds) {
    if (info.name == lower) return info.kind;
  }
  for (const Alias& alias : kAliases) {
    if (alias.name == lower) return alias.kind;
  }
  std::string names;
  for (const HashKindInfo& info : kKinds) {
    absl::StrAppend(&names, names.empty() ? "" : ", ", ToAbsl(info.name));
  }
  // An unknown word may be anything, a hash in the wrong column included: it
  // is not repeated.
  return absl::InvalidArgumentError(
      absl::StrCat("hash kind: got an unknown name of ", name.size(),
                   " characters, want one of ", names));
}

absl::StatusOr<HashKind> HashKindFromNumber(uint32_t number) {
  for (const HashKindInfo& info : kKinds) {
    if (static_cast<uint32_t>(info.kind) == number) return info.kind;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("hash kind: number ", number, " is none of this build's"));
}

}  // namespace hashvet
