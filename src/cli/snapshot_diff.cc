// hashvet snapshot diff: which values two lists do and do not share, and which
// of those are near misses.

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/bit_hash.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/index/join.h"
#include "hashvet/list/snapshot_reader.h"
#include "src/cli/json_line.h"
#include "src/cli/near_pairs.h"
#include "src/cli/output.h"
#include "src/cli/progress_bar.h"
#include "src/cli/snapshot_command.h"

namespace hashvet::cli {
namespace {

// Rows asked about in one join.
constexpr size_t kBlockRows = 4096;

struct DiffOptions {
  std::string a;
  std::string b;
  bool near = false;
  std::optional<uint32_t> max_distance;
  bool both = false;
  size_t threads = 0;
  bool json = false;
};

// One of the two lists.
struct Side {
  std::shared_ptr<const SnapshotReader> snapshot;
  uint64_t only = 0;               // values that the other list lacks
  uint64_t only_near = 0;          // and those near one of its values
  std::vector<bool> only_pdq_row;  // with --near, a bit a PDQ value
  uint64_t only_pdq = 0;           // how many of them are set

  uint64_t Rows(HashKind kind) const { return snapshot->rows(kind); }
};

// Walks a list's values of a kind in their order, which is ToBytes'.
class Cursor {
 public:
  Cursor(const Side& side, HashKind kind)
      : snapshot_(*side.snapshot), kind_(kind), rows_(side.Rows(kind)) {
    Load();
  }

  bool done() const { return row_ == rows_; }
  uint32_t row() const { return static_cast<uint32_t>(row_); }
  const std::vector<uint8_t>& bytes() const { return bytes_; }
  void Advance() {
    ++row_;
    Load();
  }

 private:
  void Load() {
    while (!done() && snapshot_.is_canary(kind_, row())) ++row_;
    if (!done()) bytes_ = snapshot_.value(kind_, row()).ToBytes();
  }

  const SnapshotReader& snapshot_;
  const HashKind kind_;
  const uint64_t rows_;
  uint64_t row_ = 0;
  std::vector<uint8_t> bytes_;
};

class Diff {
 public:
  Diff(const DiffOptions& options, std::shared_ptr<const SnapshotReader> a,
       std::shared_ptr<const SnapshotReader> b, Output& output)
      : options_(options), output_(output) {
    a_.snapshot = std::move(a);
    b_.snapshot = std::move(b);
  }

  // Errors: those of the searches for near values. An output that failed ends
  // it early without one.
  absl::Status Run() {
    std::set<HashKind> kinds;
    for (Side* side : {&a_, &b_}) {
      if (options_.near) side->only_pdq_row.resize(side->Rows(HashKind::kPdq));
      for (const auto& counts : side->snapshot->kinds()) {
        kinds.insert(counts.kind);
      }
    }
    for (const HashKind kind : kinds) CompareKind(kind);
    if (!options_.near) return absl::OkStatus();
    HASHVET_RETURN_IF_ERROR(FindNear(a_, b_));
    return FindNear(b_, a_);
  }

  bool differs() const { return a_.only + b_.only > 0; }

  void PrintSummary() {
    if (options_.json) {
      JsonLine json;
      json.Field("type", "summary");
      json.Field("version_a", a_.snapshot->version());
      json.Field("version_b", b_.snapshot->version());
      json.Field("only_a", a_.only);
      json.Field("only_b", b_.only);
      json.Field("both", both_);
      if (options_.near) {
        json.Field("max_distance", MaxDistance());
        json.Field("near_pairs", near_pairs_);
        json.Field("only_a_near", a_.only_near);
        json.Field("only_b_near", b_.only_near);
      }
      output_.Line(json.Finish());
      return;
    }
    std::string text =
        absl::StrCat(a_.only, " values only in ", options_.a, ", ", b_.only,
                     " only in ", options_.b, ", ", both_, " in both");
    if (options_.near) {
      absl::StrAppend(&text, "; within ", MaxDistance(),
                      " bits of the other: ", a_.only_near, " and ",
                      b_.only_near, ", in ", near_pairs_, " pairs");
    }
    Say(text);
  }

