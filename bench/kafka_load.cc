// The other side of hashvet-kafka, for ./dev evidence scale: makes topics,
// sends messages, reads every answer and says what came of them, in one JSON
// object.
//
//   kafka_load create PROPERTIES TOPIC PARTITIONS
//   kafka_load list FIRST COUNT STEP            hashes, a text list on stdout
//   kafka_load send PROPERTIES TOPIC             lines of stdin, a message each
//   kafka_load read PROPERTIES TOPIC COUNT       keys of COUNT records, a line
//                                                each, a TAB and the reason
//   kafka_load run PROPERTIES IN OUT DEAD COUNT PER_SECOND SECONDS [ANSWERS]
//
// `run` sends items 0 to COUNT - 1 (PER_SECOND 0: as fast as it can), every
// thousandth of them poison unless PER_SECOND is 0, and reads answers and dead
// letters until every item has one, or nobody answers for SECONDS. An item's
// hash is made of its number. ANSWERS: a file for every key and its outcome, a
// line each, a TAB between them.

#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <initializer_list>
#include <iostream>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "librdkafka/rdkafka.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kPoisonEvery = 1000;

[[noreturn]] void Die(const char* what, const char* why) {
  std::fprintf(stderr, "kafka_load: %s: %s\n", what, why);
  std::exit(1);
}

// Of all threads, so far.
double CpuSeconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

uint64_t Mix(uint64_t x) {  // SplitMix64
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

std::string HashOf(uint64_t item) {
  char text[65];
  for (int i = 0; i < 4; ++i) {
    std::snprintf(text + 16 * i, 17, "%016" PRIx64,
                  Mix(4 * item + static_cast<uint64_t>(i)));
  }
  return text;
}

rd_kafka_t* NewClient(
    rd_kafka_type_t type, const char* properties,
    const std::vector<std::pair<std::string, std::string>>& more) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char error[512];
  const auto set = [&](const std::string& name, const std::string& value) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error,
                          sizeof(error)) != RD_KAFKA_CONF_OK) {
      Die(name.c_str(), error);
    }
  };
  std::ifstream file(properties);
  for (std::string line; std::getline(file, line);) {
    const size_t sign = line.find('=');
    if (sign != std::string::npos) {
      set(line.substr(0, sign), line.substr(sign + 1));
    }
  }
  set("log_level", "0");
  for (const auto& [name, value] : more) set(name, value);
  rd_kafka_t* client = rd_kafka_new(type, conf, error, sizeof(error));
  if (client == nullptr) Die("client", error);
  return client;
}

int Create(const char* properties, const char* topic, int partitions) {
  rd_kafka_t* client = NewClient(RD_KAFKA_PRODUCER, properties, {});
  char error[512];
  rd_kafka_NewTopic_t* wanted =
      rd_kafka_NewTopic_new(topic, partitions, 1, error, sizeof(error));
  if (wanted == nullptr) Die("topic", error);
  rd_kafka_queue_t* queue = rd_kafka_queue_new(client);
  rd_kafka_CreateTopics(client, &wanted, 1, nullptr, queue);
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 30'000);
  if (event == nullptr) Die(topic, "no answer");
  const rd_kafka_CreateTopics_result_t* result =
      rd_kafka_event_CreateTopics_result(event);
  size_t count = 0;
  const rd_kafka_topic_result_t** topics =
      rd_kafka_CreateTopics_result_topics(result, &count);
  if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR || count != 1 ||
      rd_kafka_topic_result_error(topics[0]) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    Die(topic, count == 1 && rd_kafka_topic_result_error_string(topics[0])
                   ? rd_kafka_topic_result_error_string(topics[0])
                   : rd_kafka_event_error_string(event));
  }
  rd_kafka_event_destroy(event);
  rd_kafka_queue_destroy(queue);
  rd_kafka_NewTopic_destroy(wanted);
  // Made, and known to who asks.
  rd_kafka_topic_t* handle = rd_kafka_topic_new(client, topic, nullptr);
  for (int known = 0, tries = 0; known == 0; ++tries) {
    const rd_kafka_metadata_t* metadata = nullptr;
    if (tries == 100) Die(topic, "made, and not there");
    if (rd_kafka_metadata(client, 0, handle, &metadata, 5000) ==
        RD_KAFKA_RESP_ERR_NO_ERROR) {
      known = metadata->topics[0].partition_cnt;
      rd_kafka_metadata_destroy(metadata);
    }
    if (known == 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  rd_kafka_topic_destroy(handle);
  rd_kafka_destroy(client);
  return 0;
}

void Send(const char* properties, const char* topic,
          const std::vector<std::string>& messages, uint64_t per_second) {
  rd_kafka_t* producer = NewClient(RD_KAFKA_PRODUCER, properties,
                                   {{"enable.idempotence", "true"},
                                    {"linger.ms", "5"},
                                    {"message.timeout.ms", "0"}});
  rd_kafka_topic_t* to = rd_kafka_topic_new(producer, topic, nullptr);
  const Clock::time_point begin = Clock::now();
  for (size_t i = 0; i < messages.size(); ++i) {
    const std::string& message = messages[i];
    while (rd_kafka_produce(to, RD_KAFKA_PARTITION_UA, 0,
                            const_cast<char*>(message.data()), message.size(),
                            &i, sizeof(i), nullptr) != 0) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        Die("produce", rd_kafka_err2str(rd_kafka_last_error()));
      }
      rd_kafka_poll(producer, 10);
    }
    if (i % 64 == 0) rd_kafka_poll(producer, 0);
    if (per_second > 0) {
      std::this_thread::sleep_until(
          begin + std::chrono::microseconds(1'000'000 * i / per_second));
    }
  }
  if (rd_kafka_flush(producer, 120'000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    Die("produce", "not all was taken within 120 s");
  }
  rd_kafka_topic_destroy(to);
  rd_kafka_destroy(producer);
}

