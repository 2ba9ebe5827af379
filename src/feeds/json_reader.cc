#include "src/feeds/json_reader.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "rapidjson/encodings.h"
#include "rapidjson/error/en.h"
#include "rapidjson/reader.h"

namespace hashvet {
namespace {

// Between two events. A text is gathered by the reader before it is told.
constexpr uint64_t kMaxTokenBytes = uint64_t{1} << 20;

// RapidJSON's input stream over a source. The end, an error and a NUL within
// all read as '\0'; which one it was is asked afterwards.
class SourceStream {
 public:
  using Ch = char;

  explicit SourceStream(ByteSource source) : source_(source) { Fill(); }

  Ch Peek() const { return at_ < size_ ? buffer_[at_] : '\0'; }
  Ch Take() {
    const Ch c = Peek();
    if (at_ < size_) {
      ++at_;
      if (at_ == size_) Fill();
    }
    return c;
  }
  size_t Tell() const { return static_cast<size_t>(before_) + at_; }

  // Never called by a reader that does not parse in place.
  Ch* PutBegin() { return nullptr; }
  void Put(Ch) {}
  void Flush() {}
  size_t PutEnd(Ch*) { return 0; }

  void TokenEnds() { token_begin_ = Tell(); }
  bool at_end() const { return at_ == size_; }
  bool token_too_long() const { return token_too_long_; }
  const absl::Status& error() const { return error_; }

 private:
  void Fill() {
    before_ += size_;
    at_ = size_ = 0;
    if (before_ - token_begin_ > kMaxTokenBytes) {
      token_too_long_ = true;
      return;
    }
    auto got = source_(std::span(buffer_));
    if (got.ok()) {
      size_ = *got;
    } else {
      error_ = std::move(got).status();
    }
  }

  ByteSource source_;
  std::array<char, 16'384> buffer_;
  uint64_t before_ = 0;  // bytes before the buffer
  size_t at_ = 0;
  size_t size_ = 0;
  uint64_t token_begin_ = 0;
  bool token_too_long_ = false;
  absl::Status error_;
};

using Sink = absl::FunctionRef<absl::Status(std::string_view, JsonValue)>;

// RapidJSON's handler: builds the trees.
class Builder
    : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Builder> {
 public:
  Builder(SourceStream& stream, std::span<const std::string_view> streamed,
          Sink sink, const JsonLimits& limits)
      : stream_(stream), streamed_(streamed), sink_(sink), limits_(limits) {}

  bool Null() { return Leaf({}); }
  bool Bool(bool b) {
    return Leaf({.type = JsonValue::Type::kBool, .text = b ? "true" : "false"});
  }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return Leaf({.type = JsonValue::Type::kNumber, .text = {text, size}});
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return Leaf({.type = JsonValue::Type::kString, .text = {text, size}});
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    stream_.TokenEnds();
    Open& open = open_.back();
    const std::string_view key(text, size);
    if (open.value.members.size() >= limits_.max_members) {
      return Refuse(
          absl::StrCat("over ", limits_.max_members, " members in an object"));
    }
    if (IsThere(open, key)) return Refuse("a key that is there twice");
    open.value.members.push_back({.name = std::string(key)});
    return Count(size);
  }
  bool StartObject() { return Begin(JsonValue::Type::kObject); }
  bool EndObject(rapidjson::SizeType) { return End(); }
  bool StartArray() { return Begin(JsonValue::Type::kArray); }
  bool EndArray(rapidjson::SizeType) { return End(); }

  const std::string& refusal() const { return refusal_; }
  const absl::Status& error() const { return error_; }
  JsonValue& root() { return root_; }

 private:
  struct Open {
    JsonValue value;
    size_t path_size = 0;                   // of the path without it
    bool streams = false;                   // an array whose items are told
    absl::flat_hash_set<std::string> keys;  // once there are many
  };

  // Few members are compared one by one, many found by a table.
  static bool IsThere(Open& open, std::string_view key) {
    constexpr size_t kFew = 16;
    auto& members = open.value.members;
    if (members.size() < kFew) {
      return std::ranges::any_of(
          members, [&](const auto& member) { return member.name == key; });
    }
    if (open.keys.empty()) {
      for (const auto& member : members) open.keys.insert(member.name);
    }
    return !open.keys.insert(std::string(key)).second;
  }

  bool Begin(JsonValue::Type type) {
    stream_.TokenEnds();
    if (open_.size() >= limits_.max_depth) {
      return Refuse(absl::StrCat("values deeper than ", limits_.max_depth));
    }
    Open open = {.value = {.type = type}, .path_size = path_.size()};
    if (!open_.empty() && open_.back().value.is_object()) {
      absl::StrAppend(&path_, path_.empty() ? "" : ".",
                      open_.back().value.members.back().name);
    }
    if (!open_.empty() && open_.back().value.is_array()) path_ += "[]";
    open.streams = type == JsonValue::Type::kArray &&
                   std::ranges::find(streamed_, path_) != streamed_.end();
    open_.push_back(std::move(open));
    return Count(0);
  }

