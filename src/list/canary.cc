#include "src/list/canary.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "hashvet/base/status.h"

namespace hashvet::snapshot {
namespace {

void Update(Sha256& sha, std::string_view text) {
  sha.Update(std::as_bytes(std::span(text.data(), text.size())));
}
void UpdateNumber(Sha256& sha, uint64_t number) {
  sha.Update(std::as_bytes(std::span(&number, 1)));  // little-endian
}

}  // namespace

absl::StatusOr<Sha256Digest> CanarySeed(
    std::span<const std::byte> lists, std::span<const std::byte> kind_policies,
    std::span<const std::byte> list_texts) {
  HASHVET_ASSIGN_OR_RETURN(Sha256 sha, Sha256::Create());
  Update(sha, "hashvet canaries 1");
  for (const auto section : {lists, kind_policies, list_texts}) {
    UpdateNumber(sha, section.size());
    sha.Update(section);
  }
  return sha.Finish();
}

absl::StatusOr<std::vector<uint8_t>> MakeCanaries(const Sha256Digest& seed,
                                                  HashKind kind) {
  const size_t value_bytes = InfoOf(kind).size_bytes;
  std::vector<std::string> canaries;
  for (uint64_t c = 0; c < kCanariesPerKind; ++c) {
    std::string& canary = canaries.emplace_back();
    for (uint64_t block = 0; canary.size() < value_bytes; ++block) {
      HASHVET_ASSIGN_OR_RETURN(Sha256 sha, Sha256::Create());
      sha.Update(std::as_bytes(std::span(seed)));
      UpdateNumber(sha, static_cast<uint64_t>(kind));
      UpdateNumber(sha, c);
      UpdateNumber(sha, block);
      const Sha256Digest digest = sha.Finish();
      canary.insert(canary.end(), digest.begin(), digest.end());
    }
    canary.resize(value_bytes);
  }
  std::sort(canaries.begin(), canaries.end());
  std::vector<uint8_t> bytes;
  for (const std::string& canary : canaries) {
    bytes.insert(bytes.end(), canary.begin(), canary.end());
  }
  return bytes;
}

}  // namespace hashvet::snapshot
