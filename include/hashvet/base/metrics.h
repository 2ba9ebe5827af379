// Counters, gauges and histograms of the whole process, read as text in the
// Prometheus exposition format. One of the two process-wide states of the
// library (the log sink is the other).
//
// Names and label values are fixed words written in our code: never a hash, an
// entry key or a file name.

#ifndef HASHVET_BASE_METRICS_H_
#define HASHVET_BASE_METRICS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "hashvet/base/export.h"

namespace hashvet {

// Counts up. Thread-safe.
class Counter {
 public:
  void Add(uint64_t amount = 1) {
    value_.fetch_add(amount, std::memory_order_relaxed);
  }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_ = 0;
};

// A value that goes up and down. Thread-safe.
class Gauge {
 public:
  void Set(double value) { value_.store(value, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_ = 0;
};

// Durations in powers of two, from 1 microsecond to 67 seconds. Thread-safe.
class HASHVET_EXPORT Histogram {
 public:
  static constexpr size_t kBuckets = 27;  // the last one has no upper bound
  void Observe(double seconds);
  uint64_t count() const;
  uint64_t bucket(size_t i) const {  // observations <= 2^i microseconds
    return buckets_[i].load(std::memory_order_relaxed);
  }
  double sum_seconds() const;

 private:
  std::array<std::atomic<uint64_t>, kBuckets> buckets_ = {};
  std::atomic<uint64_t> sum_nanoseconds_ = 0;
};

// The metric of that name and label set, made at the first call; the reference
// stays valid until the process ends. `labels` is empty or reads
// `outcome="match",list="a"`. A name stands for one kind of metric only.
HASHVET_EXPORT Counter& GetCounter(std::string_view name,
                                   std::string_view labels = {});
HASHVET_EXPORT Gauge& GetGauge(std::string_view name,
                               std::string_view labels = {});
HASHVET_EXPORT Histogram& GetHistogram(std::string_view name,
                                       std::string_view labels = {});

// Every metric, sorted by name, one sample a line.
HASHVET_EXPORT std::string MetricsText();

}  // namespace hashvet

#endif  // HASHVET_BASE_METRICS_H_
