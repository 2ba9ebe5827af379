#include "hashvet/list/verified_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <limits>
#include <span>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/atomic_file.h"
#include "hashvet/base/file_error.h"
#include "hashvet/base/status.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"
#include "src/list/private_file.h"
#include "src/list/strict_json.h"

namespace hashvet {
namespace {

constexpr size_t kMaxRecordBytes = size_t{64} << 10;
// Twice the coarsest clock that Linux gives files their times by (100 Hz).
constexpr int64_t kQuietNs = 20'000'000;

struct Entry {
  FileIdentity file;
  std::string sha256;
};

int64_t Nanoseconds(const struct timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

absl::StatusOr<std::vector<Entry>> ParseRecord(const std::string& text) {
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  rapidjson::Document document;
  HASHVET_RETURN_IF_ERROR(json::Parse(text, "verified files", document));
  HASHVET_ASSIGN_OR_RETURN(
      const json::Object record,
      json::Object::Create(document, "verified files:", {"format", "files"}));
  HASHVET_RETURN_IF_ERROR(record.Number("format", 1, 1).status());
  HASHVET_ASSIGN_OR_RETURN(const auto* files,
                           record.Array("files", VerifiedFiles::kMaxFiles));
  std::vector<Entry> entries;
  for (const rapidjson::Value& value : files->GetArray()) {
    HASHVET_ASSIGN_OR_RETURN(
        const json::Object object,
        json::Object::Create(value, record.Where("files"),
                             {"device", "inode", "size_bytes", "mtime_ns",
                              "ctime_ns", "sha256"}));
    Entry entry;
    HASHVET_ASSIGN_OR_RETURN(entry.file.device,
                             object.Number("device", 0, kMax));
    HASHVET_ASSIGN_OR_RETURN(entry.file.inode, object.Number("inode", 0, kMax));
    HASHVET_ASSIGN_OR_RETURN(entry.file.size_bytes,
                             object.Number("size_bytes", 0, kMax));
    HASHVET_ASSIGN_OR_RETURN(entry.file.mtime_ns,
                             object.SignedNumber("mtime_ns"));
    HASHVET_ASSIGN_OR_RETURN(entry.file.ctime_ns,
                             object.SignedNumber("ctime_ns"));
    HASHVET_ASSIGN_OR_RETURN(entry.sha256, object.Text("sha256"));
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::string RecordText(const std::vector<Entry>& entries) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.StartObject();
  writer.Key("format");
  writer.Uint64(1);
  writer.Key("files");
  writer.StartArray();
  for (const Entry& entry : entries) {
    writer.StartObject();
    writer.Key("device");
    writer.Uint64(entry.file.device);
    writer.Key("inode");
    writer.Uint64(entry.file.inode);
    writer.Key("size_bytes");
    writer.Uint64(entry.file.size_bytes);
    writer.Key("mtime_ns");
    writer.Int64(entry.file.mtime_ns);
    writer.Key("ctime_ns");
    writer.Int64(entry.file.ctime_ns);
    writer.Key("sha256");
    writer.String(entry.sha256.data(),
                  static_cast<rapidjson::SizeType>(entry.sha256.size()));
    writer.EndObject();
  }
  writer.EndArray();
  writer.EndObject();
  return absl::StrCat(absl::string_view(buffer.GetString(), buffer.GetSize()),
                      "\n");
}

// Empty where there is no record, or one that is not to be believed.
std::vector<Entry> ReadRecord(const std::string& path) {
  const auto text = ReadPrivateFile(path, kMaxRecordBytes);
  if (!text.ok()) return {};
  auto entries = ParseRecord(*text);
  return entries.ok() ? *std::move(entries) : std::vector<Entry>();
}

}  // namespace

absl::StatusOr<FileIdentity> IdentityOf(int descriptor) {
  struct stat info;
  if (::fstat(descriptor, &info) != 0) {
    return FileError(errno, "cannot examine",
                     absl::StrCat("descriptor ", descriptor));
  }
  return FileIdentity{info.st_dev, info.st_ino,
                      static_cast<uint64_t>(info.st_size),
                      Nanoseconds(info.st_mtim), Nanoseconds(info.st_ctim)};
}

int64_t FileClockNow() {
  struct timespec now = {};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return Nanoseconds(now);
}

bool VerifiedFiles::Contains(const FileIdentity& file,
                             const Sha256Digest& sha256) const {
  const std::string digest = Sha256Text(sha256);
  return std::ranges::any_of(ReadRecord(record_path_), [&](const Entry& entry) {
    return entry.file == file && entry.sha256 == digest;
  });
}

absl::Status VerifiedFiles::Remember(const FileIdentity& file,
                                     const Sha256Digest& sha256,
                                     int64_t began_ns) const {
  if (began_ns - std::max(file.mtime_ns, file.ctime_ns) < kQuietNs) {
    return absl::OkStatus();
  }
  std::vector<Entry> entries = ReadRecord(record_path_);
  // What this file was before is gone.
  std::erase_if(entries, [&](const Entry& entry) {
    return entry.file.device == file.device && entry.file.inode == file.inode;
  });
  if (entries.size() >= kMaxFiles) {
    entries.erase(entries.begin(),
                  entries.end() - static_cast<ptrdiff_t>(kMaxFiles - 1));
  }
  entries.push_back({file, Sha256Text(sha256)});
  const std::string text = RecordText(entries);
  HASHVET_ASSIGN_OR_RETURN(AtomicFile record, AtomicFile::Create(record_path_));
  HASHVET_RETURN_IF_ERROR(record.Append(std::as_bytes(std::span(text))));
  // Lost with the power, or torn, it costs another verification.
  return record.CommitUnflushed();
}

}  // namespace hashvet
