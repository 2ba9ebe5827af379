#include "tests/kafka/mock_brokers.h"

#include <cstdlib>
#include <thread>
#include <utility>

namespace hashvet::testing {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int16_t kProduceRequest = 0;
// How long nothing more may come before a reader believes that it has all.
constexpr std::chrono::milliseconds kQuiet{300};

rd_kafka_t* NewClient(
    rd_kafka_type_t type,
    const std::vector<std::pair<std::string, std::string>>& settings) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char error[256];
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error,
                          sizeof(error)) != RD_KAFKA_CONF_OK) {
      std::abort();
    }
  }
  rd_kafka_t* client = rd_kafka_new(type, conf, error, sizeof(error));
  if (client == nullptr) std::abort();
  return client;
}

Record RecordOf(const rd_kafka_message_t& message) {
  Record record;
  record.key.assign(static_cast<const char*>(message.key), message.key_len);
  record.has_value = message.payload != nullptr;
  if (record.has_value) {
    record.value.assign(static_cast<const char*>(message.payload), message.len);
  }
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) ==
      RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    for (size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) ==
         RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
      record.headers[name].assign(static_cast<const char*>(value), size);
    }
  }
  return record;
}

}  // namespace

MockBrokers::MockBrokers(int brokers) {
  client_ = NewClient(RD_KAFKA_PRODUCER, {{"log_level", "3"}});
  cluster_ = rd_kafka_mock_cluster_new(client_, brokers);
  if (cluster_ == nullptr) std::abort();
}

MockBrokers::~MockBrokers() {
  rd_kafka_mock_cluster_destroy(cluster_);
  rd_kafka_destroy(client_);
}

std::string MockBrokers::servers() const {
  return rd_kafka_mock_cluster_bootstraps(cluster_);
}

void MockBrokers::Create(const std::string& topic, int partitions) {
  if (rd_kafka_mock_topic_create(cluster_, topic.c_str(), partitions, 1) !=
      RD_KAFKA_RESP_ERR_NO_ERROR) {
    std::abort();
  }
  partitions_[topic] = partitions;
}

void MockBrokers::Hide(const std::string& topic) {
  Create(topic, 1);
  rd_kafka_mock_topic_set_error(cluster_, topic.c_str(),
                                RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
}

void MockBrokers::Produce(const std::string& topic,
                          const std::vector<std::string>& values) {
  rd_kafka_t* producer = NewClient(
      RD_KAFKA_PRODUCER, {{"bootstrap.servers", servers()}, {"acks", "all"}});
  int32_t partition = 0;
  for (const std::string& value : values) {
    rd_kafka_vu_t parts[3];
    parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    parts[0].u.cstr = topic.c_str();
    parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    parts[1].u.i32 = partition;
    parts[2].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[2].u.mem = {const_cast<char*>(value.data()), value.size()};
    if (rd_kafka_produceva(producer, parts, 3) != nullptr) std::abort();
    partition = (partition + 1) % PartitionsOf(topic);
  }
  if (rd_kafka_flush(producer, 20'000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    std::abort();
  }
  rd_kafka_destroy(producer);
}

std::vector<Record> MockBrokers::Read(const std::string& topic, size_t count,
                                      std::chrono::milliseconds timeout) {
  rd_kafka_t* reader =
      NewClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", servers()},
                                    {"group.id", "reader-of-the-test"},
                                    {"enable.auto.commit", "false"}});
  rd_kafka_poll_set_consumer(reader);
  rd_kafka_topic_partition_list_t* list =
      rd_kafka_topic_partition_list_new(PartitionsOf(topic));
  for (int32_t p = 0; p < PartitionsOf(topic); ++p) {
    rd_kafka_topic_partition_list_add(list, topic.c_str(), p)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_kafka_assign(reader, list);
  rd_kafka_topic_partition_list_destroy(list);
  std::map<int32_t, std::vector<Record>> by_partition;
  size_t got = 0;
  const Clock::time_point end = Clock::now() + timeout;
  Clock::time_point last = Clock::now();
  while (Clock::now() < end && (got < count || Clock::now() < last + kQuiet)) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(reader, 50);
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      by_partition[message->partition].push_back(RecordOf(*message));
      ++got;
      last = Clock::now();
    }
    rd_kafka_message_destroy(message);
  }
  rd_kafka_consumer_close(reader);
  rd_kafka_destroy(reader);
  std::vector<Record> records;
  for (auto& [partition, some] : by_partition) {
    for (Record& record : some) records.push_back(std::move(record));
  }
  return records;
}

std::map<int32_t, int64_t> MockBrokers::Committed(const std::string& group,
                                                  const std::string& topic) {
  rd_kafka_t* reader =
      NewClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", servers()},
                                    {"group.id", group},
                                    {"enable.auto.commit", "false"}});
  rd_kafka_topic_partition_list_t* list =
      rd_kafka_topic_partition_list_new(PartitionsOf(topic));
  for (int32_t p = 0; p < PartitionsOf(topic); ++p) {
    rd_kafka_topic_partition_list_add(list, topic.c_str(), p);
  }
  std::map<int32_t, int64_t> committed;
  if (rd_kafka_committed(reader, list, 10'000) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    for (int i = 0; i < list->cnt; ++i) {
      if (list->elems[i].offset < 0) continue;
      committed[list->elems[i].partition] = list->elems[i].offset;
    }
  }
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_destroy(reader);
  return committed;
}

void MockBrokers::RefuseProducing() {
  const std::vector<rd_kafka_resp_err_t> errors(
      10'000, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
  rd_kafka_mock_push_request_errors_array(cluster_, kProduceRequest,
                                          errors.size(), errors.data());
}

void MockBrokers::AllowProducing() {
  rd_kafka_mock_clear_request_errors(cluster_, kProduceRequest);
}

}  // namespace hashvet::testing
