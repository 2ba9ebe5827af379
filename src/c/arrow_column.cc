#include "src/c/arrow_column.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>

#include "absl/strings/str_cat.h"
#include "hashvet/base/safe_text.h"
#include "hashvet/base/status.h"

namespace hashvet::c {
namespace {

constexpr size_t kMaxOffset = std::numeric_limits<int32_t>::max();

// What an exported struct owns. A consumer may have moved children away: these
// have no release then.
template <typename T>
struct Held {
  Held() = default;
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() {
    for (T& child : children) {
      if (child.release != nullptr) child.release(&child);
    }
  }
  // REQUIRES: called once
  void HoldChildren(size_t count) {
    children.resize(count, T{});
    for (T& child : children) pointers.push_back(&child);
  }

  std::vector<T> children;
  std::vector<T*> pointers;
};

struct HeldArray : Held<ArrowArray> {
  std::vector<uint8_t> validity;
  std::vector<int32_t> offsets;
  std::string bytes;
  std::vector<const void*> buffers;
};

template <typename T, typename H>
void Release(T* exported) {
  exported->release = nullptr;
  delete static_cast<H*>(exported->private_data);
}

}  // namespace

ArrowColumn::ArrowColumn(const char* name, const char* format,
                         std::vector<ArrowColumn> children)
    : name_(name), format_(format), children_(std::move(children)) {
  const std::string_view kind = format;
  if (kind == "u" || kind == "+l") offsets_.push_back(0);
}

void ArrowColumn::AddText(std::string_view text) {
  const bool ascii = std::ranges::all_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii) {
    bytes_.append(text);
  } else {
    bytes_.append(ToUtf8(text));
  }
  if (bytes_.size() > kMaxOffset) {
    too_long_ = true;
    bytes_.clear();  // nobody will see them
  }
  offsets_.push_back(static_cast<int32_t>(bytes_.size()));
  ++length_;
}

template <typename T>
void ArrowColumn::AddNumber(T number, bool valid) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  bytes_.append(bytes, sizeof number);
  const auto place = static_cast<size_t>(length_++);
  if (!valid && null_count_++ == 0) {  // all before it are there
    validity_.assign((place + 7) / 8, 0xFF);
  }
  if (null_count_ == 0) return;
  if (place / 8 == validity_.size()) validity_.push_back(0);
  const auto bit = static_cast<uint8_t>(1u << (place % 8));
  uint8_t& byte = validity_[place / 8];
  byte = static_cast<uint8_t>(valid ? byte | bit : byte & ~bit);
}

void ArrowColumn::AddInt32(int32_t number) { AddNumber(number, true); }
void ArrowColumn::AddInt64(int64_t number) { AddNumber(number, true); }
void ArrowColumn::AddNull() { AddNumber(int32_t{0}, false); }

void ArrowColumn::EndList() {
  const auto end = static_cast<size_t>(children_[0].length_);
  if (end > kMaxOffset) too_long_ = true;
  offsets_.push_back(static_cast<int32_t>(std::min(end, kMaxOffset)));
  ++length_;
}

void ArrowColumn::ExportSchema(ArrowSchema* to) const {
  auto held = std::make_unique<Held<ArrowSchema>>();
  held->HoldChildren(children_.size());
  for (size_t i = 0; i < children_.size(); ++i) {
    children_[i].ExportSchema(&held->children[i]);
  }
  *to = {};
  to->format = format_;
  to->name = name_;
  to->flags = nullable_ ? ARROW_FLAG_NULLABLE : 0;
  to->n_children = static_cast<int64_t>(children_.size());
  to->children = held->pointers.data();
  to->release = Release<ArrowSchema, Held<ArrowSchema>>;
  to->private_data = held.release();
}

absl::Status ArrowColumn::Check() const {
  if (too_long_) {
    return absl::ResourceExhaustedError(
        absl::StrCat("Arrow verdicts: column ", name_,
                     ": more than 2 GiB: ask for fewer values at once"));
  }
  for (const ArrowColumn& child : children_) {
    HASHVET_RETURN_IF_ERROR(child.Check());
  }
  return absl::OkStatus();
}

void ArrowColumn::MoveTo(ArrowArray* to) && {
  auto held = std::make_unique<HeldArray>();
  held->HoldChildren(children_.size());
  for (size_t i = 0; i < children_.size(); ++i) {
    std::move(children_[i]).MoveTo(&held->children[i]);
  }
  held->validity = std::move(validity_);
  held->offsets = std::move(offsets_);
  held->bytes = std::move(bytes_);
  const std::string_view kind = format_;
  held->buffers.push_back(null_count_ == 0 ? nullptr : held->validity.data());
  if (kind == "u" || kind == "+l") {
    held->buffers.push_back(held->offsets.data());
  }
  if (!kind.starts_with('+')) held->buffers.push_back(held->bytes.data());
  *to = {};
  to->length = length_;
  to->null_count = null_count_;
  to->n_buffers = static_cast<int64_t>(held->buffers.size());
  to->n_children = static_cast<int64_t>(children_.size());
  to->buffers = held->buffers.data();
  to->children = held->pointers.data();
  to->release = Release<ArrowArray, HeldArray>;
  to->private_data = held.release();
}

absl::Status ArrowColumn::ExportArray(ArrowArray* to) && {
  HASHVET_RETURN_IF_ERROR(Check());
  std::move(*this).MoveTo(to);
  return absl::OkStatus();
}

}  // namespace hashvet::c
