#include "src/list/trusted_state.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <map>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/atomic_file.h"
#include "hashvet/base/file_error.h"
#include "hashvet/base/status.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"
#include "src/base/directory_of.h"
#include "src/list/private_file.h"
#include "src/list/strict_json.h"

namespace hashvet {
namespace {

constexpr size_t kMaxStateBytes = size_t{1} << 20;
constexpr size_t kMaxPublications = 4096;

using State = std::map<std::string, SeenManifest>;

absl::StatusOr<State> ParseState(const std::string& text) {
  rapidjson::Document document;
  HASHVET_RETURN_IF_ERROR(json::Parse(text, "trusted state", document));
  HASHVET_ASSIGN_OR_RETURN(
      const json::Object object,
      json::Object::Create(document, "trusted state:", {"format", "seen"}));
  HASHVET_RETURN_IF_ERROR(object.Number("format", 1, 1).status());
  HASHVET_ASSIGN_OR_RETURN(const auto* seen,
                           object.Array("seen", kMaxPublications));
  State state;
  for (const rapidjson::Value& value : seen->GetArray()) {
    HASHVET_ASSIGN_OR_RETURN(
        const json::Object item,
        json::Object::Create(value, object.Where("seen"),
                             {"publication", "version", "sha256"}));
    SeenManifest manifest;
    HASHVET_ASSIGN_OR_RETURN(std::string publication, item.Text("publication"));
    HASHVET_ASSIGN_OR_RETURN(
        manifest.version,
        item.Number("version", 1, std::numeric_limits<uint64_t>::max()));
    HASHVET_ASSIGN_OR_RETURN(const std::string sha256, item.Text("sha256"));
    HASHVET_ASSIGN_OR_RETURN(manifest.sha256, ParseSha256Text(sha256));
    if (!state.emplace(std::move(publication), manifest).second) {
      return item.Error("publication", "there twice");
    }
  }
  return state;
}

std::string StateText(const State& state) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  const auto text = [&writer](const std::string& value) {
    writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  writer.StartObject();
  writer.Key("format");
  writer.Uint64(1);
  writer.Key("seen");
  writer.StartArray();
  for (const auto& [publication, manifest] : state) {
    writer.StartObject();
    writer.Key("publication");
    text(publication);
    writer.Key("version");
    writer.Uint64(manifest.version);
    writer.Key("sha256");
    text(Sha256Text(manifest.sha256));
    writer.EndObject();
  }
  writer.EndArray();
  writer.EndObject();
  return absl::StrCat(absl::string_view(buffer.GetString(), buffer.GetSize()),
                      "\n");
}

// Whoever may write the directory may remove the state, and with it what it
// protects from.
absl::Status CheckDirectoryOf(const std::string& path) {
  const std::string directory = DirectoryOf(path);
  struct stat info;
  if (::stat(directory.c_str(), &info) != 0) {
    return FileError(errno, "cannot examine the directory of", path);
  }
  const bool ours = info.st_uid == ::geteuid() || info.st_uid == 0;
  if (ours && (info.st_mode & (S_IWGRP | S_IWOTH)) == 0) {
    return absl::OkStatus();
  }
  return absl::PermissionDeniedError(absl::StrCat(
      "trusted state: got a directory of mode ",
      ModeText(info.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO)), " and user ",
      info.st_uid, ", want one that only this user may write: ", path));
}

absl::StatusOr<State> ReadState(const std::string& path) {
  HASHVET_RETURN_IF_ERROR(CheckDirectoryOf(path));
  const auto text = ReadPrivateFile(path, kMaxStateBytes);
  if (absl::IsNotFound(text.status())) return State();
  HASHVET_RETURN_IF_ERROR(text.status());
  auto state = ParseState(*text);
  if (state.ok()) return state;
  return absl::Status(state.status().code(),
                      absl::StrCat(state.status().message(), ": ", path));
}

}  // namespace

absl::StatusOr<std::optional<SeenManifest>> ReadSeen(
    const std::string& state_path, const std::string& publication) {
  HASHVET_ASSIGN_OR_RETURN(const State state, ReadState(state_path));
  const auto found = state.find(publication);
  if (found == state.end()) return std::optional<SeenManifest>();
  return std::optional<SeenManifest>(found->second);
}

absl::Status RememberSeen(const std::string& state_path,
                          const std::string& publication,
                          const SeenManifest& seen) {
  const std::string lock_path = absl::StrCat(state_path, ".lock");
  const Descriptor lock(::open(lock_path.c_str(),
                               O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                               S_IRUSR | S_IWUSR));
  if (lock.number() < 0 || ::flock(lock.number(), LOCK_EX) != 0) {
    return FileError(errno, "cannot lock", lock_path);
  }
  HASHVET_ASSIGN_OR_RETURN(State state, ReadState(state_path));
  SeenManifest& known = state[publication];
  if (known.version >= seen.version) return absl::OkStatus();
  known = seen;
  const std::string text = StateText(state);
  HASHVET_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(state_path));
  HASHVET_RETURN_IF_ERROR(file.Append(std::as_bytes(std::span(text))));
  return file.Commit();
}

}  // namespace hashvet
