#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/list/manifest.h"
#include "src/list/strict_json.h"

namespace hashvet {
namespace {

constexpr uint64_t kFormat = 1;
constexpr uint64_t kMaxVersion = std::numeric_limits<uint64_t>::max() - 1;
constexpr uint64_t kMaxSeconds = uint64_t{1} << 40;
constexpr size_t kSnapshotDigits = 16;

// A name that stays inside the directory, each way out with its own message;
// then the only name the file may have.
absl::Status CheckFileName(const json::Object& of, const StoredFile& file) {
  if (file.file.find('/') != std::string::npos) {
    return of.Error("file", "a path, want a name in the directory");
  }
  if (file.file.starts_with('.')) {
    return of.Error("file", "begins with a dot");
  }
  if (file.file != ContentName(file.sha256)) {
    return of.Error("file", "not the name of its content");
  }
  return absl::OkStatus();
}

absl::StatusOr<StoredFile> ParseFile(const rapidjson::Value& value,
                                     std::string where) {
  HASHVET_ASSIGN_OR_RETURN(
      const json::Object object,
      json::Object::Create(value, std::move(where),
                           {"file", "size_bytes", "sha256", "snapshot"}));
  StoredFile file;
  HASHVET_ASSIGN_OR_RETURN(file.file, object.Text("file"));
  HASHVET_ASSIGN_OR_RETURN(file.size_bytes,
                           object.Number("size_bytes", 1, kMaxStoredBytes));
  HASHVET_ASSIGN_OR_RETURN(const std::string sha256, object.Text("sha256"));
  const auto digest = ParseSha256Text(sha256);
  if (!digest.ok() || Sha256Text(*digest) != sha256) {
    return object.Error("sha256", "want 64 lower-case hex digits");
  }
  file.sha256 = *digest;
  HASHVET_ASSIGN_OR_RETURN(file.snapshot, object.Text("snapshot"));
  if (file.snapshot.size() != kSnapshotDigits ||
      file.snapshot.find_first_not_of("0123456789abcdef") !=
          std::string::npos) {
    return object.Error("snapshot", "want 16 lower-case hex digits");
  }
  HASHVET_RETURN_IF_ERROR(CheckFileName(object, file));
  return file;
}

absl::StatusOr<PublishedState> ParseState(const rapidjson::Value& value,
                                          std::string where) {
  HASHVET_ASSIGN_OR_RETURN(
      const json::Object object,
      json::Object::Create(value, std::move(where),
                           {"version", "published_at", "base", "overlay"}));
  PublishedState state;
  HASHVET_ASSIGN_OR_RETURN(state.version,
                           object.Number("version", 1, kMaxVersion));
  HASHVET_ASSIGN_OR_RETURN(state.published_at,
                           object.Number("published_at", 0, kMaxSeconds));
  HASHVET_ASSIGN_OR_RETURN(const auto* base, object.Member("base"));
  HASHVET_ASSIGN_OR_RETURN(state.base, ParseFile(*base, object.Where("base")));
  if (const auto* overlay = object.Find("overlay"); overlay != nullptr) {
    HASHVET_ASSIGN_OR_RETURN(state.overlay,
                             ParseFile(*overlay, object.Where("overlay")));
  }
  return state;
}

absl::StatusOr<Manifest> ParseObject(const rapidjson::Document& document) {
  HASHVET_ASSIGN_OR_RETURN(
      const json::Object object,
      json::Object::Create(document, "manifest:",
                           {"format", "publication", "version", "published_at",
                            "expires_at", "current", "kept"}));
  Manifest manifest;
  HASHVET_ASSIGN_OR_RETURN(manifest.publication, object.Text("publication"));
  HASHVET_RETURN_IF_ERROR(CheckPublicationName(manifest.publication));
  HASHVET_ASSIGN_OR_RETURN(manifest.version,
                           object.Number("version", 1, kMaxVersion));
  HASHVET_ASSIGN_OR_RETURN(manifest.published_at,
                           object.Number("published_at", 0, kMaxSeconds));
  if (object.Find("expires_at") != nullptr) {
    HASHVET_ASSIGN_OR_RETURN(
        manifest.expires_at,
        object.Number("expires_at", manifest.published_at, kMaxSeconds));
  }
  HASHVET_ASSIGN_OR_RETURN(const auto* current, object.Member("current"));
  HASHVET_ASSIGN_OR_RETURN(manifest.current,
                           ParseState(*current, object.Where("current")));
  if (manifest.current.version > manifest.version) {
    return object.Error("current.version", "above the manifest's");
  }
  HASHVET_ASSIGN_OR_RETURN(const auto* kept,
                           object.Array("kept", kMaxKeptStates));
  uint64_t below = manifest.version;
  for (const rapidjson::Value& value : kept->GetArray()) {
    const std::string where =
        object.Where(absl::StrCat("kept[", manifest.kept.size(), "]"));
    HASHVET_ASSIGN_OR_RETURN(PublishedState state, ParseState(value, where));
    if (state.version >= below || state.version == manifest.current.version) {
      return absl::InvalidArgumentError(absl::StrCat(
          where, ".version: want them falling, and below the manifest's"));
    }
    below = state.version;
    manifest.kept.push_back(std::move(state));
  }
  return manifest;
}

}  // namespace

absl::StatusOr<Manifest> ParseManifest(std::string_view text,
                                       std::string_view where) {
  const auto at = [&](const absl::Status& status) {
    return absl::Status(status.code(),
                        absl::StrCat(status.message(), ": ", ToAbsl(where)));
  };
  rapidjson::Document document;
  if (absl::Status status = json::Parse(text, "manifest", document);
      !status.ok()) {
    return at(status);
  }
  // A newer format may have members that this build does not know: its number
  // comes first.
  if (document.IsObject()) {
    const auto format = document.FindMember("format");
    if (format == document.MemberEnd() || !format->value.IsUint64()) {
      return at(absl::InvalidArgumentError("manifest: format: want a number"));
    }
    if (format->value.GetUint64() != kFormat) {
      return at(absl::FailedPreconditionError(
          absl::StrCat("manifest: format ", format->value.GetUint64(),
                       ", this build reads ", kFormat)));
    }
  }
  absl::StatusOr<Manifest> manifest = ParseObject(document);
  if (!manifest.ok()) return at(manifest.status());
  return manifest;
}

}  // namespace hashvet
