#include "hashvet/list/snapshot_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "hashvet/base/dcheck.h"
#include "hashvet/base/mapped_file.h"
#include "hashvet/base/status.h"
#include "hashvet/index/flat_index.h"
#include "hashvet/index/ring_index.h"
#include "hashvet/index/row_index.h"
#include "src/list/snapshot_format.h"
#include "src/list/snapshot_view.h"

namespace hashvet {
namespace {

using snapshot::EntryRecord;
using snapshot::KindView;
using snapshot::View;

// What searches a kind's values; nothing where an overlay has none of it.
using KindIndex = std::variant<std::monostate, FlatIndex, RowIndex, RingIndex,
                               DigestIndex, ByteVectorIndex>;

// An index says InvalidArgument of tables that do not fit; in a file they are
// damage.
absl::Status InFile(const absl::Status& status, const KindView& kind,
                    const std::string& path) {
  if (status.ok()) return status;
  return absl::DataLossError(absl::StrCat("snapshot tables of ",
                                          ToAbsl(NameOf(kind.kind)), ": ",
                                          status.message(), ": ", path));
}

// Uses the tables where they lie, checked as the options say.
absl::StatusOr<KindIndex> MakeIndex(const KindView& kind,
                                    const SnapshotOpenOptions& options) {
  if (kind.planes.has_value()) {
    HASHVET_ASSIGN_OR_RETURN(FlatIndex index,
                             FlatIndex::FromPlanes(*kind.planes));
    return KindIndex(std::move(index));
  }
  if (kind.ring.has_value()) {
    HASHVET_ASSIGN_OR_RETURN(RingIndex index,
                             RingIndex::FromTables(*kind.ring));
    if (options.verify) HASHVET_RETURN_IF_ERROR(index.CheckIds());
    if (options.verify && options.verify_rings) {
      SearchOptions how;
      how.executor = options.executor;
      HASHVET_RETURN_IF_ERROR(index.Verify(how));
    }
    return KindIndex(std::move(index));
  }
  if (kind.rows.has_value()) {
    HASHVET_ASSIGN_OR_RETURN(RowIndex index, RowIndex::FromRows(*kind.rows));
    return KindIndex(std::move(index));
  }
  if (kind.digests.has_value()) {
    HASHVET_ASSIGN_OR_RETURN(
        DigestIndex index, options.verify
                               ? DigestIndex::FromTables(*kind.digests)
                               : DigestIndex::FromCheckedTables(*kind.digests));
    return KindIndex(std::move(index));
  }
  if (kind.vectors.has_value()) {
    HASHVET_ASSIGN_OR_RETURN(ByteVectorIndex index,
                             ByteVectorIndex::FromTables(*kind.vectors));
    return KindIndex(std::move(index));
  }
  return KindIndex();
}

}  // namespace

struct SnapshotReader::State {
  const KindView* Find(HashKind kind) const {
    for (const KindView& found : view.kinds) {
      if (found.kind == kind) return &found;
    }
    return nullptr;
  }
  const KindIndex* IndexOf(HashKind kind) const {
    const KindView* found = Find(kind);
    return found == nullptr ? nullptr : &indexes[found - view.kinds.data()];
  }
  template <typename Index>
  const Index* As(HashKind kind) const {
    const KindIndex* index = IndexOf(kind);
    return index == nullptr ? nullptr : std::get_if<Index>(index);
  }

  absl::Status MakeIndexes(const SnapshotOpenOptions& options);

  std::string path;
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;  // of bytes
  View view;
  std::string version;
  std::optional<Sha256Digest> sha256;
  std::optional<BaseIdentity> base;
  uint64_t entries = 0;
  std::vector<KindCounts> counts;
  std::vector<KindIndex> indexes;  // beside view.kinds
};

absl::Status SnapshotReader::State::MakeIndexes(
    const SnapshotOpenOptions& options) {
  indexes.resize(view.kinds.size());
  std::vector<absl::Status> done(view.kinds.size());
  const auto make = [&](size_t k) {
    absl::StatusOr<KindIndex> index = MakeIndex(view.kinds[k], options);
    done[k] = InFile(index.status(), view.kinds[k], path);
    if (index.ok()) indexes[k] = *std::move(index);
  };
  if (options.executor != nullptr && options.verify) {
    options.executor->ParallelFor(view.kinds.size(), make);
  } else {
    for (size_t k = 0; k < view.kinds.size(); ++k) make(k);
  }
  for (const absl::Status& status : done) HASHVET_RETURN_IF_ERROR(status);
  return absl::OkStatus();
}

SnapshotReader::SnapshotReader(std::unique_ptr<const State> state)
    : state_(std::move(state)) {}
SnapshotReader::~SnapshotReader() = default;

absl::StatusOr<std::shared_ptr<const SnapshotReader>> SnapshotReader::Open(
    const std::string& path, const SnapshotOpenOptions& options) {
  HASHVET_ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(path));
  if (options.verify || options.hash) file.Prefetch();  // all of it is read
  const auto owner = std::make_shared<const MappedFile>(std::move(file));
  return FromBytes(owner->bytes(), owner, path, options);
}

