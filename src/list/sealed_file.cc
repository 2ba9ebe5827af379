#include "hashvet/list/sealed_file.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/list/refusal.h"

namespace hashvet {
namespace {

static_assert(std::endian::native == std::endian::little,
              "numbers are written as they lie in memory");

constexpr std::array<uint8_t, 8> kMagic = {0x89, 'H',  'V',  'E',
                                           0x0D, 0x0A, 0x1A, 0x0A};
constexpr uint32_t kFormat = 1;
constexpr uint32_t kBlockBytes = uint32_t{1} << 20;  // plain
constexpr size_t kTagBytes = 16;
constexpr size_t kKeyBytes = 32;
constexpr size_t kNonceBytes = 12;
// Far over any list: 2^44 bytes.
constexpr uint64_t kMaxPlainBytes = uint64_t{1} << 44;

using KeyId = std::array<uint8_t, 8>;

struct Header {
  std::array<uint8_t, 8> magic = kMagic;
  uint32_t format = kFormat;
  uint32_t block_bytes = kBlockBytes;
  uint64_t plain_bytes = 0;
  KeyId key_id = {};
  std::array<uint8_t, 32> salt = {};
};
static_assert(sizeof(Header) == 64);

// What each block is bound to besides its bytes.
struct Binding {
  Header header;
  uint64_t block = 0;
  uint64_t last = 0;  // 0 or 1
};
static_assert(sizeof(Binding) == 80);

struct Free {
  void operator()(EVP_CIPHER_CTX* context) const {
    EVP_CIPHER_CTX_free(context);  // wipes the key schedule
  }
  void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Free>;

uint8_t* Octets(std::byte* bytes) { return reinterpret_cast<uint8_t*>(bytes); }
const uint8_t* Octets(const std::byte* bytes) {
  return reinterpret_cast<const uint8_t*>(bytes);
}
std::string HexId(const KeyId& id) {
  std::string text;
  for (const uint8_t byte : id) {
    absl::StrAppend(&text, absl::Hex(byte, absl::kZeroPad2));
  }
  return text;
}

// HKDF-SHA256 (RFC 5869): keys that say nothing about the one they come from.
absl::Status Derive(std::span<const std::byte> key,
                    std::span<const uint8_t> salt, std::string_view purpose,
                    std::span<uint8_t> out) {
  const std::unique_ptr<EVP_KDF, Free> kdf(
      EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const std::unique_ptr<EVP_KDF_CTX, Free> context(EVP_KDF_CTX_new(kdf.get()));
  char digest[] = "SHA256";
  // OpenSSL's parameters are not const, and are only read.
  std::array<OSSL_PARAM, 5> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(
          OSSL_KDF_PARAM_KEY, const_cast<std::byte*>(key.data()), key.size()),
      OSSL_PARAM_construct_octet_string(
          OSSL_KDF_PARAM_SALT, const_cast<uint8_t*>(salt.data()), salt.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO,
                                        const_cast<char*>(purpose.data()),
                                        purpose.size()),
      OSSL_PARAM_construct_end()};
  if (context == nullptr ||
      EVP_KDF_derive(context.get(), out.data(), out.size(),
                     parameters.data()) != 1) {
    ERR_clear_error();
    return absl::FailedPreconditionError(
        "encryption: OpenSSL does not offer HKDF");
  }
  return absl::OkStatus();
}

absl::StatusOr<KeyId> IdOf(std::span<const std::byte> key) {
  constexpr std::array<uint8_t, 32> kNoSalt = {};  // RFC 5869's own default
  KeyId id;
  HASHVET_RETURN_IF_ERROR(
      Derive(key, kNoSalt, "hashvet sealed file: key id", id));
  return id;
}

absl::StatusOr<PrivateMemory> FileKey(const EncryptionKey& key,
                                      const Header& header) {
  HASHVET_ASSIGN_OR_RETURN(PrivateMemory memory,
                           PrivateMemory::Create(kKeyBytes));
  HASHVET_RETURN_IF_ERROR(Derive(key.bytes(), header.salt,
                                 "hashvet sealed file: blocks",
                                 {Octets(memory.bytes().data()), kKeyBytes}));
  return memory;
}

// One file's cipher; each thread has its own.
class BlockCipher {
 public:
  enum Direction { kOpen = 0, kSeal = 1 };

  static absl::StatusOr<BlockCipher> Create(std::span<const std::byte> key,
                                            const Header& header,
                                            Direction direction) {
    CipherContext context(EVP_CIPHER_CTX_new());
    if (context == nullptr ||
        EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr,
                          Octets(key.data()), nullptr, direction) != 1) {
      ERR_clear_error();
      return absl::FailedPreconditionError(
          "encryption: OpenSSL does not offer AES-256-GCM");
    }
    return BlockCipher(std::move(context), header);
  }

