// Other ends of the wire than a clearinghouse's plain server: one that asks who
// we are, and a proxy on the way.

#ifndef HASHVET_TESTS_FEEDS_OTHER_ENDS_H_
#define HASHVET_TESTS_FEEDS_OTHER_ENDS_H_

#include <openssl/types.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace hashvet::testing {

// Answers "hello" to whoever shows a certificate of `client_ca`; PEM files.
// Others are told by an alert, and heard out, so that they can read it.
class AskingServer {
 public:
  AskingServer(const std::string& certificate, const std::string& key,
               const std::string& client_ca);
  AskingServer(const AskingServer&) = delete;
  AskingServer& operator=(const AskingServer&) = delete;
  ~AskingServer();

  std::string base() const;
  int answers() const { return answers_; }

 private:
  void Serve();

  SSL_CTX* context_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> answers_ = 0;
  std::thread thread_;
};

// Joins whoever sends CONNECT to a port of this machine, whatever host is asked
// for, one after the other.
class ConnectProxy {
 public:
  explicit ConnectProxy(int target_port);
  ConnectProxy(const ConnectProxy&) = delete;
  ConnectProxy& operator=(const ConnectProxy&) = delete;
  ~ConnectProxy();

  std::string url() const;           // "http://127.0.0.1:4711"
  std::vector<std::string> heads();  // what was sent to it in the clear

 private:
  void Serve();

  const int target_port_;
  int listener_ = -1;
  int port_ = 0;
  std::mutex mutex_;
  std::vector<std::string> heads_;
  std::thread thread_;
};

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_FEEDS_OTHER_ENDS_H_
