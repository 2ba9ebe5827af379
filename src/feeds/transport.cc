#include "hashvet/feeds/transport.h"

#include <curl/curl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "src/feeds/url.h"

namespace hashvet {
namespace {

constexpr size_t kMaxHeaderBytes = size_t{64} << 10;  // of a head, all lines
constexpr uint64_t kMaxRetryAfterS = 86'400;
constexpr int kPollMs = 100;

// Asked for by curl before anything else; never undone, as other users of the
// library in this process may rely on it.
void InitialiseCurl() {
  static std::once_flag once;
  std::call_once(once, [] { (void)curl_global_init(CURL_GLOBAL_DEFAULT); });
}

struct EasyCloser {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiCloser {
  void operator()(CURLM* multi) const { (void)curl_multi_cleanup(multi); }
};
struct ListCloser {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

absl::Status Protocol(std::string_view message) {
  return FeedError(FeedCause::kProtocol, message);
}

// What curl's codes mean for the caller. None of its texts are told: they may
// hold parts of a URL.
absl::Status CurlError(CURLcode code) {
  const std::string why = absl::StrCat("transport: ", curl_easy_strerror(code));
  switch (code) {
    // A handshake that fails may be a certificate that proves nothing: a bad
    // signature ends so.
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
      return FeedError(FeedCause::kAuthentication, why);
    case CURLE_OPERATION_TIMEDOUT:
      return FeedError(FeedCause::kNetwork, absl::StatusCode::kDeadlineExceeded,
                       why);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WEIRD_SERVER_REPLY:
      return Protocol(why);
    default:
      return FeedError(FeedCause::kNetwork, why);
  }
}

absl::Status CheckKeyFile(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0) {
    return absl::NotFoundError(absl::StrCat(
        "client key: cannot open: ", std::strerror(errno), ": ", path));
  }
  if ((info.st_mode & 077) != 0) {
    return absl::PermissionDeniedError(absl::StrCat(
        "client key: others may read it, want mode 0600 or 0400: ", path));
  }
  return absl::OkStatus();
}

absl::Status CheckPin(const std::string& pin) {
  // 32 bytes are 43 base64 characters and one '='.
  if (absl::StartsWith(pin, "sha256//") && pin.size() == 52 &&
      pin.back() == '=' && pin.find(';') == std::string::npos) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "pin: want sha256// and 44 base64 characters of a public key's SHA-256");
}

// What the callbacks of one request fill.
struct Transfer {
  const TransportOptions* options = nullptr;
  CURL* easy = nullptr;
  std::map<std::string, std::string, std::less<>> headers;  // names lower case
  size_t header_bytes = 0;
  bool head_done = false;
  std::string body;  // not read yet
  size_t body_begin = 0;
  uint64_t body_bytes = 0;
  absl::Status error;              // why a callback ended it
  char why[CURL_ERROR_SIZE] = {};  // curl's own words, which are not passed on
};

// A server that wants another certificate of ours says so after the handshake,
// which curl takes for an answer that is cut off.
bool IsRefusedCertificate(CURLcode code, std::string_view why) {
  if (code != CURLE_RECV_ERROR && code != CURLE_SEND_ERROR) return false;
  return why.find("alert certificate") != std::string_view::npos ||
         why.find("alert unknown ca") != std::string_view::npos ||
         why.find("alert bad certificate") != std::string_view::npos ||
         why.find("alert access denied") != std::string_view::npos;
}

bool OverWireLimit(Transfer& transfer, curl_off_t bytes) {
  if (bytes < 0 ||
      static_cast<uint64_t>(bytes) <= transfer.options->max_wire_bytes) {
    return false;
  }
  transfer.error = FeedError(
      FeedCause::kProtocol, absl::StatusCode::kResourceExhausted,
      absl::StrCat("transport: over ", transfer.options->max_wire_bytes,
                   " bytes of body"));
  return true;
}

size_t OnBody(char* bytes, size_t size, size_t count, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  const size_t length = size * count;
  curl_off_t wire = 0;
  (void)curl_easy_getinfo(transfer.easy, CURLINFO_SIZE_DOWNLOAD_T, &wire);
  if (OverWireLimit(transfer, wire)) return 0;
  transfer.body_bytes += length;
  if (transfer.body_bytes > transfer.options->max_body_bytes) {
    transfer.error = FeedError(
        FeedCause::kProtocol, absl::StatusCode::kResourceExhausted,
        absl::StrCat("transport: over ", transfer.options->max_body_bytes,
                     " bytes of body, unpacked"));
    return 0;
  }
  transfer.head_done = true;
  transfer.body.append(bytes, length);
  return length;
}

size_t OnHeader(char* bytes, size_t size, size_t count, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  const std::string_view line(bytes, size * count);
  transfer.header_bytes += line.size();
  if (transfer.header_bytes > kMaxHeaderBytes) {
    transfer.error =
        FeedError(FeedCause::kProtocol, absl::StatusCode::kResourceExhausted,
                  "transport: over 65536 bytes of headers");
    return 0;
  }
  if (line.starts_with("HTTP/")) {  // of a 100 Continue, then the real one
    transfer.headers.clear();
    return line.size();
  }
  if (line == "\r\n" || line == "\n") {
    long status = 0;
    (void)curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    transfer.head_done = status >= 200;
    return line.size();
  }
  const size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    transfer.headers[absl::AsciiStrToLower(ToAbsl(line.substr(0, colon)))] =
        std::string(absl::StripAsciiWhitespace(ToAbsl(line.substr(colon + 1))));
  }
  return line.size();
}

int OnProgress(void* context, curl_off_t, curl_off_t got, curl_off_t,
               curl_off_t) {
  auto& transfer = *static_cast<Transfer*>(context);
  if (OverWireLimit(transfer, got)) return 1;
  if (transfer.options->cancelled && transfer.options->cancelled()) {
    transfer.error = absl::CancelledError("transport: cancelled");
    return 1;
  }
  return 0;
}

}  // namespace

