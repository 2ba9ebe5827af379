#include "src/audit/audit_line.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "hashvet/base/safe_text.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/hash_kind.h"
#include "rapidjson/document.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace hashvet {
namespace {

// MD5, the shortest digest, has 32. Shorter runs are versions of lists, and the
// identities that sources give, which are often 16 decimal digits.
constexpr size_t kShortestHashDigits = 32;

constexpr size_t kMaxNameBytes = 64;

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void WriteText(Writer& writer, std::string_view text) {
  const std::string safe = ToUtf8(WithoutHashes(text, kShortestHashDigits));
  writer.String(safe.data(), static_cast<rapidjson::SizeType>(safe.size()));
}

struct WriteValue {
  void operator()(int64_t value) { writer.Int64(value); }
  void operator()(const std::string& value) { WriteText(writer, value); }
  void operator()(const std::vector<std::string>& value) {
    writer.StartArray();
    for (const std::string& text : value) WriteText(writer, text);
    writer.EndArray();
  }
  void operator()(const Sha256Digest& value) {
    writer.String(Sha256Text(value).c_str());
  }

  Writer& writer;
};

bool NamesAValue(std::string_view word) {
  constexpr std::string_view kWords[] = {"hash",   "hashes",  "value", "values",
                                         "digest", "digests", "phash", "hex"};
  if (std::ranges::find(kWords, word) != std::end(kWords)) return true;
  return std::ranges::any_of(AllHashKinds(), [&](const HashKindInfo& info) {
    return info.name.substr(0, info.name.find('-')) == word;
  });
}

absl::Status CheckField(const AuditField& field) {
  const std::string& name = field.name;
  const bool well_formed =
      !name.empty() && name.size() <= kMaxNameBytes && name[0] >= 'a' &&
      name[0] <= 'z' && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
      });
  if (!well_formed) {
    return absl::InvalidArgumentError(absl::StrCat(
        "audit field: got a name of ", name.size(), " characters, want 1 to ",
        kMaxNameBytes, " of a-z 0-9 _, a letter first"));
  }
  if (std::holds_alternative<Sha256Digest>(field.value)) {
    return absl::OkStatus();
  }
  for (const absl::string_view word : absl::StrSplit(name, '_')) {
    if (!NamesAValue(ToStd(word))) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("audit field: got the name ", name,
                     ", want none that a hash value would go under"));
  }
  return absl::OkStatus();
}

std::string TimeText(std::chrono::system_clock::time_point time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::FromChrono(time),
                          absl::UTCTimeZone());
}

bool IsTimeText(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00.000000Z";
  return std::ranges::equal(text, kShape, [](char c, char shape) {
    return shape == '0' ? c >= '0' && c <= '9' : c == shape;
  });
}

absl::Status NoRecord(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("no record: ", what));
}

}  // namespace

std::string_view NameOf(AuditEvent event) {
  switch (event) {
    case AuditEvent::kMatch:
      return "match";
    case AuditEvent::kPublished:
      return "published";
    case AuditEvent::kRolledBack:
      return "rolled_back";
    case AuditEvent::kSwapped:
      return "swapped";
    case AuditEvent::kRefused:
      return "refused";
    case AuditEvent::kSelftestFailed:
      return "selftest_failed";
    case AuditEvent::kCollected:
      return "collected";
    case AuditEvent::kRepaired:
      break;
  }
  return "repaired";
}

std::string AuditPointText(const AuditPoint& point) {
  return absl::StrCat(point.seq, ":", Sha256Text(point.hash));
}

absl::StatusOr<AuditPoint> ParseAuditPoint(std::string_view text) {
  const size_t colon = text.find(':');
  AuditPoint point;
  const auto hash = ParseSha256Text(
      colon == std::string_view::npos ? "" : text.substr(colon + 1));
  if (!hash.ok() ||
      !absl::SimpleAtoi(ToAbsl(text.substr(0, colon)), &point.seq)) {
    return absl::InvalidArgumentError(
        "audit point: want SEQ:HASH, a number and 64 hex digits");
  }
  point.hash = *hash;
  return point;
}

