#include "hashvet/list/snapshot_writer.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/atomic_file.h"
#include "hashvet/base/status.h"
#include "hashvet/index/ring_index.h"
#include "hashvet/list/snapshot_reader.h"
#include "src/list/canary.h"
#include "src/list/earlier_entries.h"
#include "src/list/entry_sorter.h"
#include "src/list/kind_writer.h"
#include "src/list/reused_kind.h"
#include "src/list/section_writer.h"
#include "src/list/snapshot_format.h"

namespace hashvet {
namespace {

using snapshot::BytesOf;
using snapshot::KindWriter;
using snapshot::ReusedKind;
using snapshot::SectionType;
using snapshot::SectionWriter;

constexpr HashKind kWholeFile = HashKind{0};

// The three sections that say which lists there are.
struct ListSections {
  std::vector<snapshot::ListRecord> lists;
  std::vector<snapshot::KindPolicyRecord> kind_policies;
  std::string texts;
};

ListSections SectionsOf(const std::vector<ListPolicy>& lists) {
  ListSections sections;
  for (const ListPolicy& list : lists) {
    const StalenessPolicy& staleness = list.staleness;
    sections.lists.push_back(
        {.text_begin = static_cast<uint32_t>(sections.texts.size()),
         .name_bytes = static_cast<uint16_t>(list.name.size()),
         .action_bytes = static_cast<uint16_t>(list.action.size()),
         .role = static_cast<uint8_t>(list.role),
         .min_quality = static_cast<uint8_t>(list.min_quality),
         .flags = static_cast<uint8_t>(
             (staleness.refuse_stale ? snapshot::kRefuseStale : 0) |
             (staleness.serve_expired ? snapshot::kServeExpired : 0)),
         .sampled_ppm = list.sampled_ppm,
         .sample_seed = list.sample_seed,
         .current_at = list.current_at,
         .late_after_s = staleness.late_after_s,
         .stale_after_s = staleness.stale_after_s,
         .expired_after_s = staleness.expired_after_s,
         .kind_policies = static_cast<uint32_t>(list.kinds.size())});
    absl::StrAppend(&sections.texts, list.name, list.action);
    for (const KindPolicy& kind : list.kinds) {
      sections.kind_policies.push_back(
          {.kind = static_cast<uint16_t>(kind.kind),
           .metric = static_cast<uint8_t>(kind.metric),
           .has_rotated = kind.max_distance_rotated.has_value(),
           .max_distance = kind.max_distance,
           .max_distance_rotated = kind.max_distance_rotated.value_or(0)});
    }
  }
  return sections;
}

// The distinct categories, numbered as they come.
class Categories {
 public:
  Categories() { NumberOf("", ""); }  // number 0 in the file, always there

  uint32_t NumberOf(std::string scheme, std::string category) {
    const auto number = static_cast<uint32_t>(numbers_.size());
    return numbers_
        .try_emplace(std::pair(std::move(scheme), std::move(category)), number)
        .first->second;
  }

  struct Sections {
    std::vector<snapshot::CategoryRecord> records;
    std::string bytes;
    std::vector<uint32_t> ranks;  // the file's number of each
  };
  absl::StatusOr<Sections> Sorted() const {
    std::vector<std::pair<const std::pair<std::string, std::string>*, uint32_t>>
        sorted;
    for (const auto& [text, number] : numbers_) {
      sorted.emplace_back(&text, number);
    }
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return *a.first < *b.first; });
    Sections sections;
    sections.ranks.resize(sorted.size());
    for (const auto& [text, number] : sorted) {
      sections.ranks[number] = static_cast<uint32_t>(sections.records.size());
      sections.records.push_back(
          {.begin = static_cast<uint32_t>(sections.bytes.size()),
           .scheme_bytes = static_cast<uint32_t>(text->first.size())});
      absl::StrAppend(&sections.bytes, text->first, text->second);
      if (sections.bytes.size() > std::numeric_limits<uint32_t>::max()) {
        return absl::ResourceExhaustedError(
            "snapshot: the distinct categories take over 4 GiB");
      }
    }
    sections.records.push_back(
        {.begin = static_cast<uint32_t>(sections.bytes.size()),
         .scheme_bytes = 0});
    return sections;
  }

