// The library itself, its metrics, and values as text.

#include <span>
#include <string>

#include "absl/strings/str_join.h"
#include "hashvet/base/metrics.h"
#include "hashvet/hash/text.h"
#include "hashvet/index/flat_index.h"
#include "src/c/guard.h"
#include "src/c/values.h"

namespace hashvet::c {

absl::StatusOr<HashKind> KindOf(uint32_t number) {
  return HashKindFromNumber(number);
}

absl::StatusOr<HashValue> ValueOf(uint32_t kind, const uint8_t* bytes,
                                  size_t size) {
  HASHVET_ASSIGN_OR_RETURN(const HashKind known, KindOf(kind));
  if (bytes == nullptr) return Null("value");
  return HashValue::FromBytes(known, std::span(bytes, size));
}

absl::Status CheckRoom(HashKind kind, const void* to, size_t got, size_t want,
                       std::string_view what) {
  if (to == nullptr) return Null(what);
  if (got == want) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(ToAbsl(what), ": got room for ", got, " bytes, want ", want,
                   ", of ", ToAbsl(NameOf(kind))));
}

}  // namespace hashvet::c

using namespace hashvet;     // NOLINT: all of it is this interface
using namespace hashvet::c;  // NOLINT

uint32_t hashvet_abi() { return HASHVET_C_ABI; }

const char* hashvet_version() { return HASHVET_VERSION; }

const char* hashvet_features() {
  static const std::string features = absl::StrCat(
      "cpu=", ToAbsl(ActiveSimdTarget().value_or("none")), " kinds=",
      absl::StrJoin(AllHashKinds(), ",",
                    [](std::string* out, const HashKindInfo& info) {
                      if (info.computed) out->append(info.name);
                    }));
  return features.c_str();
}

int hashvet_metrics(hashvet_text_callback callback, void* context,
                    hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    if (callback == nullptr) return Null("callback");
    const std::string text = MetricsText();
    callback(context, text.data(), text.size());
    return absl::OkStatus();
  });
}

int hashvet_kind_from_name(const char* name, uint32_t* kind,
                           hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    if (name == nullptr) return Null("name");
    if (kind == nullptr) return Null("kind");
    HASHVET_ASSIGN_OR_RETURN(const HashKind known, ParseHashKind(name));
    *kind = static_cast<uint32_t>(known);
    return absl::OkStatus();
  });
}

const char* hashvet_kind_name(uint32_t kind) {
  const auto known = KindOf(kind);
  // Names are literals, and so end in a zero.
  return known.ok() ? NameOf(*known).data() : nullptr;
}

size_t hashvet_kind_size(uint32_t kind) {
  const auto known = KindOf(kind);
  return known.ok() ? InfoOf(*known).size_bytes : 0;
}

int hashvet_value_from_text(uint32_t kind, const char* text, uint8_t* bytes,
                            size_t size, hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    HASHVET_ASSIGN_OR_RETURN(const HashKind known, KindOf(kind));
    if (text == nullptr) return Null("text");
    HASHVET_RETURN_IF_ERROR(
        CheckRoom(known, bytes, size, InfoOf(known).size_bytes, "bytes"));
    HASHVET_ASSIGN_OR_RETURN(const HashValue value, ParseHex(known, text));
    std::ranges::copy(value.ToBytes(), bytes);
    return absl::OkStatus();
  });
}

int hashvet_value_to_text(uint32_t kind, const uint8_t* bytes, size_t size,
                          char* text, size_t text_size, hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    HASHVET_ASSIGN_OR_RETURN(const HashValue value, ValueOf(kind, bytes, size));
    HASHVET_RETURN_IF_ERROR(
        CheckRoom(value.kind(), text, text_size, 2 * size + 1, "text"));
    const std::string hex = ToHex(value);
    std::memcpy(text, hex.c_str(), text_size);
    return absl::OkStatus();
  });
}

int hashvet_distance(uint32_t kind, const uint8_t* a, const uint8_t* b,
                     size_t size, uint32_t* distance, hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    HASHVET_ASSIGN_OR_RETURN(const HashValue first, ValueOf(kind, a, size));
    HASHVET_ASSIGN_OR_RETURN(const HashValue second, ValueOf(kind, b, size));
    if (distance == nullptr) return Null("distance");
    HASHVET_ASSIGN_OR_RETURN(*distance, Distance(first, second));
    return absl::OkStatus();
  });
}
