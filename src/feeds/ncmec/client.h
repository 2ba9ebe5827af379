// NCMEC's checkpoint, and how ranges of time are read completely.
//
// Entries within a range come in no order, so a range counts as read only when
// its last page was. Then the checkpoint moves to the end that was asked for,
// and never to the latest time that was seen.
//
//   0 ........ until ............................ the server's now - 5 s
//                    |-- range, window wide --|
//                      page page page (next)
//
// A range that cannot be read is halved until what is wrong lies in a second or
// two, which is a debt: the rest goes on, and debts are asked for at every
// sync.

#ifndef HASHVET_SRC_FEEDS_NCMEC_CLIENT_H_
#define HASHVET_SRC_FEEDS_NCMEC_CLIENT_H_

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
#include "src/feeds/ncmec/large_files.h"
#include "src/feeds/ncmec/wire.h"
#include "src/feeds/server_clock.h"

namespace hashvet::ncmec {

// Times are the server's, seconds since 1970.
struct Checkpoint {
  uint64_t until = 0;   // everything before it was read
  uint64_t window = 0;  // of a range, in seconds; 0: all there is
  uint64_t quiet = 0;   // ranges in a row with few rows
  // What is read again holds though it tells of earlier times: up to here the
  // server's clock was before it went back.
  uint64_t restore_to = 0;
  ServerClock clock;
  struct Range {
    uint64_t from = 0;
    uint64_t to = 0;
    bool debt = false;
    std::string next;      // the page to ask for; empty: the first
    uint64_t next_at = 0;  // when it was told, by our clock
    uint64_t rows = 0;
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
    std::string base_url;
    std::string user;
    std::string password;
    uint64_t since = 0;               // the beginning, seconds since 1970
    std::set<std::string> members;    // of these only; empty: of all
    std::optional<LargeFiles> large;  // where large fingerprints go
    FeedClientOptions how;
  };
  Client(Options options, std::unique_ptr<Transport> transport)
      : options_(std::move(options)), transport_(std::move(transport)) {}

  absl::StatusOr<FeedPage> Next(const std::string& checkpoint) override;
  FeedPlace Describe(const std::string& checkpoint) const override {
    return DescribeCheckpoint(checkpoint);
  }
  absl::StatusOr<std::vector<std::string>> Test() override;
  absl::StatusOr<std::vector<FeedbackReason>> Reasons(
      const std::string& type) override;
  absl::Status SendFeedback(const FeedbackItem& item) override;

 private:
  HttpRequest Get(const std::string& path) const;
  // One GET, tried again where that may help; `read` gets the body each time.
  absl::Status Fetch(const std::string& path, bool retry_unreadable,
                     absl::FunctionRef<absl::Status(ByteSource)> read);
  // How far to ask: by the server's clock.
  absl::Status FindBound(Checkpoint& checkpoint, FeedPage& page);
  bool ChooseRange(Checkpoint& checkpoint) const;
  absl::StatusOr<Page> FetchPage(const std::string& path, FeedPage& page);
  // After a page of the range that `checkpoint` has. True: `page` is to be
  // handed out; false: another, smaller range is to be asked for.
  bool TakePage(const Page& got, Checkpoint& checkpoint, FeedPage& page);
  absl::Status TakeFailure(const absl::Status& failure, Checkpoint& checkpoint,
                           FeedPage& page, bool& hand_out);
  void FinishRange(Checkpoint& checkpoint) const;
  void AddEntry(const Entry& entry, FeedPage& page);
  // What the page's entries have of them, into files. One that is not to be
  // had is told and stops nothing.
  absl::Status FetchLarge(FeedPage& page);
  uint64_t Now() const;

  const Options options_;
  const std::unique_ptr<Transport> transport_;
  std::optional<uint64_t> bound_;   // of this client's life
  std::optional<uint64_t> date_;    // the latest of the server
  std::set<uint64_t> asked_debts_;  // their begins
  std::set<std::string> told_members_;
  struct Large {
    std::string key;
    std::string type;
    std::string href;  // empty: the entry is deleted
    uint64_t at = 0;
  };
  std::vector<Large> large_;  // of the page being read
  int restarts_ = 0;          // of ranges whose page was no longer known
  int server_shrinks_ = 0;
  int new_debts_ = 0;
};

}  // namespace hashvet::ncmec

#endif  // HASHVET_SRC_FEEDS_NCMEC_CLIENT_H_