 private:
  absl::flat_hash_map<std::pair<std::string, std::string>, uint32_t> numbers_;
};

absl::Status CheckText(std::string_view what, const std::string& text) {
  if (text.size() <= snapshot::kMaxTextBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("snapshot entry: got a ", ToAbsl(what), " of ", text.size(),
                   " bytes, want at most ", snapshot::kMaxTextBytes));
}

}  // namespace

struct SnapshotWriter::State {
  State(std::vector<ListPolicy> lists_in,
        const SnapshotWriterOptions& options_in)
      : lists(std::move(lists_in)),
        options(options_in),
        sorter(options.memory_bytes, options.spill_folder) {}

  absl::Status CheckList(uint16_t list) const {
    if (list < lists.size()) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("snapshot entry: got list number ", list, ", want 0 to ",
                     lists.size() - 1));
  }

  // Entries of the base that are no longer there, by kind.
  std::map<HashKind, std::vector<uint32_t>> FindRemoved() const;

  const std::vector<ListPolicy> lists;
  const SnapshotWriterOptions options;
  snapshot::EntrySorter sorter;
  Categories categories;
  bool written = false;

  // Kinds that an earlier file gives, with the writer's number of each of its
  // categories.
  struct Reused {
    ReusedKind kind;
    std::vector<uint32_t> categories;
  };
  std::map<HashKind, Reused> reused;
  std::set<HashKind> sorted;  // kinds with entries of an earlier file

  // The writer's numbers of categories, by those of the file they are of.
  std::vector<uint32_t> NumbersOf(
      std::span<const snapshot::UsedCategory> used) {
    std::vector<uint32_t> numbers(1, 0);
    for (const snapshot::UsedCategory& category : used) {
      numbers.resize(category.number + 1);
      numbers[category.number] = categories.NumberOf(
          std::string(category.scheme), std::string(category.text));
    }
    return numbers;
  }

  // Of an overlay.
  std::shared_ptr<const SnapshotReader> base;
  snapshot::BaseRecord base_record;
  std::map<uint16_t, absl::flat_hash_set<std::string>> removed_keys;
};

std::map<HashKind, std::vector<uint32_t>> SnapshotWriter::State::FindRemoved()
    const {
  std::map<HashKind, std::vector<uint32_t>> removed;
  if (removed_keys.empty()) return removed;
  for (const SnapshotReader::KindCounts& counts : base->kinds()) {
    const uint32_t rows = base->rows(counts.kind);
    for (uint32_t row = 0; row < rows; ++row) {
      const uint32_t entries = base->entry_count(counts.kind, row);
      for (uint32_t i = 0; i < entries; ++i) {
        const EntryView entry = base->entry(counts.kind, row, i);
        const auto of_list = removed_keys.find(entry.list);
        if (of_list == removed_keys.end() ||
            !of_list->second.contains(ToAbsl(entry.key))) {
          continue;
        }
        removed[counts.kind].push_back(base->entry_number(counts.kind, row, i));
      }
    }
  }
  return removed;
}