absl::StatusOr<std::shared_ptr<const SnapshotReader>> SnapshotReader::FromBytes(
    std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
    const std::string& path, const SnapshotOpenOptions& options) {
  auto state = std::make_unique<State>();
  state->path = path;
  state->bytes = bytes;
  state->owner = std::move(owner);

  // The SHA-256, which one thread computes, beside everything else.
  absl::StatusOr<Sha256Digest> sha256 = Sha256Digest{};
  absl::Status verified;
  const auto verify = [&]() -> absl::Status {
    HASHVET_ASSIGN_OR_RETURN(
        state->view,
        snapshot::ViewSnapshot(bytes, path, options.verify, options.executor));
    HASHVET_RETURN_IF_ERROR(state->MakeIndexes(options));
    return options.verify
               ? snapshot::VerifyContents(state->view, path, options.executor)
               : absl::OkStatus();
  };
  const auto part = [&](size_t i) {
    if (i == 1) {
      verified = verify();
    } else if (options.hash) {
      sha256 = Sha256Of(bytes);
    }
  };
  if (options.executor != nullptr && options.hash) {
    options.executor->ParallelFor(2, part);
  } else {
    for (const size_t i : {0u, 1u}) part(i);
  }
  HASHVET_RETURN_IF_ERROR(verified);
  HASHVET_RETURN_IF_ERROR(sha256.status());
  if (options.hash) state->sha256 = *sha256;

  const View& view = state->view;
  state->version =
      absl::StrCat(absl::Hex(view.header.table_checksum, absl::kZeroPad16));
  if (view.base.has_value()) {
    state->base =
        BaseIdentity{.version = std::string(view.base->version.begin(),
                                            view.base->version.end()),
                     .sha256 = view.base->sha256,
                     .size_bytes = view.base->size_bytes};
  }
  for (const KindView& kind : view.kinds) {
    if (kind.counts.rows == 0) continue;
    const KindCounts& counts = state->counts.emplace_back(
        KindCounts{kind.kind, kind.counts.rows - kind.counts.canary_rows,
                   kind.counts.entries - kind.counts.canary_entries});
    state->entries += counts.entries;
  }
  return std::shared_ptr<const SnapshotReader>(
      new SnapshotReader(std::move(state)));
}

const std::string& SnapshotReader::path() const { return state_->path; }
uint32_t SnapshotReader::format() const { return state_->view.header.format; }
std::span<const std::byte> SnapshotReader::bytes() const {
  return state_->bytes;
}
const std::string& SnapshotReader::version() const { return state_->version; }
const std::optional<Sha256Digest>& SnapshotReader::sha256() const {
  return state_->sha256;
}
std::span<const ListPolicy> SnapshotReader::lists() const {
  return state_->view.lists;
}
uint64_t SnapshotReader::entries() const { return state_->entries; }
std::span<const SnapshotReader::KindCounts> SnapshotReader::kinds() const {
  return state_->counts;
}

uint64_t SnapshotReader::EntriesOf(uint16_t list, HashKind kind) const {
  HASHVET_DCHECK(list < lists().size());
  const KindView* found = state_->Find(kind);
  return found == nullptr || found->list_entries.empty()
             ? 0
             : found->list_entries[list];
}

uint32_t SnapshotReader::rows(HashKind kind) const {
  const KindView* found = state_->Find(kind);
  return found == nullptr ? 0 : found->counts.rows;
}

const RangeIndex* SnapshotReader::range_index(HashKind kind) const {
  if (const auto* flat = state_->As<FlatIndex>(kind)) return flat;
  if (const auto* ring = state_->As<RingIndex>(kind)) return ring;
  return state_->As<RowIndex>(kind);
}
const DigestIndex* SnapshotReader::digest_index(HashKind kind) const {
  return state_->As<DigestIndex>(kind);
}
const ByteVectorIndex* SnapshotReader::byte_vector_index(HashKind kind) const {
  return state_->As<ByteVectorIndex>(kind);
}

HashValue SnapshotReader::value(HashKind kind, uint32_t row) const {
  HASHVET_DCHECK(row < rows(kind));
  std::array<uint8_t, 256> bytes;
  const size_t size_bytes = InfoOf(kind).size_bytes;
  if (const RangeIndex* bits = range_index(kind)) {
    std::array<uint64_t, 16> words;
    bits->CopyRow(
        row, std::span(words).first(BitRows::WordsFor(bits->width_bits())));
    // The lowest bits are the last of the bytes.
    const auto* const low = reinterpret_cast<const uint8_t*>(words.data());
    std::reverse_copy(low, low + size_bytes, bytes.begin());
  } else if (const DigestIndex* digests = digest_index(kind)) {
    std::ranges::copy(digests->row(row).bytes(), bytes.begin());
  } else {
    std::ranges::copy(byte_vector_index(kind)->row(row).bytes, bytes.begin());
  }
  // The kind's own size: cannot fail.
  return *HashValue::FromBytes(kind, std::span(bytes).first(size_bytes));
}