  // `in` to `out`, of the same length, under the block's own nonce.
  bool Begin(uint64_t block, bool last, std::span<const std::byte> in,
             std::byte* out) {
    // The key is the file's alone, so the block's number is a nonce.
    std::array<uint8_t, kNonceBytes> nonce = {};
    std::memcpy(nonce.data() + 4, &block, sizeof block);
    binding_.block = block;
    binding_.last = last ? 1 : 0;
    int length = 0;
    return EVP_CipherInit_ex(context_.get(), nullptr, nullptr, nullptr,
                             nonce.data(), -1) == 1 &&
           EVP_CipherUpdate(context_.get(), nullptr, &length,
                            reinterpret_cast<const uint8_t*>(&binding_),
                            sizeof binding_) == 1 &&
           EVP_CipherUpdate(context_.get(), Octets(out), &length,
                            Octets(in.data()),
                            static_cast<int>(in.size())) == 1;
  }

  bool Seal(uint64_t block, bool last, std::span<const std::byte> plain,
            std::byte* out) {
    int length = 0;
    return Begin(block, last, plain, out) &&
           EVP_CipherFinal_ex(context_.get(), nullptr, &length) == 1 &&
           EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                               out + plain.size()) == 1;
  }

  // False when the block does not prove itself; `out` is then not to be used.
  bool Open(uint64_t block, bool last, std::span<const std::byte> sealed,
            std::byte* out) {
    const auto bytes = sealed.first(sealed.size() - kTagBytes);
    std::array<uint8_t, kTagBytes> tag;
    std::memcpy(tag.data(), bytes.data() + bytes.size(), tag.size());
    int length = 0;
    return Begin(block, last, bytes, out) &&
           EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes,
                               tag.data()) == 1 &&
           EVP_CipherFinal_ex(context_.get(), nullptr, &length) == 1;
  }

 private:
  BlockCipher(CipherContext context, const Header& header)
      : context_(std::move(context)), binding_{header, 0, 0} {}
  CipherContext context_;
  Binding binding_;
};

uint64_t BlocksOf(uint64_t plain_bytes) {
  return (plain_bytes + kBlockBytes - 1) / kBlockBytes;
}

absl::Status CheckHeader(const Header& header, uint64_t stored_bytes,
                         const EncryptionKey& key, const std::string& path) {
  if (header.format != kFormat) {
    return absl::FailedPreconditionError(
        absl::StrCat("sealed file: format ", header.format,
                     ", this build reads ", kFormat, ": ", path));
  }
  if (HexId(header.key_id) != key.id()) {
    return Refuse(Refusal::kWrongKey,
                  absl::StrCat("sealed under key ", HexId(header.key_id),
                               ", got key ", key.id(), ": ", path));
  }
  if (header.block_bytes != kBlockBytes || header.plain_bytes == 0 ||
      header.plain_bytes > kMaxPlainBytes) {
    return absl::DataLossError(
        absl::StrCat("sealed file: damaged header: ", path));
  }
  const uint64_t want_bytes = sizeof(Header) + header.plain_bytes +
                              BlocksOf(header.plain_bytes) * kTagBytes;
  if (stored_bytes != want_bytes) {
    return absl::DataLossError(absl::StrCat("sealed file: got ", stored_bytes,
                                            " bytes, want ", want_bytes, ": ",
                                            path));
  }
  return absl::OkStatus();
}

// Digits to 32 bytes; false when they are none.
bool DecodeHex(std::span<const std::byte> text, std::byte* out) {
  const auto digit = [](std::byte c) {
    const char letter = static_cast<char>(c);
    if (letter >= '0' && letter <= '9') return letter - '0';
    if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
    return -1;
  };
  for (size_t i = 0; i < kKeyBytes; ++i) {
    const int high = digit(text[2 * i]);
    const int low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::byte>(high * 16 + low);
  }
  return true;
}

// 44 characters, the last one of padding, to 32 bytes and one of no account.
bool DecodeBase64(std::span<const std::byte> text, std::byte* out) {
  const auto valid = [](std::byte c) {
    const char letter = static_cast<char>(c);
    return (letter >= 'A' && letter <= 'Z') ||
           (letter >= 'a' && letter <= 'z') ||
           (letter >= '0' && letter <= '9') || letter == '+' || letter == '/';
  };
  return std::all_of(text.begin(), text.end() - 1, valid) &&
         text.back() == std::byte{'='} &&
         EVP_DecodeBlock(Octets(out), Octets(text.data()),
                         static_cast<int>(text.size())) == kKeyBytes + 1;
}

}  // namespace

absl::StatusOr<EncryptionKey> EncryptionKey::FromSecret(
    std::span<const std::byte> secret) {
  constexpr size_t kHexDigits = 2 * kKeyBytes;
  constexpr size_t kBase64Digits = 44;
  std::span<const std::byte> text = secret;
  if (text.size() > kKeyBytes && text.back() == std::byte{'\n'}) {
    text = text.first(text.size() - 1);
    if (text.back() == std::byte{'\r'}) text = text.first(text.size() - 1);
  }
  HASHVET_ASSIGN_OR_RETURN(PrivateMemory memory,
                           PrivateMemory::Create(kKeyBytes + 1));
  std::byte* const out = memory.bytes().data();
  if (secret.size() == kKeyBytes) {
    std::ranges::copy(secret, out);
  } else if (!(text.size() == kHexDigits && DecodeHex(text, out)) &&
             !(text.size() == kBase64Digits && DecodeBase64(text, out))) {
    return absl::InvalidArgumentError(absl::StrCat(
        "encryption key: got ", secret.size(),
        " bytes, want 32 bytes, 64 hex digits, or 32 bytes in base64"));
  }
  memory.Shorten(kKeyBytes);
  HASHVET_ASSIGN_OR_RETURN(const KeyId id, IdOf(memory.bytes()));
  return EncryptionKey(std::move(memory), HexId(id));
}