SnapshotWriter::SnapshotWriter(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
SnapshotWriter::SnapshotWriter(SnapshotWriter&&) noexcept = default;
SnapshotWriter& SnapshotWriter::operator=(SnapshotWriter&&) noexcept = default;
SnapshotWriter::~SnapshotWriter() = default;

absl::StatusOr<SnapshotWriter> SnapshotWriter::Create(
    ListPolicy list, const SnapshotWriterOptions& options) {
  return Create(std::vector<ListPolicy>{std::move(list)}, options);
}

absl::StatusOr<SnapshotWriter> SnapshotWriter::Create(
    std::vector<ListPolicy> lists, const SnapshotWriterOptions& options) {
  if (lists.empty() || lists.size() > snapshot::kMaxLists) {
    return absl::InvalidArgumentError(
        absl::StrCat("snapshot: got ", lists.size(), " lists, want 1 to ",
                     snapshot::kMaxLists));
  }
  std::set<std::string_view> names;
  for (const ListPolicy& list : lists) {
    HASHVET_RETURN_IF_ERROR(CheckPolicy(list));
    if (!names.insert(list.name).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("snapshot: two lists are named ", list.name));
    }
  }
  return SnapshotWriter(std::make_unique<State>(std::move(lists), options));
}

absl::StatusOr<SnapshotWriter> SnapshotWriter::CreateOverlay(
    std::shared_ptr<const SnapshotReader> base,
    const SnapshotWriterOptions& options) {
  if (base->is_overlay()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "overlay: got an overlay for its base, want a whole snapshot: ",
        base->path()));
  }
  auto state = std::make_unique<State>(
      std::vector<ListPolicy>(base->lists().begin(), base->lists().end()),
      options);
  std::ranges::copy(base->version(), state->base_record.version.begin());
  if (options.base_sha256.has_value()) {
    state->base_record.sha256 = *options.base_sha256;
  } else if (base->sha256().has_value()) {
    state->base_record.sha256 = *base->sha256();
  } else {
    HASHVET_ASSIGN_OR_RETURN(state->base_record.sha256,
                             Sha256Of(base->bytes()));
  }
  state->base_record.size_bytes = base->size_bytes();
  state->base = std::move(base);
  return SnapshotWriter(std::move(state));
}

absl::Status SnapshotWriter::Add(uint16_t list, ListEntry entry) {
  HASHVET_RETURN_IF_ERROR(state_->CheckList(list));
  HASHVET_RETURN_IF_ERROR(CheckText("key", entry.key));
  HASHVET_RETURN_IF_ERROR(CheckText("category", entry.category));
  HASHVET_RETURN_IF_ERROR(CheckText("category scheme", entry.category_scheme));
  if (entry.quality.has_value() &&
      (*entry.quality < 0 || *entry.quality > 100)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "snapshot entry: got quality ", *entry.quality, ", want 0 to 100"));
  }
  // Room for the canaries of every kind is kept.
  const uint64_t max_entries =
      std::numeric_limits<uint32_t>::max() -
      AllHashKinds().size() * snapshot::kCanariesPerKind;
  if (state_->sorter.entries() >= max_entries) {
    return absl::ResourceExhaustedError(
        absl::StrCat("snapshot: over ", max_entries, " entries"));
  }
  if (state_->reused.contains(entry.value.kind())) {
    return absl::InvalidArgumentError(
        absl::StrCat("snapshot entry: ", ToAbsl(NameOf(entry.value.kind())),
                     " is taken from an earlier snapshot as it is"));
  }
  const std::vector<uint8_t> value = entry.value.ToBytes();
  return state_->sorter.Add(
      entry.value.kind(),
      {.value = value,
       .key = entry.key,
       .category = state_->categories.NumberOf(std::move(entry.category_scheme),
                                               std::move(entry.category)),
       .list = list,
       .quality = entry.quality.has_value()
                      ? static_cast<uint8_t>(*entry.quality)
                      : snapshot::kNoQuality,
       .opinion = static_cast<uint8_t>(entry.opinion)});
}

absl::Status SnapshotWriter::Remove(uint16_t list, std::string key) {
  if (state_->base == nullptr) {
    return absl::InvalidArgumentError(
        "snapshot: only an overlay removes entries");
  }
  HASHVET_RETURN_IF_ERROR(state_->CheckList(list));
  state_->removed_keys[list].insert(std::move(key));
  return absl::OkStatus();
}

