// TCAP's checkpoint, and how the rows after it are read completely.
//
// A set is everything that changed after a checkpoint, the earliest first, in
// pages that are told by how many rows come before them. A row that changes
// meanwhile goes to the end, and all after it move up: one of them would be
// passed over. So each page begins some rows before its time, and must begin
// with what was read already; where it does not, it is asked for further back.
//
//   set:  | page 1      |
//                   | page 2      |       the seams overlap
//                             | page 3 |  next: null -> its checkpoint counts
//
// A page that cannot be read is asked for in smaller ones, down to a single
// row, which is passed over and owed: what comes after it counts too. The
// checkpoint then stays, so that the next sync reads the set again.
//
// The token is renewed when the server refuses it, in the midst of a set too.

#ifndef HASHVET_SRC_FEEDS_TCAP_CLIENT_H_
#define HASHVET_SRC_FEEDS_TCAP_CLIENT_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
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
#include "src/feeds/tcap/wire.h"

namespace hashvet::tcap {

struct Checkpoint {
  std::string after;     // the server's; empty: the beginning
  uint64_t read_to = 0;  // the newest change that was read, for people
  ServerClock clock;
  struct Set {
    std::string next;  // the page to ask for, from its path on; empty: first
    // The last row that was read.
    std::string last_on;  // its time as a number, exactly
    std::string last_id;
    // Told earlier times hold too: the server's clock went back.
    bool restore = false;
    uint64_t rows = 0;      // of a page, while smaller ones are asked for
    uint64_t hole_end = 0;  // rows up to the end of the last one passed over
    std::vector<FeedDebt> holes;
  };
  std::optional<Set> set;       // being read
  std::vector<FeedDebt> debts;  // of the set that was read last
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
    FeedClientOptions how;
  };
  Client(Options options, std::unique_ptr<Transport> transport)
      : options_(std::move(options)), transport_(std::move(transport)) {}

  absl::StatusOr<FeedPage> Next(const std::string& checkpoint) override;
  FeedPlace Describe(const std::string& checkpoint) const override {
    return DescribeCheckpoint(checkpoint);
  }
  absl::StatusOr<std::vector<std::string>> Test() override;

 private:
  absl::Status Authenticate();
  // One GET, tried again where that may help, with a new token where the old
  // one is refused; `read` gets the body each time.
  absl::Status Fetch(const std::string& path,
                     absl::FunctionRef<absl::Status(ByteSource)> read,
                     int max_tries = std::numeric_limits<int>::max());
  absl::StatusOr<Page> FetchPage(const std::string& path, int max_tries,
                                 FeedPage& page, std::optional<Row>& first,
                                 std::optional<Row>& last);
  // Asks for less where that may help: smaller pages, or what comes after a
  // row. Errors: the failure, where it does not.
  absl::Status AskForLess(const absl::Status& failure, const std::string& after,
                          Checkpoint::Set& set,
                          std::vector<std::string>& warnings);
  void FinishSet(const Page& got, Checkpoint& checkpoint);
  // The page of the set, from where it joins what was read.
  absl::StatusOr<Page> FetchJoined(Checkpoint::Set& set,
                                   const std::string& after, FeedPage& page);
  // The next page as a path. Errors: protocol where it lies elsewhere.
  absl::StatusOr<std::string> PathOf(const std::string& next) const;
  bool ClockWentBack(const Checkpoint& checkpoint) const;
  uint64_t Now() const;

  const Options options_;
  const std::unique_ptr<Transport> transport_;
  std::string token_;
  std::optional<uint64_t> date_;  // the latest of the server
  bool read_ = false;             // a set that was begun in this client's life
  bool begun_here_ = false;
  bool went_back_ = false;  // the server's clock, and was told
  int restarts_ = 0;
  int empty_pages_ = 0;  // in a row
  int new_holes_ = 0;
};

}  // namespace hashvet::tcap

#endif  // HASHVET_SRC_FEEDS_TCAP_CLIENT_H_
