#include "src/kafka/input_topic.h"

#include "absl/strings/str_cat.h"
#include "hashvet/base/metrics.h"

namespace hashvet::kafka {
namespace {

struct ListDeleter {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
using ListPtr = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDeleter>;

struct QueueDeleter {
  void operator()(rd_kafka_queue_t* queue) const {
    rd_kafka_queue_destroy(queue);
  }
};
using QueuePtr = std::unique_ptr<rd_kafka_queue_t, QueueDeleter>;

// A commit and a farewell that are waited for. Brokers that are away do not
// hold up the end: what is not committed is answered once more.
constexpr std::chrono::seconds kBrokersTake{5};
constexpr int kPollMs = 50;

ListPtr NewList(size_t size) {
  return ListPtr(rd_kafka_topic_partition_list_new(static_cast<int>(size)));
}

void Destroy(rd_kafka_error_t* error) {
  if (error != nullptr) rd_kafka_error_destroy(error);
}

}  // namespace

absl::StatusOr<std::unique_ptr<InputTopic>> InputTopic::Make(
    const ClientOptions& client, const InputOptions& options,
    CommitPoints& points,
    std::function<void(std::span<const int32_t>)> revoking) {
  std::unique_ptr<InputTopic> input(
      new InputTopic(options, points, std::move(revoking)));
  InputTopic* const raw = input.get();
  ClientCalls calls;
  calls.rebalance = [raw](rd_kafka_resp_err_t error,
                          rd_kafka_topic_partition_list_t* list) {
    raw->Rebalance(error, list);
  };
  calls.committed = [raw](rd_kafka_resp_err_t error,
                          const rd_kafka_topic_partition_list_t* list) {
    raw->Committed(error, list);
  };
  Settings own = {{"group.id", options.group},
                  {"enable.auto.commit", "false"},
                  {"enable.auto.offset.store", "false"},
                  {"partition.assignment.strategy", "cooperative-sticky"},
                  {"allow.auto.create.topics", "false"},
                  {"isolation.level", "read_committed"}};
  if (!options.instance.empty()) {
    own.emplace_back("group.instance.id", options.instance);
  }
  // A new group begins at the beginning: an upload is not passed over because
  // it came before the worker. What is fetched ahead is bounded.
  auto made = Client::Make(RD_KAFKA_CONSUMER, client,
                           {{"auto.offset.reset", "earliest"},
                            {"queued.max.messages.kbytes", "16384"}},
                           own, std::move(calls));
  if (!made.ok()) return made.status();
  input->client_ = *std::move(made);
  return input;
}

InputTopic::~InputTopic() { Close(); }

Failure InputTopic::Join() {
  rd_kafka_poll_set_consumer(client_->get());
  const ListPtr topics = NewList(1);
  rd_kafka_topic_partition_list_add(topics.get(), options_.topic.c_str(),
                                    RD_KAFKA_PARTITION_UA);
  const rd_kafka_resp_err_t error =
      rd_kafka_subscribe(client_->get(), topics.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return {
        cli::ExitCode::kUsage,
        absl::StrCat("kafka: ", rd_kafka_err2str(error), ": ", options_.topic)};
  }
  joined_ = true;
  return {cli::ExitCode::kOk, ""};
}

MessagePtr InputTopic::Next(std::chrono::milliseconds timeout) {
  MessagePtr message(rd_kafka_consumer_poll(client_->get(),
                                            static_cast<int>(timeout.count())));
  if (message == nullptr || message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    return message;
  }
  if (!failure_.has_value()) {
    failure_ = FailureOf(message->err, options_.topic);
    // It was there at first. Brokers that start anew do not know it yet; where
    // it was taken away there is nothing to answer, and nothing is lost.
    if (failure_.has_value() && failure_->code == cli::ExitCode::kUsage) {
      failure_.reset();
    }
    if (!failure_.has_value()) failure_ = client_->Fatal();
  }
  if (!failure_.has_value()) {
    GetCounter("hashvet_kafka_input_errors_total").Add();
    client_->Say(message->err,
                 absl::StrCat("kafka: ", rd_kafka_message_errstr(message.get()),
                              ": ", options_.topic));
  }
  return nullptr;
}

void InputTopic::Rebalance(rd_kafka_resp_err_t error,
                           rd_kafka_topic_partition_list_t* list) {
  rd_kafka_t* const client = client_->get();
  GetCounter("hashvet_kafka_rebalances_total").Add();
  std::vector<int32_t> partitions;
  for (int i = 0; i < list->cnt; ++i) {
    partitions.push_back(list->elems[i].partition);
  }
  if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    for (const int32_t partition : partitions) points_.Assign(partition);
    Destroy(rd_kafka_incremental_assign(client, list));
    if (paused_) SetPaused(partitions, true);
    return;
  }
  // Partitions that are lost are another's already: nothing may be committed.
  if (error == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS &&
      rd_kafka_assignment_lost(client) == 0) {
    revoking_(partitions);
    Commit(/*wait=*/true);
  }
  for (const int32_t partition : partitions) points_.Revoke(partition);
  Destroy(rd_kafka_incremental_unassign(client, list));
}

void InputTopic::Commit(bool wait) {
  const std::vector<CommitPoint> due = points_.Due();
  if (due.empty()) return;
  GetCounter("hashvet_kafka_commits_total").Add();
  const ListPtr list = NewList(due.size());
  for (const CommitPoint& point : due) {
    rd_kafka_topic_partition_list_add(list.get(), options_.topic.c_str(),
                                      point.partition)
        ->offset = point.next;
  }
  if (!wait) {
    rd_kafka_commit(client_->get(), list.get(), /*async=*/1);
    return;
  }
  // On a queue of its own, since the call that waits does so for as long as the
  // brokers are away.
  const QueuePtr queue(rd_kafka_queue_new(client_->get()));
  bool answered = false;
  const auto hear = [&](rd_kafka_resp_err_t error,
                        const rd_kafka_topic_partition_list_t* offsets) {
    answered = true;
    Committed(error, offsets);
  };
  using Hear = decltype(hear);
  if (rd_kafka_commit_queue(
          client_->get(), list.get(), queue.get(),
          [](rd_kafka_t*, rd_kafka_resp_err_t error,
             rd_kafka_topic_partition_list_t* offsets,
             void* opaque) { (*static_cast<Hear*>(opaque))(error, offsets); },
          const_cast<void*>(static_cast<const void*>(&hear))) !=
      RD_KAFKA_RESP_ERR_NO_ERROR) {
    return;
  }
  const auto end = std::chrono::steady_clock::now() + kBrokersTake;
  while (!answered && std::chrono::steady_clock::now() < end) {
    rd_kafka_queue_poll_callback(queue.get(), kPollMs);
  }
}

void InputTopic::Committed(rd_kafka_resp_err_t error,
                           const rd_kafka_topic_partition_list_t* list) {
  if (list == nullptr || error == RD_KAFKA_RESP_ERR__NO_OFFSET) return;
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& at = list->elems[i];
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR &&
        at.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      points_.Committed({at.partition, at.offset});
    } else {
      // It stays due. Where it never comes to be, others answer once more.
      GetCounter("hashvet_kafka_commit_errors_total").Add();
    }
  }
}

