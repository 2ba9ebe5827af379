// The loop: messages in, verdicts out, offsets after them.
//
//   input --parse--> hashes   --MatchValues, a block at a time--+
//                    pictures --PictureWork, the sandbox--------+--> results
//                    poison ------------------------------------+--> dead
//                    letters
//   commit <-- CommitPoints <-- acknowledged by the brokers <---+

#ifndef HASHVET_SRC_KAFKA_WORKER_H_
#define HASHVET_SRC_KAFKA_WORKER_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/audit/audit_log.h"
#include "hashvet/base/executor.h"
#include "hashvet/matcher/matcher.h"
#include "src/cli/picture_input.h"
#include "src/kafka/client.h"
#include "src/kafka/commit_points.h"
#include "src/kafka/failure.h"
#include "src/kafka/input_topic.h"
#include "src/kafka/outbox.h"
#include "src/kafka/picture_work.h"
#include "src/kafka/root_folder.h"

namespace hashvet::kafka {

struct WorkerOptions {
  ClientOptions client;
  InputOptions input;
  std::string results;
  std::string dead_letters;

  // Inclusive.
  size_t max_message_bytes = size_t{16} << 20;
  // Read, and not yet acknowledged: beyond either the input is paused until
  // half of it is.
  size_t max_open = 20'000;
  size_t max_open_bytes = size_t{256} << 20;

  std::chrono::milliseconds commit_every{1000};
  std::chrono::milliseconds connect_timeout{30'000};
  // For acknowledgements at the end and before partitions are given back.
  std::chrono::milliseconds drain_timeout{5'000};
  size_t threads = 0;  // 0: one for each processor
};

// One thread runs it; PictureWork has its own.
class Worker {
 public:
  //   pictures  null: messages carry hashes alone
  //   root      null: no paths
  //   audit     null: none. Matches that it does not take are not sent: the
  //             worker ends, and others answer
  //
  // All must outlive this. Errors: those of the clients' making and of
  // PictureWork::Create.
  static absl::StatusOr<std::unique_ptr<Worker>> Make(
      WorkerOptions options, const Matcher& matcher,
      const cli::PictureReader* pictures, const RootFolder* root,
      AuditLog* audit);

  // Until `stop` or a failure. kOk: stopped, and all that was answered is
  // committed.
  Failure Run(const std::atomic<bool>& stop);

 private:
  using Clock = std::chrono::steady_clock;
  struct HashQuery {
    Ticket ticket;
    std::string id;
    HashValue value;
    size_t message_bytes;
    Clock::time_point taken;
  };

  Worker(WorkerOptions options, const Matcher& matcher, AuditLog* audit);
  void Gather();
  void Sort(const rd_kafka_message_t& message);
  void AnswerHashes();
  void TakePictures();
  // Whether they are in the audit log.
  bool Keep(std::span<const AuditRecord> records);
  void SendResult(const Ticket& ticket, size_t message_bytes,
                  Clock::time_point taken, const std::string& id,
                  const Verdict& verdict, const PictureHashes* picture);
  void SendDeadLetter(const Ticket& ticket, size_t message_bytes,
                      Clock::time_point taken, const Poison& poison,
                      std::string value);
  void Acknowledged(const Letter& letter);
  void TooLarge(Letter letter);
  void Pace();
  void Revoking(std::span<const int32_t> partitions);
  // Waits for what was sent to be acknowledged, but not for long.
  void Drain();
  void Measure();
  std::optional<Failure> failure() const;

  const WorkerOptions options_;
  const Matcher& matcher_;
  AuditLog* const audit_;
  CommitPoints points_;
  std::vector<HashQuery> hashes_;  // of the block at hand
  size_t bytes_ = 0;               // of messages without an answer
  std::unique_ptr<Executor> pool_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<InputTopic> input_;
  std::unique_ptr<PictureWork> pictures_;  // null: messages carry hashes alone
  Clock::time_point measured_at_;
  uint64_t measured_answers_ = 0;
  std::optional<Failure> unkept_;  // by the audit log
};

}  // namespace hashvet::kafka

#endif  // HASHVET_SRC_KAFKA_WORKER_H_
