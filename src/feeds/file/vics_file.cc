// VICS: OData in JSON, of three data models and many writers. What they do:
// byte order marks, booleans as texts, /Date(…)/, upper case MD5, totals that
// are wrong, PhotoDNA values of the wrong length, several gigabytes.

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "src/feeds/file/formats.h"
#include "src/feeds/json_reader.h"
#include "src/feeds/utc.h"
#include "src/feeds/value_text.h"

namespace hashvet {
namespace {

// Where media are, by data model and writer.
constexpr std::array<std::string_view, 6> kMedia = {
    "value",         "Media",         "Case.Media",
    "value[].Media", "Cases[].Media", "value[].Case.Media"};

// Members that say nothing an entry keeps.
constexpr std::array<std::string_view, 17> kIgnored = {
    "MediaSize",
    "MimeType",
    "RelativeFilePath",
    "Comments",
    "Exifs",
    "MediaFiles",
    "odata.id",
    "odata.type",
    "@odata.id",
    "@odata.type",
    "IsSuspected",
    "AlternativeHashes@odata.type",
    "FileName",
    "Sequence",
    "Created",
    "MediaFiles@odata.type",
    "DateSubmitted"};

// Flags that people decide by, kept as tags where they are true.
constexpr std::array<std::string_view, 4> kFlags = {
    "VictimIdentified", "OffenderIdentified", "IsDistributed", "SelfGenerated"};

// "/Date(1577934245000)/" or an ISO time.
std::optional<uint64_t> ParseDate(std::string_view text) {
  if (text.starts_with("/Date(")) {
    const size_t end = text.find_first_of("+-)", 7);
    int64_t milliseconds = 0;
    if (end != std::string_view::npos &&
        absl::SimpleAtoi(ToAbsl(text.substr(6, end - 6)), &milliseconds) &&
        milliseconds >= 0) {
      return static_cast<uint64_t>(milliseconds) / 1000;
    }
    return std::nullopt;
  }
  if (const auto exact = ParseUtc(text)) return exact;
  return ParseUtc(std::string(text) + "Z");  // without a zone: UTC
}

// A number or a text, as it is written.
std::string WordOf(const JsonValue& value) {
  return std::string(absl::StripAsciiWhitespace(value.text));
}

void AddAlternatives(const JsonValue& list, EntryUpdate& update,
                     PageMaker& pages) {
  for (const JsonValue& each : list.items) {
    const std::string_view name = each.TextOf("HashName");
    const auto kind = ParseHashKind(name);
    if (kind.ok()) {
      AddValueText(*kind, name, each.TextOf("HashValue"), update);
    } else {
      pages.Carried(std::string(name));
    }
  }
}

void AddTags(const JsonValue& value, std::vector<std::string>& tags) {
  if (value.is_string() && !value.text.empty()) tags.push_back(WordOf(value));
  for (const JsonValue& each : value.items) {
    if (each.is_string() && !each.text.empty()) tags.push_back(WordOf(each));
  }
}

class VicsReader {
 public:
  VicsReader(std::string_view name, const VicsOptions& options,
             PageMaker& pages)
      : name_(name), options_(options), pages_(pages) {}

  absl::Status Add(const JsonValue& media) {
    ++records_;
    if (!media.is_object()) return Malformed("no object");
    // A case of the 2.0 model, whose media were told before it.
    if (media.Find("MediaID") == nullptr && media.Find("MD5") == nullptr &&
        (media.Find("Media") != nullptr || media.Find("Case") != nullptr)) {
      return absl::OkStatus();
    }
    EntryUpdate update;
    std::vector<std::string> tags;
    update.stated = Opinion::kPositive;
    for (const auto& [field, value] : media.members) {
      if (value.is_null()) continue;
      Take(field, value, update, tags);
    }
    if (update.key.empty()) return Malformed("no MediaID");
    const bool wanted = options_.categories.empty()
                            ? update.category != "0"
                            : options_.categories.contains(update.category);
    if (!wanted) {
      pages_.Carried(absl::StrCat("category ", update.category));
      return absl::OkStatus();
    }
    if (!tags.empty()) {
      update.opinions.push_back({.owner = options_.scheme,
                                 .opinion = update.stated,
                                 .tags = std::move(tags)});
    }
    return pages_.Add(std::move(update));
  }

  uint64_t records() const { return records_; }

 private:
  void Take(const std::string& field, const JsonValue& value,
            EntryUpdate& update, std::vector<std::string>& tags) {
    if (field == "MediaID") {
      update.key = WordOf(value);
    } else if (field == "Category") {
      update.category = WordOf(value);
      update.category_scheme = options_.scheme;
    } else if (field == "MD5" || field == "SHA1" || field == "PhotoDNA") {
      const HashKind kind = field == "MD5"    ? HashKind::kMd5
                            : field == "SHA1" ? HashKind::kSha1
                                              : HashKind::kPhotoDna;
      if (!value.text.empty()) AddValueText(kind, field, value.text, update);
    } else if (field == "AlternativeHashes") {
      AddAlternatives(value, update, pages_);
    } else if (field == "DateUpdated") {
      update.updated_at = ParseDate(value.text);
      if (!update.updated_at.has_value()) {
        pages_.Drift("DateUpdated (unreadable)");
      }
    } else if (field == "Tags" || field == "Series") {
      AddTags(value, tags);
    } else if (std::ranges::find(kFlags, field) != kFlags.end()) {
      if (value.Bool() == true) tags.push_back(field);
    } else if (field == "IsPrecategorized") {
      // Sorted by a machine or another's list: nobody here has looked.
      if (value.Bool() == true) update.stated = Opinion::kSeed;
    } else if (std::ranges::find(kIgnored, field) == kIgnored.end()) {
      pages_.Drift(field);
    }
  }

  absl::Status Malformed(std::string_view reason) {
    return pages_.AddMalformed(name_, records_, "", reason);
  }

  const std::string_view name_;
  const VicsOptions& options_;
  PageMaker& pages_;
  uint64_t records_ = 0;
};

bool IsVics(const JsonValue& root) {
  for (const char* const mark : {"odata.metadata", "@odata.context"}) {
    const std::string_view text = root.TextOf(mark);
    if (absl::StrContains(ToAbsl(text), "DataModels") ||
        absl::StrContains(ToAbsl(text), "$metadata")) {
      return true;
    }
  }
  return false;
}

}  // namespace

absl::Status ReadVicsFile(ByteSource source, std::string_view name,
                          const VicsOptions& options, PageMaker& pages) {
  VicsReader reader(name, options, pages);
  // A case is one value, with all that is not media in it.
  HASHVET_ASSIGN_OR_RETURN(
      const JsonValue root,
      ReadJson(source, name, kMedia,
               [&](std::string_view, const JsonValue& media) {
                 return reader.Add(media);
               }));
  if (IsVics(root)) return absl::OkStatus();
  return FeedError(
      FeedCause::kProtocol,
      absl::StrCat(ToAbsl(name),
                   ": no VICS (want odata.metadata or @odata.context of its "
                   "data models)"));
}

}  // namespace hashvet
