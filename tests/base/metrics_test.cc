#include "hashvet/base/metrics.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/base/checked.h"
#include "hashvet/base/log.h"

namespace hashvet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(MetricsTest, TextIsTheExpositionFormat) {
  GetCounter("test_events_total", "outcome=\"a\"").Add(2);
  GetCounter("test_events_total", "outcome=\"b\"").Add();
  GetCounter("test_events_total", "outcome=\"a\"").Add();  // the same one
  GetGauge("test_rows").Set(2.5);
  GetHistogram("test_seconds").Observe(3e-6);
  const std::string text = MetricsText();
  EXPECT_THAT(text, HasSubstr("# TYPE test_events_total counter\n"
                              "test_events_total{outcome=\"a\"} 3\n"
                              "test_events_total{outcome=\"b\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE test_rows gauge\ntest_rows 2.5\n"));
  EXPECT_THAT(text, HasSubstr("test_seconds_bucket{le=\"2e-06\"} 0\n"
                              "test_seconds_bucket{le=\"4e-06\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("test_seconds_bucket{le=\"+Inf\"} 1\n"
                              "test_seconds_sum 3e-06\n"
                              "test_seconds_count 1\n"));
}

TEST(HistogramTest, BoundsAreInclusiveAndTheLastTakesTheRest) {
  Histogram histogram;
  histogram.Observe(0);
  histogram.Observe(-1);
  histogram.Observe(1e-6);
  EXPECT_EQ(histogram.bucket(0), 3u);
  histogram.Observe(2e-6);
  EXPECT_EQ(histogram.bucket(1), 1u);
  histogram.Observe(2.001e-6);
  EXPECT_EQ(histogram.bucket(2), 1u);
  histogram.Observe(1e300);
  EXPECT_EQ(histogram.bucket(Histogram::kBuckets - 1), 1u);
  EXPECT_EQ(histogram.count(), 6u);
}

TEST(LogTest, GoesToTheSinkAndNowhereWithoutOne) {
  std::vector<std::string> lines;
  SetLogSink([&](LogLevel level, std::string_view line) {
    EXPECT_EQ(level, LogLevel::kWarning);
    lines.emplace_back(line);
  });
  Log(LogLevel::kWarning, "one");
  SetLogSink({});
  Log(LogLevel::kWarning, "two");
  EXPECT_THAT(lines, ElementsAre("one"));
}

TEST(CheckedTest, TellsWhatDoesNotFit) {
  EXPECT_EQ(CheckedAdd<uint32_t>(0xFFFFFFFE, 1), 0xFFFFFFFF);
  EXPECT_EQ(CheckedAdd<uint32_t>(0xFFFFFFFF, 1), std::nullopt);
  EXPECT_EQ(CheckedMultiply<uint32_t>(0x10000, 0xFFFF), 0xFFFF0000);
  EXPECT_EQ(CheckedMultiply<uint32_t>(0x10000, 0x10000), std::nullopt);
}

}  // namespace
}  // namespace hashvet
