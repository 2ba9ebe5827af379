#include "hashvet/list/snapshot_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/dcheck.h"
#include "hashvet/base/mapped_file.h"
#include "hashvet/base/status.h"
#include "hashvet/index/flat_index.h"
#include "src/list/snapshot_format.h"
#include "src/list/snapshot_view.h"

namespace hashvet {

using snapshot::KindView;

struct SnapshotReader::State {
  State(std::string path_in, MappedFile file_in, snapshot::View view_in)
      : path(std::move(path_in)),
        file(std::move(file_in)),
        view(std::move(view_in)),
        version(absl::StrCat(
            absl::Hex(view.header.table_checksum, absl::kZeroPad16))) {}

  const KindView* Find(HashKind kind) const {
    for (const KindView& found : view.kinds) {
      if (found.kind == kind) return &found;
    }
    return nullptr;
  }
  const KindView& Get(HashKind kind, uint32_t row) const {
    const KindView* found = Find(kind);
    HASHVET_DCHECK(found != nullptr && row < found->rows);
    return *found;
  }

  const std::string path;
  const MappedFile file;
  const snapshot::View view;
  const std::string version;
  uint64_t entries = 0;
  std::vector<KindCounts> counts;
  // Beside view.kinds; empty where this build has no index for the kind.
  std::vector<std::optional<FlatIndex>> indexes;
};

SnapshotReader::SnapshotReader(std::unique_ptr<const State> state)
    : state_(std::move(state)) {}
SnapshotReader::~SnapshotReader() = default;

absl::StatusOr<std::shared_ptr<const SnapshotReader>> SnapshotReader::Open(
    const std::string& path) {
  HASHVET_ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(path));
  file.Prefetch();  // every byte is read below
  HASHVET_ASSIGN_OR_RETURN(snapshot::View view,
                           snapshot::VerifySnapshot(file.bytes(), path));
  auto state = std::make_unique<State>(path, std::move(file), std::move(view));
  for (const KindView& kind : state->view.kinds) {
    const HashKindInfo& info = InfoOf(kind.kind);
    const bool has_planes = snapshot::HasPlanes(info);
    state->entries += kind.entries.size();
    state->counts.push_back({kind.kind, kind.rows, kind.entries.size(),
                             has_planes || info.family == HashFamily::kDigest});
    state->indexes.emplace_back();
    if (has_planes) {
      HASHVET_ASSIGN_OR_RETURN(state->indexes.back(),
                               FlatIndex::FromPlanes(kind.planes));
    }
  }
  return std::shared_ptr<const SnapshotReader>(
      new SnapshotReader(std::move(state)));
}

const std::string& SnapshotReader::path() const { return state_->path; }
uint32_t SnapshotReader::format() const { return state_->view.header.format; }
const ListPolicy& SnapshotReader::policy() const { return state_->view.policy; }
const std::string& SnapshotReader::version() const { return state_->version; }
uint64_t SnapshotReader::entries() const { return state_->entries; }
uint64_t SnapshotReader::size_bytes() const {
  return state_->file.bytes().size();
}
std::span<const SnapshotReader::KindCounts> SnapshotReader::kinds() const {
  return state_->counts;
}

const RangeIndex* SnapshotReader::index(HashKind kind) const {
  const KindView* found = state_->Find(kind);
  if (found == nullptr) return nullptr;
  const auto& index = state_->indexes[found - state_->view.kinds.data()];
  return index.has_value() ? &*index : nullptr;
}

std::optional<uint32_t> SnapshotReader::FindDigest(
    const HashValue& digest) const {
  const KindView* kind = state_->Find(digest.kind());
  const Digest* wanted = digest.As<Digest>();
  if (kind == nullptr || wanted == nullptr) return std::nullopt;
  const size_t size_bytes = wanted->bytes().size();
  uint64_t begin = 0;
  uint64_t end = kind->rows;
  while (begin < end) {
    const uint64_t middle = begin + (end - begin) / 2;
    const int order = std::memcmp(kind->values.data() + middle * size_bytes,
                                  wanted->bytes().data(), size_bytes);
    if (order == 0) return static_cast<uint32_t>(middle);
    if (order < 0) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return std::nullopt;
}

HashValue SnapshotReader::value(HashKind kind, uint32_t row) const {
  const KindView& found = state_->Get(kind, row);
  if (const RangeIndex* planes = index(kind); planes != nullptr) {
    Hash256::Words words;
    planes->CopyRow(row, words);
    return HashValue::Pdq(Hash256(words));
  }
  const size_t size_bytes = InfoOf(kind).size_bytes;
  // The kind's own size: cannot fail.
  return *HashValue::FromBytes(
      kind, found.values.subspan(row * size_bytes, size_bytes));
}

uint32_t SnapshotReader::entry_count(HashKind kind, uint32_t row) const {
  const KindView& found = state_->Get(kind, row);
  return found.row_begins[row + 1] - found.row_begins[row];
}

EntryView SnapshotReader::entry(HashKind kind, uint32_t row, uint32_t i) const {
  HASHVET_DCHECK(i < entry_count(kind, row));
  const KindView& found = state_->Get(kind, row);
  const snapshot::EntryRecord& record =
      found.entries[found.row_begins[row] + i];
  const std::span<const uint32_t> begins = state_->view.category_begins;
  EntryView view;
  view.key = found.key_bytes.substr(snapshot::KeyBegin(record),
                                    snapshot::KeyBytes(record));
  view.category = state_->view.category_bytes.substr(
      begins[record.category],
      begins[record.category + 1] - begins[record.category]);
  if (record.quality != snapshot::kNoQuality) view.quality = record.quality;
  return view;
}

}  // namespace hashvet
