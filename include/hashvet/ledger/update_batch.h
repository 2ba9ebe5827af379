// Updates that wait to be applied, packed: some 100 bytes for an entry with a
// PDQ value, where an EntryUpdate takes six times that. A million of them fit
// where memory is scarce.

#ifndef HASHVET_LEDGER_UPDATE_BATCH_H_
#define HASHVET_LEDGER_UPDATE_BATCH_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/ledger/entry.h"

namespace hashvet {

// A copyable value. Not thread-safe.
class HASHVET_EXPORT UpdateBatch {
 public:
  // Normalised on the way. What CheckEntry says of it is told when it is
  // applied: what cannot be an entry is then quarantined.
  void Add(EntryUpdate update);

  size_t size() const { return begins_.size(); }
  bool empty() const { return begins_.empty(); }
  size_t size_bytes() const { return bytes_.size(); }
  void Clear();

  // REQUIRES: i < size()
  std::string_view key(size_t i) const;
  EntryUpdate operator[](size_t i) const;
  // As the ledger keeps it.
  std::span<const uint8_t> packed(size_t i) const;

 private:
  size_t end(size_t i) const {
    return i + 1 < begins_.size() ? begins_[i + 1] : bytes_.size();
  }
  std::vector<uint8_t> bytes_;
  std::vector<size_t> begins_;
};

// One update from its packed form. Errors: DataLoss.
HASHVET_EXPORT absl::StatusOr<EntryUpdate> Unpack(
    std::span<const uint8_t> packed);

}  // namespace hashvet

#endif  // HASHVET_LEDGER_UPDATE_BATCH_H_
