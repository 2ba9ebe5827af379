#include "src/cli/metrics_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <span>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/atomic_file.h"
#include "hashvet/base/metrics.h"
#include "hashvet/base/status.h"
#include "src/cli/output.h"

namespace hashvet::cli {
namespace {

// Collectors look every 15 seconds or less often.
constexpr std::chrono::seconds kBetweenWrites{5};

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsFile>> MetricsFile::Start(
    const std::string& path) {
  std::unique_ptr<MetricsFile> file(new MetricsFile(path));
  HASHVET_RETURN_IF_ERROR(file->Write());
  try {
    file->thread_ = std::thread([raw = file.get()] { raw->Run(); });
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(
        absl::StrCat("metrics: got no thread, want one to write them: ",
                     error.code().message()));
  }
  return file;
}

MetricsFile::~MetricsFile() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stop_.notify_one();
  thread_.join();
  WriteOrSay();
}

absl::Status MetricsFile::Write() const {
  const std::string text = MetricsText();
  HASHVET_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path_));
  HASHVET_RETURN_IF_ERROR(file.Append(std::as_bytes(std::span(text))));
  if (::chmod(file.temporary_path().c_str(), 0644) != 0) {
    return absl::InternalError(absl::StrCat(
        "cannot let others read: ", std::generic_category().message(errno),
        ": ", path_));
  }
  return file.CommitUnflushed();
}

void MetricsFile::WriteOrSay() {
  const absl::Status status = Write();
  if (!status.ok() && !fails_) {
    Say(absl::StrCat("metrics: ", status.message()));
  }
  fails_ = !status.ok();
}

void MetricsFile::Run() {
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, kBetweenWrites, [this] { return stopped_; })) {
    WriteOrSay();
  }
}

}  // namespace hashvet::cli
