#ifndef HASHVET_TESTS_FEEDS_STOPNCII_SUPPORT_H_
#define HASHVET_TESTS_FEEDS_STOPNCII_SUPPORT_H_

#include <memory>
#include <string>
#include <utility>

#include "hashvet/ledger/value_key.h"
#include "tests/feeds/feed_support.h"
#include "tests/feeds/stopncii_simulator.h"

namespace hashvet::testing {

inline StopNciiRecord ImageHash(uint64_t number,
                                std::map<std::string, std::string> cases = {
                                    {"case-1", "Active"}}) {
  return {.value = ToHex(BalancedPdq(number)), .cases = std::move(cases)};
}
inline std::string ImageKey(uint64_t number) {
  return "ImagePDQ-" + KeyOfValue(BalancedPdq(number));
}

class StopNciiTest : public FeedTest {
 protected:
  void Begin(StopNciiSimulator::Options options = {}) {
    simulator_ = std::make_unique<StopNciiSimulator>(std::move(options));
    config_ = {.protocol = "stopncii",
               .base_url = simulator_->base() + "/v1",
               .credential = "env:FEED_TEST_SECRET"};
    now_ = simulator_->now();
  }
  // What the simulator has, as Held tells it.
  Contents Truth() {
    Contents contents;
    for (const auto& [id, record] : simulator_->Records()) {
      if (record.Status() == "Deleted") continue;
      const bool video = record.type == "VideoMD5";
      const auto value =
          ParseHex(video ? HashKind::kMd5 : HashKind::kPdq, record.value);
      if (!value.ok()) continue;
      std::set<std::string>& values =
          contents[absl::StrCat(record.type, "-", KeyOfValue(*value))];
      values.insert(absl::StrCat(video ? "md5:" : "pdq:", record.value));
      if (record.Status() != "Active") values.insert("withdrawn");
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

  std::unique_ptr<StopNciiSimulator> simulator_;
  FeedConfig config_;
};

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_FEEDS_STOPNCII_SUPPORT_H_
