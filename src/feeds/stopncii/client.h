// StopNCII's checkpoint, and how sets of records are read completely.
//
// A set is everything that changed since a time, page after page, each named by
// the one before it. Only at its end it is known from when the next one goes
// on. Sets overlap: what changes while one is read may have been in a page that
// was read already.
//
//   start |-- set: page page page (token) --| nextSetTimestamp
//                                 | overlap |-- the next set ...
//
// An entry is a hash, and a record says all there is to say of it: all its
// cases with the status of each, and what platforms made of it. A record takes
// the place of the one before it, so that one of several cases can be withdrawn
// and the hash stays for the others.
//
// Where a page cannot be read, the set goes on from the first time that can be.
// Everything before that is a debt, since records come in no order that is
// promised: it is asked for at every sync.

#ifndef HASHVET_SRC_FEEDS_STOPNCII_CLIENT_H_
#define HASHVET_SRC_FEEDS_STOPNCII_CLIENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/feeds/feed_client.h"
#include "hashvet/feeds/feed_config.h"
#include "hashvet/feeds/transport.h"
#include "src/feeds/server_clock.h"
#include "src/feeds/stopncii/wire.h"

namespace hashvet::stopncii {

// Times are seconds since 1970, the server's where nothing else is said.
struct Checkpoint {
  uint64_t start = 0;       // everything that changed before it was read
  uint64_t fetched_at = 0;  // by our clock: when what ended at `start` began
  ServerClock clock;        // as it was told latest
  // What is read again holds though it tells of earlier times: up to here the
  // server's clock was before it went back.
  uint64_t restore_to = 0;
  struct Set {
    uint64_t asked = 0;       // from when it was asked for at first
    uint64_t from = 0;        // and since a page could not be read
    std::string token;        // the page to ask for; empty: the first
    uint64_t token_at = 0;    // when it was told, by our clock
    uint64_t begun_at = 0;    // by our clock
    uint64_t begun_date = 0;  // by the server's; 0: it tells none
    uint64_t newest = 0;      // change that was read
    bool debt = false;
  };
  std::optional<Set> set;  // being read
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
    std::string function_key;
    std::string subscription_key;
    std::string feedback_key;  // the function key where empty
    FeedClientOptions how;
  };
  Client(Options options, std::unique_ptr<Transport> transport)
      : options_(std::move(options)), transport_(std::move(transport)) {}

  absl::StatusOr<FeedPage> Next(const std::string& checkpoint) override;
  bool IsStale(const std::string& checkpoint, uint64_t now) const override;
  FeedPlace Describe(const std::string& checkpoint) const override {
    return DescribeCheckpoint(checkpoint);
  }
  absl::StatusOr<std::vector<std::string>> Test() override;
  absl::Status SendFeedbackOf(const FeedbackItem& item,
                              std::span<const EntryValue> values) override;

 private:
  HttpRequest Ask(const std::string& path, const std::string& key) const;
  // One page, tried again where that may help; `read` gets it each time.
  absl::Status Fetch(const std::string& path, int max_tries,
                     absl::FunctionRef<absl::Status(ByteSource)> read);
  bool ChooseSet(Checkpoint& checkpoint);
  // Whether the server's clock went back: the set is to be begun earlier.
  bool AsksEarlier(Checkpoint& checkpoint, FeedPage& page);
  absl::StatusOr<Page> FetchPage(Checkpoint& checkpoint, FeedPage& page);
  void FinishSet(const Page& got, Checkpoint& checkpoint, FeedPage& page);
  // True: the page at `set` is given up, and what is handed out tells it.
  absl::StatusOr<bool> TakeFailure(const absl::Status& failure,
                                   Checkpoint& checkpoint, FeedPage& page);
  absl::Status JumpOver(const absl::Status& failure, Checkpoint& checkpoint,
                        FeedPage& page);
  uint64_t Now() const;

  const Options options_;
  const std::unique_ptr<Transport> transport_;
  std::optional<uint64_t> date_;    // the latest of the server
  std::set<uint64_t> asked_debts_;  // their begins
  bool read_ = false;        // a set that was begun in this client's life
  bool begun_here_ = false;  // the one being read
  bool went_back_ = false;   // the server's clock, and was told
  int restarts_ = 0;
  int empty_pages_ = 0;  // in a row
  int new_debts_ = 0;
};

}  // namespace hashvet::stopncii

#endif  // HASHVET_SRC_FEEDS_STOPNCII_CLIENT_H_
