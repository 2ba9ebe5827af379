#include "src/feeds/file/format_options.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hashvet/base/status.h"
#include "src/base/descriptor.h"

namespace hashvet {
namespace {

constexpr size_t kMaxMappingBytes = size_t{1} << 16;

std::string OptionOf(const FeedConfig& config, std::string_view name) {
  const auto found = config.options.find(name);
  return found == config.options.end() ? "" : found->second;
}

absl::StatusOr<std::string> ReadMapping(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (file.number() < 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "feed: option mapping: cannot open: ", std::strerror(errno), ": ",
        path));
  }
  std::string text(kMaxMappingBytes + 1, '\0');
  const ssize_t got = ::read(file.number(), text.data(), text.size());
  if (got < 0 || static_cast<size_t>(got) > kMaxMappingBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "feed: option mapping: want a file of at most 65536 bytes: ", path));
  }
  text.resize(static_cast<size_t>(got));
  return text;
}

}  // namespace

absl::StatusOr<FormatOptions> FormatOf(const FeedConfig& config) {
  FormatOptions options = {.scheme = OptionOf(config, "scheme")};
  for (const auto& [name, value] : config.options) {
    absl::StrAppend(&options.identity, name, "=", value, "\n");
  }
  if (const std::string format = OptionOf(config, "format"); !format.empty()) {
    options.format = format;
  }
  if (const std::string kind = OptionOf(config, "kind"); !kind.empty()) {
    HASHVET_ASSIGN_OR_RETURN(options.kind, ParseHashKind(kind));
  }
  if (!options.scheme.empty()) options.vics.scheme = options.scheme;
  if (const std::string text = OptionOf(config, "categories"); !text.empty()) {
    const std::vector<std::string> words = absl::StrSplit(text, ',');
    options.vics.categories.insert(words.begin(), words.end());
  }
  if (options.format == "icse") {
    options.mapping = IcseMapping();
    if (!options.scheme.empty()) options.mapping.scheme = options.scheme;
  } else if (options.format == "mapped") {
    const std::string path = OptionOf(config, "mapping");
    HASHVET_ASSIGN_OR_RETURN(const std::string text, ReadMapping(path));
    HASHVET_ASSIGN_OR_RETURN(options.mapping, ParseMapping(text, path));
    options.identity += text;
  } else if (options.format != "text" && options.format != "vics") {
    return absl::InvalidArgumentError(
        absl::StrCat("feed: option format: got '", options.format,
                     "', want text, vics, icse or mapped"));
  }
  return options;
}

absl::Status ReadInFormat(const FormatOptions& options, ByteSource source,
                          std::string_view name, PageMaker& pages) {
  if (options.format == "vics") {
    return ReadVicsFile(source, name, options.vics, pages);
  }
  if (options.format == "text") {
    return ReadTextFile(source, name, options.kind, options.scheme, pages);
  }
  return ReadMappedFile(source, name, options.mapping, pages);
}

}  // namespace hashvet
