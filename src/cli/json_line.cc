#include "src/cli/json_line.h"

#include <cstddef>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "hashvet/base/status.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace hashvet::cli {
namespace {

// The length of the well-formed UTF-8 sequence (Unicode 15, table 3-7) that
// `text` begins with, or 0.
size_t SequenceBytes(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto follows = [&](size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (first == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
    if (first == 0xED && byte(1) > 0x9F) return 0;  // half of a surrogate pair
    return follows(1) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (first == 0xF0 && byte(1) < 0x90) return 0;  // overlong
    if (first == 0xF4 && byte(1) > 0x8F) return 0;  // over U+10FFFF
    return follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

struct Utf8 {
  std::string text;
  bool exact = true;  // nothing had to be replaced
};

Utf8 ToUtf8(std::string_view bytes) {
  Utf8 utf8;
  utf8.text.reserve(bytes.size());
  while (!bytes.empty()) {
    const size_t length = SequenceBytes(bytes);
    if (length == 0) {
      utf8.text += "\uFFFD";
      utf8.exact = false;
      bytes.remove_prefix(1);
    } else {
      utf8.text.append(bytes.substr(0, length));
      bytes.remove_prefix(length);
    }
  }
  return utf8;
}

}  // namespace

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
  state_->String(ToUtf8(value).text);
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
  const Utf8 utf8 = ToUtf8(name);
  Key("file");
  state_->String(utf8.text);
  if (!utf8.exact) Field("file_base64", absl::Base64Escape(ToAbsl(name)));
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

void JsonLine::Item(std::string_view value) {
  state_->String(ToUtf8(value).text);
}

void JsonLine::EndObject() { state_->writer.EndObject(); }

void JsonLine::EndArray() { state_->writer.EndArray(); }

std::string JsonLine::Finish() {
  state_->writer.EndObject();
  return state_->buffer.GetString();
}

}  // namespace hashvet::cli
