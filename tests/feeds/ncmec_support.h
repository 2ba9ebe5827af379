#ifndef HASHVET_TESTS_FEEDS_NCMEC_SUPPORT_H_
#define HASHVET_TESTS_FEEDS_NCMEC_SUPPORT_H_

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/feeds/feed_support.h"
#include "tests/feeds/ncmec_simulator.h"

namespace hashvet::testing {

inline std::string Hex(const HashValue& value) { return ToHex(value); }

inline NcmecRecord Image(std::string id, uint64_t number) {
  return {.id = std::move(id),
          .fingerprints = {{"md5", Hex(Md5Of(number))},
                           {"pdq", Hex(BalancedPdq(number))}}};
}

class NcmecTest : public FeedTest {
 protected:
  void Begin(NcmecSimulator::Options options = {}) {
    simulator_ = std::make_unique<NcmecSimulator>(std::move(options));
    config_ = {.protocol = "ncmec",
               .base_url = simulator_->base(),
               .credential = "env:FEED_TEST_SECRET"};
    now_ = simulator_->now();
  }
  // What the simulator has, as Held tells it.
  Contents Truth() {
    Contents contents;
    for (const auto& [key, record] : simulator_->Truth()) {
      std::set<std::string>& values = contents[key];
      for (const auto& [type, text] : record.fingerprints) {
        values.insert(type + ":" + text);
      }
    }
    return contents;
  }
  void Pass(int64_t seconds) {
    simulator_->Advance(seconds);
    now_ = static_cast<uint64_t>(static_cast<int64_t>(now_) + seconds);
  }
  SyncReport Synced() {
    const auto report = SyncOnce(config_);
    EXPECT_OK(report);
    return report.ok() ? *report : SyncReport();
  }

  std::unique_ptr<NcmecSimulator> simulator_;
  FeedConfig config_;
};

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_FEEDS_NCMEC_SUPPORT_H_
