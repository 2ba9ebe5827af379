#include "src/cli/filter_records.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/text.h"
#include "rapidjson/document.h"

namespace hashvet::cli {
namespace {

using Document = rapidjson::GenericDocument<rapidjson::UTF8<>,
                                            rapidjson::MemoryPoolAllocator<>>;

std::string_view TextOf(const Document::ValueType& value) {
  return {value.GetString(), value.GetStringLength()};
}

absl::Status Wrong(uint64_t number, std::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("record ", number, ": ", ToAbsl(what)));
}

// Fields of one object that may be there, each once.
struct Fields {
  const Document::ValueType* id = nullptr;
  const Document::ValueType* hash = nullptr;
  const Document::ValueType* kind = nullptr;

  const Document::ValueType** Named(std::string_view name) {
    if (name == "id") return &id;
    if (name == "hash") return &hash;
    if (name == "kind") return &kind;
    return nullptr;
  }
};

absl::StatusOr<HashValue> ValueOf(const Document& document,
                                  const Fields& fields, uint64_t number,
                                  HashKind kind) {
  // A field that is misspelt would leave a value of another kind, or none.
  for (const auto& member : document.GetObject()) {
    Fields known;
    const std::string_view name = TextOf(member.name);
    if (known.Named(name) == nullptr) {
      return Wrong(number, "got an unknown field, want id, hash and kind");
    }
    const auto same = [&](const auto& other) {
      return TextOf(other.name) == name;
    };
    if (std::count_if(document.MemberBegin(), document.MemberEnd(), same) > 1) {
      return Wrong(number, absl::StrCat("got ", ToAbsl(name), " twice"));
    }
  }
  if (fields.id != nullptr && !fields.id->IsString() && !fields.id->IsInt64()) {
    return Wrong(number, "id: got another type, want text or a whole number");
  }
  if (fields.kind != nullptr) {
    if (!fields.kind->IsString()) {
      return Wrong(number, "kind: got another type, want text");
    }
    const absl::StatusOr<HashKind> said = ParseHashKind(TextOf(*fields.kind));
    // Its text may be anything, and is not repeated.
    if (!said.ok()) return Wrong(number, "kind: got an unknown one");
    kind = *said;
  }
  if (fields.hash == nullptr || !fields.hash->IsString()) {
    return Wrong(number, "hash: got none, want the digits of a value");
  }
  absl::StatusOr<HashValue> value = ParseHex(kind, TextOf(*fields.hash));
  if (!value.ok()) return Wrong(number, ToStd(value.status().message()));
  return value;
}

// Whether reading would not wait.
bool HasInput() {
  pollfd input = {STDIN_FILENO, POLLIN, 0};
  int ready;
  do {
    ready = ::poll(&input, 1, 0);
  } while (ready < 0 && errno == EINTR);
  return ready != 0;  // an error shows when it is read
}

}  // namespace

FilterRecord ParseRecordLine(std::string_view line, uint64_t number,
                             HashKind kind) {
  FilterRecord record;
  record.number = number;
  Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag |
                 rapidjson::kParseFullPrecisionFlag |
                 rapidjson::kParseIterativeFlag>(line.data(), line.size());
  if (document.HasParseError() || !document.IsObject()) {
    record.value = Wrong(number, "no JSON object");
    return record;
  }
  Fields fields;
  for (const auto& member : document.GetObject()) {
    const Document::ValueType** field = fields.Named(TextOf(member.name));
    if (field != nullptr) *field = &member.value;
  }
  if (fields.id != nullptr && fields.id->IsString()) {
    record.id = std::string(TextOf(*fields.id));
  } else if (fields.id != nullptr && fields.id->IsInt64()) {
    record.id = fields.id->GetInt64();
  }
  record.value = ValueOf(document, fields, number, kind);
  return record;
}

class RecordReader::Source {
 public:
  virtual ~Source() = default;

  bool Ready() const { return ended_ || Has() || HasInput(); }
  const absl::Status& status() const { return status_; }

