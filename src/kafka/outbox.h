// Answers and dead letters on their way to the brokers. Each is kept until the
// brokers have acknowledged it; that, and nothing else, is an answer.

#ifndef HASHVET_SRC_KAFKA_OUTBOX_H_
#define HASHVET_SRC_KAFKA_OUTBOX_H_

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "src/kafka/client.h"
#include "src/kafka/commit_points.h"
#include "src/kafka/failure.h"

namespace hashvet::kafka {

struct Letter {
  Ticket ticket;
  bool dead = false;  // for the dead-letter topic
  std::string key;
  std::string value;
  std::vector<std::pair<std::string, std::string>> headers;
  size_t message_bytes = 0;  // of the message that it answers
  std::chrono::steady_clock::time_point taken;
};

// Not thread-safe.
class Outbox {
 public:
  struct Calls {
    std::function<void(const Letter&)> acknowledged;
    std::function<void(Letter)> too_large;  // no broker takes it
  };

  // Idempotent: what the client sends again is there once. Without a property
  // that says otherwise it tries for ever.
  static absl::StatusOr<std::unique_ptr<Outbox>> Make(
      const ClientOptions& options, const std::string& results,
      const std::string& dead_letters, Calls calls);
  ~Outbox();

  void Send(Letter letter);
  // Calls back about what was acknowledged meanwhile, and sends what waits.
  void Serve(std::chrono::milliseconds timeout);

  // Not yet acknowledged: how many, and the bytes of their values.
  size_t open() const { return open_; }
  size_t bytes() const { return bytes_; }
  const std::optional<Failure>& failure() const { return failure_; }
  Client& client() { return *client_; }

 private:
  explicit Outbox(Calls calls) : calls_(std::move(calls)) {}
  bool Produce(std::unique_ptr<Letter>& letter);  // false: no room just now
  void Delivered(const rd_kafka_message_t* message);
  void Refused(std::unique_ptr<Letter> letter, rd_kafka_resp_err_t error);

  const Calls calls_;
  std::unique_ptr<Client> client_;
  rd_kafka_topic_t* results_ = nullptr;
  rd_kafka_topic_t* dead_letters_ = nullptr;
  std::deque<std::unique_ptr<Letter>> waiting_;
  size_t open_ = 0;
  size_t bytes_ = 0;
  std::optional<Failure> failure_;
};

}  // namespace hashvet::kafka

#endif  // HASHVET_SRC_KAFKA_OUTBOX_H_
