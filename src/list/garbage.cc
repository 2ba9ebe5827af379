#include "src/list/garbage.h"

#include <array>
#include <string_view>

#include "hashvet/base/status.h"

namespace hashvet {
namespace {

constexpr std::string_view kTemporary = ".tmp.";
constexpr size_t kRandomCharacters = 6;

bool IsTemporary(std::string_view name) {
  for (const std::string_view begin :
       {std::string_view(kIncomingFile), std::string_view(kManifestFile),
        std::string_view(kVerifiedFile)}) {
    if (name.starts_with(begin) &&
        name.substr(begin.size()).starts_with(kTemporary) &&
        name.size() == begin.size() + kTemporary.size() + kRandomCharacters) {
      return true;
    }
  }
  return false;
}

// As ContentName makes them.
bool IsContentName(std::string_view name) {
  constexpr size_t kDigits = 32;
  return name.size() == kDigits + 4 && name.ends_with(".hvs") &&
         name.substr(0, kDigits).find_first_not_of("0123456789abcdef") ==
             std::string_view::npos;
}

}  // namespace

void AddNames(const Manifest& manifest,
              absl::flat_hash_set<std::string>& names) {
  const auto add = [&](const PublishedState& state) {
    names.insert(state.base.file);
    if (state.overlay.has_value()) names.insert(state.overlay->file);
  };
  add(manifest.current);
  for (const PublishedState& state : manifest.kept) add(state);
}

absl::StatusOr<Collected> Collect(
    const PublishedDirectory& directory,
    const absl::flat_hash_set<std::string>& named) {
  HASHVET_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                           directory.Names());
  HASHVET_ASSIGN_OR_RETURN(Sha256 sha, Sha256::Create());
  Collected collected;
  for (const std::string& name : names) {
    if (!IsTemporary(name) && !(IsContentName(name) && !named.contains(name))) {
      continue;
    }
    const absl::StatusOr<uint64_t> size_bytes = directory.Remove(name);
    // A reader has just put its record of verified files in place.
    if (absl::IsNotFound(size_bytes.status())) continue;
    HASHVET_RETURN_IF_ERROR(size_bytes.status());
    ++collected.files;
    collected.size_bytes += *size_bytes;
    sha.Update(std::as_bytes(std::span(name)));
    sha.Update(std::as_bytes(std::span("\n", 1)));
  }
  if (collected.files > 0) HASHVET_RETURN_IF_ERROR(directory.Flush());
  collected.sha256 = sha.Finish();
  return collected;
}

}  // namespace hashvet