struct Transport::State {
  TransportOptions options;
  std::string pins;
  std::unique_ptr<CURLM, MultiCloser> multi;  // keeps connections
  std::unique_ptr<CURL, EasyCloser> easy;
  bool busy = false;
};

namespace {

class CurlResponse : public HttpResponse {
 public:
  explicit CurlResponse(Transport::State& state) : state_(state) {
    state_.busy = true;
  }
  ~CurlResponse() override {
    if (added_) {
      (void)curl_multi_remove_handle(state_.multi.get(), state_.easy.get());
    }
    // It lives on, and the words do not.
    (void)curl_easy_setopt(state_.easy.get(), CURLOPT_ERRORBUFFER, nullptr);
    state_.busy = false;
  }

  absl::Status Begin(const HttpRequest& request, const Url& url) {
    CURL* const easy = state_.easy.get();
    curl_easy_reset(easy);
    transfer_.options = &state_.options;
    transfer_.easy = easy;
    bool ok = SetLimits(easy) && SetTrust(easy, url);
    const auto set = [&](CURLoption option, auto value) {
      ok = ok && curl_easy_setopt(easy, option, value) == CURLE_OK;
    };
    set(CURLOPT_URL, request.url.c_str());
    if (request.method == "PUT") {
      set(CURLOPT_CUSTOMREQUEST, "PUT");
    } else if (request.method != "GET" && request.method != "POST") {
      return absl::InvalidArgumentError("transport: want GET, PUT or POST");
    }
    curl_slist* lines = nullptr;
    for (const std::string& header : request.headers) {
      lines = curl_slist_append(lines, header.c_str());
    }
    lines = curl_slist_append(lines, "Cache-Control: no-cache");
    lines = curl_slist_append(lines, "Expect:");
    if (request.method != "GET") {
      lines = curl_slist_append(
          lines, absl::StrCat("Content-Type: ", request.content_type).c_str());
      body_ = request.body;
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
      set(CURLOPT_POSTFIELDS, body_.c_str());
    }
    lines_.reset(lines);
    set(CURLOPT_HTTPHEADER, lines);
    if (!request.user.empty()) {
      set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
      set(CURLOPT_USERNAME, request.user.c_str());
      set(CURLOPT_PASSWORD, request.password.c_str());
    }
    set(CURLOPT_ERRORBUFFER, transfer_.why);
    set(CURLOPT_WRITEFUNCTION, &OnBody);
    set(CURLOPT_WRITEDATA, &transfer_);
    set(CURLOPT_HEADERFUNCTION, &OnHeader);
    set(CURLOPT_HEADERDATA, &transfer_);
    set(CURLOPT_XFERINFOFUNCTION, &OnProgress);
    set(CURLOPT_XFERINFODATA, &transfer_);
    set(CURLOPT_NOPROGRESS, 0L);
    if (!ok) return absl::InternalError("transport: an option is refused");
    if (curl_multi_add_handle(state_.multi.get(), easy) != CURLM_OK) {
      return absl::InternalError("transport: cannot begin");
    }
    added_ = true;
    while (!transfer_.head_done && !done_) {
      HASHVET_RETURN_IF_ERROR(Advance());
    }
    if (!transfer_.head_done) {
      return FeedError(FeedCause::kNetwork, "transport: no answer");
    }
    return absl::OkStatus();
  }

