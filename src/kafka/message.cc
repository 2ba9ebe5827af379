#include "src/kafka/message.h"

#include <array>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/list/list_value.h"
#include "rapidjson/error/en.h"
#include "rapidjson/memorystream.h"
#include "rapidjson/reader.h"

namespace hashvet::kafka {
namespace {

// The members of version 1 that are texts.
enum Member : size_t { kId, kKind, kHash, kPicture, kPath, kMembers };
constexpr std::array<std::string_view, kMembers> kMemberNames = {
    "id", "kind", "hash", "picture", "path"};

// Takes the object apart. What is wrong with it is kept for later: a message
// of another version may hold anything, and is told by its version.
class Handler
    : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Handler> {
 public:
  bool StartObject() {
    if (depth_++ == 0) return true;
    return Nested();
  }
  bool EndObject(rapidjson::SizeType) {
    --depth_;
    return true;
  }
  bool StartArray() {
    if (depth_++ == 0) {
      problem_ = "got an array, want an object";
      return true;
    }
    return Nested();
  }
  bool EndArray(rapidjson::SizeType) {
    --depth_;
    return true;
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    if (depth_ != 1) return true;
    const std::string_view key(text, length);
    at_version_ = key == "v";
    member_.reset();
    if (at_version_) {
      if (has_version_) Problem("v: is there twice");
      has_version_ = true;
      return true;
    }
    for (size_t i = 0; i < kMembers; ++i) {
      if (key == kMemberNames[i]) member_ = i;
    }
    if (!member_.has_value()) {
      Problem("has a member that version 1 does not have");
    } else if (texts_[*member_].has_value()) {
      Problem(absl::StrCat(ToAbsl(Name()), ": is there twice"));
    }
    return true;
  }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    if (depth_ == 0) return Root();
    if (depth_ == 1 && member_.has_value()) {
      texts_[*member_].emplace(text, length);
    }
    return true;
  }
  bool Uint(unsigned number) { return Uint64(number); }
  bool Uint64(uint64_t number) {
    if (depth_ == 0) return Root();
    if (depth_ != 1) return true;
    if (at_version_) {
      version_ = number;
      return true;
    }
    return NoText();
  }
  // Null, bool and the other numbers.
  bool Default() {
    if (depth_ == 0) return Root();
    return depth_ == 1 ? NoText() : true;
  }

  std::variant<Message, Poison> Take();

 private:
  std::string_view Name() const { return kMemberNames[*member_]; }
  void Problem(std::string text) {
    if (problem_.empty()) problem_ = std::move(text);
  }
  bool Root() {
    Problem("got a single value, want an object");
    return true;
  }
  bool NoText() {
    if (member_.has_value()) Problem(absl::StrCat(ToAbsl(Name()), ": no text"));
    return true;
  }
  bool Nested() { return depth_ == 2 ? NoText() : true; }

  size_t depth_ = 0;
  bool at_version_ = false;
  bool has_version_ = false;
  std::optional<size_t> member_;  // whose value comes next
  std::optional<uint64_t> version_;
  std::array<std::optional<std::string>, kMembers> texts_;
  std::string problem_;
};

Poison Bad(std::string detail) {
  return {PoisonReason::kBadMessage, std::move(detail)};
}

std::variant<Message, Poison> Handler::Take() {
  if (has_version_ && version_ != kMessageVersion) {
    return Poison{
        PoisonReason::kUnknownVersion,
        version_.has_value()
            ? absl::StrCat("v: got ", *version_, ", want ", kMessageVersion)
            : absl::StrCat("v: got no whole number, want ", kMessageVersion)};
  }
  if (!problem_.empty()) return Bad(problem_);
  if (!has_version_) return Bad("v: is not there, want 1");
  std::optional<std::string>& id = texts_[kId];
  if (!id.has_value()) return Bad("id: is not there");
  if (id->empty() || id->size() > kMaxIdBytes) {
    return Bad(absl::StrCat("id: got ", id->size(), " bytes, want 1 to ",
                            kMaxIdBytes));
  }
  const int items = int{texts_[kHash].has_value()} +
                    int{texts_[kPicture].has_value()} +
                    int{texts_[kPath].has_value()};
  if (items != 1) {
    return Bad(
        absl::StrCat("got ", items, " of hash, picture and path, want one"));
  }
  if (texts_[kKind].has_value() != texts_[kHash].has_value()) {
    return Bad("kind: goes with hash, and hash with kind");
  }
  if (texts_[kHash].has_value()) {
    const absl::StatusOr<HashKind> kind = ParseHashKind(*texts_[kKind]);
    // The text is a stranger's: it is not repeated.
    if (!kind.ok()) return Bad("kind: none that this build knows");
    absl::StatusOr<HashValue> value = ParseListValue(*kind, *texts_[kHash]);
    if (!value.ok()) {
      return Bad(absl::StrCat("hash: ", value.status().message()));
    }
    return Message{*std::move(id), *std::move(value)};
  }
  if (texts_[kPath].has_value()) {
    return Message{*std::move(id), PicturePath{*std::move(texts_[kPath])}};
  }
  PictureBytes picture;
  if (!absl::Base64Unescape(*texts_[kPicture], &picture.bytes)) {
    return Bad("picture: is no base64");
  }
  return Message{*std::move(id), std::move(picture)};
}

}  // namespace

std::string_view NameOf(PoisonReason reason) {
  constexpr std::array<std::string_view, kPoisonReasons> kNames = {
      "not_json",    "unknown_version",   "bad_message",     "too_large",
      "not_allowed", "path_outside_root", "result_too_large"};
  return kNames[static_cast<size_t>(reason)];
}

std::variant<Message, Poison> ParseMessage(std::string_view text) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  Handler handler;
  // Iterative: depth costs memory, never the stack.
  reader.Parse<rapidjson::kParseIterativeFlag |
               rapidjson::kParseValidateEncodingFlag>(stream, handler);
  if (reader.HasParseError()) {
    return Poison{
        PoisonReason::kNotJson,
        absl::StrCat(rapidjson::GetParseError_En(reader.GetParseErrorCode()),
                     " (byte ", reader.GetErrorOffset(), ")")};
  }
  return handler.Take();
}

}  // namespace hashvet::kafka
