// StopNCII's checkpoint, and how its sets are read.
//
// A set is what changed since a time, page by page; its end tells the next
// set's beginning. A page that cannot be read is asked for in smaller ones,
// down to one record; what then stands in the way is skipped to the next time
// that can be read, and is a debt.

#ifndef HASHVET_SRC_FEEDS_STOPNCII_CLIENT_H_
#define HASHVET_SRC_FEEDS_STOPNCII_CLIENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/feeds/feed_client.h"
#include "hashvet/feeds/feed_config.h"
#include "hashvet/feeds/transport.h"
#include "src/feeds/stopncii/wire.h"

namespace hashvet::stopncii {

struct Checkpoint {
  uint64_t start = 0;    // of the set that is read, the server's time
  std::string token;     // of its next page; empty: the first
  uint64_t seen = 0;     // the latest time that was read of it
  bool exact = false;    // `start` was skipped to: not a second before
  uint64_t done_at = 0;  // by our clock, when one last was
  std::vector<FeedDebt> debts;
};

std::string Write(const Checkpoint& checkpoint);
absl::StatusOr<Checkpoint> ParseCheckpoint(const std::string& text);
FeedPlace DescribeCheckpoint(const std::string& text);

class Client : public FeedClient {
 public:
  Client(std::string base_url, uint64_t page_size, std::string function_key,
         std::string subscription_key, FeedClientOptions how,
         std::unique_ptr<Transport> transport)
      : base_url_(std::move(base_url)),
        page_size_(page_size),
        function_key_(std::move(function_key)),
        subscription_key_(std::move(subscription_key)),
        how_(std::move(how)),
        transport_(std::move(transport)) {}

  absl::StatusOr<FeedPage> Next(const std::string& checkpoint) override;
  bool IsStale(const std::string& checkpoint, uint64_t now) const override;
  FeedPlace Describe(const std::string& checkpoint) const override {
    return DescribeCheckpoint(checkpoint);
  }
  absl::StatusOr<std::vector<std::string>> Test() override;
  absl::Status SendFeedback(const FeedbackItem& item) override;

 private:
  HttpRequest Get(const std::string& path) const;
  // `latest` becomes the latest time of a record on it.
  absl::StatusOr<Page> Fetch(uint64_t start, uint64_t page_size,
                             const std::string& token, FeedPage& page,
                             uint64_t& latest);
  absl::Status ReadSet(Checkpoint& checkpoint, FeedPage& page);
  // From the record that cannot be read to the next that can.
  absl::Status Skip(const absl::Status& failure, Checkpoint& checkpoint,
                    FeedPage& page);
  absl::Status ReadDebt(FeedDebt debt, Checkpoint& checkpoint, FeedPage& page);
  const FeedDebt* NextDebt(const Checkpoint& checkpoint) const;
  uint64_t Now() const;

  const std::string base_url_;
  const uint64_t page_size_;
  const std::string function_key_;
  const std::string subscription_key_;
  const FeedClientOptions how_;
  const std::unique_ptr<Transport> transport_;
  std::optional<uint64_t> date_;  // the latest of the server
  std::set<uint64_t> asked_debts_;
  int new_debts_ = 0;
  bool caught_up_ = false;  // in this client's life
};

}  // namespace hashvet::stopncii

#endif  // HASHVET_SRC_FEEDS_STOPNCII_CLIENT_H_
