// Small JSON objects of our own, written in a fixed order, so that what did not
// change is the same text.

#ifndef HASHVET_SRC_FEEDS_JSON_WRITER_H_
#define HASHVET_SRC_FEEDS_JSON_WRITER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace hashvet {

class JsonWriter {
 public:
  JsonWriter() { writer_.StartObject(); }

  void Text(std::string_view key, std::string_view text) {
    Key(key);
    String(text);
  }
  void Number(std::string_view key, uint64_t number) {
    Key(key);
    writer_.Uint64(number);
  }
  void Bool(std::string_view key, bool value) {
    Key(key);
    writer_.Bool(value);
  }
  void BeginObject(std::string_view key) {
    Key(key);
    writer_.StartObject();
  }
  void EndObject() { writer_.EndObject(); }
  void BeginArray(std::string_view key) {
    Key(key);
    writer_.StartArray();
  }
  void BeginItem() { writer_.StartObject(); }
  void Item(std::string_view text) { String(text); }
  void EndArray() { writer_.EndArray(); }

  // Nothing may be added after it.
  std::string Finish() {
    writer_.EndObject();
    return {buffer_.GetString(), buffer_.GetSize()};
  }

 private:
  void Key(std::string_view key) {
    writer_.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
  }
  void String(std::string_view text) {
    writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

}  // namespace hashvet

#endif  // HASHVET_SRC_FEEDS_JSON_WRITER_H_
