// StopNCII's API on loopback, as far as clients can tell: sets of records that
// changed since a time, page by page under tokens, hashes that belong to
// several cases, feedback. It keeps the ground truth.

#ifndef HASHVET_TESTS_FEEDS_STOPNCII_SIMULATOR_H_
#define HASHVET_TESTS_FEEDS_STOPNCII_SIMULATOR_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/feeds/feed_server.h"

namespace hashvet::testing {

struct StopNciiRecord {
  std::string type = "ImagePDQ";
  std::string value;
  std::map<std::string, std::string> cases;  // id, status
  std::string feedback;  // JSON of the objects in CSPFeedbacks
  std::string status;    // empty: what the cases make of it
  uint64_t changed_at = 0;

  std::string Id() const { return type + " " + value; }
  // As the record says: active while a case is.
  std::string Status() const;
};

class StopNciiSimulator : public FeedServer {
 public:
  struct Options {
    size_t page_size = 800;
    bool start_inclusive = true;
    // Pages tell what was there when their set was begun; else what is.
    bool snapshots = false;
    bool ordered = true;
    // What the next set begins with: the latest change that was told, or now,
    // whatever a snapshot is of.
    bool next_is_newest = false;
    bool tells_date = true;
    uint64_t now = 1'700'000'000;
    std::string function_key = "user";
    std::string subscription_key = "secret";
  };
  explicit StopNciiSimulator(Options options);
  ~StopNciiSimulator() override;

  // All thread-safe.
  void Advance(int64_t seconds);  // backwards too
  uint64_t now();
  // What changes is stamped with the simulator's time.
  void Put(StopNciiRecord record);
  void SetCase(const std::string& id, const std::string& case_id,
               const std::string& status);
  // As long after a deletion as a client may stay away.
  void Forget(const std::string& id);
  std::map<std::string, StopNciiRecord> Records();
  void ExpireTokens();  // pages that were told answer 400 from now on
  // Every page with this record is cut in half, whole as far as HTTP tells.
  void SpoilRecord(const std::string& id);
  // Answered once instead of what is right.
  void TellNextSet(uint64_t time);
  // So many pages without records, that say more follows.
  void TellEmptyPages(int count);
  // Called after each page, under the lock.
  void set_after_page(std::function<void(StopNciiSimulator&)> call);
  void PutLocked(StopNciiRecord record);
  void AdvanceLocked(uint64_t seconds) { now_ += seconds; }
  std::vector<std::string> feedback();  // bodies

 protected:
  FeedAnswer Answer(const FeedRequest& request) override;
  uint64_t Date() override { return options_.tells_date ? asked_at_ : 0; }

 private:
  struct Set {
    uint64_t start = 0;
    std::map<std::string, StopNciiRecord> records;  // of a snapshot
  };
  FeedAnswer FetchHashes(const FeedRequest& request);
  std::vector<StopNciiRecord> Rest(const Set& set,
                                   const std::string& after) const;
  std::string PlaceOf(const StopNciiRecord& record) const;

  Options options_;
  uint64_t now_;
  uint64_t asked_at_ = 0;
  std::map<std::string, StopNciiRecord> records_;
  std::vector<Set> sets_;
  size_t expired_ = 0;  // sets before this one
  std::string spoilt_;
  std::optional<uint64_t> next_set_;
  int empty_pages_ = 0;
  int empty_told_ = 0;
  std::function<void(StopNciiSimulator&)> after_page_;
  std::vector<std::string> feedback_;
};

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_FEEDS_STOPNCII_SIMULATOR_H_
