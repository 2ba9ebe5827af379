// ThreatExchange's checkpoint, and how its updates are read completely.
//
// What changed is asked for by ranges of time, a page after the other. A range
// counts as read when its last page was; then the checkpoint moves to the end
// that was asked for, and never to the latest time that was seen.
//
//   0 ........ until ............................ the server's now - 5 s
//                    |------- range -------|
//                      page page page (next)
//
// A range that cannot be read is halved down to two seconds, which are a debt.
//
// The source tells what was deleted for 90 days. Whoever has not read for 85 no
// longer knows everything, and begins anew: so does whoever owes that long.

#ifndef HASHVET_SRC_FEEDS_THREATEXCHANGE_CLIENT_H_
#define HASHVET_SRC_FEEDS_THREATEXCHANGE_CLIENT_H_

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
#include "src/feeds/server_clock.h"
#include "src/feeds/threatexchange/wire.h"

namespace hashvet::threatexchange {

// Times are the server's, seconds since 1970.
struct Checkpoint {
  uint64_t until = 0;   // everything before it was read
  uint64_t window = 0;  // of a range, in seconds; 0: all there is
  // What is read again holds though it tells of earlier times: up to here the
  // server's clock was before it went back.
  uint64_t restore_to = 0;
  ServerClock clock;
  // What is there is what the source had then, and what changed since; 0:
  // nothing is there.
  uint64_t whole_at = 0;
  uint64_t owed_since = 0;  // there are debts since then; 0: none
  struct Range {
    uint64_t from = 0;
    uint64_t to = 0;
    bool debt = false;
    std::string next;      // the page to ask for; empty: the first
    uint64_t next_at = 0;  // when it was told, by our clock
  };
  std::optional<Range> range;  // being read
  std::vector<FeedDebt> debts;
};

std::string Write(const Checkpoint& checkpoint);
// Empty text: the beginning. Errors: DataLoss.
absl::StatusOr<Checkpoint> ParseCheckpoint(const std::string& text);
FeedPlace DescribeCheckpoint(const std::string& text);

class Client : public FeedClient {
 public:
  struct Options {
    std::string base_url;            // with the version, without a / at its end
    std::string group;               // the privacy group's id
    std::string app;                 // ours, of the token
    std::string token;               // "APP|SECRET"
    std::vector<std::string> types;  // of indicators; empty: all
    FeedClientOptions how;
  };
  Client(Options options, std::unique_ptr<Transport> transport)
      : options_(std::move(options)), transport_(std::move(transport)) {}

  // Errors: also stale, once the source no longer tells everything.
  absl::StatusOr<FeedPage> Next(const std::string& checkpoint) override;
  FeedPlace Describe(const std::string& checkpoint) const override {
    return DescribeCheckpoint(checkpoint);
  }
  absl::StatusOr<std::vector<std::string>> Test() override;
  absl::StatusOr<std::vector<FeedbackReason>> Reasons(
      const std::string& type) override;
  absl::Status SendFeedback(const FeedbackItem& item) override;

 private:
  // One request, tried again where that may help; `read` gets the body.
  absl::Status Ask(const std::string& target, bool retry_unreadable,
                   absl::FunctionRef<absl::Status(ByteSource)> read);
  absl::Status Post(const std::string& target, const std::string& form);
  absl::StatusOr<std::string> GroupName();
  // How far to ask: by the server's clock.
  absl::Status FindBound(Checkpoint& checkpoint, FeedPage& page);
  bool ChooseRange(Checkpoint& checkpoint) const;
  absl::StatusOr<Page> FetchPage(const std::string& target, FeedPage& page);
  absl::Status TakePage(const Page& got, Checkpoint& checkpoint,
                        FeedPage& page);
  absl::Status TakeFailure(const absl::Status& failure, Checkpoint& checkpoint,
                           FeedPage& page, bool& hand_out);
  void FinishRange(Checkpoint& checkpoint);
  void AddUpdate(const Update& update, FeedPage& page);
  uint64_t Now() const;

  const Options options_;
  const std::unique_ptr<Transport> transport_;
  std::optional<uint64_t> bound_;   // of this client's life
  std::optional<uint64_t> date_;    // the latest of the server
  std::set<uint64_t> asked_debts_;  // their begins
  std::set<std::string> told_members_;
  int server_shrinks_ = 0;  // in a row
  int new_debts_ = 0;
  int restarts_ = 0;  // of ranges whose page was no longer known
  uint64_t pages_ = 0;
  int empty_pages_ = 0;  // in a row, with a next
};

}  // namespace hashvet::threatexchange

#endif  // HASHVET_SRC_FEEDS_THREATEXCHANGE_CLIENT_H_
