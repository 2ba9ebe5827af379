// The messages of the input topic, as a member of a consumer group: partitions
// come and go (cooperatively: those that stay are not interrupted), and an
// offset is committed when CommitPoints says so.

#ifndef HASHVET_SRC_KAFKA_INPUT_TOPIC_H_
#define HASHVET_SRC_KAFKA_INPUT_TOPIC_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "src/kafka/client.h"
#include "src/kafka/commit_points.h"
#include "src/kafka/failure.h"

namespace hashvet::kafka {

struct InputOptions {
  std::string topic;
  std::string group;
  std::string instance;  // of a static member; empty: none
};

struct MessageDeleter {
  void operator()(rd_kafka_message_t* message) const {
    rd_kafka_message_destroy(message);
  }
};
using MessagePtr = std::unique_ptr<rd_kafka_message_t, MessageDeleter>;

// Not thread-safe.
class InputTopic {
 public:
  //   points    must outlive this
  //   revoking  is called before partitions are given back: what it still
  //             acknowledges in `points` is committed
  static absl::StatusOr<std::unique_ptr<InputTopic>> Make(
      const ClientOptions& client, const InputOptions& options,
      CommitPoints& points,
      std::function<void(std::span<const int32_t>)> revoking);
  ~InputTopic();

  // The client, to wait for the brokers with before Join.
  Client& client() { return *client_; }

  // kOk, or why not.
  Failure Join();

  // The next message, or null where there is none in time. Rebalances happen
  // within.
  MessagePtr Next(std::chrono::milliseconds timeout);

  // Partitions that are ours, and those that come, give nothing until resumed.
  // Next is to be called all the same: the group wants a sign of life.
  void Pause();
  void Resume();
  bool paused() const { return paused_; }

  // What is due. The word on it comes in Next, or is waited for, a few seconds
  // at most.
  void Commit(bool wait);

  // Leaves, after a last commit. A static member leaves without a word, so that
  // its next process finds its partitions where they were. Nothing but lag may
  // be called after it.
  void Close();

  // Messages that are in our partitions and have no acknowledged answer, as far
  // as the brokers have told.
  uint64_t lag() const;

  const std::optional<Failure>& failure() const { return failure_; }

 private:
  InputTopic(InputOptions options, CommitPoints& points,
             std::function<void(std::span<const int32_t>)> revoking)
      : options_(std::move(options)),
        points_(points),
        revoking_(std::move(revoking)) {}
  void Rebalance(rd_kafka_resp_err_t error,
                 rd_kafka_topic_partition_list_t* list);
  void Committed(rd_kafka_resp_err_t error,
                 const rd_kafka_topic_partition_list_t* list);
  void SetPaused(const std::vector<int32_t>& partitions, bool pause);

  const InputOptions options_;
  CommitPoints& points_;
  const std::function<void(std::span<const int32_t>)> revoking_;
  std::unique_ptr<Client> client_;
  bool joined_ = false;
  bool paused_ = false;
  std::optional<Failure> failure_;
};

}  // namespace hashvet::kafka

#endif  // HASHVET_SRC_KAFKA_INPUT_TOPIC_H_