  int status() const override {
    long status = 0;
    (void)curl_easy_getinfo(transfer_.easy, CURLINFO_RESPONSE_CODE, &status);
    return static_cast<int>(status);
  }
  std::string_view header(std::string_view name) const override {
    const auto found = transfer_.headers.find(name);
    return found == transfer_.headers.end() ? std::string_view()
                                            : found->second;
  }
  std::optional<uint64_t> date() const override {
    const std::string text(header("date"));
    if (text.empty()) return std::nullopt;
    const time_t seconds = curl_getdate(text.c_str(), nullptr);
    if (seconds <= 0) return std::nullopt;
    return static_cast<uint64_t>(seconds);
  }
  absl::StatusOr<size_t> Read(std::span<char> buffer) override {
    while (transfer_.body_begin == transfer_.body.size()) {
      transfer_.body.clear();
      transfer_.body_begin = 0;
      if (done_) return 0;
      HASHVET_RETURN_IF_ERROR(Advance());
    }
    const size_t count =
        std::min(buffer.size(), transfer_.body.size() - transfer_.body_begin);
    std::memcpy(buffer.data(), transfer_.body.data() + transfer_.body_begin,
                count);
    transfer_.body_begin += count;
    return count;
  }

 private:
  bool SetLimits(CURL* easy) {
    const TransportOptions& options = state_.options;
    bool ok = true;
    const auto set = [&](CURLoption option, auto value) {
      ok = ok && curl_easy_setopt(easy, option, value) == CURLE_OK;
    };
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS,
        static_cast<long>(options.connect_timeout.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.total_timeout.count()));
    set(CURLOPT_LOW_SPEED_LIMIT,
        static_cast<long>(options.min_bytes_per_second));
    set(CURLOPT_LOW_SPEED_TIME,
        static_cast<long>(options.low_speed_time.count()));
    set(CURLOPT_BUFFERSIZE, 16'384L);
    set(CURLOPT_ACCEPT_ENCODING, "gzip");
    set(CURLOPT_USERAGENT, "hashvet");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    return ok;
  }

  bool SetTrust(CURL* easy, const Url& url) {
    const TransportOptions& options = state_.options;
    bool ok = true;
    const auto set = [&](CURLoption option, auto value) {
      ok = ok && curl_easy_setopt(easy, option, value) == CURLE_OK;
    };
    set(CURLOPT_PROTOCOLS_STR, url.scheme.c_str());
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    // An empty one keeps curl from reading the environment.
    set(CURLOPT_PROXY, IsLoopback(url) ? "" : options.proxy.c_str());
    if (url.host == "localhost") {
      names_.reset(curl_slist_append(
          nullptr,
          absl::StrCat("localhost:", url.port, ":127.0.0.1,[::1]").c_str()));
      set(CURLOPT_RESOLVE, names_.get());
    }
    if (!options.ca_file.empty()) {
      set(CURLOPT_CAINFO, options.ca_file.c_str());
      set(CURLOPT_CAPATH, nullptr);
    }
    if (!options.client_certificate.empty()) {
      set(CURLOPT_SSLCERT, options.client_certificate.c_str());
      set(CURLOPT_SSLKEY, options.client_key.c_str());
    }
    if (!state_.pins.empty()) {
      set(CURLOPT_PINNEDPUBLICKEY, state_.pins.c_str());
    }
    return ok;
  }

  // Lets curl work until something came or the request ended.
  absl::Status Advance() {
    int running = 0;
    CURLMcode code = curl_multi_perform(state_.multi.get(), &running);
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(state_.multi.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      done_ = true;
      if (message->data.result != CURLE_OK) {
        if (!transfer_.error.ok()) return transfer_.error;
        if (IsRefusedCertificate(message->data.result, transfer_.why)) {
          return FeedError(FeedCause::kAuthentication,
                           "transport: the server refuses our certificate");
        }
        return CurlError(message->data.result);
      }
    }
    const bool came = transfer_.body_begin < transfer_.body.size();
    if (code == CURLM_OK && running > 0 && !came) {
      code = curl_multi_poll(state_.multi.get(), nullptr, 0, kPollMs, nullptr);
    }
    if (code == CURLM_OK) return absl::OkStatus();
    return FeedError(FeedCause::kNetwork,
                     absl::StrCat("transport: ", curl_multi_strerror(code)));
  }

  Transport::State& state_;
  Transfer transfer_;
  std::unique_ptr<curl_slist, ListCloser> lines_;
  std::unique_ptr<curl_slist, ListCloser> names_;
  std::string body_;
  bool added_ = false;
  bool done_ = false;
};

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 ||
         status == 308;
}

std::optional<uint64_t> RetryAfter(const HttpResponse& response) {
  const std::string text(response.header("retry-after"));
  uint64_t seconds = 0;
  if (absl::SimpleAtoi(text, &seconds)) {
    return std::min(seconds, kMaxRetryAfterS);
  }
  const time_t at = curl_getdate(text.c_str(), nullptr);
  const auto now = response.date();
  if (at <= 0 || !now.has_value()) return std::nullopt;
  const auto when = static_cast<uint64_t>(at);
  return when <= *now ? 0 : std::min(when - *now, kMaxRetryAfterS);
}

}  // namespace

