#include "src/kafka/result.h"

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"
#include "src/cli/json_line.h"
#include "src/cli/picture_input.h"
#include "src/cli/verdict_json.h"

namespace hashvet::kafka {
namespace {

class KeyWriter {
 public:
  KeyWriter() { writer_.StartArray(); }
  KeyWriter& Text(std::string_view text) {
    writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
    return *this;
  }
  KeyWriter& Number(int64_t number) {
    writer_.Int64(number);
    return *this;
  }
  std::string Finish() {
    writer_.EndArray();
    return {buffer_.GetString(), buffer_.GetSize()};
  }

 private:
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

}  // namespace

std::string ResultKey(std::string_view id, std::string_view snapshot) {
  return KeyWriter().Text(id).Text(snapshot).Finish();
}

std::string ResultValue(std::string_view id, const Verdict& verdict,
                        const PictureHashes* picture) {
  cli::JsonLine json;
  json.Field("v", kMessageVersion);
  json.Field("id", id);
  json.Field("outcome", NameOf(verdict.outcome));
  cli::AddMatches(json, "matches", verdict.matches);
  cli::AddRest(json, verdict);
  json.Field("snapshot", verdict.snapshot);
  if (picture != nullptr && picture->outcome == HashOutcome::kHashed) {
    json.Field("quality", picture->pdq.quality);
    cli::AddFlags(json, picture->flags);
  }
  if (!verdict.status.ok()) {
    json.Field("status", ToStd(verdict.status.message()));
  }
  return json.Finish();
}

std::string DeadLetterKey(const Origin& origin) {
  return KeyWriter()
      .Text(origin.topic)
      .Number(origin.partition)
      .Number(origin.offset)
      .Finish();
}

std::vector<std::pair<std::string, std::string>> DeadLetterHeaders(
    const Origin& origin, const Poison& poison) {
  return {{"hashvet-reason", std::string(NameOf(poison.reason))},
          {"hashvet-detail", poison.detail},
          {"hashvet-topic", std::string(origin.topic)},
          {"hashvet-partition", absl::StrCat(origin.partition)},
          {"hashvet-offset", absl::StrCat(origin.offset)},
          {"hashvet-bytes", absl::StrCat(origin.bytes)}};
}

}  // namespace hashvet::kafka