void InputTopic::SetPaused(const std::vector<int32_t>& partitions, bool pause) {
  if (partitions.empty()) return;
  const ListPtr list = NewList(partitions.size());
  for (const int32_t partition : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), options_.topic.c_str(),
                                      partition);
  }
  if (pause) {
    rd_kafka_pause_partitions(client_->get(), list.get());
  } else {
    rd_kafka_resume_partitions(client_->get(), list.get());
  }
}

void InputTopic::Pause() {
  if (paused_) return;
  paused_ = true;
  GetCounter("hashvet_kafka_pauses_total").Add();
  SetPaused(points_.partitions(), true);
}

void InputTopic::Resume() {
  if (!paused_) return;
  paused_ = false;
  SetPaused(points_.partitions(), false);
}

void InputTopic::Close() {
  if (!joined_) return;
  joined_ = false;
  Commit(/*wait=*/true);
  const QueuePtr queue(rd_kafka_queue_new(client_->get()));
  Destroy(rd_kafka_consumer_close_queue(client_->get(), queue.get()));
  const auto end = std::chrono::steady_clock::now() + kBrokersTake;
  while (rd_kafka_consumer_closed(client_->get()) == 0 &&
         std::chrono::steady_clock::now() < end) {
    rd_kafka_queue_poll_callback(queue.get(), kPollMs);
  }
  // Its destruction would wait for the brokers until the session times out. The
  // process ends now, and its threads with it.
  if (rd_kafka_consumer_closed(client_->get()) == 0) (void)client_.release();
}

uint64_t InputTopic::lag() const {
  if (client_ == nullptr) return 0;
  uint64_t lag = 0;
  for (const int32_t partition : points_.partitions()) {
    const std::optional<int64_t> position = points_.position(partition);
    int64_t low = 0;
    int64_t high = 0;
    if (!position.has_value() ||
        rd_kafka_get_watermark_offsets(client_->get(), options_.topic.c_str(),
                                       partition, &low,
                                       &high) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        high <= *position) {
      continue;
    }
    lag += static_cast<uint64_t>(high - *position);
  }
  return lag;
}

}  // namespace hashvet::kafka
