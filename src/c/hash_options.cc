#include "src/c/hash_options.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/c/values.h"

namespace hashvet::c {
namespace {

constexpr size_t kOptionsV1 = offsetof(hashvet_hash_options, in_process);

// Errors: InvalidArgument for what is no kind, or none of pictures.
absl::StatusOr<std::vector<HashKind>> KindsOf(
    const hashvet_hash_options& asked) {
  if (asked.kinds == nullptr) {
    if (asked.kind_count != 0) return Null("kinds");
    return std::vector<HashKind>{HashKind::kMd5, HashKind::kSha1,
                                 HashKind::kSha256};
  }
  std::vector<HashKind> kinds;
  for (size_t i = 0; i < asked.kind_count; ++i) {
    HASHVET_ASSIGN_OR_RETURN(const HashKind kind, KindOf(asked.kinds[i]));
    if (!InfoOf(kind).computed) {
      return absl::InvalidArgumentError(
          absl::StrCat("kinds: got ", ToAbsl(NameOf(kind)),
                       ", which this build does not hash pictures under"));
    }
    if (kind == HashKind::kPdq || std::ranges::count(kinds, kind) > 0) continue;
    kinds.push_back(kind);
  }
  return kinds;
}

}  // namespace

absl::StatusOr<Asked> HashOptionsOf(const hashvet_hash_options* given) {
  HASHVET_ASSIGN_OR_RETURN(const hashvet_hash_options asked,
                           OptionsOf(given, kOptionsV1, "hash options"));
  Asked answer;
  answer.in_process = asked.in_process != 0;
  HashPictureOptions& options = answer.options;
  switch (asked.pdq_variant) {
    case HASHVET_PDQ_FULL:
      options.variant = PdqVariant::kFull;
      break;
    case HASHVET_PDQ_NN512:
      options.variant = PdqVariant::kNn512;
      break;
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("hash options: got PDQ variant ", asked.pdq_variant,
                       ", want 0 or 1"));
  }
  DecodeLimits& limits = options.decode.limits;
  if (asked.max_pixels != 0) limits.max_pixels = asked.max_pixels;
  if (asked.max_input_bytes != 0) {
    limits.max_input_bytes = asked.max_input_bytes;
  }
  HASHVET_ASSIGN_OR_RETURN(options.kinds, KindsOf(asked));
  if (asked.no_trim == 0) {
    options.more_variants.push_back(PdqVariant::kTrimmed);
  }
  return answer;
}

}  // namespace hashvet::c
