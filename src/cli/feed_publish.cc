#include "src/cli/feed_publish.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hashvet/base/status.h"

namespace hashvet::cli {
namespace {

// Kept with each list, under a name for the directory.
struct Note {
  uint64_t version = 0;       // of the ledger; 0: nothing was published
  uint64_t confirmed_at = 0;  // as the base that is published says
};

std::string NameFor(const std::string& directory) {
  std::error_code error;
  const auto path = std::filesystem::weakly_canonical(directory, error);
  return absl::StrCat("published ", error ? directory : path.string());
}

absl::StatusOr<Note> FindNote(Ledger& ledger, const std::string& list,
                              const std::string& name) {
  Note note;
  HASHVET_ASSIGN_OR_RETURN(const auto text, ledger.Checkpoint(list, name));
  if (!text.has_value()) return note;
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(*text, absl::MaxSplits(' ', 1));
  if (!absl::SimpleAtoi(parts.first, &note.version) ||
      !absl::SimpleAtoi(parts.second, &note.confirmed_at)) {
    note = {};  // published again, which does no harm
  }
  return note;
}

// How old a confirmation may become before it is told anew: a quarter of what
// the list's policy bears. Nothing where it bears everything.
std::optional<uint64_t> ConfirmWithin(const StalenessPolicy& staleness) {
  uint64_t least = 0;
  for (const uint64_t limit : {staleness.late_after_s, staleness.stale_after_s,
                               staleness.expired_after_s}) {
    if (limit != 0 && (least == 0 || limit < least)) least = limit;
  }
  if (least == 0) return std::nullopt;
  return least / 4;
}

}  // namespace

absl::StatusOr<Confirmations> ConfirmationsOf(Ledger& ledger) {
  Confirmations confirmed;
  HASHVET_ASSIGN_OR_RETURN(const auto lists, ledger.Lists());
  for (const LedgerList& list : lists) {
    confirmed[list.policy.name] = list.policy.current_at;
  }
  return confirmed;
}

absl::StatusOr<std::optional<PublishAs>> PublicationDue(
    Ledger& ledger, const std::string& directory) {
  const std::string name = NameFor(directory);
  HASHVET_ASSIGN_OR_RETURN(const uint64_t changed, ledger.LastChange());
  HASHVET_ASSIGN_OR_RETURN(const auto lists, ledger.Lists());
  std::optional<PublishAs> due;
  for (const LedgerList& list : lists) {
    const ListPolicy& policy = list.policy;
    HASHVET_ASSIGN_OR_RETURN(const Note note,
                             FindNote(ledger, policy.name, name));
    const auto within = ConfirmWithin(policy.staleness);
    if (note.version > 0 && within.has_value() &&
        policy.current_at > note.confirmed_at &&
        policy.current_at - note.confirmed_at >= *within) {
      return PublishAs::kBase;
    }
    if (changed > note.version) due = PublishAs::kEither;
  }
  return due;
}

absl::Status NotePublication(Ledger& ledger, const std::string& directory,
                             const LedgerPublishResult& result,
                             const Confirmations& confirmed) {
  const std::string name = NameFor(directory);
  for (const auto& [list, at] : confirmed) {
    HASHVET_ASSIGN_OR_RETURN(Note note, FindNote(ledger, list, name));
    // An overlay leaves the base's.
    const uint64_t told = result.overlay ? note.confirmed_at : at;
    HASHVET_RETURN_IF_ERROR(ledger
                                .Apply({.list = list,
                                        .checkpoint_name = name,
                                        .checkpoint = absl::StrCat(
                                            result.exported.version, " ", told),
                                        .author = "feed"})
                                .status());
  }
  return absl::OkStatus();
}

}  // namespace hashvet::cli