// What there is between the first pair of quotes.
std::string_view Quoted(std::string_view text) {
  const size_t begin = text.find('"');
  if (begin == std::string_view::npos) return {};
  const size_t end = text.find('"', begin + 1);
  return end == std::string_view::npos
             ? std::string_view()
             : text.substr(begin + 1, end - begin - 1);
}

void AssignAll(rd_kafka_t* reader, std::initializer_list<const char*> topics) {
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(8);
  for (const char* topic : topics) {
    rd_kafka_topic_t* handle = rd_kafka_topic_new(reader, topic, nullptr);
    const rd_kafka_metadata_t* metadata = nullptr;
    if (rd_kafka_metadata(reader, 0, handle, &metadata, 30'000) !=
        RD_KAFKA_RESP_ERR_NO_ERROR) {
      Die(topic, "no metadata");
    }
    for (int p = 0; p < metadata->topics[0].partition_cnt; ++p) {
      rd_kafka_topic_partition_list_add(list, topic, p)->offset =
          RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(handle);
  }
  rd_kafka_assign(reader, list);
  rd_kafka_topic_partition_list_destroy(list);
}

int Run(const char* properties, const char* in, const char* out,
        const char* dead, uint64_t count, uint64_t per_second, int patience_s,
        const char* answers) {
  std::vector<std::string> messages;
  uint64_t poison = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const std::string id = "item-" + std::to_string(i);
    if (per_second > 0 && i % kPoisonEvery == 0) {
      messages.push_back(i % (2 * kPoisonEvery) == 0
                             ? "no json " + id
                             : "{\"v\":9,\"id\":\"" + id + "\"}");
      ++poison;
      continue;
    }
    messages.push_back("{\"v\":1,\"id\":\"" + id +
                       "\",\"kind\":\"pdq\",\"hash\":\"" + HashOf(i) + "\"}");
  }
  rd_kafka_t* reader =
      NewClient(RD_KAFKA_CONSUMER, properties,
                {{"group.id", "kafka-load"}, {"enable.auto.commit", "false"}});
  rd_kafka_poll_set_consumer(reader);
  AssignAll(reader, {out, dead});
  // Connected, and at the end of what is there, before the time begins.
  rd_kafka_message_t* none = rd_kafka_consumer_poll(reader, 1000);
  if (none != nullptr) rd_kafka_message_destroy(none);

  const double cpu_began = CpuSeconds();
  const Clock::time_point begin = Clock::now();
  std::thread sender([&] { Send(properties, in, messages, per_second); });
  std::unordered_map<std::string, size_t> values;  // by key: the value's hash
  std::set<std::string> ids;
  std::set<std::string> letters;
  std::set<std::string> versions;
  std::unordered_map<std::string, uint64_t> outcomes;
  std::ofstream told;
  if (answers != nullptr) told.open(answers);
  uint64_t records = 0;
  uint64_t dead_records = 0;
  uint64_t conflicts = 0;
  Clock::time_point last = begin;
  Clock::time_point all = begin;
  constexpr std::chrono::seconds kQuiet{2};  // for what is sent once more
  for (;;) {
    const bool complete =
        ids.size() == count - poison && letters.size() == poison;
    const Clock::time_point now = Clock::now();
    if (now > last + (complete ? kQuiet : std::chrono::seconds(patience_s))) {
      break;
    }
    rd_kafka_message_t* message = rd_kafka_consumer_poll(reader, 50);
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const std::string key(static_cast<const char*>(message->key),
                            message->key_len);
      const std::string_view value(static_cast<const char*>(message->payload),
                                   message->payload ? message->len : 0);
      last = Clock::now();
      if (std::strcmp(rd_kafka_topic_name(message->rkt), dead) == 0) {
        ++dead_records;
        letters.insert(key);
      } else {
        ++records;
        const size_t digest = std::hash<std::string_view>()(value);
        const auto [at, is_new] = values.emplace(key, digest);
        if (!is_new && at->second != digest) ++conflicts;
        if (is_new) {
          ids.emplace(Quoted(key));
          const size_t colon = value.find("\"outcome\":");
          const std::string outcome(colon == std::string_view::npos
                                        ? "none"
                                        : Quoted(value.substr(colon + 10)));
          ++outcomes[outcome];
          if (answers != nullptr) told << key << '\t' << outcome << '\n';
          const size_t comma = key.find("\",\"");
          versions.insert(key.substr(comma == std::string::npos ? 0 : comma));
        }
      }
      if (!complete && ids.size() == count - poison &&
          letters.size() == poison) {
        all = Clock::now();
      }
    }
    rd_kafka_message_destroy(message);
  }
  sender.join();
  rd_kafka_consumer_close(reader);
  rd_kafka_destroy(reader);
  told.close();
  if (told.fail() && answers != nullptr) Die(answers, "not written");
  std::printf(
      "{\"items\":%" PRIu64 ",\"answered\":%zu,\"poison\":%" PRIu64
      ",\"dead_letters\":%zu,\"records\":%" PRIu64 ",\"dead_records\":%" PRIu64
      ",\"keys\":%zu,\"versions\":%zu,"
      "\"conflicts\":%" PRIu64 ",\"matches\":%" PRIu64
      ",\"no_matches\":%" PRIu64 ",\"seconds\":%.3f,\"cpu_seconds\":%.3f}\n",
      count, ids.size(), poison, letters.size(), records, dead_records,
      values.size(), versions.size(), conflicts, outcomes["match"],
      outcomes["no_match"], std::chrono::duration<double>(all - begin).count(),
      CpuSeconds() - cpu_began);
  return 0;
}

