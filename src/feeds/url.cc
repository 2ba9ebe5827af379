#include "src/feeds/url.h"

#include <curl/curl.h>

#include <cstddef>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/transport.h"

namespace hashvet {
namespace {

constexpr size_t kMaxUrlBytes = 16'384;

struct Closer {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Handle = std::unique_ptr<CURLU, Closer>;

absl::Status Unreadable(std::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("URL: ", ToAbsl(why)));
}

std::string Part(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return "";
  std::string copy = text;
  curl_free(text);
  return copy;
}

absl::StatusOr<Handle> Set(std::string_view text) {
  if (text.size() > kMaxUrlBytes) return Unreadable("over 16384 bytes");
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == 127) {
      return Unreadable("a space or control character in it");
    }
  }
  Handle url(curl_url());
  if (url == nullptr) return absl::ResourceExhaustedError("URL: no memory");
  if (curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(), 0) !=
      CURLUE_OK) {
    return Unreadable("got no URL, want https://host/path");
  }
  return url;
}

}  // namespace

absl::StatusOr<Url> ParseUrl(std::string_view text) {
  HASHVET_ASSIGN_OR_RETURN(const Handle url, Set(text));
  Url parsed = {
      .scheme = absl::AsciiStrToLower(Part(url.get(), CURLUPART_SCHEME)),
      .host = absl::AsciiStrToLower(Part(url.get(), CURLUPART_HOST)),
      .port = Part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT),
      .path = Part(url.get(), CURLUPART_PATH),
      .has_user = !Part(url.get(), CURLUPART_USER).empty() ||
                  !Part(url.get(), CURLUPART_PASSWORD).empty(),
      .has_query = text.find('?') != std::string_view::npos,
      .has_fragment = text.find('#') != std::string_view::npos};
  if (parsed.host.empty()) return Unreadable("names no host");
  return parsed;
}

bool IsLoopback(const Url& url) {
  if (url.host == "localhost" || url.host == "[::1]") return true;
  const std::vector<std::string> parts = absl::StrSplit(url.host, '.');
  if (parts.size() != 4 || parts[0] != "127") return false;
  for (const std::string& part : parts) {
    uint32_t number = 0;
    if (part.size() > 3 || !absl::SimpleAtoi(part, &number) || number > 255) {
      return false;
    }
  }
  return true;
}

absl::Status CheckMayAsk(const Url& url) {
  if (url.scheme == "https") return absl::OkStatus();
  if (url.scheme == "http" && IsLoopback(url)) return absl::OkStatus();
  return Unreadable(absl::StrCat("got ", url.scheme,
                                 ", want https (http is for loopback alone)"));
}

absl::StatusOr<std::string> ResolveUrl(std::string_view base,
                                       std::string_view reference) {
  HASHVET_ASSIGN_OR_RETURN(const Handle url, Set(base));
  for (const char c : reference) {
    if (static_cast<unsigned char>(c) <= ' ' || c == 127) {
      return Unreadable("a space or control character in it");
    }
  }
  if (reference.size() > kMaxUrlBytes ||
      curl_url_set(url.get(), CURLUPART_URL, std::string(reference).c_str(),
                   0) != CURLUE_OK) {
    return Unreadable("a reference that cannot be read");
  }
  return Part(url.get(), CURLUPART_URL);
}

std::string QueryEscaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' ||
        c == '.' || c == '_' || c == '~') {
      escaped.push_back(c);
    } else {
      constexpr char kDigits[] = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      escaped += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return escaped;
}

absl::Status CheckBaseUrl(std::string_view text) {
  HASHVET_ASSIGN_OR_RETURN(const Url url, ParseUrl(text));
  HASHVET_RETURN_IF_ERROR(CheckMayAsk(url));
  if (url.has_user) return Unreadable("credentials in it, want them elsewhere");
  if (url.has_query || url.has_fragment) {
    return Unreadable("a query or fragment in it, want a base without");
  }
  return absl::OkStatus();
}

}  // namespace hashvet
