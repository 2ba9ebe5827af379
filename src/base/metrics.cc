#include "hashvet/base/metrics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace hashvet {
namespace {

// Keyed by name, then labels: the order in which MetricsText prints.
template <typename Metric>
using Family = std::map<std::pair<std::string, std::string>,
                        std::unique_ptr<Metric>, std::less<>>;

struct Registry {
  std::mutex mutex;
  Family<Counter> counters;
  Family<Gauge> gauges;
  Family<Histogram> histograms;
};

// Never destroyed: references handed out stay valid until the process ends.
Registry& TheRegistry() {
  static Registry& registry = *new Registry;
  return registry;
}

template <typename Metric>
Metric& FindOrMake(Family<Metric> Registry::*family, std::string_view name,
                   std::string_view labels) {
  Registry& registry = TheRegistry();
  std::lock_guard lock(registry.mutex);
  auto& slot = (registry.*family)[{std::string(name), std::string(labels)}];
  if (slot == nullptr) slot = std::make_unique<Metric>();
  return *slot;
}

std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

std::string Sample(const std::string& name, const std::string& labels,
                   const std::string& value) {
  std::string line = name;
  if (!labels.empty()) line += "{" + labels + "}";
  return line + " " + value + "\n";
}

// "# TYPE" once a name, before its first sample.
template <typename Metric, typename AppendSamples>
void AppendFamily(const Family<Metric>& family, const char* type,
                  AppendSamples append_samples, std::string* text) {
  const std::string* previous = nullptr;
  for (const auto& [key, metric] : family) {
    if (previous == nullptr || *previous != key.first) {
      *text += "# TYPE " + key.first + " " + type + "\n";
    }
    previous = &key.first;
    append_samples(key.first, key.second, *metric);
  }
}

void AppendHistogram(const std::string& name, const std::string& labels,
                     const Histogram& histogram, std::string* text) {
  const std::string comma = labels.empty() ? "" : labels + ",";
  uint64_t below = 0;
  for (size_t i = 0; i < Histogram::kBuckets; ++i) {
    below += histogram.bucket(i);
    const bool last = i + 1 == Histogram::kBuckets;
    const std::string bound =
        last ? "+Inf" : Number(std::ldexp(1e-6, static_cast<int>(i)));
    *text += Sample(name + "_bucket", comma + "le=\"" + bound + "\"",
                    std::to_string(below));
  }
  *text += Sample(name + "_sum", labels, Number(histogram.sum_seconds()));
  *text += Sample(name + "_count", labels, std::to_string(below));
}

}  // namespace

void Histogram::Observe(double seconds) {
  // A clock that goes back, or no number at all, counts as zero.
  const double bounded = seconds > 0 ? std::min(seconds, 1e9) : 0;
  const auto nanoseconds = static_cast<uint64_t>(bounded * 1e9);
  const uint64_t microseconds = (nanoseconds + 999) / 1000;
  const size_t bucket =
      microseconds <= 1 ? 0 : std::bit_width(microseconds - 1);
  buckets_[std::min(bucket, kBuckets - 1)].fetch_add(1,
                                                     std::memory_order_relaxed);
  sum_nanoseconds_.fetch_add(nanoseconds, std::memory_order_relaxed);
}

uint64_t Histogram::count() const {
  uint64_t count = 0;
  for (size_t i = 0; i < kBuckets; ++i) count += bucket(i);
  return count;
}

double Histogram::sum_seconds() const {
  return 1e-9 *
         static_cast<double>(sum_nanoseconds_.load(std::memory_order_relaxed));
}

Counter& GetCounter(std::string_view name, std::string_view labels) {
  return FindOrMake(&Registry::counters, name, labels);
}
Gauge& GetGauge(std::string_view name, std::string_view labels) {
  return FindOrMake(&Registry::gauges, name, labels);
}
Histogram& GetHistogram(std::string_view name, std::string_view labels) {
  return FindOrMake(&Registry::histograms, name, labels);
}

std::string MetricsText() {
  Registry& registry = TheRegistry();
  std::lock_guard lock(registry.mutex);
  std::string text;
  AppendFamily(
      registry.counters, "counter",
      [&](const auto& name, const auto& labels, const Counter& c) {
        text += Sample(name, labels, std::to_string(c.value()));
      },
      &text);
  AppendFamily(
      registry.gauges, "gauge",
      [&](const auto& name, const auto& labels, const Gauge& g) {
        text += Sample(name, labels, Number(g.value()));
      },
      &text);
  AppendFamily(
      registry.histograms, "histogram",
      [&](const auto& name, const auto& labels, const Histogram& h) {
        AppendHistogram(name, labels, h, &text);
      },
      &text);
  return text;
}

}  // namespace hashvet