Transport::Transport(std::unique_ptr<State> state) : state_(std::move(state)) {}
Transport::~Transport() = default;

absl::StatusOr<std::unique_ptr<Transport>> Transport::Create(
    const TransportOptions& options) {
  InitialiseCurl();
  auto state = std::make_unique<State>();
  state->options = options;
  for (const std::string& pin : options.pins) {
    HASHVET_RETURN_IF_ERROR(CheckPin(pin));
  }
  state->pins = absl::StrJoin(options.pins, ";");
  if (options.client_certificate.empty() != options.client_key.empty()) {
    return absl::InvalidArgumentError(
        "transport: want a client certificate and its key, or neither");
  }
  if (!options.client_key.empty()) {
    HASHVET_RETURN_IF_ERROR(CheckKeyFile(options.client_key));
  }
  state->multi.reset(curl_multi_init());
  state->easy.reset(curl_easy_init());
  if (state->multi == nullptr || state->easy == nullptr) {
    return absl::ResourceExhaustedError("transport: no memory");
  }
  return std::unique_ptr<Transport>(new Transport(std::move(state)));
}

absl::StatusOr<std::unique_ptr<HttpResponse>> Transport::Send(
    const HttpRequest& request) {
  if (state_->busy) {
    return absl::FailedPreconditionError(
        "transport: an answer is still being read");
  }
  HttpRequest asked = request;
  auto origin = ParseUrl(request.url);
  if (!origin.ok()) return Protocol(ToStd(origin.status().message()));
  for (int redirects = 0;; ++redirects) {
    auto url = ParseUrl(asked.url);
    if (!url.ok()) return Protocol(ToStd(url.status().message()));
    if (absl::Status may = CheckMayAsk(*url); !may.ok()) {
      return Protocol(ToStd(may.message()));
    }
    if (!url->SameOrigin(*origin)) {
      return Protocol(
          "transport: a redirect to another host, port or scheme, refused");
    }
    auto response = std::make_unique<CurlResponse>(*state_);
    HASHVET_RETURN_IF_ERROR(response->Begin(asked, *url));
    if (!IsRedirect(response->status())) {
      return std::unique_ptr<HttpResponse>(std::move(response));
    }
    if (request.method != "GET" || redirects == state_->options.max_redirects) {
      return Protocol(absl::StrCat(
          "transport: ", request.method == "GET" ? "too many redirects"
                                                 : "a redirect of a message"));
    }
    auto next = ResolveUrl(asked.url, response->header("location"));
    if (!next.ok()) return Protocol("transport: a redirect to nowhere");
    asked.url = *std::move(next);
  }
}

absl::StatusOr<std::unique_ptr<HttpResponse>> Transport::SendForSuccess(
    const HttpRequest& request, bool may_be_unchanged) {
  HASHVET_ASSIGN_OR_RETURN(auto response, Send(request));
  const int status = response->status();
  if (status >= 200 && status < 300) return response;
  if (status == 304 && may_be_unchanged) return response;
  return AnswerError(*response);
}

absl::Status AnswerError(const HttpResponse& response) {
  const int status = response.status();
  const std::string what =
      absl::StrCat("the server answered ", status, ", want 200");
  if (status == 401 || status == 403) {
    return FeedError(FeedCause::kAuthentication, what);
  }
  if (status == 429 || status >= 500) {
    // 503 is busy; the other 5xx may be about what was asked.
    const bool is_busy = status == 429 || status == 503;
    absl::Status error = FeedError(
        FeedCause::kNetwork,
        is_busy ? absl::StatusCode::kUnavailable : absl::StatusCode::kUnknown,
        what);
    const auto seconds = RetryAfter(response);
    return seconds.has_value() ? WithRetryAfter(error, *seconds) : error;
  }
  if (status == 404 || status == 410) {
    return FeedError(FeedCause::kProtocol, absl::StatusCode::kNotFound, what);
  }
  return FeedError(FeedCause::kProtocol, absl::StatusCode::kFailedPrecondition,
                   what);
}

absl::StatusOr<std::string> ReadBody(HttpResponse& response, size_t max_bytes) {
  std::string body;
  char buffer[4096];
  while (true) {
    HASHVET_ASSIGN_OR_RETURN(const size_t got, response.Read(buffer));
    if (got == 0) return body;
    if (body.size() + got > max_bytes) {
      return FeedError(FeedCause::kProtocol,
                       absl::StatusCode::kResourceExhausted,
                       absl::StrCat("a body of over ", max_bytes, " bytes"));
    }
    body.append(buffer, got);
  }
}

}  // namespace hashvet
