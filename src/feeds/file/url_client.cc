// A list in a file on a server: read as a whole when the server says that it is
// another one (ETag).

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "hashvet/hash/sha256.h"
#include "src/feeds/file/format_options.h"
#include "src/feeds/protocols.h"
#include "src/feeds/retry.h"

namespace hashvet {
namespace {

// Lists may be long; what they are made of is bounded where it is read.
constexpr uint64_t kMaxListBytes = uint64_t{16} << 30;
constexpr size_t kMaxEtagBytes = 1024;

class UrlClient : public FeedClient {
 public:
  UrlClient(std::string url, std::string credential, FormatOptions format,
            FeedClientOptions how, std::unique_ptr<Transport> transport)
      : url_(std::move(url)),
        credential_(std::move(credential)),
        format_(std::move(format)),
        how_(std::move(how)),
        transport_(std::move(transport)) {}

  bool always_full() const override { return true; }

  absl::StatusOr<FeedPage> Next(const std::string&) override {
    return absl::UnimplementedError("url: read as a whole");
  }

  absl::StatusOr<bool> IsUnchanged(const std::string& checkpoint) override {
    HASHVET_ASSIGN_OR_RETURN(const std::string form, Form());
    // "<how it is read> <ETag>"
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(checkpoint, absl::MaxSplits(' ', 1));
    const bool may_ask = parts.first == form && !parts.second.empty();
    HASHVET_RETURN_IF_ERROR(Ask(may_ask ? parts.second : ""));
    const bool unchanged = response_->status() == 304;
    if (unchanged) response_ = nullptr;
    return unchanged;
  }

  absl::Status ReadAll(
      absl::FunctionRef<absl::Status(FeedPage)> sink) override {
    if (response_ == nullptr) HASHVET_RETURN_IF_ERROR(Ask(""));
    const auto response = std::exchange(response_, nullptr);
    HASHVET_ASSIGN_OR_RETURN(const std::string form, Form());
    std::string etag(response->header("etag"));
    // Another list may come under a weak one, and no header could hold more.
    if (etag.starts_with("W/") || etag.size() > kMaxEtagBytes) etag.clear();
    PageMaker pages(sink);
    HASHVET_RETURN_IF_ERROR(ReadInFormat(
        format_, [&](std::span<char> buffer) { return response->Read(buffer); },
        "list", pages));
    return pages.Finish(etag.empty() ? "" : absl::StrCat(form, " ", etag));
  }

  FeedPlace Describe(const std::string&) const override { return {}; }

  absl::StatusOr<std::vector<std::string>> Test() override {
    HASHVET_RETURN_IF_ERROR(Ask(""));
    const auto response = std::exchange(response_, nullptr);
    return std::vector<std::string>{absl::StrCat(
        "it is there", response->header("etag").empty()
                           ? ", and does not say when it changes (ETag)"
                           : "")};
  }

 private:
  absl::StatusOr<std::string> Form() const {
    HASHVET_ASSIGN_OR_RETURN(
        const Sha256Digest digest,
        Sha256Of(std::as_bytes(
            std::span(format_.identity.data(), format_.identity.size()))));
    return Sha256Text(digest);
  }

  // Begins an answer of 200, or 304 where an ETag is given.
  absl::Status Ask(const std::string& etag) {
    HttpRequest request = {.url = url_};
    if (credential_.find(' ') != std::string::npos) {
      request.headers.push_back("Authorization: " + credential_);
    } else if (!credential_.empty()) {
      const std::pair<std::string, std::string> parts =
          absl::StrSplit(credential_, absl::MaxSplits(':', 1));
      request.user = parts.first;
      request.password = parts.second;
    }
    if (!etag.empty()) request.headers.push_back("If-None-Match: " + etag);
    return Retrying(how_, false, [&]() -> absl::Status {
      response_ = nullptr;
      HASHVET_ASSIGN_OR_RETURN(
          response_, transport_->SendForSuccess(request, !etag.empty()));
      return absl::OkStatus();
    });
  }

  const std::string url_;
  const std::string credential_;
  const FormatOptions format_;
  const FeedClientOptions how_;
  const std::unique_ptr<Transport> transport_;
  std::unique_ptr<HttpResponse> response_;  // begun by IsUnchanged
};

absl::Status Check(const FeedConfig& config) {
  return FormatOf(config).status();
}

absl::StatusOr<std::unique_ptr<FeedClient>> Make(
    const FeedConfig& config, const std::string& credential,
    const FeedClientOptions& options) {
  HASHVET_ASSIGN_OR_RETURN(FormatOptions format, FormatOf(config));
  TransportOptions transport = TransportOptionsOf(config, options);
  transport.total_timeout = std::chrono::hours(6);
  transport.max_wire_bytes = kMaxListBytes;
  transport.max_body_bytes = kMaxListBytes;
  HASHVET_ASSIGN_OR_RETURN(auto made, Transport::Create(transport));
  return std::unique_ptr<FeedClient>(new UrlClient(config.base_url, credential,
                                                   std::move(format), options,
                                                   std::move(made)));
}

FeedPlace Describe(const std::string&) { return {}; }

}  // namespace

FeedProtocol UrlProtocol() {
  return {.name = "url",
          .needs_base = true,
          .needs_credential = false,
          .options = {"format", "kind", "scheme", "categories", "mapping"},
          .check = &Check,
          .make = &Make,
          .describe = &Describe,
          .reads_whole = true};
}

}  // namespace hashvet
