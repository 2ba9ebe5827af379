// Canaries: values that nobody's list has, planted in every snapshot so that a
// matcher that can no longer match is found out. They follow from the lists'
// names, policies and times, so that those of other lists, other policies or an
// older version are not this file's. Private to the list layer.

#ifndef HASHVET_SRC_LIST_CANARY_H_
#define HASHVET_SRC_LIST_CANARY_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/sha256.h"

namespace hashvet::snapshot {

inline constexpr size_t kCanariesPerKind = 4;  // for each kind that has entries

// What a file's canaries follow from: a digest of its list sections, in their
// order in the file. Errors: as Sha256::Create.
absl::StatusOr<Sha256Digest> CanarySeed(
    std::span<const std::byte> lists, std::span<const std::byte> kind_policies,
    std::span<const std::byte> list_texts);

// kCanariesPerKind values of the kind, one behind the other, ascending.
absl::StatusOr<std::vector<uint8_t>> MakeCanaries(const Sha256Digest& seed,
                                                  HashKind kind);

}  // namespace hashvet::snapshot

#endif  // HASHVET_SRC_LIST_CANARY_H_
