// Certificates for loopback, made anew: an authority, servers that it vouches
// for, and what must not be trusted.

#ifndef HASHVET_TESTS_FEEDS_TEST_CERTIFICATES_H_
#define HASHVET_TESTS_FEEDS_TEST_CERTIFICATES_H_

#include <string>

namespace hashvet::testing {

struct TestCertificates {
  explicit TestCertificates(const std::string& folder);

  // Paths of PEM files.
  std::string ca;
  std::string another_ca;
  std::string server;      // of 127.0.0.1
  std::string server_key;  // of all three servers
  std::string expired;
  std::string other_name;
  std::string server_pin;  // "sha256//…" of its public key
};

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_FEEDS_TEST_CERTIFICATES_H_
