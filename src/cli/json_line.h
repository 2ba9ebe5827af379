// One JSON object on one line, built key by key in the order written. Always
// valid UTF-8: bytes that are not become U+FFFD, and FileField then adds the
// exact bytes beside them.

#ifndef HASHVET_SRC_CLI_JSON_LINE_H_
#define HASHVET_SRC_CLI_JSON_LINE_H_

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace hashvet::cli {

class JsonLine {
 public:
  JsonLine();
  JsonLine(const JsonLine&) = delete;
  JsonLine& operator=(const JsonLine&) = delete;
  ~JsonLine();

  void Field(std::string_view key, std::string_view value);
  void Field(std::string_view key, const char* value) {
    Field(key, std::string_view(value));
  }
  void Field(std::string_view key, bool value);
  template <std::integral T>
  requires(!std::same_as<T, bool>) void Field(std::string_view key, T value) {
    IntegerField(key, static_cast<int64_t>(value));
  }
  // Four digits behind the point.
  void Field(std::string_view key, double value);

  // "file": the name, and "file_base64" where the name is not UTF-8.
  void FileField(std::string_view name);

  void BeginObject(std::string_view key);
  void BeginArray(std::string_view key);
  // Inside an array.
  void BeginItem();
  void Item(std::string_view value);
  void EndObject();  // of an item too
  void EndArray();

  // Closes the object. Nothing may be added after it.
  std::string Finish();

 private:
  struct State;
  void Key(std::string_view key);
  void IntegerField(std::string_view key, int64_t value);

  std::unique_ptr<State> state_;
};

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_JSON_LINE_H_
