// librdkafka's mock brokers in the test's own process, and a producer and a
// reader on them.

#ifndef HASHVET_TESTS_KAFKA_MOCK_BROKERS_H_
#define HASHVET_TESTS_KAFKA_MOCK_BROKERS_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "librdkafka/rdkafka.h"
#include "librdkafka/rdkafka_mock.h"

namespace hashvet::testing {

struct Record {
  std::string key;
  std::string value;
  bool has_value = false;
  std::map<std::string, std::string> headers;
};

class MockBrokers {
 public:
  explicit MockBrokers(int brokers = 1);
  MockBrokers(const MockBrokers&) = delete;
  MockBrokers& operator=(const MockBrokers&) = delete;
  ~MockBrokers();

  std::string servers() const;
  void Create(const std::string& topic, int partitions);

  // Whoever asks for the topic is told that there is none.
  void Hide(const std::string& topic);

  // Spread over the partitions in turn; acknowledged when it returns.
  void Produce(const std::string& topic,
               const std::vector<std::string>& values);

  // Waits until the topic holds `count` records in all, and a little longer for
  // more; by partition, in order.
  std::vector<Record> Read(
      const std::string& topic, size_t count,
      std::chrono::milliseconds timeout = std::chrono::seconds(20));

  // Next offsets committed by the group, a partition without one left out.
  std::map<int32_t, int64_t> Committed(const std::string& group,
                                       const std::string& topic);

  // Whoever produces is told to try again, until it is allowed.
  void RefuseProducing();
  void AllowProducing();

 private:
  int PartitionsOf(const std::string& topic) { return partitions_[topic]; }

  rd_kafka_t* client_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
  std::map<std::string, int> partitions_;
};

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_KAFKA_MOCK_BROKERS_H_
