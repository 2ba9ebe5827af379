#include "hashvet/hash/hash_value.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/dcheck.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/bit_rows.h"

namespace hashvet {
namespace {

// The first byte holds the highest bits.
void WordsFromBytes(std::span<const uint8_t> bytes, std::span<uint64_t> words) {
  size_t left = bytes.size();
  size_t w = 0;  // 0 is the lowest word, which the last bytes hold
  for (; left >= 8; left -= 8, ++w) {
    std::memcpy(&words[w], bytes.data() + left - 8, 8);
    if constexpr (std::endian::native == std::endian::little) {
      words[w] = __builtin_bswap64(words[w]);
    }
  }
  for (size_t i = 0; i < left; ++i) words[w] = words[w] << 8 | bytes[i];
}

template <size_t bits>
BitHash<bits> BitsFromBytes(std::span<const uint8_t> bytes) {
  typename BitHash<bits>::Words words = {};
  WordsFromBytes(bytes, words);
  return BitHash<bits>(words);
}

std::vector<uint8_t> BytesOf(std::span<const uint64_t> words,
                             size_t size_bytes) {
  std::vector<uint8_t> bytes(size_bytes);
  for (size_t i = 0; i < bytes.size(); ++i) {
    const size_t place = bytes.size() - 1 - i;
    bytes[i] = static_cast<uint8_t>(words[place / 8] >> place % 8 * 8);
  }
  return bytes;
}
std::vector<uint8_t> BytesOf(const Digest& digest) {
  return {digest.bytes().begin(), digest.bytes().end()};
}
std::vector<uint8_t> BytesOf(const ByteVector144& vector) {
  return {vector.bytes.begin(), vector.bytes.end()};
}

}  // namespace

absl::StatusOr<HashValue> HashValue::FromBytes(HashKind kind,
                                               std::span<const uint8_t> bytes) {
  const HashKindInfo& info = InfoOf(kind);
  if (bytes.size() != info.size_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(ToAbsl(info.name), " value: got ", bytes.size(),
                     " bytes, want ", info.size_bytes));
  }
  switch (info.family) {
    case HashFamily::kBits:
      if (info.size_bytes == 8)
        return HashValue(kind, BitsFromBytes<64>(bytes));
      if (info.size_bytes == 32)
        return HashValue(kind, BitsFromBytes<256>(bytes));
      {
        WideHash wide;
        WordsFromBytes(bytes, wide.words);
        return HashValue(kind, wide);
      }
    case HashFamily::kDigest:
      return HashValue(kind, Digest(bytes));
    case HashFamily::kByteVector: {
      ByteVector144 vector;
      std::copy(bytes.begin(), bytes.end(), vector.bytes.begin());
      return HashValue(kind, vector);
    }
  }
  return absl::InternalError("hash value: a family without a type");
}

std::vector<uint8_t> HashValue::ToBytes() const {
  if (const Digest* digest = As<Digest>()) return BytesOf(*digest);
  if (const auto* vector = As<ByteVector144>()) return BytesOf(*vector);
  return BytesOf(row_words(), InfoOf(kind_).size_bytes);
}

std::span<const uint64_t> HashValue::row_words() const {
  if (const Hash64* hash = As<Hash64>()) return hash->words();
  if (const Hash256* hash = As<Hash256>()) return hash->words();
  const WideHash* wide = As<WideHash>();
  HASHVET_DCHECK(wide != nullptr);
  return std::span(wide->words)
      .first(BitRows::WordsFor(InfoOf(kind_).row_bits()));
}

absl::StatusOr<uint32_t> Distance(const HashValue& a, const HashValue& b) {
  if (a.kind() != b.kind()) {
    return absl::InvalidArgumentError(
        absl::StrCat("distance: got a ", ToAbsl(NameOf(a.kind())), " and a ",
                     ToAbsl(NameOf(b.kind())), " value, want one kind"));
  }
  if (const auto* hash = a.As<Hash256>())
    return Distance(*hash, *b.As<Hash256>());
  if (const auto* hash = a.As<Hash64>())
    return Distance(*hash, *b.As<Hash64>());
  if (const auto* hash = a.As<WideHash>())
    return Distance(*hash, *b.As<WideHash>());
  return absl::InvalidArgumentError(
      absl::StrCat("distance: ", ToAbsl(NameOf(a.kind())),
                   " values have no distance in bits"));
}

}  // namespace hashvet
