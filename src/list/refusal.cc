#include "hashvet/list/refusal.h"

#include <array>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"

namespace hashvet {
namespace {

constexpr absl::string_view kPayload = "hashvet/refusal";

constexpr std::array<Refusal, kRefusals> kAll = {
    Refusal::kUnsigned,   Refusal::kWrongKey, Refusal::kWrongList,
    Refusal::kRollback,   Refusal::kFreeze,   Refusal::kMixAndMatch,
    Refusal::kEndlessData};

}  // namespace

std::string_view NameOf(Refusal refusal) {
  switch (refusal) {
    case Refusal::kUnsigned:
      return "unsigned";
    case Refusal::kWrongKey:
      return "wrong key";
    case Refusal::kWrongList:
      return "wrong list";
    case Refusal::kRollback:
      return "rollback";
    case Refusal::kFreeze:
      return "freeze";
    case Refusal::kMixAndMatch:
      return "mix-and-match";
    case Refusal::kEndlessData:
      return "endless data";
  }
  return "unknown";
}

absl::Status Refuse(Refusal refusal, const std::string& message) {
  const absl::StatusCode code =
      refusal == Refusal::kMixAndMatch   ? absl::StatusCode::kDataLoss
      : refusal == Refusal::kEndlessData ? absl::StatusCode::kResourceExhausted
                                         : absl::StatusCode::kPermissionDenied;
  const absl::string_view name = ToAbsl(NameOf(refusal));
  absl::Status status(code, absl::StrCat("refused (", name, "): ", message));
  status.SetPayload(kPayload, absl::Cord(name));
  return status;
}

std::optional<Refusal> RefusalOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayload);
  if (!payload.has_value()) return std::nullopt;
  for (const Refusal refusal : kAll) {
    if (*payload == ToAbsl(NameOf(refusal))) return refusal;
  }
  return std::nullopt;
}

}  // namespace hashvet
