#include "src/feeds/tcap/wire.h"

#include <array>
#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "src/feeds/url.h"

namespace hashvet::tcap {
namespace {

constexpr std::string_view kResults = "results";
constexpr size_t kMaxTextBytes = 16'384;  // of a token, a URL, a checkpoint

std::optional<double> SecondsOf(const JsonValue& value) {
  double seconds = 0;
  if (!absl::SimpleAtod(value.text, &seconds) || !std::isfinite(seconds) ||
      seconds < 0 || seconds > 1e15) {
    return std::nullopt;
  }
  return seconds;
}

bool IsLine(std::string_view text) {
  if (text.size() > kMaxTextBytes) return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 127) return false;
  }
  return true;
}

absl::Status Unreadable(std::string_view what) {
  return FeedError(FeedCause::kProtocol,
                   absl::StrCat("TCAP hash list: ", ToAbsl(what)));
}

// Where the number is: [begin, end).
struct Place {
  size_t begin = 0;
  size_t end = 0;
};
std::optional<Place> Find(std::string_view url, std::string_view name) {
  size_t at = url.find('?');
  while (at != std::string_view::npos) {
    ++at;  // after '?' or '&'
    const size_t end = std::min(url.find('&', at), url.size());
    const std::string_view field = url.substr(at, end - at);
    if (field.size() > name.size() && field.starts_with(name) &&
        field[name.size()] == '=') {
      return Place{.begin = at + name.size() + 1, .end = end};
    }
    at = end < url.size() ? end : std::string_view::npos;
  }
  return std::nullopt;
}

Row ReadRow(const JsonValue& json, bool& knows_deleted, FeedCounts& drift) {
  Row row;
  knows_deleted = false;
  for (const auto& [name, value] : json.members) {
    if (name == "id") {
      row.id = value.text;
    } else if (name == "algorithm") {
      row.algorithm = value.text;
    } else if (name == "hash_digest") {
      row.digest = value.text;
    } else if (name == "ideology") {
      row.ideology = value.text;
    } else if (name == "file_type") {
      row.file_type = value.text;
    } else if (name == "deleted") {
      const auto deleted = value.Bool();
      knows_deleted = deleted.has_value();
      row.deleted = deleted.value_or(false);
    } else if (name == "updated_on") {
      row.updated_on = SecondsOf(value);
      if (!row.updated_on.has_value()) {
        ++drift["results/updated_on (unreadable)"];
      }
    } else if (name == "created_on") {
      row.created_on = SecondsOf(value);
    } else {
      ++drift[absl::StrCat("results/", name)];
    }
  }
  return row;
}

}  // namespace

std::string TokenBody(std::string_view user, std::string_view password) {
  return absl::StrCat("username=", QueryEscaped(user),
                      "&password=", QueryEscaped(password), "&resend=False");
}

std::string ListPath(std::string_view checkpoint) {
  std::string path = absl::StrCat(kListPath, "?order=asc");
  if (!checkpoint.empty()) {
    absl::StrAppend(&path, "&after=", QueryEscaped(checkpoint));
  }
  return path;
}

std::optional<uint64_t> NumberIn(std::string_view url, std::string_view name) {
  const auto place = Find(url, name);
  uint64_t number = 0;
  if (!place.has_value() ||
      !absl::SimpleAtoi(
          ToAbsl(url.substr(place->begin, place->end - place->begin)),
          &number)) {
    return std::nullopt;
  }
  return number;
}

std::string WithNumber(std::string_view url, std::string_view name,
                       uint64_t number) {
  const auto place = Find(url, name);
  return absl::StrCat(ToAbsl(url.substr(0, place->begin)), number,
                      ToAbsl(url.substr(place->end)));
}

absl::StatusOr<std::string> ReadToken(ByteSource source) {
  HASHVET_ASSIGN_OR_RETURN(
      const JsonValue root,
      ReadJson(source, "TCAP token", {},
               [](std::string_view, JsonValue) { return absl::OkStatus(); }));
  const std::string token(root.TextOf("token"));
  if (token.empty() || !IsLine(token)) {
    return FeedError(FeedCause::kProtocol, "TCAP token: none in the answer");
  }
  return token;
}

absl::StatusOr<Page> ReadPage(ByteSource source, FeedCounts& drift,
                              absl::FunctionRef<void(Row)> sink) {
  constexpr std::array<std::string_view, 1> kStreamed = {kResults};
  Page page;
  const auto take = [&](std::string_view, const JsonValue& json) {
    ++page.rows;
    bool knows_deleted = false;
    Row row = ReadRow(json, knows_deleted, drift);
    if (row.algorithm.empty() || row.digest.empty()) {
      page.unreadable.push_back(
          absl::StrCat("a row without algorithm or hash_digest, the ",
                       page.rows, ". of its page"));
      return absl::OkStatus();
    }
    // Whether it holds is not to be guessed.
    if (!knows_deleted) {
      page.unreadable.push_back(
          absl::StrCat("a row that does not say whether it is deleted, the ",
                       page.rows, ". of its page"));
      return absl::OkStatus();
    }
    sink(std::move(row));
    return absl::OkStatus();
  };
  HASHVET_ASSIGN_OR_RETURN(const JsonValue root,
                           ReadJson(source, "TCAP hash list", kStreamed, take));
  bool says_next = false;
  bool has_results = false;
  for (const auto& [name, value] : root.members) {
    if (name == "next") {
      says_next = value.is_null() || value.is_string();
      page.next = value.text;
    } else if (name == "checkpoint") {
      page.checkpoint = value.text;
    } else if (name == kResults) {
      has_results = value.is_array();
    } else if (name != "count" && name != "previous") {
      ++drift[name];
    }
  }
  if (!has_results) return Unreadable("no results");
  if (!says_next) return Unreadable("no word of the next page");
  if (!IsLine(page.next) || !IsLine(page.checkpoint)) {
    return Unreadable("a next page or checkpoint that is no line");
  }
  return page;
}

}  // namespace hashvet::tcap
