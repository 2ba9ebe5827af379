#include "src/feeds/threatexchange/wire.h"

#include <algorithm>
#include <array>
#include <span>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "src/feeds/json_reader.h"
#include "src/feeds/url.h"
#include "src/feeds/utc.h"

namespace hashvet::threatexchange {
namespace {

constexpr uint64_t kPageRows = 500;
constexpr size_t kMaxTargetBytes = 8192;
constexpr size_t kMaxErrorBytes = 65'536;
constexpr std::string_view kFields =
    "id,indicator,type,last_updated,should_delete,"
    "descriptors{id,owner,status,tags,added_on,reactions}";

constexpr std::array<std::string_view, 6> kRowFields = {
    "id", "indicator", "type", "last_updated", "should_delete", "descriptors"};
constexpr std::array<std::string_view, 7> kDescriptorFields = {
    "id", "owner", "status", "tags", "added_on", "reactions", "my_reactions"};

void CountUnknown(const JsonValue& object, std::string_view path,
                  std::span<const std::string_view> known, FeedCounts& drift) {
  for (const auto& [name, value] : object.members) {
    if (std::ranges::find(known, name) == known.end()) {
      ++drift[absl::StrCat(ToAbsl(path), name)];
    }
  }
}

// An id, which some answers write as a number.
std::string IdOf(const JsonValue& object, std::string_view key) {
  const JsonValue* const found = object.Find(key);
  return found != nullptr &&
                 (found->is_string() || found->type == JsonValue::Type::kNumber)
             ? found->text
             : "";
}

// The items of "data" in a member: an edge of the graph.
const std::vector<JsonValue>* EdgeOf(const JsonValue& object,
                                     std::string_view key) {
  const JsonValue* const edge = object.Find(key);
  if (edge == nullptr) return nullptr;
  const JsonValue* const data = edge->Find("data");
  return data != nullptr && data->is_array() ? &data->items : nullptr;
}

void ReadTags(const JsonValue& object, FeedCounts& drift,
              std::vector<std::string>& tags) {
  const JsonValue* const member = object.Find("tags");
  if (member == nullptr || member->is_null()) return;
  const auto* const items =
      member->is_array() ? &member->items : EdgeOf(object, "tags");
  if (items == nullptr) {
    ++drift["data[].descriptors.data[].tags (unreadable)"];
    return;
  }
  for (const JsonValue& item : *items) {
    const std::string_view text =
        item.is_string() ? std::string_view(item.text) : item.TextOf("text");
    if (text.empty()) {
      ++drift["data[].descriptors.data[].tags (unreadable)"];
    } else {
      tags.emplace_back(text);
    }
  }
}

void ReadReactions(const JsonValue& object, FeedCounts& drift,
                   std::vector<Reaction>& reactions) {
  const JsonValue* const member = object.Find("reactions");
  if (member == nullptr || member->is_null()) return;
  for (const JsonValue& item : member->items) {
    Reaction reaction = {.key = std::string(item.TextOf("key"))};
    for (const absl::string_view owner :
         absl::StrSplit(ToAbsl(item.TextOf("value")), ',')) {
      const absl::string_view name = absl::StripAsciiWhitespace(owner);
      if (!name.empty()) reaction.owners.emplace_back(name);
    }
    reactions.push_back(std::move(reaction));
  }
  if (!member->is_array()) {
    ++drift["data[].descriptors.data[].reactions (unreadable)"];
  }
}

std::optional<uint64_t> TimeOf(const JsonValue& object, std::string_view key) {
  const JsonValue* const found = object.Find(key);
  if (found == nullptr) return std::nullopt;
  if (const auto number = found->Integer()) {
    return *number >= 0 ? std::optional<uint64_t>(*number) : std::nullopt;
  }
  return ParseUtc(found->text);
}

Descriptor ReadDescriptor(const JsonValue& object, FeedCounts& drift) {
  Descriptor descriptor = {.id = IdOf(object, "id"),
                           .status = std::string(object.TextOf("status")),
                           .added_at = TimeOf(object, "added_on")};
  if (const JsonValue* owner = object.Find("owner")) {
    descriptor.owner = IdOf(*owner, "id");
    descriptor.owner_name = owner->TextOf("name");
  }
  ReadTags(object, drift, descriptor.tags);
  ReadReactions(object, drift, descriptor.reactions);
  CountUnknown(object, "data[].descriptors.data[].", kDescriptorFields, drift);
  return descriptor;
}

// Nothing where the row cannot be read; `why` says so then.
std::optional<Update> ReadRow(const JsonValue& row, FeedCounts& drift,
                              std::string& why) {
  Update update = {.id = IdOf(row, "id"),
                   .type = std::string(row.TextOf("type")),
                   .indicator = std::string(row.TextOf("indicator")),
                   .updated_at = TimeOf(row, "last_updated")};
  if (update.id.empty()) {
    why = "a row without an id";
    return std::nullopt;
  }
  CountUnknown(row, "data[].", kRowFields, drift);
  if (const JsonValue* gone = row.Find("should_delete")) {
    const auto said = gone->is_null() ? false : gone->Bool();
    if (!said.has_value()) {
      why = "a row whose should_delete is neither true nor false";
      return std::nullopt;
    }
    update.deleted = *said;
  }
  if (update.deleted) return update;
  const JsonValue* const descriptors = row.Find("descriptors");
  if (descriptors == nullptr || descriptors->is_null()) {
    update.deleted = true;
    return update;
  }
  const auto* const items = EdgeOf(row, "descriptors");
  if (items == nullptr) {
    why = "a row whose descriptors are no list";
    return std::nullopt;
  }
  for (const JsonValue& item : *items) {
    update.descriptors.push_back(ReadDescriptor(item, drift));
  }
  // Some of an indicator's descriptors only: its opinion is not all of it.
  const JsonValue* const paging = descriptors->Find("paging");
  if (paging != nullptr && paging->Find("next") != nullptr) {
    ++drift["data[].descriptors.paging.next"];
  }
  if (update.descriptors.empty()) {
    update.deleted = true;
    return update;
  }
  if (update.type.empty()) {
    why = "a row without a type";
    return std::nullopt;
  }
  return update;
}

// The object that was asked for by its id.
absl::StatusOr<JsonValue> ReadObject(ByteSource source, std::string_view id) {
  HASHVET_ASSIGN_OR_RETURN(
      JsonValue root,
      ReadJson(source, "ThreatExchange object", {},
               [](std::string_view, JsonValue) { return absl::OkStatus(); }));
  for (auto& [name, value] : root.members) {
    if (name == id && value.is_object()) return std::move(value);
  }
  return FeedError(FeedCause::kProtocol, absl::StatusCode::kNotFound,
                   "ThreatExchange: an answer without what was asked for");
}

}  // namespace

bool IsWord(std::string_view text) {
  return !text.empty() && text.size() <= 200 &&
         std::ranges::all_of(
             text, [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

std::string UpdatesTarget(std::string_view group, uint64_t from, uint64_t to,
                          const std::vector<std::string>& types) {
  std::string target =
      absl::StrCat("/", ToAbsl(group), "/threat_updates/?start_time=", from,
                   "&stop_time=", to, "&limit=", kPageRows,
                   "&fields=", QueryEscaped(kFields));
  if (!types.empty()) {
    absl::StrAppend(&target,
                    "&types=", QueryEscaped(absl::StrJoin(types, ",")));
  }
  return target;
}

std::string ObjectTarget(std::string_view id, std::string_view fields) {
  return absl::StrCat("/?ids=", QueryEscaped(id),
                      "&fields=", QueryEscaped(fields));
}

absl::StatusOr<std::string> NextTarget(std::string_view base_url,
                                       std::string_view group,
                                       std::string_view next) {
  const absl::Status elsewhere = FeedError(
      FeedCause::kProtocol, absl::StatusCode::kFailedPrecondition,
      "ThreatExchange updates: a next page elsewhere than the group's updates");
  const auto base = ParseUrl(base_url);
  const auto url = ParseUrl(next);
  const bool is_clean = std::ranges::none_of(next, [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '#' || c == 127;
  });
  if (!base.ok() || !url.ok() || !is_clean || url->has_user ||
      !url->SameOrigin(*base) || next.size() > kMaxTargetBytes) {
    return elsewhere;
  }
  std::string_view root = base->path;
  while (root.ends_with('/')) root.remove_suffix(1);
  const std::string updates =
      absl::StrCat(ToAbsl(root), "/", ToAbsl(group), "/threat_updates");
  std::string_view path = url->path;
  while (path.ends_with('/')) path.remove_suffix(1);
  const size_t query = next.find('?');
  if (path != updates || query == std::string_view::npos) return elsewhere;
  std::vector<std::string_view> kept;
  for (const absl::string_view part :
       absl::StrSplit(ToAbsl(next.substr(query + 1)), '&')) {
    if (!part.empty() && !ToStd(part).starts_with("access_token=")) {
      kept.push_back(ToStd(part));
    }
  }
  std::string target = absl::StrCat("/", ToAbsl(group), "/threat_updates/?");
  for (size_t i = 0; i < kept.size(); ++i) {
    absl::StrAppend(&target, i == 0 ? "" : "&", ToAbsl(kept[i]));
  }
  return target;
}

absl::StatusOr<Page> ReadPage(ByteSource source, std::string_view base_url,
                              std::string_view group, FeedCounts& drift,
                              absl::FunctionRef<void(Update)> sink) {
  constexpr std::array<std::string_view, 1> kStreamed = {"data"};
  Page page;
  HASHVET_ASSIGN_OR_RETURN(
      const JsonValue root,
      ReadJson(source, "ThreatExchange updates", kStreamed,
               [&](std::string_view, JsonValue row) {
                 ++page.rows;
                 std::string why;
                 auto update = ReadRow(row, drift, why);
                 if (update.has_value()) {
                   sink(*std::move(update));
                 } else {
                   const std::string id = IdOf(row, "id");
                   page.unreadable.push_back(
                       {.has_id = !id.empty(),
                        .where = id.empty() ? absl::StrCat("row ", page.rows)
                                            : absl::StrCat("indicator ", id),
                        .reason = why});
                 }
                 return absl::OkStatus();
               }));
  const JsonValue* const data = root.Find("data");
  if (data == nullptr || !data->is_array()) {
    return FeedError(FeedCause::kProtocol,
                     "ThreatExchange updates: another document, want data");
  }
  constexpr std::array<std::string_view, 2> kKnown = {"data", "paging"};
  CountUnknown(root, "", kKnown, drift);
  if (const JsonValue* paging = root.Find("paging")) {
    const JsonValue* const next = paging->Find("next");
    if (next != nullptr && !next->is_null()) {
      HASHVET_ASSIGN_OR_RETURN(page.next,
                               NextTarget(base_url, group, next->text));
    }
  }
  return page;
}

absl::StatusOr<std::string> ReadName(ByteSource source, std::string_view id) {
  HASHVET_ASSIGN_OR_RETURN(const JsonValue object, ReadObject(source, id));
  return std::string(object.TextOf("name"));
}

absl::StatusOr<std::vector<Descriptor>> ReadDescriptors(ByteSource source,
                                                        std::string_view id) {
  HASHVET_ASSIGN_OR_RETURN(const JsonValue object, ReadObject(source, id));
  std::vector<Descriptor> descriptors;
  FeedCounts ignored;
  if (const auto* items = EdgeOf(object, "descriptors")) {
    for (const JsonValue& item : *items) {
      descriptors.push_back(ReadDescriptor(item, ignored));
    }
  }
  return descriptors;
}

absl::Status ReadSuccess(ByteSource source) {
  HASHVET_ASSIGN_OR_RETURN(
      const JsonValue root,
      ReadJson(source, "ThreatExchange answer", {},
               [](std::string_view, JsonValue) { return absl::OkStatus(); }));
  const JsonValue* const success = root.Find("success");
  if (success != nullptr && success->Bool().value_or(false)) {
    return absl::OkStatus();
  }
  return FeedError(FeedCause::kProtocol, absl::StatusCode::kFailedPrecondition,
                   "ThreatExchange: an answer that does not say success");
}

absl::Status ErrorOf(HttpResponse& response) {
  const absl::Status by_status = AnswerError(response);
  const auto body = ReadBody(response, kMaxErrorBytes);
  if (!body.ok()) return by_status;
  const auto json = ReadJsonText(*body, "ThreatExchange error");
  const JsonValue* const error = json.ok() ? json->Find("error") : nullptr;
  const JsonValue* const code =
      error == nullptr ? nullptr : error->Find("code");
  const auto number = code == nullptr ? std::nullopt : code->Integer();
  if (!number.has_value()) return by_status;
  const std::string what =
      absl::StrCat("the server answered ", response.status(),
                   " with its error ", *number, ", want 200");
  absl::Status known = by_status;
  if (*number == 10 || *number == 102 || *number == 190 ||
      (*number >= 200 && *number <= 299)) {
    known = FeedError(FeedCause::kAuthentication, what);
  } else if (*number == 2 || *number == 4 || *number == 17 || *number == 32 ||
             *number == 613) {  // busy, or we ask too often
    known = FeedError(FeedCause::kNetwork, what);
  } else if (*number == 1) {  // failed, or it was too much
    known = FeedError(FeedCause::kNetwork, absl::StatusCode::kUnknown, what);
  }
  const auto seconds = RetryAfterOf(by_status);
  return seconds.has_value() ? WithRetryAfter(known, *seconds) : known;
}

}  // namespace hashvet::threatexchange