absl::Status SnapshotWriter::Reuse(
    std::shared_ptr<const SnapshotReader> earlier, HashKind kind) {
  State& state = *state_;
  const std::vector<HashKind> added = state.sorter.kinds();
  if (state.base != nullptr || state.reused.contains(kind) ||
      std::ranges::find(added, kind) != added.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("snapshot: ", ToAbsl(NameOf(kind)),
                     " is to be taken from an earlier snapshot, and this is an "
                     "overlay or has entries of it: ",
                     earlier->path()));
  }
  if (!CanReuse(*earlier, kind)) {
    return absl::FailedPreconditionError(
        absl::StrCat("snapshot: the search tables are of an earlier format, ",
                     earlier->format(), ": ", earlier->path()));
  }
  // Canaries follow from them, and they number the entries' lists.
  if (!std::ranges::equal(earlier->lists(), state.lists)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "snapshot: the lists or their policies are not those of the earlier "
        "one: ",
        earlier->path()));
  }
  HASHVET_ASSIGN_OR_RETURN(ReusedKind reused,
                           ReusedKind::Find(std::move(earlier), kind));
  std::vector<uint32_t> numbers = state.NumbersOf(reused.Categories());
  state.reused.emplace(kind,
                       State::Reused{std::move(reused), std::move(numbers)});
  return absl::OkStatus();
}

bool SnapshotWriter::CanReuse(const SnapshotReader& earlier, HashKind kind) {
  const auto* const ring =
      dynamic_cast<const RingIndex*>(earlier.range_index(kind));
  return ring == nullptr ||
         ring->tables().cut == RingCutFor(ring->width_bits());
}

absl::StatusOr<std::vector<uint64_t>> SnapshotWriter::AddEarlier(
    std::shared_ptr<const SnapshotReader> earlier, HashKind kind,
    absl::FunctionRef<bool(uint16_t list, std::string_view key)> left_out) {
  State& state = *state_;
  if (state.base != nullptr || state.reused.contains(kind) ||
      !state.sorted.insert(kind).second) {
    return absl::InvalidArgumentError(absl::StrCat(
        "snapshot: ", ToAbsl(NameOf(kind)),
        " is to be taken from an earlier snapshot, and this is an overlay or "
        "has taken it: ",
        earlier->path()));
  }
  if (earlier->is_overlay() || earlier->rows(kind) == 0 ||
      !std::ranges::equal(earlier->lists(), state.lists, {}, &ListPolicy::name,
                          &ListPolicy::name)) {
    return absl::FailedPreconditionError(
        absl::StrCat("snapshot: an overlay, without ", ToAbsl(NameOf(kind)),
                     ", or of other lists: ", earlier->path()));
  }
  HASHVET_ASSIGN_OR_RETURN(
      auto entries,
      snapshot::EarlierEntries::Find(std::move(earlier), kind, left_out));
  entries->SetCategoryNumbers(state.NumbersOf(entries->Categories()));
  std::vector<uint64_t> of_lists(entries->of_lists().begin(),
                                 entries->of_lists().end());
  state.sorter.AddSorted(kind, std::move(entries));
  return of_lists;
}

