// Printing a manifest, and its one line with the signature. Parsing is in
// manifest_parse.cc.

#include "hashvet/list/manifest.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "hashvet/base/status.h"
#include "hashvet/list/refusal.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace hashvet {
namespace {

constexpr size_t kNameDigits = 32;
constexpr absl::string_view kAlgorithm = "ed25519:";
// So that a signature of something else can never be a manifest's.
constexpr absl::string_view kDomain = "hashvet manifest 1\n";

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void Member(Writer& writer, const char* name, const std::string& text) {
  writer.Key(name);
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}
void Member(Writer& writer, const char* name, uint64_t number) {
  writer.Key(name);
  writer.Uint64(number);
}

void WriteFile(Writer& writer, const char* name, const StoredFile& file) {
  writer.Key(name);
  writer.StartObject();
  Member(writer, "file", file.file);
  Member(writer, "size_bytes", file.size_bytes);
  Member(writer, "sha256", Sha256Text(file.sha256));
  Member(writer, "snapshot", file.snapshot);
  writer.EndObject();
}

void WriteState(Writer& writer, const PublishedState& state) {
  writer.StartObject();
  Member(writer, "version", state.version);
  Member(writer, "published_at", state.published_at);
  WriteFile(writer, "base", state.base);
  if (state.overlay.has_value()) WriteFile(writer, "overlay", *state.overlay);
  writer.EndObject();
}

std::string Message(std::string_view text) {
  return absl::StrCat(kDomain, ToAbsl(text));
}

}  // namespace

std::string ContentName(const Sha256Digest& sha256) {
  return absl::StrCat(Sha256Text(sha256).substr(0, kNameDigits), ".hvs");
}

std::string ManifestText(const Manifest& manifest) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  Member(writer, "format", uint64_t{1});
  Member(writer, "publication", manifest.publication);
  Member(writer, "version", manifest.version);
  Member(writer, "published_at", manifest.published_at);
  if (manifest.expires_at.has_value()) {
    Member(writer, "expires_at", *manifest.expires_at);
  }
  writer.Key("current");
  WriteState(writer, manifest.current);
  writer.Key("kept");
  writer.StartArray();
  for (const PublishedState& state : manifest.kept) WriteState(writer, state);
  writer.EndArray();
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

absl::StatusOr<ManifestLine> SplitManifest(std::string_view file,
                                           std::string_view where) {
  const absl::string_view place = ToAbsl(where);
  if (file.size() > kMaxManifestBytes) {
    return Refuse(
        Refusal::kEndlessData,
        absl::StrCat("manifest over ", kMaxManifestBytes, " bytes: ", place));
  }
  if (file.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("manifest: got an empty file: ", place));
  }
  if (file.back() != '\n') {
    return absl::InvalidArgumentError(absl::StrCat(
        "manifest: cut off, want a line break at its end: ", place));
  }
  file.remove_suffix(1);
  if (file.find('\n') != std::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("manifest: more than one line: ", place));
  }
  // The text ends with a brace; no signature has one.
  const size_t end = file.rfind('}') + 1;  // 0 where there is none
  ManifestLine line;
  line.text = std::string(file.substr(0, end));
  absl::string_view rest = ToAbsl(file.substr(end));
  if (rest.empty() || end == 0) {
    line.text = std::string(file);  // ParseManifest tells what is wrong
    return line;
  }
  const auto malformed = [&] {
    return absl::InvalidArgumentError(absl::StrCat(
        "manifest: after the text, want nothing or ' ed25519:KEY:SIGNATURE': ",
        place));
  };
  if (!absl::ConsumePrefix(&rest, " ") ||
      !absl::ConsumePrefix(&rest, kAlgorithm)) {
    return malformed();
  }
  const size_t colon = rest.find(':');
  if (colon == absl::string_view::npos) return malformed();
  ManifestLine::Signed& its = line.signature.emplace();
  its.key_id = std::string(rest.substr(0, colon));
  rest.remove_prefix(colon + 1);
  std::string bytes;
  if (!absl::Base64Unescape(rest, &bytes) ||
      bytes.size() != its.signature.size() ||
      absl::Base64Escape(bytes) != rest) {
    return malformed();
  }
  std::copy(bytes.begin(), bytes.end(), its.signature.begin());
  return line;
}

absl::StatusOr<std::string> ManifestFileOf(std::string_view text,
                                           const SigningKey* key) {
  if (key == nullptr) return absl::StrCat(ToAbsl(text), "\n");
  HASHVET_ASSIGN_OR_RETURN(const Signature signature, key->Sign(Message(text)));
  const absl::string_view bytes(reinterpret_cast<const char*>(signature.data()),
                                signature.size());
  return absl::StrCat(ToAbsl(text), " ", kAlgorithm, key->public_key().id(),
                      ":", absl::Base64Escape(bytes), "\n");
}

absl::Status CheckSignature(const ManifestLine& line,
                            const std::vector<PublicKey>& trusted,
                            std::string_view where) {
  if (!line.signature.has_value()) {
    return Refuse(
        Refusal::kUnsigned,
        absl::StrCat("manifest without a signature: ", ToAbsl(where)));
  }
  for (const PublicKey& key : trusted) {
    if (key.id() != line.signature->key_id) continue;
    if (key.Verifies(Message(line.text), line.signature->signature)) {
      return absl::OkStatus();
    }
    return Refuse(Refusal::kWrongKey,
                  absl::StrCat("manifest whose signature by key ", key.id(),
                               " does not hold: ", ToAbsl(where)));
  }
  return Refuse(Refusal::kWrongKey,
                absl::StrCat("manifest signed by none of the ", trusted.size(),
                             " trusted keys: ", ToAbsl(where)));
}

absl::Status CheckPublicationName(std::string_view name) {
  constexpr size_t kMaxBytes = 128;
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' ||
           c == '/';
  };
  if (!name.empty() && name.size() <= kMaxBytes &&
      std::ranges::all_of(name, allowed)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "publication's name: want 1..128 of A-Z a-z 0-9 . _ - /");
}

}  // namespace hashvet