int SendLines(const char* properties, const char* topic) {
  std::vector<std::string> messages;
  for (std::string line; std::getline(std::cin, line);) {
    messages.push_back(line);
  }
  Send(properties, topic, messages, 0);
  return 0;
}

int ReadKeys(const char* properties, const char* topic, int count) {
  rd_kafka_t* reader =
      NewClient(RD_KAFKA_CONSUMER, properties,
                {{"group.id", "kafka-load"}, {"enable.auto.commit", "false"}});
  rd_kafka_poll_set_consumer(reader);
  AssignAll(reader, {topic});
  const Clock::time_point end = Clock::now() + std::chrono::seconds(30);
  while (count > 0 && Clock::now() < end) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(reader, 100);
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      rd_kafka_headers_t* headers = nullptr;
      const void* reason = "";
      size_t size = 0;
      if (rd_kafka_message_headers(message, &headers) ==
          RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_header_get_last(headers, "hashvet-reason", &reason, &size);
      }
      std::printf("%.*s\t%.*s\n", static_cast<int>(message->key_len),
                  static_cast<const char*>(message->key),
                  static_cast<int>(size), static_cast<const char*>(reason));
      --count;
    }
    rd_kafka_message_destroy(message);
  }
  rd_kafka_consumer_close(reader);
  rd_kafka_destroy(reader);
  return count == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "create" && argc == 5) {
    return Create(argv[2], argv[3], std::atoi(argv[4]));
  }
  if (what == "list" && argc == 5) {
    const uint64_t first = std::strtoull(argv[2], nullptr, 10);
    const uint64_t count = std::strtoull(argv[3], nullptr, 10);
    const uint64_t step = std::strtoull(argv[4], nullptr, 10);
    for (uint64_t i = 0; i < count; ++i) {
      std::printf("%s\n", HashOf(first + i * step).c_str());
    }
    return 0;
  }
  if (what == "send" && argc == 4) return SendLines(argv[2], argv[3]);
  if (what == "read" && argc == 5) {
    return ReadKeys(argv[2], argv[3], std::atoi(argv[4]));
  }
  if (what == "run" && (argc == 9 || argc == 10)) {
    return Run(
        argv[2], argv[3], argv[4], argv[5], std::strtoull(argv[6], nullptr, 10),
        std::strtoull(argv[7], nullptr, 10), std::atoi(argv[8]), argv[9]);
  }
  std::fprintf(stderr, "kafka_load: see the head of bench/kafka_load.cc\n");
  return 2;
}
