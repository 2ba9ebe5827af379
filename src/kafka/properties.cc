#include "src/kafka/properties.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "hashvet/base/file_error.h"
#include "hashvet/base/status.h"
#include "src/base/descriptor.h"

namespace hashvet::kafka {
namespace {

constexpr size_t kMaxBytes = size_t{256} << 10;

// What "committed only after it is acknowledged", replays that are harmless and
// rebalances that are cooperative rest on; and what options say. Two would keep
// the word of an acknowledgement from us, so that nothing were ever committed.
constexpr std::array<std::string_view, 16> kOwn = {
    "group.id",
    "group.instance.id",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "auto.commit.interval.ms",
    "partition.assignment.strategy",
    "enable.idempotence",
    "acks",
    "request.required.acks",
    "allow.auto.create.topics",
    "enable.partition.eof",
    "isolation.level",
    "delivery.report.only.error",
    "enabled_events",
    "transactional.id",
    "group.protocol"};

bool HoldsSecret(const Property& property) {
  const std::string_view name = property.name;
  return name.find("password") != std::string_view::npos ||
         name.find("secret") != std::string_view::npos ||
         name == "ssl.key.pem" || name == "sasl.oauthbearer.config";
}

// By either of its names.
bool SaysBrokers(const Property& property) {
  return property.name == "bootstrap.servers" ||
         property.name == "metadata.broker.list";
}

}  // namespace

absl::StatusOr<std::vector<Property>> ParseProperties(
    std::string_view text, const std::string& where) {
  std::vector<Property> properties;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(ToAbsl(text), '\n')) {
    ++number;
    const absl::string_view bare = absl::StripAsciiWhitespace(line);
    if (bare.empty() || bare[0] == '#' || bare[0] == '!') continue;
    const size_t sign = bare.find('=');
    const absl::string_view name =
        absl::StripAsciiWhitespace(bare.substr(0, sign));
    // A line without a sign may be the rest of a secret.
    if (sign == absl::string_view::npos || name.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("properties: want name=value: ", where, ":", number));
    }
    if (std::find(kOwn.begin(), kOwn.end(), ToStd(name)) != kOwn.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("properties: ", name,
                       " is the worker's own to set: ", where, ":", number));
    }
    properties.push_back(
        {std::string(name),
         std::string(absl::StripAsciiWhitespace(bare.substr(sign + 1))),
         number});
  }
  return properties;
}

absl::StatusOr<std::vector<Property>> ReadProperties(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) {
    return FileError(errno, "cannot open properties", path);
  }
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(file.number(), buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError(errno, "cannot read properties", path);
    if (got == 0) break;
    text.append(buffer, static_cast<size_t>(got));
    if (text.size() > kMaxBytes) {
      return absl::ResourceExhaustedError(
          absl::StrCat("properties: more than ", kMaxBytes, " bytes: ", path));
    }
  }
  HASHVET_ASSIGN_OR_RETURN(std::vector<Property> properties,
                           ParseProperties(text, path));
  struct stat about = {};
  if (::fstat(file.number(), &about) != 0) {
    return FileError(errno, "cannot stat properties", path);
  }
  if ((about.st_mode & S_IRWXO) != 0 &&
      std::any_of(properties.begin(), properties.end(), HoldsSecret)) {
    return absl::PermissionDeniedError(absl::StrCat(
        "properties: holds a secret, want mode 0640 or narrower: ", path));
  }
  if (std::none_of(properties.begin(), properties.end(), SaysBrokers)) {
    return absl::InvalidArgumentError(
        absl::StrCat("properties: want bootstrap.servers: ", path));
  }
  return properties;
}

std::string WithoutSecrets(std::string_view text,
                           std::span<const Property> properties) {
  std::string clean(text);
  for (const Property& property : properties) {
    if (!HoldsSecret(property) || property.value.empty()) continue;
    clean = absl::StrReplaceAll(clean, {{property.value, "<of a property>"}});
  }
  return clean;
}

}  // namespace hashvet::kafka
