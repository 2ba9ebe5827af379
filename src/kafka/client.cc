#include "src/kafka/client.h"

#include <syslog.h>

#include <algorithm>
#include <thread>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "src/cli/output.h"

namespace hashvet::kafka {
namespace {

constexpr std::chrono::minutes kBetweenSameWords{1};
constexpr int kMetadataTimeoutMs = 1000;
// A topic that was just made is not known to every broker at once.
constexpr std::chrono::milliseconds kNewTopicTakes{3000};
constexpr std::chrono::milliseconds kBetweenLooks{100};
constexpr size_t kErrorBytes = 512;

bool Names(std::span<const Property> properties, std::string_view name) {
  return std::any_of(properties.begin(), properties.end(),
                     [&](const Property& p) { return p.name == name; });
}

Client& ClientOf(void* opaque) { return *static_cast<Client*>(opaque); }

struct ConfDeleter {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};

struct TopicDeleter {
  void operator()(rd_kafka_topic_t* topic) const {
    rd_kafka_topic_destroy(topic);
  }
};

struct MetadataDeleter {
  void operator()(const rd_kafka_metadata_t* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
};

// One topic: OK, or the brokers' word on it.
rd_kafka_resp_err_t Look(rd_kafka_t* client, const std::string& name) {
  const std::unique_ptr<rd_kafka_topic_t, TopicDeleter> topic(
      rd_kafka_topic_new(client, name.c_str(), nullptr));
  if (topic == nullptr) return rd_kafka_last_error();
  const rd_kafka_metadata_t* got = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_metadata(client, 0, topic.get(), &got, kMetadataTimeoutMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
  const std::unique_ptr<const rd_kafka_metadata_t, MetadataDeleter> metadata(
      got);
  if (metadata->topic_cnt != 1) return RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
  return metadata->topics[0].err;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Client::Make(
    rd_kafka_type_t type, const ClientOptions& options,
    const Settings& defaults, const Settings& own, ClientCalls calls) {
  std::unique_ptr<rd_kafka_conf_t, ConfDeleter> conf(rd_kafka_conf_new());
  char error[kErrorBytes] = "";
  for (const Property& property : options.properties) {
    // What librdkafka says of it repeats the value.
    if (rd_kafka_conf_set(conf.get(), property.name.c_str(),
                          property.value.c_str(), error,
                          sizeof(error)) != RD_KAFKA_CONF_OK) {
      return absl::InvalidArgumentError(absl::StrCat(
          "properties: ", property.name,
          ": librdkafka has no such property, or does not take the value: ",
          options.where, ":", property.line));
    }
  }
  for (const Settings* settings : {&defaults, &own}) {
    for (const auto& [name, value] : *settings) {
      if (settings == &defaults && Names(options.properties, name)) continue;
      if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), error,
                            sizeof(error)) != RD_KAFKA_CONF_OK) {
        return absl::InvalidArgumentError(error);
      }
    }
  }
  std::unique_ptr<Client> client(
      new Client(options.properties, std::move(calls)));
  rd_kafka_conf_set_opaque(conf.get(), client.get());
  rd_kafka_conf_set_log_cb(conf.get(), &Client::OnLog);
  rd_kafka_conf_set_error_cb(conf.get(), [](rd_kafka_t*, int code,
                                            const char* reason, void* opaque) {
    ClientOf(opaque).OnError(static_cast<rd_kafka_resp_err_t>(code), reason);
  });
  if (client->calls_.rebalance) {
    rd_kafka_conf_set_rebalance_cb(
        conf.get(), [](rd_kafka_t*, rd_kafka_resp_err_t code,
                       rd_kafka_topic_partition_list_t* list, void* opaque) {
          ClientOf(opaque).calls_.rebalance(code, list);
        });
  }
  if (client->calls_.committed) {
    rd_kafka_conf_set_offset_commit_cb(
        conf.get(), [](rd_kafka_t*, rd_kafka_resp_err_t code,
                       rd_kafka_topic_partition_list_t* list, void* opaque) {
          ClientOf(opaque).calls_.committed(code, list);
        });
  }
  if (client->calls_.delivered) {
    rd_kafka_conf_set_dr_msg_cb(
        conf.get(),
        [](rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
          ClientOf(opaque).calls_.delivered(message);
        });
  }
  client->client_ = rd_kafka_new(type, conf.get(), error, sizeof(error));
  if (client->client_ == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "properties: ", ToAbsl(WithoutSecrets(error, options.properties)), ": ",
        options.where));
  }
  (void)conf.release();  // it is the client's now
  return client;
}

