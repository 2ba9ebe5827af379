// librdkafka's clients, made of the operator's properties and what the worker
// insists on.

#ifndef HASHVET_SRC_KAFKA_CLIENT_H_
#define HASHVET_SRC_KAFKA_CLIENT_H_

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "librdkafka/rdkafka.h"
#include "src/kafka/failure.h"
#include "src/kafka/properties.h"

namespace hashvet::kafka {

// What a client calls, all of it within rd_kafka_poll or rd_kafka_consumer_poll
// on the thread that calls these.
struct ClientCalls {
  std::function<void(rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t*)>
      rebalance;
  std::function<void(rd_kafka_resp_err_t,
                     const rd_kafka_topic_partition_list_t*)>
      committed;
  std::function<void(const rd_kafka_message_t*)> delivered;
};

struct ClientOptions {
  std::vector<Property> properties;
  std::string where;  // the properties' file, for messages
};

using Settings = std::vector<std::pair<std::string, std::string>>;

// One client. Once the brokers were there, its errors are said on standard
// error, without secrets, each kind once a minute at most; before, the last one
// is in what Await returns. Not thread-safe.
class Client {
 public:
  //   defaults  hold where the properties say nothing
  //   own       hold whatever they say
  //
  // Errors: InvalidArgument: the name of a property that librdkafka does not
  // take, or what it says of them together; never a value.
  static absl::StatusOr<std::unique_ptr<Client>> Make(
      rd_kafka_type_t type, const ClientOptions& options,
      const Settings& defaults, const Settings& own, ClientCalls calls);

  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  rd_kafka_t* get() const { return client_; }

  // Waits for the brokers, and for each topic to be there.
  //
  // kNetwork: no broker in time. kAuthentication: we are refused, or they are
  // not proved. kUsage: a topic that does not exist. kOk: all there, or to
  // stop.
  Failure Await(std::span<const std::string> topics,
                std::chrono::milliseconds timeout,
                const std::atomic<bool>& stop);

  // The brokers were there: from now on, errors are said.
  void SayErrors() { says_errors_ = true; }

  // That a client cannot recover from, by itself.
  std::optional<Failure> Fatal() const;

  // Tells people, unless one under the same code was told within a minute.
  void Say(rd_kafka_resp_err_t code, std::string_view text);

 private:
  explicit Client(std::vector<Property> properties, ClientCalls calls)
      : properties_(std::move(properties)), calls_(std::move(calls)) {}
  void OnError(rd_kafka_resp_err_t error, const char* reason);
  static void OnLog(const rd_kafka_t* client, int level, const char* facility,
                    const char* text);

  const std::vector<Property> properties_;
  const ClientCalls calls_;
  rd_kafka_t* client_ = nullptr;
  bool says_errors_ = false;
  bool refused_ = false;    // by a broker, or one that is not proved
  std::string last_error_;  // what the brokers, or the way there, said last
  std::map<rd_kafka_resp_err_t, std::chrono::steady_clock::time_point> said_;
};

// What an error of a topic or group means for the worker: nothing where it goes
// away by itself.
std::optional<Failure> FailureOf(rd_kafka_resp_err_t error,
                                 std::string_view what);

}  // namespace hashvet::kafka

#endif  // HASHVET_SRC_KAFKA_CLIENT_H_
