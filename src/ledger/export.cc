#include "hashvet/ledger/export.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "src/base/directory_of.h"
#include "src/ledger/earlier_base.h"
#include "src/ledger/entry_store.h"
#include "src/ledger/state.h"

namespace hashvet {
namespace {

using ledger::Reading;
using ledger::Statement;

// A file's lists, and the number each has there.
struct ExportedLists {
  std::vector<ListPolicy> policies;     // by name
  std::map<int64_t, uint16_t> numbers;  // by row
};

absl::StatusOr<ExportedLists> ListsOf(Ledger& ledger,
                                      std::vector<std::string> names) {
  if (names.empty()) {
    HASHVET_ASSIGN_OR_RETURN(const auto all, ledger.Lists());
    for (const LedgerList& list : all) names.push_back(list.policy.name);
  }
  std::ranges::sort(names);
  const auto rest = std::ranges::unique(names);
  names.erase(rest.begin(), rest.end());
  ExportedLists lists;
  for (const std::string& name : names) {
    HASHVET_ASSIGN_OR_RETURN(const ledger::ListRow row,
                             ledger.state().FindList(name));
    lists.numbers[row.id] = static_cast<uint16_t>(lists.policies.size());
    lists.policies.push_back(row.list.policy);
  }
  if (lists.policies.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("export: the ledger has no list: ", ledger.directory()));
  }
  return lists;
}

SnapshotWriterOptions WriterOptions(const std::string& path,
                                    const ExportOptions& options) {
  return {.spill_folder = DirectoryOf(path), .executor = options.executor};
}

// What has not changed since, kind by kind: as it is where lists and policies
// are the same too, else entry by entry. Nothing where everything has to be
// read.
absl::StatusOr<std::optional<ledger::Changes>> TakeUnchanged(
    Ledger& ledger, const ledger::EarlierBase& earlier,
    const ExportedLists& lists, SnapshotWriter& writer, ExportResult& result) {
  const SnapshotReader& base = *earlier.snapshot;
  if (!std::ranges::equal(base.lists(), lists.policies, {}, &ListPolicy::name,
                          &ListPolicy::name)) {
    return std::nullopt;
  }
  const bool same_lists = std::ranges::equal(base.lists(), lists.policies);
  HASHVET_ASSIGN_OR_RETURN(
      auto changes,
      ledger::ChangesSince(ledger.state(), earlier.version, lists.numbers));
  if (!changes.has_value()) return std::nullopt;
  for (const SnapshotReader::KindCounts& counts : base.kinds()) {
    std::vector<uint64_t> of_lists;
    if (same_lists && SnapshotWriter::CanReuse(base, counts.kind) &&
        !changes->Touch(base, counts.kind)) {
      HASHVET_RETURN_IF_ERROR(writer.Reuse(earlier.snapshot, counts.kind));
      result.reused.push_back(counts.kind);
      for (size_t l = 0; l < lists.policies.size(); ++l) {
        of_lists.push_back(
            base.EntriesOf(static_cast<uint16_t>(l), counts.kind));
      }
    } else {
      HASHVET_ASSIGN_OR_RETURN(
          of_lists, writer.AddEarlier(earlier.snapshot, counts.kind,
                                      [&](uint16_t list, std::string_view key) {
                                        return changes->Contains(list, key);
                                      }));
    }
    for (size_t l = 0; l < of_lists.size(); ++l) {
      if (of_lists[l] == 0) continue;
      result.entries[{lists.policies[l].name, counts.kind}] += of_lists[l];
    }
  }
  return changes;
}

// Both tables in the order of their rows, side by side.
absl::Status AddAll(Ledger& ledger, const ExportedLists& lists,
                    const ExportOptions& options, SnapshotWriter& writer,
                    ExportResult& result) {
  Ledger::State& state = ledger.state();
  HASHVET_ASSIGN_OR_RETURN(
      Statement entry,
      state.database->Prepare(
          "SELECT id, list, key, opinion, category FROM entries WHERE status = "
          "0 AND suppressed = 0 ORDER BY id"));
  HASHVET_ASSIGN_OR_RETURN(
      Statement value,
      state.database->Prepare("SELECT entry, kind, value, quality, hold FROM "
                              "entry_values ORDER BY entry, kind, value"));
  HASHVET_ASSIGN_OR_RETURN(bool has_value, value.Next());
  uint64_t seen = 0;
  while (true) {
    HASHVET_ASSIGN_OR_RETURN(const bool has_entry, entry.Next());
    if (!has_entry) return absl::OkStatus();
    if (++seen % 1024 == 0 && options.progress) options.progress(1024);
    const int64_t id = entry.Integer(0);
    const auto number = lists.numbers.find(entry.Integer(1));
    while (has_value && value.Integer(0) < id) {
      HASHVET_ASSIGN_OR_RETURN(has_value, value.Next());
    }
    for (; has_value && value.Integer(0) == id;) {
      if (number != lists.numbers.end() &&
          ledger::IsLive(static_cast<Hold>(value.Integer(4)))) {
        HASHVET_ASSIGN_OR_RETURN(
            HashValue carried,
            ledger::StoredValue(value.Integer(1), value.Bytes(2)));
        const HashKind kind = carried.kind();
        ListEntry listed = {.value = std::move(carried),
                            .key = std::string(entry.Text(2)),
                            .opinion = static_cast<Opinion>(entry.Integer(3))};
        if (!entry.IsNull(4)) {
          HASHVET_ASSIGN_OR_RETURN(
              std::tie(listed.category_scheme, listed.category),
              state.CategoryOf(entry.Integer(4)));
        }
        if (!value.IsNull(3)) {
          listed.quality = static_cast<int>(value.Integer(3));
        }
        ++result.entries[{lists.policies[number->second].name, kind}];
        HASHVET_RETURN_IF_ERROR(writer.Add(number->second, std::move(listed)));
      }
      HASHVET_ASSIGN_OR_RETURN(has_value, value.Next());
    }
  }
}

// Every entry that changed goes (a base left it out), and comes back as it is
// now.
absl::Status AddChanges(Ledger& ledger, const ExportedLists& lists,
                        uint64_t since, const ExportOptions& options,
                        bool is_overlay, SnapshotWriter& writer,
                        ExportResult& result) {
  Ledger::State& state = ledger.state();
  static const std::string sql =
      absl::StrCat("SELECT ", ToAbsl(ledger::kEntryColumns),
                   " FROM entries WHERE changed > ? ORDER BY changed, id");
  HASHVET_ASSIGN_OR_RETURN(Statement row, state.database->Prepare(sql));
  row.Bind(since);
  while (true) {
    HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
    if (!is_there) return absl::OkStatus();
    if (options.progress) options.progress(1);
    const auto number = lists.numbers.find(row.Integer(1));
    if (number == lists.numbers.end()) continue;
    HASHVET_ASSIGN_OR_RETURN(const ledger::StoredEntry entry,
                             ledger::ReadEntry(state, row));
    const std::string& list = lists.policies[number->second].name;
    if (is_overlay) {
      HASHVET_RETURN_IF_ERROR(writer.Remove(number->second, entry.said.key));
    }
    for (const EntryValue& value : entry.said.values) {
      if (!ledger::IsLive(entry.said.status, entry.suppressed) ||
          !ledger::IsLive(value.hold)) {
        continue;
      }
      ++result.entries[{list, value.value.kind()}];
      HASHVET_RETURN_IF_ERROR(writer.Add(
          number->second, {.value = value.value,
                           .key = entry.said.key,
                           .category = entry.said.category,
                           .quality = value.quality,
                           .category_scheme = entry.said.category_scheme,
                           .opinion = entry.opinion}));
    }
  }
}

// When the source last confirmed it is the base's: it does not change what
// matches.
bool SameLists(std::span<const ListPolicy> base, std::vector<ListPolicy> now) {
  if (base.size() != now.size()) return false;
  for (size_t l = 0; l < now.size(); ++l) {
    now[l].current_at = base[l].current_at;
    if (now[l] != base[l]) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<ExportResult> ExportSnapshot(Ledger& ledger,
                                            const std::string& path,
                                            const ExportOptions& options) {
  return ledger::ExportBase(ledger, path, options, nullptr);
}

absl::StatusOr<ExportResult> ledger::ExportBase(Ledger& ledger,
                                                const std::string& path,
                                                const ExportOptions& options,
                                                const EarlierBase* earlier) {
  HASHVET_RETURN_IF_ERROR(ledger.ApplyDue().status());
  ExportResult result;
  std::optional<SnapshotWriter> writer;
  {
    HASHVET_ASSIGN_OR_RETURN(const Reading moment,
                             Reading::Begin(ledger.state()));
    HASHVET_ASSIGN_OR_RETURN(const ExportedLists lists,
                             ListsOf(ledger, options.lists));
    HASHVET_ASSIGN_OR_RETURN(
        writer,
        SnapshotWriter::Create(lists.policies, WriterOptions(path, options)));
    HASHVET_ASSIGN_OR_RETURN(result.version, ledger.version());
    std::optional<ledger::Changes> changes;
    if (earlier != nullptr) {
      HASHVET_ASSIGN_OR_RETURN(
          changes, TakeUnchanged(ledger, *earlier, lists, *writer, result));
    }
    HASHVET_RETURN_IF_ERROR(
        changes.has_value()
            ? AddChanges(ledger, lists, earlier->version, options,
                         /*is_overlay=*/false, *writer, result)
            : AddAll(ledger, lists, options, *writer, result));
  }
  HASHVET_ASSIGN_OR_RETURN(result.counts, writer->Write(path));
  return result;
}

absl::StatusOr<ExportResult> ExportOverlay(
    Ledger& ledger, std::shared_ptr<const SnapshotReader> base, uint64_t since,
    const std::string& path, const ExportOptions& options,
    const std::optional<Sha256Digest>& base_sha256) {
  HASHVET_RETURN_IF_ERROR(ledger.ApplyDue().status());
  ExportResult result;
  std::optional<SnapshotWriter> writer;
  {
    HASHVET_ASSIGN_OR_RETURN(const Reading moment,
                             Reading::Begin(ledger.state()));
    HASHVET_ASSIGN_OR_RETURN(const ExportedLists lists,
                             ListsOf(ledger, options.lists));
    if (!SameLists(base->lists(), lists.policies)) {
      return absl::FailedPreconditionError(
          absl::StrCat("overlay: the ledger's lists or their policies are not "
                       "the base's, publish a base: ",
                       base->path()));
    }
    SnapshotWriterOptions how = WriterOptions(path, options);
    how.base_sha256 = base_sha256;
    HASHVET_ASSIGN_OR_RETURN(
        writer, SnapshotWriter::CreateOverlay(std::move(base), how));
    HASHVET_ASSIGN_OR_RETURN(result.version, ledger.version());
    HASHVET_RETURN_IF_ERROR(AddChanges(ledger, lists, since, options,
                                       /*is_overlay=*/true, *writer, result));
  }
  HASHVET_ASSIGN_OR_RETURN(result.counts, writer->Write(path));
  return result;
}

}  // namespace hashvet
