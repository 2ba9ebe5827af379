#include "tests/feeds/other_ends.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>
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

int Listen(int& port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  if (listener < 0 ||
      ::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener, 16) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) !=
          0) {
    std::abort();
  }
  port = ntohs(address.sin_port);
  return listener;
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

AskingServer::AskingServer(const std::string& certificate,
                           const std::string& key, const std::string& client_ca)
    : context_(SSL_CTX_new(TLS_server_method())) {
  if (SSL_CTX_use_certificate_chain_file(context_, certificate.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context_, key.c_str(), SSL_FILETYPE_PEM) !=
          1 ||
      SSL_CTX_load_verify_locations(context_, client_ca.c_str(), nullptr) !=
          1) {
    std::abort();
  }
  SSL_CTX_set_verify(
      context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // whoever leaves early
  listener_ = Listen(port_);
  thread_ = std::thread([this] { Serve(); });
}

AskingServer::~AskingServer() {
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
  SSL_CTX_free(context_);
}

std::string AskingServer::base() const {
  return absl::StrCat("https://127.0.0.1:", port_);
}

void AskingServer::Serve() {
  while (true) {
    const int client = ::accept(listener_, nullptr, nullptr);
    if (client < 0) return;
    const timeval wait = {.tv_sec = 5};
    (void)::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    SSL* const ssl = SSL_new(context_);
    SSL_set_fd(ssl, client);
    char buffer[4096];
    if (SSL_accept(ssl) == 1) {
      if (SSL_read(ssl, buffer, sizeof(buffer)) > 0) {
        ++answers_;
        constexpr char kAnswer[] =
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        (void)SSL_write(ssl, kAnswer, sizeof(kAnswer) - 1);
      }
      (void)SSL_shutdown(ssl);
    }
    while (::recv(client, buffer, sizeof(buffer), 0) > 0) {
    }
    SSL_free(ssl);
    ::close(client);
  }
}

ConnectProxy::ConnectProxy(int target_port) : target_port_(target_port) {
  listener_ = Listen(port_);
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
