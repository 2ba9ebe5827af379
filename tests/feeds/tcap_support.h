#ifndef HASHVET_TESTS_FEEDS_TCAP_SUPPORT_H_
#define HASHVET_TESTS_FEEDS_TCAP_SUPPORT_H_

#include <memory>
#include <string>
#include <utility>

#include "hashvet/ledger/value_key.h"
#include "tests/feeds/feed_support.h"
#include "tests/feeds/tcap_simulator.h"

namespace hashvet::testing {

inline TcapRow PdqRow(uint64_t number) {
  return {.digest = ToHex(BalancedPdq(number))};
}
inline TcapRow Md5Row(uint64_t number) {
  return {.algorithm = "MD5",
          .digest = ToHex(Md5Of(number)),
          .ideology = "Islamist",
          .file_type = "mp4"};
}

class TcapTest : public FeedTest {
 protected:
  void Begin(TcapSimulator::Options options = {}) {
    simulator_ = std::make_unique<TcapSimulator>(std::move(options));
    config_ = {.protocol = "tcap",
               .base_url = simulator_->base(),
               .credential = "env:FEED_TEST_SECRET"};
    now_ = simulator_->now();
  }
  // What the simulator has, as Held tells it.
  Contents Truth() {
    Contents contents;
    for (const auto& [key, row] : simulator_->Rows()) {
      if (row.deleted) continue;
      const bool md5 = row.algorithm == "MD5";
      const auto value =
          ParseHex(md5 ? HashKind::kMd5 : HashKind::kPdq, row.digest);
      if (!value.ok()) continue;
      contents[absl::StrCat(row.algorithm, "-", KeyOfValue(*value))].insert(
          absl::StrCat(md5 ? "md5:" : "pdq:", row.digest));
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

  std::unique_ptr<TcapSimulator> simulator_;
  FeedConfig config_;
};

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_FEEDS_TCAP_SUPPORT_H_