absl::StatusOr<SnapshotCounts> SnapshotWriter::Write(const std::string& path) {
  State& state = *state_;
  if (state.written) {
    return absl::FailedPreconditionError(
        absl::StrCat("snapshot: written before, want one Write: ", path));
  }
  if (state.sorter.entries() == 0 && state.base == nullptr &&
      state.reused.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("snapshot: got no entries, and an empty list would answer "
                     "\"no match\" to everything: ",
                     path));
  }
  HASHVET_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
  state.written = true;

  const ListSections lists = SectionsOf(state.lists);
  HASHVET_ASSIGN_OR_RETURN(
      const Sha256Digest seed,
      snapshot::CanarySeed(BytesOf(lists.lists), BytesOf(lists.kind_policies),
                           BytesOf(lists.texts)));
  HASHVET_ASSIGN_OR_RETURN(const Categories::Sections categories,
                           state.categories.Sorted());
  std::map<HashKind, std::vector<uint32_t>> removed = state.FindRemoved();

  // Every kind's rows first: how many there are decides on its sections.
  std::map<HashKind, KindWriter> kinds;
  for (const auto& [kind, entries] : removed) {
    kinds.try_emplace(kind, kind, state.lists.size(),
                      state.options.spill_folder);
  }
  for (const HashKind kind : state.sorter.kinds()) {
    KindWriter& writer = kinds
                             .try_emplace(kind, kind, state.lists.size(),
                                          state.options.spill_folder)
                             .first->second;
    HASHVET_ASSIGN_OR_RETURN(std::vector<uint8_t> canaries,
                             snapshot::MakeCanaries(seed, kind));
    const size_t value_bytes = InfoOf(kind).size_bytes;
    for (size_t c = 0; c < canaries.size(); c += value_bytes) {
      HASHVET_RETURN_IF_ERROR(state.sorter.Add(
          kind, {.value = std::span(canaries).subspan(c, value_bytes),
                 .key = "canary",
                 .category = 0,
                 .list = kCanaryList,
                 .quality = snapshot::kNoQuality}));
    }
    writer.set_canaries(std::move(canaries));
    HASHVET_RETURN_IF_ERROR(writer.TakeEntries(state.sorter, categories.ranks));
  }

  size_t sections = 5 + (state.base != nullptr ? 1 : 0);
  SnapshotCounts counts;
  const auto count = [&](const snapshot::CountsRecord& of) {
    counts.entries += of.entries - of.canary_entries;
    counts.unique_values += of.rows - of.canary_rows;
  };
  std::set<HashKind> order;
  for (auto& [kind, writer] : kinds) {
    order.insert(kind);
    if (const auto found = removed.find(kind); found != removed.end()) {
      counts.removed += found->second.size();
      writer.set_removed(std::move(found->second));
    }
    sections += writer.sections();
    count(writer.counts());
  }
  for (const auto& [kind, each] : state.reused) {
    sections += each.kind.sections();
    count(each.kind.counts());
    order.insert(kind);
  }

  SectionWriter out(std::move(file), sections);
  HASHVET_RETURN_IF_ERROR(
      out.Add(SectionType::kLists, kWholeFile, BytesOf(lists.lists)));
  HASHVET_RETURN_IF_ERROR(out.Add(SectionType::kKindPolicies, kWholeFile,
                                  BytesOf(lists.kind_policies)));
  HASHVET_RETURN_IF_ERROR(
      out.Add(SectionType::kListTexts, kWholeFile, BytesOf(lists.texts)));
  HASHVET_RETURN_IF_ERROR(out.Add(SectionType::kCategories, kWholeFile,
                                  BytesOf(categories.records)));
  HASHVET_RETURN_IF_ERROR(out.Add(SectionType::kCategoryBytes, kWholeFile,
                                  BytesOf(categories.bytes)));
  if (state.base != nullptr) {
    HASHVET_RETURN_IF_ERROR(
        out.Add(SectionType::kBase, kWholeFile,
                std::as_bytes(std::span(&state.base_record, 1))));
  }
  for (const HashKind kind : order) {
    if (const auto built = kinds.find(kind); built != kinds.end()) {
      HASHVET_RETURN_IF_ERROR(built->second.Write(out, state.options.executor));
      continue;
    }
    const State::Reused& taken = state.reused.at(kind);
    std::vector<uint32_t> ranks;
    for (const uint32_t number : taken.categories) {
      ranks.push_back(categories.ranks[number]);
    }
    HASHVET_RETURN_IF_ERROR(taken.kind.Write(out, ranks));
  }
  HASHVET_ASSIGN_OR_RETURN(counts.size_bytes, out.Finish());
  return counts;
}

}  // namespace hashvet