 private:
  struct Row {  // none: the list has no such value
    std::optional<uint32_t> a, b;
  };

  // A threshold that either list would match at.
  uint32_t MaxDistance() const {
    return options_.max_distance.value_or(
        std::max(PdqThreshold(*a_.snapshot), PdqThreshold(*b_.snapshot)));
  }

  void Print(std::string_view type, HashKind kind, const Row& row,
             std::optional<uint32_t> distance = std::nullopt) {
    // A value may carry several entries; the first names it.
    const auto key = [&](const Side& side, std::optional<uint32_t> of) {
      return side.snapshot->entry(kind, *of, 0).key;
    };
    if (options_.json) {
      JsonLine json;
      json.Field("type", type);
      json.Field("kind", NameOf(kind));
      if (row.a.has_value()) json.Field("entry_a", key(a_, row.a));
      if (row.b.has_value()) json.Field("entry_b", key(b_, row.b));
      if (distance.has_value()) json.Field("distance", *distance);
      output_.Line(json.Finish());
      return;
    }
    output_.Line(
        absl::StrCat(ToAbsl(type), "\t", ToAbsl(NameOf(kind)), "\t",
                     row.a.has_value() ? Field(key(a_, row.a)) : "-", "\t",
                     row.b.has_value() ? Field(key(b_, row.b)) : "-", "\t",
                     distance.has_value() ? absl::StrCat(*distance) : "-"));
  }

  // Both lists ascend: one walk along the two.
  void CompareKind(HashKind kind) {
    Cursor a(a_, kind);
    Cursor b(b_, kind);
    while (!(a.done() && b.done()) && !output_.failed()) {
      const auto order = a.done()   ? std::strong_ordering::greater
                         : b.done() ? std::strong_ordering::less
                                    : a.bytes() <=> b.bytes();
      if (order == 0) {
        ++both_;
        if (options_.both) Print("both", kind, {a.row(), b.row()});
        a.Advance();
        b.Advance();
      } else if (order < 0) {
        Print("only_a", kind, {a.row(), std::nullopt});
        CountOnly(a_, kind, a.row());
        a.Advance();
      } else {
        Print("only_b", kind, {std::nullopt, b.row()});
        CountOnly(b_, kind, b.row());
        b.Advance();
      }
    }
  }

  void CountOnly(Side& side, HashKind kind, uint32_t row) const {
    ++side.only;
    if (!options_.near || kind != HashKind::kPdq) return;
    side.only_pdq_row[row] = true;
    ++side.only_pdq;
  }

  // The PDQ values that `asked` has alone against all of `other`'s.
  absl::Status FindNear(Side& asked, const Side& other) {
    if (asked.only_pdq == 0) return absl::OkStatus();
    HASHVET_ASSIGN_OR_RETURN(
        const NearPairs near_pairs,
        NearPairs::Create(*other.snapshot->range_index(HashKind::kPdq),
                          MaxDistance(), asked.only_pdq, options_.threads));
    const RangeIndex& rows = *asked.snapshot->range_index(HashKind::kPdq);
    ProgressBar progress("values", asked.only_pdq);
    std::vector<uint32_t> block;
    for (size_t row = 0; row < rows.rows() && !output_.failed(); ++row) {
      if (asked.only_pdq_row[row]) block.push_back(static_cast<uint32_t>(row));
      if (block.size() < kBlockRows && row + 1 < rows.rows()) continue;
      HASHVET_RETURN_IF_ERROR(FindNearOf(block, asked, near_pairs));
      progress.Advance(block.size());
      block.clear();
    }
    return absl::OkStatus();
  }

