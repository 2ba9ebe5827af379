// The process's metrics in a file, for Prometheus' textfile collector.

#ifndef HASHVET_SRC_CLI_METRICS_FILE_H_
#define HASHVET_SRC_CLI_METRICS_FILE_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hashvet::cli {

// Replaces the file every few seconds, whole, from a thread of its own, and a
// last time at its end. It may be read by everybody (mode 0644): metrics hold
// no hash, key or name.
class MetricsFile {
 public:
  // Errors: those of AtomicFile, for the first time that it is written; later
  // ones are said on standard error, once for each time that it begins to fail.
  static absl::StatusOr<std::unique_ptr<MetricsFile>> Start(
      const std::string& path);

  MetricsFile(const MetricsFile&) = delete;
  MetricsFile& operator=(const MetricsFile&) = delete;
  ~MetricsFile();

 private:
  explicit MetricsFile(std::string path) : path_(std::move(path)) {}
  absl::Status Write() const;
  void WriteOrSay();  // one thread at a time
  void Run();

  const std::string path_;
  bool fails_ = false;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_METRICS_FILE_H_
