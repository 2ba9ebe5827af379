// NCMEC's hash sharing, version 2, on loopback, as far as clients can tell:
// rows of a range in no order, cursors that are read page by page, tombstones,
// large fingerprints by reference, feedback. It keeps the ground truth.

#ifndef HASHVET_TESTS_FEEDS_NCMEC_SIMULATOR_H_
#define HASHVET_TESTS_FEEDS_NCMEC_SIMULATOR_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/feeds/feed_server.h"

namespace hashvet::testing {

struct NcmecRecord {
  int member = 42;
  std::string id;
  bool video = false;
  bool deleted = false;
  uint64_t timestamp = 0;
  std::string classification = "A1";
  std::vector<std::pair<std::string, std::string>> fingerprints;  // type, text
  std::vector<std::string> large;  // types that come by reference
  std::string feedback;            // XML of the element's inside

  std::string Key() const;  // as the ledger has it
};

class NcmecSimulator : public FeedServer {
 public:
  struct Options {
    size_t page_size = 1000;
    bool from_inclusive = false;
    bool to_inclusive = true;
    uint64_t now = 1'700'000'000;
    std::string user = "user";
    std::string password = "secret";
  };
  explicit NcmecSimulator(Options options);
  NcmecSimulator(Options options, const std::string& certificate,
                 const std::string& key);
  ~NcmecSimulator() override;

  // All thread-safe.
  void Advance(int64_t seconds);  // backwards too
  uint64_t now();
  // What changes is stamped with the simulator's time.
  void Put(NcmecRecord record);
  void Delete(const std::string& key);
  std::map<std::string, NcmecRecord> Truth();  // without what is deleted
  std::vector<std::string> Keys();             // with it
  void ExpireCursors();  // pages that were told answer 410 from now on
  void set_page_size(size_t rows);
  // Every page of entries whose range holds this time is cut in half, whole as
  // far as HTTP tells.
  void SpoilTime(std::optional<uint64_t> time);
  // Ranges with more rows answer 500.
  void FailOver(size_t rows);
  // Called after each page of entries, under the lock.
  void set_after_page(std::function<void(NcmecSimulator&)> call);
  void PutLocked(NcmecRecord record);
  void DeleteLocked(const std::string& key);
  std::vector<std::string> feedback();  // "PUT path body"

 protected:
  FeedAnswer Answer(const FeedRequest& request) override;
  uint64_t Date() override { return now_; }

 private:
  FeedAnswer Entries(const FeedRequest& request);
  bool InRange(const NcmecRecord& record, uint64_t from, uint64_t to) const;

  Options options_;
  uint64_t now_;
  std::map<std::string, NcmecRecord> records_;
  std::map<std::string, std::vector<std::string>> cursors_;  // keys, by range
  std::set<std::string> expired_;
  std::optional<uint64_t> spoilt_;
  size_t fail_over_ = SIZE_MAX;
  std::function<void(NcmecSimulator&)> after_page_;
  std::vector<std::string> feedback_;
};

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_FEEDS_NCMEC_SIMULATOR_H_