  absl::Status FindNearOf(const std::vector<uint32_t>& block, Side& asked,
                          const NearPairs& near_pairs) {
    const RangeIndex& rows = *asked.snapshot->range_index(HashKind::kPdq);
    std::vector<Hash256> hashes;
    for (const uint32_t row : block) {
      Hash256::Words words;
      rows.CopyRow(row, words);
      hashes.push_back(Hash256(words));
    }
    const bool from_a = &asked == &a_;
    const absl::Status status = Join(
        near_pairs.index(), hashes, MaxDistance(), near_pairs.options(),
        [&](size_t i, std::span<const Neighbor> near) {
          bool any = false;
          for (const Neighbor& neighbor : near) {
            const Side& other = from_a ? b_ : a_;
            if (other.snapshot->is_canary(HashKind::kPdq, neighbor.row)) {
              continue;
            }
            any = true;
            const Row row = from_a ? Row{block[i], neighbor.row}
                                   : Row{neighbor.row, block[i]};
            // Found from A's side already.
            if (!from_a && a_.only_pdq_row[*row.a]) continue;
            ++near_pairs_;
            Print("near", HashKind::kPdq, row, neighbor.distance);
          }
          asked.only_near += any ? 1 : 0;
          return output_.failed() ? absl::CancelledError() : absl::OkStatus();
        });
    // The output's own error is Finish's to tell.
    return output_.failed() ? absl::OkStatus() : status;
  }

  const DiffOptions& options_;
  Output& output_;
  Side a_, b_;
  uint64_t both_ = 0;
  uint64_t near_pairs_ = 0;
};

ExitCode RunDiff(const DiffOptions& options) {
  if (absl::Status status = CheckSimdTarget(); !status.ok()) {
    return UsageError(status);
  }
  std::array<std::shared_ptr<const SnapshotReader>, 2> lists;
  const std::array<const std::string*, 2> files = {&options.a, &options.b};
  for (size_t i = 0; i < 2; ++i) {
    auto snapshot = OpenWhole(*files[i]);
    if (!snapshot.ok()) return ListProblem(snapshot.status());
    lists[i] = *std::move(snapshot);
    // Nothing would be near: a wrong file rather than an answer.
    if (options.near && PdqValues(*lists[i]) == 0) {
      return ListProblem(NoPdqValues(*files[i]));
    }
  }
  Output output;
  Diff diff(options, std::move(lists[0]), std::move(lists[1]), output);
  if (absl::Status status = diff.Run(); !status.ok()) {
    output.Flush();
    return ListProblem(status);
  }
  output.Flush();
  if (!output.failed()) diff.PrintSummary();
  return output.Finish(diff.differs() ? ExitCode::kMatched : ExitCode::kOk);
}

}  // namespace

void AddSnapshotDiff(CLI::App& snapshot, Run& run) {
  auto options = std::make_shared<DiffOptions>();
  CLI::App& command = *snapshot.add_subcommand(
      "diff", "Which values two lists do and do not share");
  command.add_option("A", options->a, "A snapshot file")
      ->type_name("")
      ->required();
  command.add_option("B", options->b, "Another")->type_name("")->required();
  CLI::Option* const near = command.add_flag(
      "--near", options->near,
      "For PDQ values in one list only: what in the other is near");
  command
      .add_option("--max-distance", options->max_distance,
                  "Bits, inclusive, that --near takes; the larger of the "
                  "lists' thresholds where not given")
      ->type_name("D")
      ->needs(near)
      ->check(CLI::Range(0, 256).description(""));
  command.add_flag("--both", options->both,
                   "A line for each value in both lists, too");
  AddThreadsOption(command, options->threads);
  AddJsonOption(command, options->json);
  command.footer(
      "Prints a line for each value, tab-separated, its entries by their "
      "keys:\n"
      "  only_a|only_b|both kind entry-in-A entry-in-B -\n"
      "with - for an entry that is not there, then with --near a line for each "
      "pair\nof which at least one is in one list only:\n"
      "  near pdq entry-in-A entry-in-B distance\n"
      "Values are compared, of every kind; labels and policies are not. A "
      "summary is\non standard error (in JSON: the last object).\n"
      "Exit: 0 the same values, 1 some differ, 2 usage or output error, 3 a "
      "list\ncannot be read or, with --near, has no PDQ values.\n\n"
      "Example:\n"
      "  hashvet snapshot diff yesterday.hvs today.hvs\n"
      "  hashvet snapshot diff --near ours.hvs theirs.hvs | grep ^near\n");
  OnRun(command, run, options, &RunDiff);
}

}  // namespace hashvet::cli
