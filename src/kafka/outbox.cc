#include "src/kafka/outbox.h"

#include "absl/strings/str_cat.h"

namespace hashvet::kafka {

absl::StatusOr<std::unique_ptr<Outbox>> Outbox::Make(
    const ClientOptions& options, const std::string& results,
    const std::string& dead_letters, Calls calls) {
  std::unique_ptr<Outbox> outbox(new Outbox(std::move(calls)));
  ClientCalls client_calls;
  client_calls.delivered = [raw = outbox.get()](const rd_kafka_message_t* m) {
    raw->Delivered(m);
  };
  auto client = Client::Make(RD_KAFKA_PRODUCER, options,
                             {{"message.timeout.ms", "0"}, {"linger.ms", "5"}},
                             {{"enable.idempotence", "true"}, {"acks", "all"}},
                             std::move(client_calls));
  if (!client.ok()) return client.status();
  outbox->client_ = *std::move(client);
  rd_kafka_t* const raw = outbox->client_->get();
  outbox->results_ = rd_kafka_topic_new(raw, results.c_str(), nullptr);
  outbox->dead_letters_ =
      rd_kafka_topic_new(raw, dead_letters.c_str(), nullptr);
  if (outbox->results_ == nullptr || outbox->dead_letters_ == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("topic: ", rd_kafka_err2str(rd_kafka_last_error()), ": ",
                     results, " or ", dead_letters));
  }
  return outbox;
}

Outbox::~Outbox() {
  if (client_ == nullptr) return;
  // What is under way comes back as purged, and is let go of.
  failure_.emplace();
  rd_kafka_purge(client_->get(),
                 RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(client_->get(), 1000);
  if (results_ != nullptr) rd_kafka_topic_destroy(results_);
  if (dead_letters_ != nullptr) rd_kafka_topic_destroy(dead_letters_);
}

void Outbox::Send(Letter letter) {
  auto kept = std::make_unique<Letter>(std::move(letter));
  bytes_ += kept->value.size();
  ++open_;
  if (!waiting_.empty() || !Produce(kept)) waiting_.push_back(std::move(kept));
}

bool Outbox::Produce(std::unique_ptr<Letter>& letter) {
  if (failure_.has_value()) return false;
  rd_kafka_headers_t* headers = nullptr;
  if (!letter->headers.empty()) {
    headers = rd_kafka_headers_new(letter->headers.size());
    for (const auto& [name, value] : letter->headers) {
      rd_kafka_header_add(headers, name.data(),
                          static_cast<ssize_t>(name.size()), value.data(),
                          static_cast<ssize_t>(value.size()));
    }
  }
  rd_kafka_vu_t parts[6];
  size_t count = 0;
  parts[count].vtype = RD_KAFKA_VTYPE_RKT;
  parts[count++].u.rkt = letter->dead ? dead_letters_ : results_;
  parts[count].vtype = RD_KAFKA_VTYPE_KEY;
  parts[count++].u.mem = {letter->key.data(), letter->key.size()};
  // No copy: the letter stays until it is acknowledged. A dead letter without
  // a value has none, which is not the same as an empty one.
  parts[count].vtype = RD_KAFKA_VTYPE_VALUE;
  parts[count++].u.mem = {
      letter->value.empty() ? nullptr : letter->value.data(),
      letter->value.size()};
  parts[count].vtype = RD_KAFKA_VTYPE_OPAQUE;
  parts[count++].u.ptr = letter.get();
  if (headers != nullptr) {
    parts[count].vtype = RD_KAFKA_VTYPE_HEADERS;
    parts[count++].u.headers = headers;
  }
  rd_kafka_error_t* const error =
      rd_kafka_produceva(client_->get(), parts, count);
  if (error == nullptr) {
    (void)letter.release();  // Delivered takes it back
    return true;
  }
  const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
  rd_kafka_error_destroy(error);
  if (headers != nullptr) rd_kafka_headers_destroy(headers);
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
  Refused(std::move(letter), code);
  return true;
}

void Outbox::Serve(std::chrono::milliseconds timeout) {
  rd_kafka_poll(client_->get(), static_cast<int>(timeout.count()));
  while (!waiting_.empty()) {
    std::unique_ptr<Letter> letter = std::move(waiting_.front());
    waiting_.pop_front();
    if (!Produce(letter)) {
      waiting_.push_front(std::move(letter));
      break;
    }
  }
  if (!failure_.has_value()) failure_ = client_->Fatal();
}

void Outbox::Delivered(const rd_kafka_message_t* message) {
  std::unique_ptr<Letter> letter(static_cast<Letter*>(message->_private));
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    Refused(std::move(letter), message->err);
    return;
  }
  bytes_ -= letter->value.size();
  --open_;
  calls_.acknowledged(*letter);
}

void Outbox::Refused(std::unique_ptr<Letter> letter,
                     rd_kafka_resp_err_t error) {
  bytes_ -= letter->value.size();
  --open_;
  if (failure_.has_value()) return;  // never acknowledged: read again by others
  if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE && !letter->value.empty()) {
    calls_.too_large(std::move(*letter));
    return;
  }
  const std::string what = absl::StrCat(
      letter->dead ? "a dead letter" : "a result", " is not taken");
  failure_ = FailureOf(error, what);
  if (!failure_.has_value()) failure_ = client_->Fatal();
  if (!failure_.has_value()) {
    failure_ =
        Failure{cli::ExitCode::kNetwork,
                absl::StrCat("kafka: ", what, ": ", rd_kafka_err2str(error))};
  }
}

}  // namespace hashvet::kafka
