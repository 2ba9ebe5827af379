// TCAP's hash list on loopback, as far as clients can tell: tokens that expire,
// rows in the order of their change, pages by how many rows come before them,
// deleted rows. It keeps the ground truth.

#ifndef HASHVET_TESTS_FEEDS_TCAP_SIMULATOR_H_
#define HASHVET_TESTS_FEEDS_TCAP_SIMULATOR_H_

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/feeds/feed_server.h"

namespace hashvet::testing {

struct TcapRow {
  std::string algorithm = "PDQ";
  std::string digest;
  std::string ideology = "far-right";
  std::string file_type = "jpg";
  bool deleted = false;
  uint64_t id = 0;          // the simulator's
  uint64_t changed_us = 0;  // since 1970

  std::string Key() const { return algorithm + " " + digest; }
};

class TcapSimulator : public FeedServer {
 public:
  struct Options {
    size_t page_size = 1000;
    // A page's checkpoint is its last row's; else that of all rows.
    bool checkpoint_of_page = true;
    // The last page's too is empty where nothing came.
    bool empty_checkpoint = false;
    uint64_t now = 1'700'000'000;
    std::string user = "user";
    std::string password = "secret";
    int token_uses = 1'000'000;  // after which it is expired
  };
  explicit TcapSimulator(Options options);
  ~TcapSimulator() override;

  // All thread-safe.
  void Advance(int64_t seconds);  // backwards too
  uint64_t now();
  // What changes is stamped with the simulator's time, some microseconds apart.
  void Put(TcapRow row);
  void Delete(const std::string& key);
  std::map<std::string, TcapRow> Rows();  // by key, with what is deleted
  // Pages with these rows are cut off.
  void Spoil(std::set<std::string> keys);
  void ExpireTokens();
  void ExpirePages();  // pages that were told answer 404 from now on
  // Called after each page, under the lock.
  void set_after_page(std::function<void(TcapSimulator&)> call);
  void PutLocked(TcapRow row);
  void AdvanceLocked(uint64_t seconds) { now_ += seconds; }
  int tokens();  // that were given

 protected:
  FeedAnswer Answer(const FeedRequest& request) override;
  uint64_t Date() override { return now_; }

 private:
  FeedAnswer List(const FeedRequest& request);

  Options options_;
  uint64_t now_;
  uint64_t tick_ = 0;
  std::map<std::string, TcapRow> rows_;
  std::set<std::string> spoilt_;
  int tokens_ = 0;
  int uses_ = 0;
  bool has_token_ = false;
  int era_ = 0;
  std::function<void(TcapSimulator&)> after_page_;
};

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_FEEDS_TCAP_SIMULATOR_H_
