#include "hashvet/list/signing_key.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/file_error.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/sha256.h"
#include "src/base/descriptor.h"
#include "src/list/private_file.h"

namespace hashvet {
namespace {

constexpr size_t kMaxKeyFileBytes = size_t{64} << 10;
constexpr size_t kIdDigits = 16;

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using MdContext = std::unique_ptr<EVP_MD_CTX, Free>;
using Bio = std::unique_ptr<BIO, Free>;

// OpenSSL would ask on the terminal.
int NoPassword(char*, int, int, void*) { return -1; }

const unsigned char* Chars(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

absl::StatusOr<PublicKey> PublicPartOf(const EVP_PKEY* key) {
  PublicKey::Raw raw;
  size_t size_bytes = raw.size();
  if (EVP_PKEY_get_raw_public_key(key, raw.data(), &size_bytes) != 1 ||
      size_bytes != raw.size()) {
    return absl::InternalError("Ed25519 key: OpenSSL gives no public part");
  }
  return PublicKey::FromRaw(raw);
}

absl::Status CheckEd25519(const EVP_PKEY* key, std::string_view what) {
  if (EVP_PKEY_get_id(key) == EVP_PKEY_ED25519) return absl::OkStatus();
  const char* name = OBJ_nid2sn(EVP_PKEY_get_base_id(key));
  return absl::InvalidArgumentError(
      absl::StrCat(ToAbsl(what), ": got ", name == nullptr ? "another" : name,
                   ", want Ed25519"));
}

}  // namespace

absl::StatusOr<PublicKey> PublicKey::FromRaw(const Raw& raw) {
  HASHVET_ASSIGN_OR_RETURN(const Sha256Digest digest,
                           Sha256Of(std::as_bytes(std::span(raw))));
  return PublicKey(raw, Sha256Text(digest).substr(0, kIdDigits));
}

bool PublicKey::Verifies(std::string_view message,
                         const Signature& signature) const {
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr,
                                            raw_.data(), raw_.size()));
  const MdContext context(EVP_MD_CTX_new());
  const bool verifies =
      key != nullptr && context != nullptr &&
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr,
                           key.get()) == 1 &&
      EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                       Chars(message), message.size()) == 1;
  ERR_clear_error();
  return verifies;
}

absl::StatusOr<std::vector<PublicKey>> ParsePublicKeys(
    std::span<const std::byte> pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (bio == nullptr) {
    return absl::ResourceExhaustedError("public key: no memory");
  }
  std::vector<PublicKey> keys;
  while (true) {
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* bytes = nullptr;
    long size_bytes = 0;
    if (PEM_read_bio(bio.get(), &name, &header, &bytes, &size_bytes) != 1) {
      const bool ended =
          ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
      ERR_clear_error();
      if (ended) break;
      return absl::InvalidArgumentError(
          absl::StrCat("public key ", keys.size() + 1, ": damaged PEM"));
    }
    const std::string label = name;
    const unsigned char* next = bytes;
    const Key key(label == PEM_STRING_PUBLIC
                      ? d2i_PUBKEY(nullptr, &next, size_bytes)
                      : nullptr);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(bytes, static_cast<size_t>(size_bytes));
    ERR_clear_error();
    const std::string what = absl::StrCat("public key ", keys.size() + 1);
    if (label != PEM_STRING_PUBLIC) {
      return absl::InvalidArgumentError(absl::StrCat(
          what, ": got the PEM block '", label, "', want 'PUBLIC KEY'"));
    }
    if (key == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat(what, ": damaged PEM"));
    }
    HASHVET_RETURN_IF_ERROR(CheckEd25519(key.get(), what));
    HASHVET_ASSIGN_OR_RETURN(PublicKey ours, PublicPartOf(key.get()));
    keys.push_back(std::move(ours));
  }
  if (keys.empty()) {
    return absl::InvalidArgumentError(
        "public key: got no PEM block, want 'PUBLIC KEY'");
  }
  return keys;
}

absl::StatusOr<std::vector<PublicKey>> ReadPublicKeys(const std::string& path) {
  struct stat info;
  HASHVET_ASSIGN_OR_RETURN(
      const Descriptor file,
      OpenRegularFile("trusted keys", AT_FDCWD, path, 0, path, info));
  if (info.st_uid != ::geteuid() && info.st_uid != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("trusted keys: owned by user ", info.st_uid,
                     ", want this user or root: ", path));
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return absl::PermissionDeniedError(absl::StrCat(
        "trusted keys: others than the owner may write the file: ", path));
  }
  HASHVET_ASSIGN_OR_RETURN(const std::string pem,
                           ReadUpTo(file.number(), kMaxKeyFileBytes, path));
  if (pem.size() > kMaxKeyFileBytes) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "trusted keys: over ", kMaxKeyFileBytes, " bytes: ", path));
  }
  absl::StatusOr<std::vector<PublicKey>> keys =
      ParsePublicKeys(std::as_bytes(std::span(pem)));
  if (keys.ok()) return keys;
  return absl::Status(keys.status().code(),
                      absl::StrCat(keys.status().message(), ": ", path));
}

struct SigningKey::State {
  Key key;
  PublicKey public_key;
};

SigningKey::SigningKey(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

absl::StatusOr<SigningKey> SigningKey::FromPem(std::span<const std::byte> pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Key key(bio == nullptr ? nullptr
                         : PEM_read_bio_PrivateKey(bio.get(), nullptr,
                                                   &NoPassword, nullptr));
  ERR_clear_error();
  if (key == nullptr) {
    return absl::InvalidArgumentError(
        "signing key: want an unencrypted PEM block 'PRIVATE KEY'");
  }
  HASHVET_RETURN_IF_ERROR(CheckEd25519(key.get(), "signing key"));
  HASHVET_ASSIGN_OR_RETURN(PublicKey public_key, PublicPartOf(key.get()));
  return SigningKey(
      std::make_unique<State>(State{std::move(key), std::move(public_key)}));
}

const PublicKey& SigningKey::public_key() const { return state_->public_key; }

absl::StatusOr<Signature> SigningKey::Sign(std::string_view message) const {
  Signature signature;
  size_t size_bytes = signature.size();
  const MdContext context(EVP_MD_CTX_new());
  if (context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr,
                         state_->key.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size_bytes,
                     Chars(message), message.size()) != 1) {
    ERR_clear_error();
    return absl::InternalError("signing key: OpenSSL does not sign");
  }
  return signature;
}

}  // namespace hashvet
