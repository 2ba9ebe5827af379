// URLs, as far as feeds need them: what they point at, and what a relative one
// means. libcurl reads them, so that what is checked is what is asked.

#ifndef HASHVET_SRC_FEEDS_URL_H_
#define HASHVET_SRC_FEEDS_URL_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace hashvet {

struct Url {
  std::string scheme;  // "https"
  std::string host;    // in lower case; an IPv6 address in its brackets
  std::string port;    // as text, the scheme's own where none is given
  std::string path;
  bool has_user = false;
  bool has_query = false;
  bool has_fragment = false;

  // Same server as far as redirects go.
  bool SameOrigin(const Url& other) const {
    return scheme == other.scheme && host == other.host && port == other.port;
  }
};

// Errors: InvalidArgument, without the URL.
absl::StatusOr<Url> ParseUrl(std::string_view url);

// 127.0.0.0/8, ::1 or localhost, which is never looked up.
bool IsLoopback(const Url& url);

// Where a request may go at all: https, or http to loopback.
absl::Status CheckMayAsk(const Url& url);

// What `reference` means in a document of `base`. Errors: InvalidArgument.
absl::StatusOr<std::string> ResolveUrl(std::string_view base,
                                       std::string_view reference);

// Percent-encoded for a query: letters, digits and -._~ as they are.
std::string QueryEscaped(std::string_view text);

}  // namespace hashvet

#endif  // HASHVET_SRC_FEEDS_URL_H_
