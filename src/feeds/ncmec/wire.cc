#include "src/feeds/ncmec/wire.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "src/feeds/url.h"
#include "src/feeds/utc.h"

namespace hashvet::ncmec {
namespace {

constexpr char kNamespace[] = "https://hashsharing.ncmec.org/hashsharing/v2";
constexpr std::string_view kEntriesPrefix = "/v2/entries?";
constexpr std::array<std::string_view, 9> kPathTypes = {
    "MD5",      "SHA1",      "PDNA",           "PDQ", "NETCLEAN", "VIDENTIFIER",
    "TMK_PDQF", "SSVH_PDNA", "SSVH_SAFER_HASH"};

std::string Lower(std::string_view text) {
  return absl::AsciiStrToLower(ToAbsl(text));
}

// What may be put after a base.
bool IsPath(std::string_view text) {
  return text.size() <= 4096 && std::ranges::none_of(text, [](char c) {
           return static_cast<unsigned char>(c) <= ' ' || c == '#' || c == 127;
         });
}

bool IsNumber(std::string_view text) {
  uint64_t number = 0;
  return absl::SimpleAtoi(ToAbsl(text), &number);
}

absl::Status WrongRoot(std::string_view want) {
  return FeedError(
      FeedCause::kProtocol,
      absl::StrCat("NCMEC: another document, want ", ToAbsl(want)));
}

void ReadMembersOf(const XmlElement& parent, const std::string& type,
                   bool affirmative, const std::string& reason,
                   std::vector<MemberFeedback>& feedback) {
  for (const XmlElement& member : parent.children) {
    if (member.name != "member") continue;
    feedback.push_back({.type = type,
                        .affirmative = affirmative,
                        .member = std::string(member.Attribute("id")),
                        .reason = reason});
  }
}

// Reasons and the members that gave them alternate as siblings.
void ReadFeedback(const XmlElement& element, FeedCounts& drift, Entry& entry) {
  for (const XmlElement& said : element.children) {
    const std::string type = Lower(said.Attribute("type"));
    if (said.name == "affirmativeFeedback") {
      for (const XmlElement& members : said.children) {
        if (members.name == "members") {
          ReadMembersOf(members, type, true, "", entry.feedback);
        }
      }
    } else if (said.name == "negativeFeedback") {
      for (const XmlElement& reasons : said.children) {
        if (reasons.name != "reasons") continue;
        std::string reason;
        for (const XmlElement& each : reasons.children) {
          if (each.name == "reason") reason = each.Attribute("name");
          if (each.name == "members") {
            ReadMembersOf(each, type, false, reason, entry.feedback);
          }
        }
      }
    } else {
      ++drift[absl::StrCat("feedback/", said.name)];
    }
  }
}

Entry ReadEntry(const XmlElement& element, FeedCounts& drift) {
  Entry entry;
  entry.deleted = element.name.starts_with("deleted");
  for (const XmlElement& part : element.children) {
    const std::string_view text = ToStd(absl::StripAsciiWhitespace(part.text));
    if (part.name == "member") {
      entry.member = part.Attribute("id");
      entry.member_name = text;
    } else if (part.name == "timestamp") {
      entry.timestamp = ParseUtc(text);
      if (!entry.timestamp.has_value()) ++drift["timestamp (unreadable)"];
    } else if (part.name == "id") {
      entry.id = text;
    } else if (part.name == "classification") {
      entry.classification = text;
    } else if (part.name == "fingerprints") {
      for (const XmlElement& each : part.children) {
        entry.fingerprints.push_back(
            {.type = each.name,
             .value = std::string(absl::StripAsciiWhitespace(each.text)),
             .href = std::string(each.Attribute("href"))});
      }
    } else if (part.name == "feedback") {
      ReadFeedback(part, drift, entry);
    } else {
      ++drift[absl::StrCat(element.name, "/", part.name)];
    }
  }
  return entry;
}

// A document that is read as one tree.
absl::StatusOr<XmlElement> ReadTree(ByteSource source, std::string_view what) {
  return ReadXml(source, what, {},
                 [](std::string_view, XmlElement) { return absl::OkStatus(); });
}

}  // namespace

std::string EntriesPath(uint64_t from, uint64_t to) {
  return absl::StrCat(ToAbsl(kEntriesPrefix),
                      "from=", QueryEscaped(UtcText(from)),
                      "&to=", QueryEscaped(UtcText(to)));
}

std::string ReasonsPath(std::string_view type) {
  return absl::StrCat("/v2/feedback/", ToAbsl(type), "/reasons");
}

std::string FeedbackPath(std::string_view member, std::string_view id,
                         std::string_view type) {
  return absl::StrCat("/v2/entries/", QueryEscaped(member), "/",
                      QueryEscaped(id), "/", ToAbsl(type), "/feedback");
}

bool IsPagingPath(std::string_view next) {
  return next.starts_with(kEntriesPrefix) && IsPath(next);
}

bool IsFingerprintPath(std::string_view href) {
  return href.starts_with("/v2/entries/") && IsPath(href) &&
         href.find("/fingerprints/") != std::string_view::npos &&
         href.find("/../") == std::string_view::npos;
}

std::vector<std::string> FingerprintTypes() {
  std::vector<std::string> types;
  for (const std::string_view type : kPathTypes) {
    types.push_back(Lower(type));
    std::ranges::replace(types.back(), '_', '-');
  }
  return types;
}

std::optional<uint64_t> RowsFrom(std::string_view next) {
  uint64_t start = 0;
  uint64_t max = 0;
  const size_t query = next.find('?');
  if (query == std::string_view::npos) return std::nullopt;
  for (const absl::string_view part :
       absl::StrSplit(ToAbsl(next.substr(query + 1)), '&')) {
    const std::string_view field = ToStd(part);
    if (field.starts_with("start=")) {
      (void)absl::SimpleAtoi(part.substr(6), &start);
    }
    if (field.starts_with("max=")) (void)absl::SimpleAtoi(part.substr(4), &max);
  }
  if (max == 0 || start > max) return std::nullopt;
  return max - start + 1;
}

std::optional<std::string> PathType(std::string_view type) {
  std::string upper = absl::AsciiStrToUpper(ToAbsl(type));
  std::ranges::replace(upper, '-', '_');
  if (std::ranges::find(kPathTypes, upper) == kPathTypes.end()) {
    return std::nullopt;
  }
  return upper;
}

std::string FeedbackBody(bool affirmative,
                         const std::vector<std::string>& reasons) {
  std::string body = absl::StrCat(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?><feedbackSubmission xmlns=\"",
      kNamespace, "\">");
  if (affirmative) {
    body += "<affirmative/>";
  } else {
    body += "<negative><reasonIds>";
    for (const std::string& reason : reasons) {
      absl::StrAppend(&body, "<guid>", reason, "</guid>");
    }
    body += "</reasonIds></negative>";
  }
  return body + "</feedbackSubmission>";
}

absl::StatusOr<Page> ReadPage(ByteSource source, FeedCounts& drift,
                              absl::FunctionRef<void(Entry)> sink) {
  constexpr std::array<std::string_view, 2> kStreamed = {"queryResult/images",
                                                         "queryResult/videos"};
  Page page;
  const auto take = [&](std::string_view parent, XmlElement element) {
    ++page.entries;
    const bool video = parent == kStreamed[1];
    const std::string_view want = video ? "video" : "image";
    const std::string_view gone = video ? "deletedVideo" : "deletedImage";
    if (element.name != want && element.name != gone) {
      ++drift[absl::StrCat(ToAbsl(parent), "/", element.name)];
      return absl::OkStatus();
    }
    Entry entry = ReadEntry(element, drift);
    entry.video = video;
    if (!IsNumber(entry.member) || entry.id.empty()) {
      page.nameless.push_back(page.entries);
      return absl::OkStatus();
    }
    sink(std::move(entry));
    return absl::OkStatus();
  };
  HASHVET_ASSIGN_OR_RETURN(const XmlElement root,
                           ReadXml(source, "NCMEC entries", kStreamed, take));
  if (root.name != "queryResult") return WrongRoot("queryResult");
  for (const XmlElement& part : root.children) {
    if (part.name == "images" || part.name == "videos") {
      uint64_t count = 0;
      if (absl::SimpleAtoi(ToAbsl(part.Attribute("count")), &count)) {
        page.count = page.count.value_or(0) + count;
      }
    } else if (part.name == "paging") {
      page.next = part.TextOf("next");
    } else {
      ++drift[absl::StrCat("queryResult/", part.name)];
    }
  }
  if (!page.next.empty() && !IsPagingPath(page.next)) {
    return FeedError(FeedCause::kProtocol,
                     "NCMEC entries: a next page elsewhere than /v2/entries");
  }
  return page;
}

absl::StatusOr<Identity> ReadIdentity(ByteSource source) {
  HASHVET_ASSIGN_OR_RETURN(const XmlElement root,
                           ReadTree(source, "NCMEC status"));
  if (root.name != "status") return WrongRoot("status");
  Identity identity = {.ip_address = std::string(root.TextOf("ipAddress")),
                       .username = std::string(root.TextOf("username"))};
  if (const XmlElement* member = root.Child("member")) {
    identity.member = {.id = std::string(member->Attribute("id")),
                       .name = std::string(root.TextOf("member"))};
  }
  return identity;
}

absl::StatusOr<std::vector<Member>> ReadMembers(ByteSource source) {
  HASHVET_ASSIGN_OR_RETURN(const XmlElement root,
                           ReadTree(source, "NCMEC members"));
  std::vector<Member> members;
  for (const XmlElement& member : root.children) {
    if (member.name != "member") continue;
    members.push_back(
        {.id = std::string(member.Attribute("id")),
         .name = std::string(absl::StripAsciiWhitespace(member.text))});
  }
  return members;
}

absl::StatusOr<std::vector<FeedbackReason>> ReadReasons(ByteSource source) {
  HASHVET_ASSIGN_OR_RETURN(const XmlElement root,
                           ReadTree(source, "NCMEC reasons"));
  if (root.name != "availableFeedbackReasons") {
    return WrongRoot("availableFeedbackReasons");
  }
  std::vector<FeedbackReason> reasons;
  for (const XmlElement& reason : root.children) {
    if (reason.name != "reason") continue;
    reasons.push_back({.id = std::string(reason.Attribute("guid")),
                       .name = std::string(reason.Attribute("name")),
                       .type = std::string(reason.Attribute("type"))});
  }
  return reasons;
}

absl::StatusOr<std::vector<CategorizationGroup>> ReadCategorizations(
    ByteSource source) {
  HASHVET_ASSIGN_OR_RETURN(const XmlElement root,
                           ReadTree(source, "NCMEC categorizations"));
  if (root.name != "availableCategorizations") {
    return WrongRoot("availableCategorizations");
  }
  std::vector<CategorizationGroup> groups;
  for (const XmlElement& group : root.children) {
    if (group.name != "group") continue;
    groups.push_back(
        {.name = std::string(group.Attribute("name")),
         .allow_multiple = Lower(group.Attribute("allowMultiple")) == "true"});
    for (const XmlElement& each : group.children) {
      if (each.name != "categorization") continue;
      groups.back().names.emplace_back(each.Attribute("name"));
    }
  }
  return groups;
}

}  // namespace hashvet::ncmec
