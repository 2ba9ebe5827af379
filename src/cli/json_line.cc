#include "src/cli/json_line.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "hashvet/base/safe_text.h"
#include "hashvet/base/status.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace hashvet::cli {

struct JsonLine::State {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};

  void String(const std::string& text) {
    writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }
};

JsonLine::JsonLine() : state_(std::make_unique<State>()) {
  state_->writer.StartObject();
}

JsonLine::~JsonLine() = default;

void JsonLine::Key(std::string_view key) {
  state_->writer.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
}

void JsonLine::Field(std::string_view key, std::string_view value) {
  Key(key);
  state_->String(ToUtf8(value));
}

void JsonLine::Field(std::string_view key, bool value) {
  Key(key);
  state_->writer.Bool(value);
}

void JsonLine::Field(std::string_view key, double value) {
  Key(key);
  const std::string number = absl::StrFormat("%.4f", value);
  state_->writer.RawValue(number.data(), number.size(), rapidjson::kNumberType);
}

void JsonLine::IntegerField(std::string_view key, int64_t value) {
  Key(key);
  state_->writer.Int64(value);
}

void JsonLine::FileField(std::string_view name) {
  const std::string utf8 = ToUtf8(name);
  Key("file");
  state_->String(utf8);
  if (utf8 != name) Field("file_base64", absl::Base64Escape(ToAbsl(name)));
}

void JsonLine::BeginObject(std::string_view key) {
  Key(key);
  state_->writer.StartObject();
}

void JsonLine::BeginArray(std::string_view key) {
  Key(key);
  state_->writer.StartArray();
}

void JsonLine::BeginItem() { state_->writer.StartObject(); }

void JsonLine::Item(std::string_view value) { state_->String(ToUtf8(value)); }

void JsonLine::EndObject() { state_->writer.EndObject(); }

void JsonLine::EndArray() { state_->writer.EndArray(); }

std::string JsonLine::Finish() {
  state_->writer.EndObject();
  return state_->buffer.GetString();
}

}  // namespace hashvet::cli