bool IsSealed(std::span<const std::byte> stored) {
  return stored.size() >= kMagic.size() &&
         std::memcmp(stored.data(), kMagic.data(), kMagic.size()) == 0;
}

absl::Status Seal(
    std::span<const std::byte> plain, const EncryptionKey& key,
    absl::FunctionRef<absl::Status(std::span<const std::byte>)> append) {
  if (plain.empty() || plain.size() > kMaxPlainBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "encryption: got ", plain.size(), " bytes, want 1..", kMaxPlainBytes));
  }
  Header header;
  header.plain_bytes = plain.size();
  HASHVET_ASSIGN_OR_RETURN(header.key_id, IdOf(key.bytes()));
  if (RAND_bytes(header.salt.data(), static_cast<int>(header.salt.size())) !=
      1) {
    ERR_clear_error();
    return absl::FailedPreconditionError(
        "encryption: the system gives no random bytes");
  }
  HASHVET_ASSIGN_OR_RETURN(const PrivateMemory file_key, FileKey(key, header));
  HASHVET_ASSIGN_OR_RETURN(
      BlockCipher cipher,
      BlockCipher::Create(file_key.bytes(), header, BlockCipher::kSeal));

  HASHVET_RETURN_IF_ERROR(append(std::as_bytes(std::span(&header, 1))));
  std::vector<std::byte> sealed(kBlockBytes + kTagBytes);
  const uint64_t blocks = BlocksOf(plain.size());
  for (uint64_t block = 0; block < blocks; ++block) {
    const auto part = plain.subspan(
        block * kBlockBytes,
        std::min<uint64_t>(kBlockBytes, plain.size() - block * kBlockBytes));
    if (!cipher.Seal(block, block + 1 == blocks, part, sealed.data())) {
      ERR_clear_error();
      return absl::InternalError("encryption: OpenSSL does not encrypt");
    }
    HASHVET_RETURN_IF_ERROR(
        append(std::span(sealed).first(part.size() + kTagBytes)));
  }
  return absl::OkStatus();
}

absl::StatusOr<PrivateMemory> Unseal(std::span<const std::byte> stored,
                                     const EncryptionKey& key,
                                     const std::string& path,
                                     Executor* executor) {
  if (!IsSealed(stored)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "not a sealed file: the first bytes are not one's: ", path));
  }
  Header header;
  if (stored.size() < sizeof header) {
    return absl::DataLossError(
        absl::StrCat("sealed file: cut off in its header: ", path));
  }
  std::memcpy(&header, stored.data(), sizeof header);
  HASHVET_RETURN_IF_ERROR(CheckHeader(header, stored.size(), key, path));
  HASHVET_ASSIGN_OR_RETURN(const PrivateMemory file_key, FileKey(key, header));
  HASHVET_ASSIGN_OR_RETURN(PrivateMemory plain,
                           PrivateMemory::Create(header.plain_bytes));

  const uint64_t blocks = BlocksOf(header.plain_bytes);
  const size_t parts = executor == nullptr ? 1 : executor->parallelism();
  std::atomic<uint64_t> bad_block = blocks;  // the lowest one
  std::atomic<bool> no_cipher = false;
  const auto open_part = [&](size_t part) {
    auto cipher =
        BlockCipher::Create(file_key.bytes(), header, BlockCipher::kOpen);
    if (!cipher.ok()) {
      no_cipher = true;
      return;
    }
    for (uint64_t block = part; block < bad_block; block += parts) {
      const uint64_t begin = block * kBlockBytes;
      const uint64_t size_bytes =
          std::min<uint64_t>(kBlockBytes, header.plain_bytes - begin);
      const auto sealed =
          stored.subspan(sizeof header + block * (kBlockBytes + kTagBytes),
                         size_bytes + kTagBytes);
      if (cipher->Open(block, block + 1 == blocks, sealed,
                       plain.bytes().data() + begin)) {
        continue;
      }
      ERR_clear_error();
      uint64_t lowest = bad_block;
      while (block < lowest &&
             !bad_block.compare_exchange_weak(lowest, block)) {
      }
      return;
    }
  };
  if (executor == nullptr) {
    open_part(0);
  } else {
    executor->ParallelFor(parts, open_part);
  }
  if (no_cipher) {
    return absl::FailedPreconditionError(
        "encryption: OpenSSL does not offer AES-256-GCM");
  }
  if (bad_block < blocks) {
    return absl::DataLossError(
        absl::StrCat("sealed file: block ", bad_block.load(), " of ", blocks,
                     " does not prove itself: damaged or changed: ", path));
  }
  return plain;
}

}  // namespace hashvet