absl::StatusOr<std::string> FormatAuditLine(
    uint64_t seq, std::chrono::system_clock::time_point time,
    const AuditRecord& record, const Sha256Digest& prev) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  writer.Key("seq");
  writer.Uint64(seq);
  writer.Key("time");
  writer.String(TimeText(time).c_str());
  writer.Key("event");
  writer.String(std::string(NameOf(record.event)).c_str());
  writer.Key("fields");
  writer.StartObject();
  for (auto field = record.fields.begin(); field != record.fields.end();
       ++field) {
    HASHVET_RETURN_IF_ERROR(CheckField(*field));
    if (std::find_if(record.fields.begin(), field,
                     [&](const AuditField& other) {
                       return other.name == field->name;
                     }) != field) {
      return absl::InvalidArgumentError(absl::StrCat(
          "audit field: got ", field->name, " twice, want each once"));
    }
    writer.Key(field->name.c_str());
    std::visit(WriteValue{writer}, field->value);
  }
  writer.EndObject();
  writer.Key("prev");
  writer.String(Sha256Text(prev).c_str());
  writer.EndObject();
  if (buffer.GetSize() > kAuditMaxLineBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("audit record: got a line of ", buffer.GetSize(),
                     " bytes, want at most ", kAuditMaxLineBytes));
  }
  return absl::StrCat(absl::string_view(buffer.GetString(), buffer.GetSize()),
                      "\n");
}

absl::StatusOr<AuditLine> ParseAuditLine(std::string_view line) {
  if (line.size() > kAuditMaxLineBytes) {
    return NoRecord(
        absl::StrCat("a line of over ", kAuditMaxLineBytes, " bytes"));
  }
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag |
             rapidjson::kParseValidateEncodingFlag>(line.data(), line.size());
  if (json.HasParseError()) {
    return NoRecord(
        absl::StrCat("not JSON at byte ", json.GetErrorOffset() + 1));
  }
  if (!json.IsObject()) return NoRecord("not a JSON object");
  // The exact names, each once.
  constexpr std::array kNames = {"seq", "time", "event", "fields", "prev"};
  if (json.MemberCount() != kNames.size()) {
    return NoRecord(absl::StrCat("got ", json.MemberCount(), " members, want ",
                                 kNames.size()));
  }
  for (const char* name : kNames) {
    if (json.HasMember(name)) continue;
    return NoRecord(absl::StrCat("got no ", name));
  }
  if (!json["seq"].IsUint64() || json["seq"].GetUint64() == 0) {
    return NoRecord("seq: want a number from 1");
  }
  if (!json["event"].IsString()) return NoRecord("event: want text");
  if (!json["fields"].IsObject()) return NoRecord("fields: want an object");
  const auto text = [&](const char* name) -> std::string_view {
    const rapidjson::Value& value = json[name];
    if (!value.IsString()) return {};
    return {value.GetString(), value.GetStringLength()};
  };
  AuditLine parsed{.seq = json["seq"].GetUint64(),
                   .time = std::string(text("time"))};
  if (!IsTimeText(parsed.time)) {
    return NoRecord("time: want YYYY-MM-DDThh:mm:ss.ssssssZ");
  }
  const auto prev = ParseSha256Text(text("prev"));
  if (!prev.ok()) return NoRecord("prev: want 64 hex digits");
  parsed.prev = *prev;
  return parsed;
}

absl::StatusOr<Sha256Digest> HashOfLine(std::string_view line) {
  HASHVET_ASSIGN_OR_RETURN(Sha256 sha, Sha256::Create());
  constexpr char kBreak = '\n';
  sha.Update(std::as_bytes(std::span(line)));
  sha.Update(std::as_bytes(std::span(&kBreak, 1)));
  return sha.Finish();
}

}  // namespace hashvet