  std::optional<FilterRecord> Next() {
    while (!ended_ && !Has()) Fill();
    if (!status_.ok() || unread().empty()) return std::nullopt;
    ++records_;
    return Take();
  }

 protected:
  // Whether the next record, or as much of it as matters, was read.
  virtual bool Has() const = 0;
  // REQUIRES: Has(), or the input ended with something unread.
  virtual FilterRecord Take() = 0;

  std::string_view unread() const {
    return std::string_view(buffer_).substr(begin_);
  }
  void Drop(size_t bytes) { begin_ += std::min(bytes, unread().size()); }
  uint64_t number() const { return records_; }  // of the record being taken
  bool ended() const { return ended_; }

  void Fill() {
    constexpr size_t kReadBytes = size_t{64} << 10;
    buffer_.erase(0, begin_);
    begin_ = 0;
    const size_t had = buffer_.size();
    buffer_.resize(had + kReadBytes);
    ssize_t got;
    do {
      got = ::read(STDIN_FILENO, buffer_.data() + had, kReadBytes);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
      status_ = absl::InternalError(
          absl::StrCat("cannot read: ", std::generic_category().message(errno),
                       ": standard input"));
    }
    buffer_.resize(had + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    ended_ = got <= 0;
  }

 private:
  std::string buffer_;
  size_t begin_ = 0;  // of what was not taken yet
  uint64_t records_ = 0;
  bool ended_ = false;
  absl::Status status_;
};

namespace {

class Lines final : public RecordReader::Source {
 public:
  explicit Lines(HashKind kind) : kind_(kind) {}

 private:
  static constexpr size_t kMaxBytes = size_t{64} << 10;

  bool Has() const override {
    return unread().size() > kMaxBytes ||
           unread().find('\n') != std::string_view::npos;
  }
  FilterRecord Take() override {
    size_t end = unread().find('\n');
    if (std::min(end, unread().size()) > kMaxBytes) {
      while (end == std::string_view::npos && !ended()) {
        Drop(unread().size());
        Fill();
        end = unread().find('\n');
      }
      Drop(end == std::string_view::npos ? unread().size() : end + 1);
      FilterRecord record;
      record.number = number();
      record.value =
          Wrong(number(), absl::StrCat("a line of over ", kMaxBytes, " bytes"));
      return record;
    }
    FilterRecord record =
        ParseRecordLine(unread().substr(0, end), number(), kind_);
    Drop(end == std::string_view::npos ? unread().size() : end + 1);
    return record;
  }

  const HashKind kind_;
};

class Values final : public RecordReader::Source {
 public:
  explicit Values(HashKind kind)
      : kind_(kind), size_(InfoOf(kind).size_bytes) {}

 private:
  bool Has() const override { return unread().size() >= size_; }
  FilterRecord Take() override {
    FilterRecord record;
    record.number = number();
    if (unread().size() < size_) {
      record.value =
          Wrong(number(), absl::StrCat("got ", unread().size(), " bytes, want ",
                                       size_, ": the input ends there"));
    } else {
      record.value = HashValue::FromBytes(
          kind_,
          std::span(reinterpret_cast<const uint8_t*>(unread().data()), size_));
    }
    Drop(size_);
    return record;
  }

  const HashKind kind_;
  const size_t size_;
};

}  // namespace

RecordReader::RecordReader(FilterFormat format, HashKind kind) {
  if (format == FilterFormat::kNdjson) {
    source_ = std::make_unique<Lines>(kind);
  } else {
    source_ = std::make_unique<Values>(kind);
  }
}
RecordReader::RecordReader(RecordReader&&) noexcept = default;
RecordReader::~RecordReader() = default;

bool RecordReader::Ready() const { return source_->Ready(); }
std::optional<FilterRecord> RecordReader::Next() { return source_->Next(); }
absl::Status RecordReader::status() const { return source_->status(); }

}  // namespace hashvet::cli
