// A clearinghouse on loopback: real HTTP, answers and faults by script, and a
// record of what was asked. Each protocol's simulator derives from it and keeps
// the ground truth.

#ifndef HASHVET_TESTS_FEEDS_FEED_SERVER_H_
#define HASHVET_TESTS_FEEDS_FEED_SERVER_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace httplib {
class Server;
}

namespace hashvet::testing {

struct FeedRequest {
  std::string method;
  std::string path;                               // without the query
  std::string target;                             // with it, as it was asked
  std::multimap<std::string, std::string> query;  // decoded
  std::multimap<std::string, std::string> headers;
  std::string body;

  std::string Query(const std::string& name) const;  // empty: not there
  std::string Header(const std::string& name) const;
};

struct FeedAnswer {
  int status = 200;
  std::string body;
  // With a charset: the server packs what it knows, of its own accord.
  std::string content_type = "application/xml; charset=utf-8";
  std::multimap<std::string, std::string> headers;
};

// What happens to an answer. `path` begins the paths that it is for; `times`
// counts down.
struct FeedFault {
  enum class Kind {
    kStatus,    // `number` instead, with `text` as Retry-After
    kTruncate,  // the head promises all of it, half of it comes
    kCut,       // a whole answer, as far as its head tells, with half the body
    kReset,     // the connection ends before a word
    kSlow,      // `number` milliseconds before the first byte
    kRedirect,  // to `text`
    kBody,      // `text` instead
    kGzip,      // packed
    kEndless,   // `text` again and again, `number` bytes in all
    kGzipBomb,  // `number` bytes of zeros, packed
  };
  Kind kind = Kind::kStatus;
  int64_t number = 0;
  std::string text;
  std::string path = "/";
  int times = 1;
};

// Thread-safe where it says so; answers come from threads of its own.
class FeedServer {
 public:
  FeedServer();
  // With TLS: a certificate and its key, PEM files.
  FeedServer(const std::string& certificate, const std::string& key);
  FeedServer(const FeedServer&) = delete;
  FeedServer& operator=(const FeedServer&) = delete;
  virtual ~FeedServer();

  std::string base() const;  // "http://127.0.0.1:4711"
  int port() const { return port_; }

  // Thread-safe.
  void Inject(FeedFault fault);
  void ClearFaults();
  std::vector<std::string> Targets();  // "GET /v2/status", in order
  std::vector<FeedRequest> Requests();
  void ForgetRequests();

 protected:
  // Under the lock.
  virtual FeedAnswer Answer(const FeedRequest& request) = 0;
  // The server's clock, for the head of an answer; 0: it tells none.
  virtual uint64_t Date() { return 0; }
  // What derives calls it last in its constructor and first in its destructor.
  void Start();
  void Stop();

  std::mutex mutex_;

 private:
  struct Thread;
  std::string scheme_;
  std::unique_ptr<httplib::Server> server_;
  std::unique_ptr<Thread> thread_;
  int port_ = 0;
  std::deque<FeedFault> faults_;
  std::vector<FeedRequest> requests_;
};

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_FEEDS_FEED_SERVER_H_