  bool End() {
    stream_.TokenEnds();
    Open done = std::move(open_.back());
    open_.pop_back();
    path_.resize(done.path_size);
    return Place(std::move(done.value));
  }

  bool Leaf(JsonValue value) {
    stream_.TokenEnds();
    return Count(value.text.size()) && Place(std::move(value));
  }

  bool Place(JsonValue value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return true;
    }
    Open& parent = open_.back();
    if (parent.streams) {
      tree_bytes_ = 0;
      error_ = sink_(path_, std::move(value));
      return error_.ok();
    }
    if (parent.value.is_object()) {
      parent.value.members.back().value = std::move(value);
    } else {
      parent.value.items.push_back(std::move(value));
    }
    return true;
  }

  bool Count(size_t bytes) {
    tree_bytes_ += bytes + sizeof(JsonValue) / 4;
    return tree_bytes_ <= limits_.max_item_bytes ||
           Refuse(absl::StrCat("a value of over ", limits_.max_item_bytes,
                               " bytes"));
  }

  bool Refuse(std::string why) {
    refusal_ = std::move(why);
    return false;
  }

  SourceStream& stream_;
  const std::span<const std::string_view> streamed_;
  const Sink sink_;
  const JsonLimits limits_;
  std::vector<Open> open_;
  std::string path_;
  size_t tree_bytes_ = 0;
  JsonValue root_;
  std::string refusal_;
  absl::Status error_;
};

}  // namespace

const JsonValue* JsonValue::Find(std::string_view key) const {
  for (const auto& [name, value] : members) {
    if (name == key) return &value;
  }
  return nullptr;
}

std::string_view JsonValue::TextOf(std::string_view key) const {
  const JsonValue* const found = Find(key);
  return found != nullptr && found->is_string() ? std::string_view(found->text)
                                                : std::string_view();
}

std::optional<int64_t> JsonValue::Integer() const {
  int64_t number = 0;
  if ((type != Type::kNumber && type != Type::kString) ||
      !absl::SimpleAtoi(text, &number)) {
    return std::nullopt;
  }
  return number;
}

std::optional<bool> JsonValue::Bool() const {
  if (type != Type::kBool && type != Type::kString) return std::nullopt;
  const std::string word = absl::AsciiStrToLower(text);
  if (word == "true") return true;
  if (word == "false") return false;
  return std::nullopt;
}

absl::StatusOr<JsonValue> ReadJson(ByteSource source, std::string_view what,
                                   std::span<const std::string_view> streamed,
                                   Sink sink, const JsonLimits& limits) {
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |
                              rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseNumbersAsStringsFlag;
  SourceStream stream(source);
  // A byte order mark says nothing more about UTF-8.
  if (stream.Peek() == '\xEF') {
    for (const char want : {'\xEF', '\xBB', '\xBF'}) {
      if (stream.Take() != want) {
        return FeedError(FeedCause::kProtocol,
                         absl::StrCat(ToAbsl(what), ": no JSON at byte 1"));
      }
    }
  }
  Builder builder(stream, streamed, sink, limits);
  rapidjson::Reader reader;
  const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, builder);
  if (!stream.error().ok()) return stream.error();
  if (!builder.error().ok()) return builder.error();
  if (stream.token_too_long()) {
    return FeedError(FeedCause::kProtocol, absl::StatusCode::kResourceExhausted,
                     absl::StrCat(ToAbsl(what), ": a text or gap of over ",
                                  kMaxTokenBytes, " bytes"));
  }
  std::string why;
  if (!builder.refusal().empty()) {
    why = builder.refusal();
  } else if (result.IsError()) {
    why = rapidjson::GetParseError_En(result.Code());
  } else if (!stream.at_end()) {
    why = "a NUL byte";
  } else {
    return std::move(builder.root());
  }
  return FeedError(FeedCause::kProtocol,
                   absl::StrCat(ToAbsl(what), ": no JSON at byte ",
                                stream.Tell() + 1, ": ", why));
}

absl::StatusOr<JsonValue> ReadJsonText(std::string_view text,
                                       std::string_view what,
                                       const JsonLimits& limits) {
  size_t at = 0;
  const auto source = [&](std::span<char> buffer) -> absl::StatusOr<size_t> {
    const size_t count = std::min(buffer.size(), text.size() - at);
    std::memcpy(buffer.data(), text.data() + at, count);
    at += count;
    return count;
  };
  return ReadJson(
      source, what, {},
      [](std::string_view, JsonValue) { return absl::OkStatus(); }, limits);
}

}  // namespace hashvet
