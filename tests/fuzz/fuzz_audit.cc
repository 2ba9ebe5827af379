// Audit logs, by the first byte of the input:
//
//   even  the rest is the file: it is refused, or can be verified, opened,
//         appended to and verified again
//   odd   the rest changes single bytes of a good log, three bytes each: where
//         they hit anything before the last line, it is found

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "hashvet/audit/audit_log.h"
#include "hashvet/audit/verify_audit.h"

namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

// A folder of this process, removed when it ends.
struct Folder {
  Folder() {
    std::string made =
        (std::filesystem::temp_directory_path() / "hashvet-fuzz.XXXXXX")
            .string();
    Check(::mkdtemp(made.data()) != nullptr);
    path = made;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;
};

std::string LogPath() {
  static const Folder folder;
  return (folder.path / "audit.jsonl").string();
}

void WriteLog(const std::string& text) {
  std::ofstream(LogPath(), std::ios::binary) << text;
  std::filesystem::permissions(
      LogPath(),
      std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

absl::StatusOr<hashvet::AuditLog> Open() {
  return hashvet::AuditLog::Open(
      LogPath(), {.durability = hashvet::AuditDurability::kNever});
}

hashvet::AuditReport Verify() {
  const auto report = hashvet::VerifyAudit(std::vector{LogPath()});
  Check(report.ok());
  return *report;
}

void AsAFile(const std::string& text) {
  WriteLog(text);
  const hashvet::AuditReport before = Verify();
  auto log = Open();
  if (before.fault)
    return;  // it may still be opened: only its end is looked at
  Check(log.ok());
  Check(log->Append({hashvet::AuditEvent::kMatch, {{"item", text}}}).ok());
  const hashvet::AuditReport after = Verify();
  Check(!after.fault && after.torn_bytes == 0);
  Check(after.records == before.records + (before.torn_bytes > 0 ? 2 : 1));
}

const std::string& GoodLog() {
  static const std::string good = [] {
    WriteLog("");
    auto log = Open();
    Check(log.ok());
    for (int n = 0; n < 4; ++n) {
      Check(log->Append({hashvet::AuditEvent::kSwapped, {{"n", n}}}).ok());
    }
    std::ifstream file(LogPath(), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }();
  return good;
}

void AsChanges(const uint8_t* bytes, size_t size) {
  std::string text = GoodLog();
  const size_t last_line = text.rfind('\n', text.size() - 2) + 1;
  for (size_t i = 0; i + 2 < size; i += 3) {
    const size_t at = (bytes[i] << 8 | bytes[i + 1]) % text.size();
    text[at] = static_cast<char>(text[at] ^ bytes[i + 2]);
  }
  WriteLog(text);
  const bool changed =
      text.substr(0, last_line) != GoodLog().substr(0, last_line);
  if (changed) Check(Verify().fault.has_value());
  if (text == GoodLog()) Check(!Verify().fault.has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size == 0) return 0;
  if (bytes[0] % 2 == 0) {
    AsAFile(std::string(reinterpret_cast<const char*>(bytes) + 1, size - 1));
  } else {
    AsChanges(bytes + 1, size - 1);
  }
  return 0;
}
