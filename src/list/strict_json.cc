#include "src/list/strict_json.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "rapidjson/error/en.h"

namespace hashvet::json {
namespace {

constexpr size_t kMaxToldBytes = 32;  // of a stranger's member name

std::string_view View(const rapidjson::Value& text) {
  return {text.GetString(), text.GetStringLength()};
}

std::string Told(std::string_view name) {
  return absl::CHexEscape(ToAbsl(name.substr(0, kMaxToldBytes)));
}

}  // namespace

absl::Status Parse(std::string_view text, std::string_view what,
                   rapidjson::Document& document) {
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  document.Parse<kFlags>(text.data(), text.size());
  if (document.HasParseError()) {
    return absl::InvalidArgumentError(absl::StrCat(
        ToAbsl(what), ": no JSON at byte ", document.GetErrorOffset() + 1, ": ",
        rapidjson::GetParseError_En(document.GetParseError())));
  }
  return absl::OkStatus();
}

absl::StatusOr<Object> Object::Create(
    const rapidjson::Value& value, std::string where,
    std::initializer_list<std::string_view> known) {
  if (!value.IsObject()) {
    return absl::InvalidArgumentError(
        absl::StrCat(where, ": want a JSON object"));
  }
  Object object(value, std::move(where));
  for (auto member = value.MemberBegin(); member != value.MemberEnd();
       ++member) {
    const std::string_view name = View(member->name);
    if (std::ranges::find(known, name) == known.end()) {
      return object.Error(Told(name), "unknown member");
    }
    // The first of this name must be this one.
    if (object.Find(name) != &member->value) {
      return object.Error(Told(name), "there twice");
    }
  }
  return object;
}

const rapidjson::Value* Object::Find(std::string_view name) const {
  for (auto member = value_->MemberBegin(); member != value_->MemberEnd();
       ++member) {
    if (View(member->name) == name) return &member->value;
  }
  return nullptr;
}

absl::StatusOr<const rapidjson::Value*> Object::Member(
    std::string_view name) const {
  const rapidjson::Value* found = Find(name);
  if (found == nullptr) return Error(name, "missing");
  return found;
}

absl::StatusOr<uint64_t> Object::Number(std::string_view name, uint64_t min,
                                        uint64_t max) const {
  HASHVET_ASSIGN_OR_RETURN(const rapidjson::Value* found, Member(name));
  const std::string range = absl::StrCat(min, "..", max);
  if (!found->IsNumber()) {
    return Error(name, absl::StrCat("got no number, want ", range));
  }
  if (!found->IsUint64() || found->GetUint64() < min ||
      found->GetUint64() > max) {
    return Error(name,
                 absl::StrCat("out of range, want a whole number ", range));
  }
  return found->GetUint64();
}

absl::StatusOr<int64_t> Object::SignedNumber(std::string_view name) const {
  HASHVET_ASSIGN_OR_RETURN(const rapidjson::Value* found, Member(name));
  if (!found->IsInt64()) return Error(name, "want a whole number");
  return found->GetInt64();
}

absl::StatusOr<std::string> Object::Text(std::string_view name) const {
  HASHVET_ASSIGN_OR_RETURN(const rapidjson::Value* found, Member(name));
  if (!found->IsString()) return Error(name, "want a text");
  return std::string(View(*found));
}

absl::StatusOr<const rapidjson::Value*> Object::Array(std::string_view name,
                                                      size_t max_items) const {
  HASHVET_ASSIGN_OR_RETURN(const rapidjson::Value* found, Member(name));
  if (!found->IsArray()) return Error(name, "want an array");
  if (found->Size() > max_items) {
    return Error(name, absl::StrCat("got ", found->Size(), " items, want ",
                                    max_items, " or fewer"));
  }
  return found;
}

std::string Object::Where(std::string_view name) const {
  return absl::StrCat(where_, where_.ends_with(':') ? " " : ".", ToAbsl(name));
}

absl::Status Object::Error(std::string_view name,
                           std::string_view problem) const {
  return absl::InvalidArgumentError(
      absl::StrCat(Where(name), ": ", ToAbsl(problem)));
}

}  // namespace hashvet::json
