#ifndef HASHVET_TESTS_FEEDS_THREATEXCHANGE_SUPPORT_H_
#define HASHVET_TESTS_FEEDS_THREATEXCHANGE_SUPPORT_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "tests/feeds/feed_support.h"
#include "tests/feeds/threatexchange_simulator.h"

namespace hashvet::testing {

inline TxRecord Pdq(const std::string& id, uint64_t number) {
  return {.id = id,
          .indicator = ToHex(BalancedPdq(number)),
          .descriptors = {{.id = "d" + id, .owner = "456"}}};
}

class ThreatExchangeTest : public FeedTest {
 protected:
  void SetUp() override {
    FeedTest::SetUp();
    ::setenv("FEED_TEST_TOKEN", "123|secret", 1);
  }
  void Begin(ThreatExchangeSimulator::Options options = {}) {
    simulator_ = std::make_unique<ThreatExchangeSimulator>(std::move(options));
    config_ = {.protocol = "threatexchange",
               .base_url = simulator_->graph(),
               .credential = "env:FEED_TEST_TOKEN",
               .options = {{"group", "999"}}};
    now_ = simulator_->now();
  }
  // What the simulator has, as Held tells it.
  Contents Truth() {
    static const auto* const kinds =
        new std::map<std::string, std::string>{{"HASH_PDQ", "pdq"},
                                               {"HASH_VIDEO_MD5", "md5"},
                                               {"HASH_VIDEO_SHA256", "sha256"}};
    Contents contents;
    for (const auto& [id, record] : simulator_->Truth()) {
      std::set<std::string>& values = contents[id];
      const auto kind = kinds->find(record.type);
      if (kind != kinds->end()) {
        values.insert(kind->second + ":" + record.indicator);
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

  std::unique_ptr<ThreatExchangeSimulator> simulator_;
  FeedConfig config_;
};

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_FEEDS_THREATEXCHANGE_SUPPORT_H_
