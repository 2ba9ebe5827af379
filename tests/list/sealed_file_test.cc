#include "hashvet/list/sealed_file.h"

#include <algorithm>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/list/refusal.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::StatusIs;

constexpr size_t kHeaderBytes = 64;
constexpr size_t kBlockBytes = 1 << 20;
constexpr size_t kTagBytes = 16;

using Bytes = std::vector<std::byte>;

Bytes RandomBytes(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes bytes(count);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

EncryptionKey KeyOf(std::string_view secret) {
  auto key = EncryptionKey::FromSecret(std::as_bytes(std::span(secret)));
  EXPECT_OK(key);
  return *std::move(key);
}
EncryptionKey SomeKey() { return KeyOf(std::string(32, 'k')); }

Bytes Sealed(const Bytes& plain, const EncryptionKey& key) {
  Bytes stored;
  EXPECT_OK(Seal(plain, key, [&](std::span<const std::byte> part) {
    stored.insert(stored.end(), part.begin(), part.end());
    return absl::OkStatus();
  }));
  return stored;
}

Bytes Plain(const absl::StatusOr<PrivateMemory>& memory) {
  EXPECT_OK(memory);
  if (!memory.ok()) return {};
  return {memory->bytes().begin(), memory->bytes().end()};
}

TEST(SealedFileTest, ComesBackAsItWasAtEverySizeAroundABlock) {
  const EncryptionKey key = SomeKey();
  const std::unique_ptr<Executor> pool = MakeThreadPool(3);
  for (const size_t size :
       {size_t{1}, size_t{100}, kBlockBytes - 1, kBlockBytes, kBlockBytes + 1,
        5 * kBlockBytes + 7}) {
    const Bytes plain = RandomBytes(size, size);
    const Bytes stored = Sealed(plain, key);
    EXPECT_TRUE(IsSealed(stored));
    EXPECT_EQ(stored.size(),
              kHeaderBytes + size +
                  (size + kBlockBytes - 1) / kBlockBytes * kTagBytes);
    EXPECT_EQ(Plain(Unseal(stored, key, "f")), plain);
    EXPECT_EQ(Plain(Unseal(stored, key, "f", pool.get())), plain);
  }
}

TEST(SealedFileTest, HoldsNothingOfThePlainBytesAndNeverTheSameTwice) {
  const EncryptionKey key = SomeKey();
  const Bytes plain(1000, std::byte{'A'});
  const Bytes one = Sealed(plain, key);
  const Bytes two = Sealed(plain, key);
  EXPECT_TRUE(std::ranges::search(one, std::vector(4, std::byte{'A'})).empty());
  // Beyond magic, format, sizes and key id, all differs: salt and blocks.
  size_t same = 0;
  for (size_t i = 32; i < one.size(); ++i) same += one[i] == two[i] ? 1 : 0;
  EXPECT_LT(same, one.size() / 20);
}

// One nonce for two blocks would give away the difference of their contents.
TEST(SealedFileTest, EqualBlocksLieDifferently) {
  const Bytes stored =
      Sealed(Bytes(2 * kBlockBytes, std::byte{'A'}), SomeKey());
  const auto block = [&](size_t i) {
    return std::span(stored).subspan(
        kHeaderBytes + i * (kBlockBytes + kTagBytes), kBlockBytes);
  };
  EXPECT_FALSE(std::ranges::equal(block(0), block(1)));
}

TEST(SealedFileTest, EveryChangedBitIsRefused) {
  const EncryptionKey key = SomeKey();
  const Bytes stored = Sealed(RandomBytes(300, 1), key);
  for (size_t bit = 0; bit < 8 * stored.size(); ++bit) {
    Bytes changed = stored;
    changed[bit / 8] ^= std::byte{1} << bit % 8;
    EXPECT_FALSE(Unseal(changed, key, "f").ok()) << "bit " << bit;
  }
}

TEST(SealedFileTest, EveryCutIsRefused) {
  const EncryptionKey key = SomeKey();
  const Bytes stored = Sealed(RandomBytes(2 * kBlockBytes + 5, 1), key);
  for (const size_t size :
       {size_t{0}, size_t{7}, size_t{8}, kHeaderBytes - 1, kHeaderBytes,
        kHeaderBytes + kBlockBytes + kTagBytes,
        kHeaderBytes + 2 * (kBlockBytes + kTagBytes), stored.size() - 1}) {
    EXPECT_THAT(Unseal(std::span(stored).first(size), key, "f"),
                StatusIs(size < 8 ? absl::StatusCode::kInvalidArgument
                                  : absl::StatusCode::kDataLoss,
                         AnyOf(HasSubstr("cut off"), HasSubstr("bytes, want"),
                               HasSubstr("not a sealed file"))));
  }
  Bytes longer = stored;
  longer.push_back(std::byte{0});
  EXPECT_THAT(Unseal(longer, key, "f"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("bytes, want")));
}

// A cut at a block's end with a header that says so: the last block's own mark
// tells.
TEST(SealedFileTest, ACutWithAHeaderToMatchIsRefused) {
  const EncryptionKey key = SomeKey();
  Bytes stored = Sealed(RandomBytes(2 * kBlockBytes, 1), key);
  stored.resize(kHeaderBytes + kBlockBytes + kTagBytes);
  const uint64_t plain_bytes = kBlockBytes;
  std::memcpy(stored.data() + 16, &plain_bytes, sizeof plain_bytes);
  EXPECT_THAT(Unseal(stored, key, "f"),
              StatusIs(absl::StatusCode::kDataLoss,
                       HasSubstr("block 0 of 1 does not prove itself")));
}

TEST(SealedFileTest, BlocksStayInTheirPlaceAndTheirFile) {
  const EncryptionKey key = SomeKey();
  const Bytes plain = RandomBytes(3 * kBlockBytes, 1);
  const Bytes stored = Sealed(plain, key);
  const auto block = [](Bytes& file, size_t i) {
    return std::span(file).subspan(kHeaderBytes + i * (kBlockBytes + kTagBytes),
                                   kBlockBytes + kTagBytes);
  };
  Bytes swapped = stored;
  std::ranges::swap_ranges(block(swapped, 0), block(swapped, 1));
  EXPECT_THAT(Unseal(swapped, key, "f"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("block 0 of 3")));
  // The same block of the same list, sealed another time under the same key.
  Bytes spliced = stored;
  Bytes other = Sealed(plain, key);
  std::ranges::copy(block(other, 1), block(spliced, 1).begin());
  EXPECT_THAT(Unseal(spliced, key, "f"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("block 1 of 3")));
}

TEST(SealedFileTest, AnotherKeyIsRefusedByName) {
  const auto opened = Unseal(Sealed(RandomBytes(10, 1), SomeKey()),
                             KeyOf(std::string(32, 'x')), "f");
  EXPECT_EQ(RefusalOf(opened.status()), Refusal::kWrongKey);
  EXPECT_THAT(opened, StatusIs(absl::StatusCode::kPermissionDenied,
                               AllOf(HasSubstr("refused (wrong key)"),
                                     Not(HasSubstr("kkkk")))));
}

TEST(SealedFileTest, ANewerFormatIsToldWithBothNumbers) {
  Bytes stored = Sealed(RandomBytes(10, 1), SomeKey());
  stored[8] = std::byte{2};
  EXPECT_THAT(Unseal(stored, SomeKey(), "f"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("format 2, this build reads 1")));
}

TEST(EncryptionKeyTest, IsRawOrHexOrBase64) {
  const std::string raw = "0123456789abcdefghijklmnopqrstuv";
  const std::string hex =
      "303132333435363738396162636465666768696a6b6c6d6e6f70717273747576";
  const std::string base64 = "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY=";
  const std::string id = KeyOf(raw).id();
  EXPECT_EQ(id.size(), 16u);
  for (const std::string& text :
       {hex, hex + "\n", hex + "\r\n", base64, base64 + "\n"}) {
    const EncryptionKey key = KeyOf(text);
    EXPECT_EQ(key.id(), id);
    EXPECT_TRUE(std::ranges::equal(key.bytes(), std::as_bytes(std::span(raw))));
  }
  EXPECT_NE(KeyOf(std::string(32, 'x')).id(), id);
}

TEST(EncryptionKeyTest, WhatIsNoKeyIsRefusedAndNotRepeated) {
  for (const std::string& text :
       {std::string(31, 'a'), std::string(33, 'a'), std::string(32, 'a') + "\n",
        std::string(63, 'a'), std::string(64, 'g'), std::string(64, 'a') + " ",
        std::string(44, 'a'), std::string(43, '!') + "=", std::string("")}) {
    EXPECT_THAT(
        EncryptionKey::FromSecret(std::as_bytes(std::span(text))),
        StatusIs(absl::StatusCode::kInvalidArgument,
                 AllOf(HasSubstr("want 32 bytes"), Not(HasSubstr("aaaa")))))
        << text.size();
  }
}

}  // namespace
}  // namespace hashvet
