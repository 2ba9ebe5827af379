#include "tests/feeds/other_ends.h"

#include <arpa/inet.h>
#include <httplib.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace hashvet::testing {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Passes bytes both ways until one side ends.
void Join(int a, int b) {
  pollfd ends[2] = {{.fd = a, .events = POLLIN}, {.fd = b, .events = POLLIN}};
  char buffer[16'384];
  while (::poll(ends, 2, 10'000) > 0) {
    for (int i = 0; i < 2; ++i) {
      if (ends[i].revents == 0) continue;
      const ssize_t got = ::recv(ends[i].fd, buffer, sizeof(buffer), 0);
      if (got <= 0) return;
      for (ssize_t at = 0; at < got;) {
        const ssize_t sent =
            ::send(ends[1 - i].fd, buffer + at, static_cast<size_t>(got - at),
                   MSG_NOSIGNAL);
        if (sent <= 0) return;
        at += sent;
      }
    }
  }
}

}  // namespace

struct AskingServer::Server {
  httplib::SSLServer server;
};

AskingServer::AskingServer(const std::string& certificate,
                           const std::string& key,
                           const std::string& client_ca)
    : server_(new Server{httplib::SSLServer(certificate.c_str(), key.c_str(),
                                            client_ca.c_str())}) {
  httplib::SSLServer& server = server_->server;
  if (!server.is_valid()) std::abort();
  server.Get(".*", [this](const httplib::Request&, httplib::Response& response) {
    ++answers_;
    response.set_content("hello", "text/plain");
  });
  port_ = server.bind_to_any_port("127.0.0.1");
  if (port_ <= 0) std::abort();
  thread_ = std::thread([this] { server_->server.listen_after_bind(); });
  while (!server.is_running()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

AskingServer::~AskingServer() {
  server_->server.stop();
  thread_.join();
}

std::string AskingServer::base() const {
  return absl::StrCat("https://127.0.0.1:", port_);
}

ConnectProxy::ConnectProxy(int target_port) : target_port_(target_port) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  if (listener_ < 0 ||
      ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) !=
          0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

ConnectProxy::~ConnectProxy() {
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

std::string ConnectProxy::url() const {
  return absl::StrCat("http://127.0.0.1:", port_);
}

std::vector<std::string> ConnectProxy::heads() {
  const std::lock_guard lock(mutex_);
  return heads_;
}

void ConnectProxy::Serve() {
  while (true) {
    const int client = ::accept(listener_, nullptr, nullptr);
    if (client < 0) return;
    std::string head;
    char c = 0;
    while (!head.ends_with("\r\n\r\n") && head.size() < 16'384 &&
           ::recv(client, &c, 1, 0) == 1) {
      head += c;
    }
    {
      const std::lock_guard lock(mutex_);
      heads_.push_back(head);
    }
    const int target = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = Loopback(target_port_);
    constexpr char kJoined[] = "HTTP/1.1 200 Connection established\r\n\r\n";
    if (head.starts_with("CONNECT ") &&
        ::connect(target, reinterpret_cast<const sockaddr*>(&address),
                  sizeof(address)) == 0 &&
        ::send(client, kJoined, sizeof(kJoined) - 1, MSG_NOSIGNAL) > 0) {
      Join(client, target);
    }
    ::close(target);
    ::close(client);
  }
}

}  // namespace hashvet::testing
