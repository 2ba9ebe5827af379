#include "hashvet/ledger/update_batch.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "hashvet/base/status.h"
#include "hashvet/hash/hash_kind.h"

namespace hashvet {
namespace {

// Numbers are LEB128; texts and bytes come after their length; what may be
// missing is one more than its number, or 0.
class Packer {
 public:
  explicit Packer(std::vector<uint8_t>& out) : out_(out) {}

  void Number(uint64_t number) {
    for (; number >= 0x80; number >>= 7) {
      out_.push_back(static_cast<uint8_t>(number | 0x80));
    }
    out_.push_back(static_cast<uint8_t>(number));
  }
  void Optional(const std::optional<uint64_t>& number) {
    Number(number.has_value() ? 1 : 0);
    if (number.has_value()) Number(*number);
  }
  void Bytes(std::span<const uint8_t> bytes) {
    Number(bytes.size());
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }
  void Text(std::string_view text) {
    Bytes({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  }

 private:
  std::vector<uint8_t>& out_;
};

// After the first thing that is wrong everything is empty.
class Unpacker {
 public:
  explicit Unpacker(std::span<const uint8_t> bytes) : rest_(bytes) {}

  uint64_t Number() {
    uint64_t number = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const uint8_t byte = rest_.front();
      rest_ = rest_.subspan(1);
      number |= uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return number;
    }
    Fail();
    return 0;
  }
  std::optional<uint64_t> Optional() {
    if (Number() == 0) return std::nullopt;
    return Number();
  }
  std::span<const uint8_t> Bytes() {
    const uint64_t size = Number();
    if (size > rest_.size()) {
      Fail();
      return {};
    }
    const auto bytes = rest_.first(size);
    rest_ = rest_.subspan(size);
    return bytes;
  }
  std::string_view Text() {
    const auto bytes = Bytes();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  // A number of things to come: each has a byte at least.
  size_t Count() {
    const uint64_t count = Number();
    if (count > rest_.size()) Fail();
    return ok_ ? static_cast<size_t>(count) : 0;
  }
  void Fail() {
    ok_ = false;
    rest_ = {};
  }
  bool done() const { return ok_ && rest_.empty(); }

 private:
  std::span<const uint8_t> rest_;
  bool ok_ = true;
};

void Pack(const EntryUpdate& update, std::vector<uint8_t>& out) {
  Packer packer(out);
  packer.Text(update.key);
  packer.Number(static_cast<uint64_t>(update.status));
  packer.Number(static_cast<uint64_t>(update.stated));
  packer.Number(update.values.size());
  for (const EntryValue& each : update.values) {
    packer.Number(static_cast<uint64_t>(each.value.kind()));
    packer.Bytes(each.value.ToBytes());
    packer.Number(each.quality.has_value()
                      ? static_cast<uint64_t>(*each.quality) + 1
                      : 0);
  }
  packer.Text(update.category);
  packer.Text(update.category_scheme);
  packer.Text(update.member);
  packer.Text(update.reason);
  packer.Optional(update.created_at);
  packer.Optional(update.updated_at);
  packer.Optional(update.expires_at);
  packer.Number(update.malformed.size());
  for (const MalformedValue& each : update.malformed) {
    packer.Text(each.kind);
    packer.Text(each.text);
    packer.Text(each.reason);
  }
  packer.Number(update.opinions.size());
  for (const OwnerOpinion& each : update.opinions) {
    packer.Text(each.owner);
    packer.Number(static_cast<uint64_t>(each.opinion));
    packer.Number(each.tags.size());
    for (const std::string& tag : each.tags) packer.Text(tag);
  }
  packer.Number(update.feedback.size());
  for (const EntryFeedback& each : update.feedback) {
    packer.Text(each.type);
    packer.Text(each.member);
    packer.Number(each.affirmative ? 1 : 0);
    packer.Text(each.reason);
  }
  packer.Number(update.cases.size());
  for (const EntryCase& each : update.cases) {
    packer.Text(each.id);
    packer.Text(each.status);
  }
}

}  // namespace

void UpdateBatch::Add(EntryUpdate update) {
  Normalise(update);
  // Text that no value could be made of is kept as far as it can be looked at.
  for (MalformedValue& each : update.malformed) {
    each.text.resize(std::min(each.text.size(), kMaxTextBytes));
  }
  begins_.push_back(bytes_.size());
  Pack(update, bytes_);
}

void UpdateBatch::Clear() {
  bytes_.clear();
  begins_.clear();
}

std::span<const uint8_t> UpdateBatch::packed(size_t i) const {
  return std::span(bytes_).subspan(begins_[i], end(i) - begins_[i]);
}

std::string_view UpdateBatch::key(size_t i) const {
  return Unpacker(packed(i)).Text();
}

EntryUpdate UpdateBatch::operator[](size_t i) const {
  return *Unpack(packed(i));
}

absl::StatusOr<EntryUpdate> Unpack(std::span<const uint8_t> packed) {
  Unpacker in(packed);
  const auto damaged = [] {
    return absl::DataLossError("ledger: a packed entry is damaged");
  };
  EntryUpdate update;
  update.key = in.Text();
  const uint64_t status = in.Number();
  const uint64_t stated = in.Number();
  if (status > static_cast<uint64_t>(SourceStatus::kDeleted) ||
      stated > static_cast<uint64_t>(Opinion::kDisputed)) {
    return damaged();
  }
  update.status = static_cast<SourceStatus>(status);
  update.stated = static_cast<Opinion>(stated);
  for (size_t left = in.Count(); left > 0; --left) {
    const auto kind = HashKindFromNumber(static_cast<uint32_t>(in.Number()));
    if (!kind.ok()) return damaged();
    auto value = HashValue::FromBytes(*kind, in.Bytes());
    if (!value.ok()) return damaged();
    const uint64_t quality = in.Number();
    if (quality > 0x8000'0000) return damaged();
    update.values.push_back(
        {.value = *std::move(value),
         .quality = quality == 0
                        ? std::nullopt
                        : std::optional<int>(static_cast<int>(quality) - 1)});
  }
  update.category = in.Text();
  update.category_scheme = in.Text();
  update.member = in.Text();
  update.reason = in.Text();
  update.created_at = in.Optional();
  update.updated_at = in.Optional();
  update.expires_at = in.Optional();
  for (size_t left = in.Count(); left > 0; --left) {
    MalformedValue& each = update.malformed.emplace_back();
    each.kind = in.Text();
    each.text = in.Text();
    each.reason = in.Text();
  }
  for (size_t left = in.Count(); left > 0; --left) {
    OwnerOpinion& each = update.opinions.emplace_back();
    each.owner = in.Text();
    const uint64_t opinion = in.Number();
    if (opinion > static_cast<uint64_t>(Opinion::kDisputed)) return damaged();
    each.opinion = static_cast<Opinion>(opinion);
    for (size_t tags = in.Count(); tags > 0; --tags) {
      each.tags.emplace_back(in.Text());
    }
  }
  for (size_t left = in.Count(); left > 0; --left) {
    EntryFeedback& each = update.feedback.emplace_back();
    each.type = in.Text();
    each.member = in.Text();
    each.affirmative = in.Number() != 0;
    each.reason = in.Text();
  }
  for (size_t left = in.Count(); left > 0; --left) {
    EntryCase& each = update.cases.emplace_back();
    each.id = in.Text();
    each.status = in.Text();
  }
  if (!in.done()) return damaged();
  return update;
}

}  // namespace hashvet