// Nothing below reads outside, whatever a file that was opened without
// verification holds by now.

uint32_t SnapshotReader::entry_count(HashKind kind, uint32_t row) const {
  HASHVET_DCHECK(row < rows(kind));
  const KindView& found = *state_->Find(kind);
  const uint32_t begin = found.row_begins[row];
  const uint32_t end = found.row_begins[row + 1];
  return begin < end && end <= found.entries.size() ? end - begin : 0;
}

uint32_t SnapshotReader::entry_number(HashKind kind, uint32_t row,
                                      uint32_t i) const {
  HASHVET_DCHECK(i < entry_count(kind, row));
  return state_->Find(kind)->row_begins[row] + i;
}

uint16_t SnapshotReader::list_of_entry(HashKind kind, uint32_t number) const {
  HASHVET_DCHECK(number < state_->Find(kind)->entries.size());
  return state_->Find(kind)->entries[number].list;
}

bool SnapshotReader::is_canary(HashKind kind, uint32_t row) const {
  return entry_count(kind, row) > 0 && entry(kind, row, 0).list == kCanaryList;
}

EntryView SnapshotReader::entry(HashKind kind, uint32_t row, uint32_t i) const {
  const KindView& found = *state_->Find(kind);
  const EntryRecord& record = found.entries[entry_number(kind, row, i)];
  const auto part = [](std::string_view text, uint64_t begin, uint64_t size) {
    return begin <= text.size() ? text.substr(begin, size) : std::string_view();
  };
  EntryView view;
  view.list = record.list;
  view.key = part(found.key_bytes, snapshot::KeyBegin(record),
                  snapshot::KeyBytes(record));
  const auto& categories = state_->view.categories;
  if (record.category < categories.size() - 1) {
    const snapshot::CategoryRecord& category = categories[record.category];
    const std::string_view text =
        part(state_->view.category_bytes, category.begin,
             uint64_t{categories[record.category + 1].begin} - category.begin);
    view.category_scheme = part(text, 0, category.scheme_bytes);
    view.category = part(text, category.scheme_bytes, text.size());
  }
  if (record.quality != snapshot::kNoQuality) view.quality = record.quality;
  view.opinion = static_cast<Opinion>(record.opinion);
  return view;
}

std::vector<HashValue> SnapshotReader::canaries(HashKind kind) const {
  std::vector<HashValue> canaries;
  const KindView* found = state_->Find(kind);
  if (found == nullptr) return canaries;
  const size_t size_bytes = InfoOf(kind).size_bytes;
  for (size_t c = 0; c < found->canaries.size(); c += size_bytes) {
    canaries.push_back(
        *HashValue::FromBytes(kind, found->canaries.subspan(c, size_bytes)));
  }
  return canaries;
}

bool SnapshotReader::is_overlay() const { return state_->base.has_value(); }
const SnapshotReader::BaseIdentity& SnapshotReader::base() const {
  HASHVET_DCHECK(is_overlay());
  return *state_->base;
}

std::span<const uint32_t> SnapshotReader::removed(HashKind kind) const {
  const KindView* found = state_->Find(kind);
  return found == nullptr ? std::span<const uint32_t>() : found->removed;
}

absl::Status SnapshotReader::CheckBase(const SnapshotReader& base) const {
  const auto unfit = [&](absl::string_view why) {
    return absl::FailedPreconditionError(
        absl::StrCat("overlay: ", why, ": ", path(), ", for ", base.path()));
  };
  if (!is_overlay()) return unfit("got a whole snapshot, want an overlay");
  if (base.is_overlay()) return unfit("its base is an overlay itself");
  if (base.version() != state_->base->version ||
      base.size_bytes() != state_->base->size_bytes ||
      (base.sha256().has_value() && base.sha256() != state_->base->sha256)) {
    return unfit(absl::StrCat("made for version ", state_->base->version,
                              ", got ", base.version()));
  }
  if (!std::ranges::equal(lists(), base.lists())) {
    return unfit("its lists are not its base's");
  }
  for (const KindView& kind : state_->view.kinds) {
    if (kind.removed.empty()) continue;
    const KindView* of_base = base.state_->Find(kind.kind);
    if (of_base == nullptr || kind.removed.back() >= of_base->entries.size()) {
      return unfit("removes entries that its base does not have");
    }
    // Removing what is tested would hide from the test what cannot be found.
    if (std::ranges::any_of(kind.removed, [&](uint32_t number) {
          return of_base->entries[number].list == kCanaryList;
        })) {
      return unfit("removes canaries of its base");
    }
  }
  return absl::OkStatus();
}

}  // namespace hashvet
