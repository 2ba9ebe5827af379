#include "tests/feeds/test_certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace hashvet::testing {
namespace {

template <auto kFree>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;

template <typename T>
T Need(T result) {
  if (!result) std::abort();
  return result;
}

Key MakeKey() { return Key(Need(EVP_EC_gen("P-256"))); }

void Extend(X509* certificate, X509* issuer, int name,
            const std::string& text) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension =
      Need(X509V3_EXT_conf_nid(nullptr, &context, name, text.c_str()));
  Need(X509_add_ext(certificate, extension, -1));
  X509_EXTENSION_free(extension);
}

// An authority where `issuer` is null.
Certificate Make(const std::string& name, EVP_PKEY* key, X509* issuer,
                 EVP_PKEY* issuer_key, long from_s, long to_s,
                 const std::string& address) {
  static long serial = 1;
  Certificate certificate(Need(X509_new()));
  Need(X509_set_version(certificate.get(), 2));
  Need(ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++));
  Need(X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from_s));
  Need(X509_gmtime_adj(X509_getm_notAfter(certificate.get()), to_s));
  Need(X509_set_pubkey(certificate.get(), key));
  X509_NAME* const subject = X509_get_subject_name(certificate.get());
  Need(X509_NAME_add_entry_by_txt(
      subject, "CN", MBSTRING_ASC,
      reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0));
  X509* const by = issuer == nullptr ? certificate.get() : issuer;
  Need(X509_set_issuer_name(certificate.get(), X509_get_subject_name(by)));
  Extend(certificate.get(), by, NID_basic_constraints,
         issuer == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
  if (issuer != nullptr) {
    Extend(certificate.get(), by, NID_subject_alt_name, address);
  }
  Need(X509_sign(certificate.get(), issuer == nullptr ? key : issuer_key,
                 EVP_sha256()));
  return certificate;
}

std::string Write(const std::string& path, X509* certificate) {
  FILE* const file = Need(std::fopen(path.c_str(), "w"));
  Need(PEM_write_X509(file, certificate));
  std::fclose(file);
  return path;
}

std::string PinOf(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  unsigned char digest[SHA256_DIGEST_LENGTH];
  Need(SHA256(der, static_cast<size_t>(size), digest));
  OPENSSL_free(der);
  return absl::StrCat(
      "sha256//", absl::Base64Escape(absl::string_view(
                      reinterpret_cast<const char*>(digest), sizeof(digest))));
}

}  // namespace

TestCertificates::TestCertificates(const std::string& folder) {
  constexpr long kDay = 86'400;
  const Key ca_key = MakeKey();
  const Key another_key = MakeKey();
  const Key key = MakeKey();
  const Certificate authority =
      Make("Test authority", ca_key.get(), nullptr, nullptr, -kDay, kDay, "");
  ca = Write(folder + "/ca.pem", authority.get());
  another_ca = Write(folder + "/another_ca.pem",
                     Make("Test authority", another_key.get(), nullptr, nullptr,
                          -kDay, kDay, "")
                         .get());
  const auto server_of = [&](const std::string& file, long from_s, long to_s,
                             const std::string& address) {
    return Write(folder + "/" + file, Make("server", key.get(), authority.get(),
                                           ca_key.get(), from_s, to_s, address)
                                          .get());
  };
  server = server_of("server.pem", -kDay, kDay, "IP:127.0.0.1");
  expired = server_of("expired.pem", -2 * kDay, -kDay, "IP:127.0.0.1");
  other_name = server_of("other.pem", -kDay, kDay, "DNS:example.org");
  server_key = folder + "/server.key";
  FILE* const file = Need(std::fopen(server_key.c_str(), "w"));
  Need(PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr,
                            nullptr));
  std::fclose(file);
  (void)::chmod(server_key.c_str(), 0600);
  server_pin = PinOf(key.get());
}

}  // namespace hashvet::testing