Client::~Client() {
  // InputTopic has said farewell, as far as anybody listened.
  if (client_ != nullptr) {
    rd_kafka_destroy_flags(client_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }
}

void Client::Say(rd_kafka_resp_err_t code, std::string_view text) {
  const auto now = std::chrono::steady_clock::now();
  const auto [at, is_new] = said_.emplace(code, now);
  if (!is_new && now - at->second < kBetweenSameWords) return;
  at->second = now;
  cli::Say(WithoutSecrets(text, properties_));
}

void Client::OnError(rd_kafka_resp_err_t error, const char* reason) {
  if (error == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
      error == RD_KAFKA_RESP_ERR__SSL) {
    refused_ = true;
  }
  last_error_ = WithoutSecrets(reason, properties_);
  if (says_errors_) Say(error, absl::StrCat("kafka: ", last_error_));
}

void Client::OnLog(const rd_kafka_t* client, int level, const char* facility,
                   const char* text) {
  const auto* self = static_cast<const Client*>(rd_kafka_opaque(client));
  const std::string_view word = facility;
  // A property of the other kind of client is no mistake: both get them all.
  // What is said as FAIL comes as an error, too.
  if (word == "CONFWARN" || word == "FAIL" || self == nullptr) return;
  if (level > LOG_WARNING && !Names(self->properties_, "debug")) return;
  cli::Say(WithoutSecrets(absl::StrCat("kafka: ", facility, ": ", text),
                          self->properties_));
}

Failure Client::Await(std::span<const std::string> topics,
                      std::chrono::milliseconds timeout,
                      const std::atomic<bool>& stop) {
  const auto begin = std::chrono::steady_clock::now();
  const auto end = begin + timeout;
  for (const std::string& topic : topics) {
    while (!stop) {
      const rd_kafka_resp_err_t error = Look(client_, topic);
      rd_kafka_poll(client_, 0);  // what else is known of the brokers
      if (error == RD_KAFKA_RESP_ERR_NO_ERROR) break;
      if (refused_) {
        return {cli::ExitCode::kAuthentication,
                absl::StrCat("kafka: refused, or not proved: ", last_error_)};
      }
      const bool may_come = error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART &&
                            std::chrono::steady_clock::now() - begin <
                                std::min(timeout, kNewTopicTakes);
      if (may_come) {
        std::this_thread::sleep_for(kBetweenLooks);
        continue;
      }
      if (auto failure = FailureOf(error, topic)) return *std::move(failure);
      if (std::chrono::steady_clock::now() >= end) {
        return {cli::ExitCode::kNetwork,
                absl::StrCat("kafka: no answer within ", timeout.count(),
                             " ms: ", rd_kafka_err2str(error),
                             last_error_.empty() ? "" : ": ", last_error_)};
      }
    }
  }
  return {cli::ExitCode::kOk, ""};
}

std::optional<Failure> Client::Fatal() const {
  char text[kErrorBytes] = "";
  const rd_kafka_resp_err_t error =
      rd_kafka_fatal_error(client_, text, sizeof(text));
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  return Failure{error == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID
                     ? cli::ExitCode::kLocked
                     : cli::ExitCode::kProtocol,
                 absl::StrCat("kafka: ", WithoutSecrets(text, properties_))};
}

std::optional<Failure> FailureOf(rd_kafka_resp_err_t error,
                                 std::string_view what) {
  const auto told = [&](cli::ExitCode code) {
    return Failure{code, absl::StrCat("kafka: ", rd_kafka_err2str(error), ": ",
                                      ToAbsl(what))};
  };
  switch (error) {
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
      return told(cli::ExitCode::kUsage);
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
      return told(cli::ExitCode::kAuthentication);
    default:
      return std::nullopt;
  }
}

}  // namespace hashvet::kafka
