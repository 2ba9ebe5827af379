#include "tests/feeds/feed_server.h"

#include <httplib.h>
#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace hashvet::testing {
namespace {

std::string Gzip(const std::string& text) {
  z_stream stream = {};
  if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    std::abort();
  }
  std::string packed(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) std::abort();
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string HttpDate(uint64_t seconds) {
  return absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT",
                          absl::FromUnixSeconds(static_cast<int64_t>(seconds)),
                          absl::UTCTimeZone());
}

// Promises `promised` bytes and sends `body`, after which the line is cut.
void SendShort(httplib::Response& response, std::string body, size_t promised,
               const std::string& type) {
  response.set_content_provider(
      promised, type.c_str(),
      [body = std::move(body)](size_t offset, size_t, httplib::DataSink& sink) {
        if (offset >= body.size()) return false;
        sink.write(body.data() + offset, body.size() - offset);
        return true;
      });
}

void SendEndless(httplib::Response& response, std::string piece, int64_t total,
                 const std::string& type) {
  while (piece.size() < 65'536 && !piece.empty()) piece += piece;
  response.set_chunked_content_provider(
      type.c_str(), [piece, total](size_t offset, httplib::DataSink& sink) {
        if (static_cast<int64_t>(offset) >= total) {
          sink.done();
          return true;
        }
        return sink.write(piece.data(), piece.size());
      });
}

}  // namespace

std::string FeedRequest::Query(const std::string& name) const {
  const auto found = query.find(name);
  return found == query.end() ? "" : found->second;
}

std::string FeedRequest::Header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

struct FeedServer::Thread {
  std::thread thread;
};

FeedServer::FeedServer()
    : scheme_("http"), server_(std::make_unique<httplib::Server>()) {}

FeedServer::FeedServer(const std::string& certificate, const std::string& key)
    : scheme_("https"),
      server_(std::make_unique<httplib::SSLServer>(certificate.c_str(),
                                                   key.c_str())) {
  if (!server_->is_valid()) std::abort();
}

FeedServer::~FeedServer() { Stop(); }

std::string FeedServer::base() const {
  return absl::StrCat(scheme_, "://127.0.0.1:", port_);
}

void FeedServer::Start() {
  const auto handler = [this](const httplib::Request& asked,
                              httplib::Response& response) {
    FeedRequest request = {.method = asked.method,
                           .path = asked.path,
                           .target = asked.target,
                           .body = asked.body};
    for (const auto& [name, value] : asked.params) {
      request.query.emplace(name, value);
    }
    for (const auto& [name, value] : asked.headers) {
      request.headers.emplace(name, value);
    }
    std::optional<FeedFault> fault;
    FeedAnswer answer;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      const auto found = std::ranges::find_if(faults_, [&](const auto& each) {
        return request.path.starts_with(each.path);
      });
      if (found != faults_.end()) {
        fault = *found;
        if (--found->times <= 0) faults_.erase(found);
      }
      answer = Answer(request);
      if (const uint64_t date = Date(); date != 0) {
        response.set_header("Date", HttpDate(date));
      }
    }
    response.status = answer.status;
    for (const auto& [name, value] : answer.headers) {
      response.set_header(name, value);
    }
    using Kind = FeedFault::Kind;
    const std::string half = answer.body.substr(0, answer.body.size() / 2);
    if (!fault.has_value()) {
      response.set_content(answer.body, answer.content_type.c_str());
    } else if (fault->kind == Kind::kStatus) {
      response.status = static_cast<int>(fault->number);
      if (!fault->text.empty()) {
        response.set_header("Retry-After", fault->text);
      }
    } else if (fault->kind == Kind::kTruncate) {
      SendShort(response, half, answer.body.size(), answer.content_type);
    } else if (fault->kind == Kind::kCut) {
      response.set_content(half, answer.content_type.c_str());
    } else if (fault->kind == Kind::kReset) {
      SendShort(response, "", 1'000'000, answer.content_type);
    } else if (fault->kind == Kind::kSlow) {
      std::this_thread::sleep_for(std::chrono::milliseconds(fault->number));
      response.set_content(answer.body, answer.content_type.c_str());
    } else if (fault->kind == Kind::kRedirect) {
      response.set_redirect(fault->text);
    } else if (fault->kind == Kind::kBody) {
      response.set_content(fault->text, answer.content_type.c_str());
    } else if (fault->kind == Kind::kEndless) {
      SendEndless(response, fault->text, fault->number, answer.content_type);
    } else {
      response.set_header("Content-Encoding", "gzip");
      response.set_content(
          Gzip(fault->kind == Kind::kGzip
                   ? answer.body
                   : std::string(static_cast<size_t>(fault->number), ' ')),
          answer.content_type.c_str());
    }
  };
  server_->Get(".*", handler);
  server_->Put(".*", handler);
  server_->Post(".*", handler);
  server_->set_keep_alive_max_count(100'000'000);
  server_->set_tcp_nodelay(true);
  server_->new_task_queue = [] { return new httplib::ThreadPool(2); };
  port_ = server_->bind_to_any_port("127.0.0.1");
  if (port_ <= 0) std::abort();
  thread_ = std::make_unique<Thread>();
  thread_->thread = std::thread([this] { server_->listen_after_bind(); });
  while (!server_->is_running()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void FeedServer::Stop() {
  if (thread_ == nullptr) return;
  server_->stop();
  thread_->thread.join();
  thread_ = nullptr;
}

void FeedServer::Inject(FeedFault fault) {
  const std::lock_guard lock(mutex_);
  faults_.push_back(std::move(fault));
}

void FeedServer::ClearFaults() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
}

std::vector<FeedRequest> FeedServer::Requests() {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<std::string> FeedServer::Targets() {
  std::vector<std::string> targets;
  for (const FeedRequest& each : Requests()) {
    targets.push_back(each.method + " " + each.target);
  }
  return targets;
}

void FeedServer::ForgetRequests() {
  const std::lock_guard lock(mutex_);
  requests_.clear();
}

}  // namespace hashvet::testing
