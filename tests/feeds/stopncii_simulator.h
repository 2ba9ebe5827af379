// StopNCII on loopback, as far as clients can tell: sets of what changed since
// a time, in pages by token. It keeps the ground truth.

#ifndef HASHVET_TESTS_FEEDS_STOPNCII_SIMULATOR_H_
#define HASHVET_TESTS_FEEDS_STOPNCII_SIMULATOR_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/feeds/feed_server.h"

namespace hashvet::testing {

struct NciiRecord {
  std::string type = "ImagePDQ";
  std::string value;
  std::string status = "Active";
  std::string cases = "{}";     // JSON
  std::string feedback = "[]";  // JSON
  uint64_t modified_at = 0;

  std::string Key() const { return type + ":" + value; }
};

class StopNciiSimulator : public FeedServer {
 public:
  struct Options {
    bool start_inclusive = true;
    uint64_t now = 1'700'000'000;
  };
  explicit StopNciiSimulator(Options options);
  ~StopNciiSimulator() override;

  // All thread-safe.
  void Advance(int64_t seconds);
  uint64_t now();
  void Put(NciiRecord record);  // stamped with the simulator's time
  std::map<std::string, NciiRecord> Truth();  // without what is deleted
  void ExpireTokens();
  // Pages with a record of this time are cut in half.
  void SpoilTime(std::optional<uint64_t> time);
  // Told as nextSetTimestamp instead, once.
  void SetNextOnce(uint64_t time);
  std::vector<std::string> feedback();  // bodies

 protected:
  FeedAnswer Answer(const FeedRequest& request) override;
  uint64_t Date() override { return now_; }

 private:
  Options options_;
  uint64_t now_;
  uint64_t epoch_ = 0;  // of tokens
  std::map<std::string, NciiRecord> records_;
  std::optional<uint64_t> spoilt_;
  std::optional<uint64_t> next_once_;
  std::vector<std::string> feedback_;
};

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_FEEDS_STOPNCII_SIMULATOR_H_
