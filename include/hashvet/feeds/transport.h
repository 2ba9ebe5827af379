// HTTP as feeds need it: bounded in time and bytes, to the one host that was
// configured, and with its server always proved.
//
//   https only; http to loopback alone (simulators). Redirects only to the same
//   scheme, host and port. Certificates and names are always verified, against
//   the system's authorities or a private one; a public key may be pinned, with
//   a backup. Nothing is taken from the environment, no cookies, no .netrc.
//
// A body is read as it comes, so that neither its size nor what a few
// compressed bytes unfold to matters for memory.

#ifndef HASHVET_FEEDS_TRANSPORT_H_
#define HASHVET_FEEDS_TRANSPORT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/base/export.h"

namespace hashvet {

struct TransportOptions {
  std::string ca_file;             // PEM; empty: the system's authorities
  std::string client_certificate;  // PEM; empty: none
  std::string client_key;          // PEM, readable by its owner only
  // "sha256//<base64>", of public keys: one of them must be the server's.
  std::vector<std::string> pins;
  std::string proxy;  // empty: none, whatever the environment says

  std::chrono::milliseconds connect_timeout = std::chrono::seconds(15);
  std::chrono::milliseconds total_timeout = std::chrono::minutes(10);
  // Under so many bytes a second for so long, a server is too slow.
  uint64_t min_bytes_per_second = 64;
  std::chrono::seconds low_speed_time = std::chrono::seconds(60);

  uint64_t max_wire_bytes = uint64_t{32} << 20;  // as they come, inclusive
  uint64_t max_body_bytes = uint64_t{32} << 20;  // inflated, inclusive
  int max_redirects = 5;

  // Asked while waiting; true ends the request. May be empty.
  std::function<bool()> cancelled;
};

struct HttpRequest {
  std::string method = "GET";  // or PUT, POST
  std::string url;
  std::vector<std::string> headers;  // "Name: value"; may hold credentials
  std::string user;                  // Basic authentication; empty: none
  std::string password;
  std::string content_type;  // of the body
  std::string body;
};

// An answer whose head is there. Reads its body. Not thread-safe; at most one
// of a Transport at a time.
class HttpResponse {
 public:
  virtual ~HttpResponse() = default;
  virtual int status() const = 0;
  // By its name in lower case; empty where there is none.
  virtual std::string_view header(std::string_view name) const = 0;
  // The server's clock (its Date), seconds since 1970; nothing where it tells
  // none.
  virtual std::optional<uint64_t> date() const = 0;
  // Fills the buffer, as far as there is something; 0 at the end. Errors:
  // network (cut off, too slow), protocol (over a limit).
  virtual absl::StatusOr<size_t> Read(std::span<char> buffer) = 0;
};

class HASHVET_EXPORT Transport {
 public:
  // Errors: InvalidArgument (a pin or option that makes no sense),
  // PermissionDenied (a key file that others may read), NotFound.
  static absl::StatusOr<std::unique_ptr<Transport>> Create(
      const TransportOptions& options);
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  ~Transport();

  // The answer, whatever its status. No error text holds a URL's query, a
  // header or a credential.
  //
  // Errors, all with a cause (feed_error.h): network; authentication (the
  // server's certificate, name or pin); protocol (a redirect elsewhere, a URL
  // that is neither https nor loopback, over a limit).
  absl::StatusOr<std::unique_ptr<HttpResponse>> Send(
      const HttpRequest& request);

  // As Send, and only an answer of 200 .. 299. Others are errors: network for
  // 429 and 5xx, with Retry-After in it (Unknown for 5xx but 503: what was
  // asked may be too much); authentication for 401 and 403; NotFound with the
  // cause protocol for 404 and 410; protocol for the rest. One that took too
  // long is DeadlineExceeded with the cause network.
  //
  //   may_be_unchanged  304 is an answer too
  absl::StatusOr<std::unique_ptr<HttpResponse>> SendForSuccess(
      const HttpRequest& request, bool may_be_unchanged = false);

  struct State;

 private:
  explicit Transport(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The error that SendForSuccess makes of an answer that is none of 200 .. 299.
HASHVET_EXPORT absl::Status AnswerError(const HttpResponse& response);

// Reads all of a body that is known to be small. Errors: as Read; protocol
// where it is longer than max_bytes.
HASHVET_EXPORT absl::StatusOr<std::string> ReadBody(HttpResponse& response,
                                                    size_t max_bytes);

// A base that requests may go to: https, or http to loopback; no user, query or
// fragment in it. Errors: InvalidArgument.
HASHVET_EXPORT absl::Status CheckBaseUrl(std::string_view url);

}  // namespace hashvet

#endif  // HASHVET_FEEDS_TRANSPORT_H_
