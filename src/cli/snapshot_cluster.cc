// hashvet snapshot cluster: which values of a list are near copies of one
// another.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/index/join.h"
#include "hashvet/list/snapshot_reader.h"
#include "src/cli/clusters.h"
#include "src/cli/json_line.h"
#include "src/cli/near_pairs.h"
#include "src/cli/output.h"
#include "src/cli/progress_bar.h"
#include "src/cli/snapshot_command.h"

namespace hashvet::cli {
namespace {

struct ClusterOptions {
  std::string file;
  std::optional<uint32_t> max_distance;
  uint32_t min_size = 2;
  size_t threads = 0;
  bool json = false;
};

struct Totals {
  uint64_t values = 0;
  uint64_t clustered = 0;
  uint64_t clusters = 0;
  uint64_t largest = 0;
};

absl::StatusOr<std::vector<Cluster>> FindClusters(const SnapshotReader& list,
                                                  uint32_t max_distance,
                                                  uint32_t min_size,
                                                  size_t threads) {
  const RangeIndex& own = *list.range_index(HashKind::kPdq);
  const auto is_canary = [&](size_t row) {
    return list.is_canary(HashKind::kPdq, static_cast<uint32_t>(row));
  };
  HASHVET_ASSIGN_OR_RETURN(
      const NearPairs near_pairs,
      NearPairs::Create(own, max_distance, own.rows(), threads));
  Clusters clusters(own.rows());
  ProgressBar progress("values", own.rows());
  HASHVET_RETURN_IF_ERROR(
      SelfJoin(near_pairs.index(), max_distance, near_pairs.options(),
               [&](size_t row, std::span<const Neighbor> near) {
                 for (const Neighbor& neighbor : near) {
                   if (is_canary(row) || is_canary(neighbor.row)) continue;
                   clusters.AddPair(static_cast<uint32_t>(row), neighbor.row,
                                    neighbor.distance);
                 }
                 progress.Advance();
                 return absl::OkStatus();
               }));
  return clusters.OfAtLeast(min_size);
}

void PrintCluster(const SnapshotReader& snapshot, const Cluster& cluster,
                  bool as_json, Output& output) {
  // A value may carry several entries; the first names it.
  const std::string_view key =
      snapshot.entry(HashKind::kPdq, cluster.representative, 0).key;
  if (!as_json) {
    output.Line(absl::StrCat(cluster.rows, "\t", Field(key), "\t",
                             cluster.widest_distance));
    return;
  }
  JsonLine json;
  json.Field("type", "cluster");
  json.Field("values", cluster.rows);
  json.Field("representative", key);
  json.Field("near_values", cluster.near_rows);
  json.Field("widest_distance", cluster.widest_distance);
  output.Line(json.Finish());
}

void PrintSummary(const SnapshotReader& snapshot, const Totals& totals,
                  uint32_t max_distance, const ClusterOptions& options,
                  Output& output) {
  if (!options.json) {
    Say(absl::StrCat(options.file, ": ", totals.values, " PDQ values, ",
                     totals.clusters, " clusters of ", options.min_size,
                     " or more within ", max_distance, " bits, ",
                     totals.clustered, " values in them, largest ",
                     totals.largest));
    return;
  }
  JsonLine json;
  json.Field("type", "summary");
  json.FileField(options.file);
  json.Field("version", snapshot.version());
  json.Field("max_distance", max_distance);
  json.Field("min_size", options.min_size);
  json.Field("values", totals.values);
  json.Field("clusters", totals.clusters);
  json.Field("values_in_clusters", totals.clustered);
  json.Field("largest", totals.largest);
  output.Line(json.Finish());
}

ExitCode RunCluster(const ClusterOptions& options) {
  if (absl::Status status = CheckSimdTarget(); !status.ok()) {
    return UsageError(status);
  }
  const auto snapshot = OpenWhole(options.file);
  if (!snapshot.ok()) return ListProblem(snapshot.status());
  const uint64_t values = PdqValues(**snapshot);
  if (values == 0) return ListProblem(NoPdqValues(options.file));
  const uint32_t max_distance =
      options.max_distance.value_or(PdqThreshold(**snapshot));
  const auto clusters =
      FindClusters(**snapshot, max_distance, options.min_size, options.threads);
  if (!clusters.ok()) return ListProblem(clusters.status());

  Output output;
  Totals totals;
  totals.values = values;
  totals.clusters = clusters->size();
  for (const Cluster& cluster : *clusters) {
    if (totals.largest == 0) totals.largest = cluster.rows;
    totals.clustered += cluster.rows;
    PrintCluster(**snapshot, cluster, options.json, output);
  }
  // Where they go to one terminal, after the lines it sums up.
  output.Flush();
  PrintSummary(**snapshot, totals, max_distance, options, output);
  return output.Finish(clusters->empty() ? ExitCode::kOk : ExitCode::kMatched);
}

}  // namespace

void AddSnapshotCluster(CLI::App& snapshot, Run& run) {
  auto options = std::make_shared<ClusterOptions>();
  CLI::App& command = *snapshot.add_subcommand(
      "cluster", "Which values of a list are near copies of one another");
  command.add_option("LIST", options->file, "A snapshot file")
      ->type_name("")
      ->required();
  command
      .add_option("--max-distance", options->max_distance,
                  "Bits, inclusive, between near PDQ values; the list's "
                  "threshold where not given")
      ->type_name("D")
      ->check(CLI::Range(0, 256).description(""));
  command
      .add_option("--min-size", options->min_size,
                  "Only clusters of so many values and more; 2 at least")
      ->type_name("N")
      ->check(CLI::Range(2u, 0xFFFF'FFFFu).description(""))
      ->capture_default_str();
  AddThreadsOption(command, options->threads);
  AddJsonOption(command, options->json);
  command.footer(
      "Values near one another are in one cluster, and so is all that is near "
      "any\nof them. Prints a line for each cluster, the largest first,"
      " tab-separated:\n"
      "  size representative widest\n"
      "The representative is the entry of the value that most values are near "
      "to;\nthe widest is the largest distance between two near values, in "
      "bits. Equal\nvalues of several entries count once. A summary is on "
      "standard error (in\nJSON: the last object).\n"
      "Exit: 0 no cluster, 1 some, 2 usage or output error, 3 the list cannot "
      "be\nread or has no PDQ values.\n\n"
      "Example:\n"
      "  hashvet snapshot cluster known.hvs\n"
      "  hashvet snapshot cluster --max-distance 10 --min-size 5 known.hvs\n");
  OnRun(command, run, options, &RunCluster);
}

}  // namespace hashvet::cli
