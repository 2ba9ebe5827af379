// ThreatExchange's part of the Graph API on loopback, as far as clients can
// tell: updates in the order of their times with cursors and whole next URLs,
// deletions that are forgotten after 90 days, descriptors of several owners,
// reactions. It keeps the ground truth.

#ifndef HASHVET_TESTS_FEEDS_THREATEXCHANGE_SIMULATOR_H_
#define HASHVET_TESTS_FEEDS_THREATEXCHANGE_SIMULATOR_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/feeds/feed_server.h"

namespace hashvet::testing {

struct TxDescriptor {
  std::string id;
  std::string owner;
  std::string status = "MALICIOUS";
  std::vector<std::string> tags;
  std::vector<std::pair<std::string, std::string>> reactions;  // key, "1,2"
};

struct TxRecord {
  std::string id;  // of the indicator
  std::string type = "HASH_PDQ";
  std::string indicator;
  std::vector<TxDescriptor> descriptors;
  uint64_t updated = 0;
  bool deleted = false;
  // How it is told that it is gone: should_delete, or no descriptors, or none
  // in their list.
  int tombstone = 0;
  std::string more;  // JSON members of the row beside what is known
};

class ThreatExchangeSimulator : public FeedServer {
 public:
  struct Options {
    size_t page_size = 100;  // at most; a client may ask for less
    bool start_inclusive = true;
    bool stop_inclusive = true;
    uint64_t now = 1'700'000'000;
    std::string token = "123|secret";
    std::string group = "999";
  };
  explicit ThreatExchangeSimulator(Options options);
  ~ThreatExchangeSimulator() override;

  std::string graph() const { return base() + "/v21.0"; }  // a feed's base

  // All thread-safe.
  void Advance(int64_t seconds);  // backwards too
  uint64_t now();
  // What changes is stamped with the simulator's time.
  void Put(TxRecord record);
  void Delete(const std::string& id, int tombstone = 0);
  std::map<std::string, TxRecord> Truth();  // without what is deleted
  void ExpireCursors();  // pages that were told are refused from now on
  // Every page of updates whose range holds this time is cut in half, whole as
  // far as HTTP tells.
  void SpoilTime(std::optional<uint64_t> time);
  // Ranges with more rows answer 500.
  void FailOver(size_t rows);
  // An empty page with a next before each page.
  void set_empty_pages(bool empty);
  // The next pages are named on this base instead.
  void set_next_base(std::string base);
  // Called after each page of updates, under the lock.
  void set_after_page(std::function<void(ThreatExchangeSimulator&)> call);
  void PutLocked(TxRecord record);
  void DeleteLocked(const std::string& id, int tombstone);
  std::vector<std::string> reactions();  // "descriptor body"

 protected:
  FeedAnswer Answer(const FeedRequest& request) override;
  uint64_t Date() override { return now_; }

 private:
  FeedAnswer Updates(const FeedRequest& request);
  FeedAnswer Object(const FeedRequest& request);
  static FeedAnswer Error(int code);

  Options options_;
  uint64_t now_;
  std::map<std::string, TxRecord> records_;
  uint64_t cursor_age_ = 0;  // grows when cursors expire
  std::optional<uint64_t> spoilt_;
  size_t fail_over_ = SIZE_MAX;
  bool empty_pages_ = false;
  std::string next_base_;
  std::function<void(ThreatExchangeSimulator&)> after_page_;
  std::vector<std::string> reactions_;
};

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_FEEDS_THREATEXCHANGE_SIMULATOR_H_
