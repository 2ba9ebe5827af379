#include "src/kafka/worker.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "hashvet/base/metrics.h"
#include "hashvet/base/status.h"
#include "src/cli/verdict_audit.h"
#include "src/kafka/message.h"
#include "src/kafka/result.h"

namespace hashvet::kafka {
namespace {

// Hashes asked about together: each loaded row of a list serves many of them.
constexpr size_t kBlockMessages = 4096;
// A block of fewer is done before threads would have started.
constexpr size_t kMinValuesForThreads = 256;

constexpr std::chrono::milliseconds kAtOnce{0};
constexpr std::chrono::milliseconds kWhileBusy{5};
constexpr std::chrono::milliseconds kWhileIdle{100};
constexpr std::chrono::seconds kBetweenMeasures{1};

// Counters of a fixed set of labels, looked up by name once.
template <size_t kCount>
std::array<Counter*, kCount> CountersOf(std::string_view name,
                                        std::string_view label,
                                        std::string_view (*of)(size_t)) {
  std::array<Counter*, kCount> counters;
  for (size_t i = 0; i < kCount; ++i) {
    counters[i] = &GetCounter(
        name, absl::StrCat(ToAbsl(label), "=\"", ToAbsl(of(i)), "\""));
  }
  return counters;
}

void CountOutcome(Outcome outcome) {
  constexpr size_t kOutcomes =
      static_cast<size_t>(Outcome::kListUnavailable) + 1;
  static const auto& counters = *new auto(CountersOf<kOutcomes>(
      "hashvet_kafka_answers_total", "outcome",
      [](size_t i) { return NameOf(static_cast<Outcome>(i)); }));
  counters[static_cast<size_t>(outcome)]->Add();
}

void CountPoison(PoisonReason reason) {
  static const auto& counters = *new auto(CountersOf<kPoisonReasons>(
      "hashvet_kafka_dead_letters_total", "reason",
      [](size_t i) { return NameOf(static_cast<PoisonReason>(i)); }));
  counters[static_cast<size_t>(reason)]->Add();
}

}  // namespace

Worker::Worker(WorkerOptions options, const Matcher& matcher, AuditLog* audit)
    : options_(std::move(options)),
      matcher_(matcher),
      audit_(audit),
      pool_(MakeThreadPool(options_.threads)) {}

absl::StatusOr<std::unique_ptr<Worker>> Worker::Make(
    WorkerOptions options, const Matcher& matcher,
    const cli::PictureReader* pictures, const RootFolder* root,
    AuditLog* audit) {
  std::unique_ptr<Worker> worker(
      new Worker(std::move(options), matcher, audit));
  if (pictures != nullptr) {
    HASHVET_ASSIGN_OR_RETURN(worker->pictures_,
                             PictureWork::Create(*pictures, root, matcher,
                                                 worker->pool_->parallelism()));
  }
  Worker* const raw = worker.get();
  HASHVET_ASSIGN_OR_RETURN(
      worker->outbox_,
      Outbox::Make(
          raw->options_.client, raw->options_.results,
          raw->options_.dead_letters,
          {.acknowledged = [raw](const Letter& l) { raw->Acknowledged(l); },
           .too_large = [raw](Letter l) { raw->TooLarge(std::move(l)); }}));
  HASHVET_ASSIGN_OR_RETURN(
      worker->input_,
      InputTopic::Make(raw->options_.client, raw->options_.input, raw->points_,
                       [raw](std::span<const int32_t> partitions) {
                         raw->Revoking(partitions);
                       }));
  return worker;
}

Failure Worker::Run(const std::atomic<bool>& stop) {
  const std::string topics[] = {options_.input.topic, options_.results,
                                options_.dead_letters};
  Failure there =
      input_->client().Await(topics, options_.connect_timeout, stop);
  if (there.code != cli::ExitCode::kOk) return there;
  input_->client().SayErrors();
  outbox_->client().SayErrors();
  there = input_->Join();
  if (there.code != cli::ExitCode::kOk) return there;

  Clock::time_point committed = Clock::now();
  measured_at_ = committed;
  while (!stop && !failure().has_value()) {
    Gather();
    AnswerHashes();
    TakePictures();
    outbox_->Serve(kAtOnce);
    Pace();
    const Clock::time_point now = Clock::now();
    if (now - committed >= options_.commit_every) {
      input_->Commit(/*wait=*/false);
      committed = now;
    }
    if (now - measured_at_ >= kBetweenMeasures) Measure();
  }
  std::optional<Failure> failed = failure();
  // What was not begun is left to whoever reads it next.
  if (pictures_ != nullptr) pictures_->Stop();
  TakePictures();
  Drain();
  input_->Close();
  Measure();
  return failed.value_or(Failure{cli::ExitCode::kOk, ""});
}

std::optional<Failure> Worker::failure() const {
  if (unkept_.has_value()) return unkept_;
  return input_->failure().has_value() ? input_->failure() : outbox_->failure();
}

// What is there by now, up to a block.
void Worker::Gather() {
  std::chrono::milliseconds timeout =
      points_.open() > 0 ? kWhileBusy : kWhileIdle;
  for (size_t i = 0; i < kBlockMessages; ++i) {
    const MessagePtr message = input_->Next(timeout);
    if (message == nullptr) return;
    Sort(*message);
    if (points_.open() >= options_.max_open ||
        bytes_ + outbox_->bytes() >= options_.max_open_bytes) {
      return;
    }
    timeout = kAtOnce;
  }
}

void Worker::Sort(const rd_kafka_message_t& message) {
  const Ticket ticket = points_.Take(message.partition, message.offset);
  const Clock::time_point now = Clock::now();
  const std::string_view text(static_cast<const char*>(message.payload),
                              message.payload == nullptr ? 0 : message.len);
  bytes_ += text.size();
  if (text.size() > options_.max_message_bytes) {
    const Poison poison = {
        PoisonReason::kTooLarge,
        absl::StrCat("got ", text.size(), " bytes, want at most ",
                     options_.max_message_bytes)};
    SendDeadLetter(ticket, text.size(), now, poison, "");
    return;
  }
  std::variant<Message, Poison> parsed = ParseMessage(text);
  if (const auto* poison = std::get_if<Poison>(&parsed)) {
    SendDeadLetter(ticket, text.size(), now, *poison, std::string(text));
    return;
  }
  Message& query = std::get<Message>(parsed);
  if (const auto* value = std::get_if<HashValue>(&query.item)) {
    hashes_.push_back({ticket, std::move(query.id), *value, text.size(), now});
  } else if (pictures_ != nullptr) {
    const bool is_path = std::holds_alternative<PicturePath>(query.item);
    pictures_->Submit({ticket, std::move(query),
                       std::string(is_path ? text : std::string_view()),
                       text.size(), now});
  } else {
    const Poison poison = {PoisonReason::kNotAllowed,
                           "picture: the worker takes hashes alone"};
    SendDeadLetter(ticket, text.size(), now, poison, std::string(text));
  }
}

void Worker::AnswerHashes() {
  if (hashes_.empty()) return;
  std::vector<HashValue> values;
  values.reserve(hashes_.size());
  for (const HashQuery& query : hashes_) values.push_back(query.value);
  MatchOptions request;
  if (values.size() >= kMinValuesForThreads && pool_->parallelism() > 1) {
    request.executor = pool_.get();
  }
  const std::vector<Verdict> verdicts = matcher_.MatchValues(values, request);
  // A block's matches are flushed to the disk together.
  std::vector<AuditRecord> records;
  for (size_t i = 0; audit_ != nullptr && i < hashes_.size(); ++i) {
    if (!points_.Holds(hashes_[i].ticket)) continue;
    for (AuditRecord& record :
         cli::AuditRecordsOf(hashes_[i].id, verdicts[i])) {
      records.push_back(std::move(record));
    }
  }
  const bool kept = Keep(records);
  for (size_t i = 0; kept && i < hashes_.size(); ++i) {
    const HashQuery& query = hashes_[i];
    SendResult(query.ticket, query.message_bytes, query.taken, query.id,
               verdicts[i], nullptr);
  }
  hashes_.clear();
}

// What is not kept stays open, and so is committed by nobody before it is
// answered with a trace.
bool Worker::Keep(std::span<const AuditRecord> records) {
  if (audit_ == nullptr || records.empty()) return true;
  const absl::Status kept = audit_->Append(records);
  if (kept.ok()) return true;
  unkept_ = Failure{cli::ExitCode::kUsage,
                    absl::StrCat("not in the audit log: ", kept.message())};
  return false;
}

void Worker::TakePictures() {
  if (pictures_ == nullptr) return;
  for (const PictureDone& done : pictures_->Take()) {
    const PictureJob& job = done.job;
    if (const auto* poison = std::get_if<Poison>(&done.answer)) {
      SendDeadLetter(job.ticket, job.message_bytes, job.taken, *poison,
                     job.text);
      continue;
    }
    const auto& answer = std::get<cli::PictureAnswer>(done.answer);
    if (audit_ != nullptr && points_.Holds(job.ticket) &&
        !Keep(cli::AuditRecordsOf(job.message.id, answer.verdict))) {
      continue;
    }
    SendResult(job.ticket, job.message_bytes, job.taken, job.message.id,
               answer.verdict, &answer.picture);
  }
}

void Worker::SendResult(const Ticket& ticket, size_t message_bytes,
                        Clock::time_point taken, const std::string& id,
                        const Verdict& verdict, const PictureHashes* picture) {
  bytes_ -= message_bytes;
  // Another reads it again, and commits it.
  if (!points_.Holds(ticket)) return;
  CountOutcome(verdict.outcome);
  outbox_->Send({.ticket = ticket,
                 .key = ResultKey(id, verdict.snapshot),
                 .value = ResultValue(id, verdict, picture),
                 .message_bytes = message_bytes,
                 .taken = taken});
}

void Worker::SendDeadLetter(const Ticket& ticket, size_t message_bytes,
                            Clock::time_point taken, const Poison& poison,
                            std::string value) {
  bytes_ -= message_bytes;
  if (!points_.Holds(ticket)) return;
  CountPoison(poison.reason);
  const Origin origin = {options_.input.topic, ticket.partition, ticket.offset,
                         message_bytes};
  outbox_->Send({.ticket = ticket,
                 .dead = true,
                 .key = DeadLetterKey(origin),
                 .value = std::move(value),
                 .headers = DeadLetterHeaders(origin, poison),
                 .message_bytes = message_bytes,
                 .taken = taken});
}

void Worker::Acknowledged(const Letter& letter) {
  points_.Acknowledge(letter.ticket);
  static Histogram& latency = GetHistogram("hashvet_kafka_answer_seconds");
  latency.Observe(
      std::chrono::duration<double>(Clock::now() - letter.taken).count());
}

// A dead letter goes without its value then; a result becomes a dead letter.
void Worker::TooLarge(Letter letter) {
  if (letter.dead) {
    letter.value.clear();
    outbox_->Send(std::move(letter));
    return;
  }
  bytes_ += letter.message_bytes;  // SendDeadLetter takes it off again
  SendDeadLetter(
      letter.ticket, letter.message_bytes, letter.taken,
      {PoisonReason::kResultTooLarge,
       absl::StrCat("got a result of ", letter.value.size(), " bytes")},
      "");
}

void Worker::Pace() {
  const size_t bytes = bytes_ + outbox_->bytes();
  if (points_.open() >= options_.max_open || bytes >= options_.max_open_bytes) {
    input_->Pause();
  } else if (points_.open() <= options_.max_open / 2 &&
             bytes <= options_.max_open_bytes / 2) {
    input_->Resume();
  }
}

void Worker::Drain() {
  const Clock::time_point end = Clock::now() + options_.drain_timeout;
  while (outbox_->open() > 0 && !outbox_->failure().has_value() &&
         Clock::now() < end) {
    outbox_->Serve(kWhileBusy);
  }
}

// What was sent is waited for; what was not begun is the next owner's.
void Worker::Revoking(std::span<const int32_t> partitions) {
  AnswerHashes();
  if (pictures_ != nullptr) {
    bytes_ -= pictures_->Drop([&](const Ticket& ticket) {
      return std::find(partitions.begin(), partitions.end(),
                       ticket.partition) != partitions.end();
    });
    TakePictures();
  }
  Drain();
}

void Worker::Measure() {
  const Clock::time_point now = Clock::now();
  const uint64_t answers = GetHistogram("hashvet_kafka_answer_seconds").count();
  const double seconds =
      std::chrono::duration<double>(now - measured_at_).count();
  if (seconds > 0) {
    GetGauge("hashvet_kafka_answers_per_second")
        .Set(static_cast<double>(answers - measured_answers_) / seconds);
  }
  measured_at_ = now;
  measured_answers_ = answers;
  GetGauge("hashvet_kafka_lag").Set(static_cast<double>(input_->lag()));
  GetGauge("hashvet_kafka_open").Set(static_cast<double>(points_.open()));
  GetGauge("hashvet_kafka_open_bytes")
      .Set(static_cast<double>(bytes_ + outbox_->bytes()));
  GetGauge("hashvet_kafka_paused").Set(input_->paused() ? 1 : 0);
  GetGauge("hashvet_kafka_partitions")
      .Set(static_cast<double>(points_.partitions().size()));
}

}  // namespace hashvet::kafka
