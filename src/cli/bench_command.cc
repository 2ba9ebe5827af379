// hashvet bench: the project's measurements, on the user's own machine and
// list.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hashvet/base/status.h"
#include "src/cli/bench_search.h"
#include "src/cli/command.h"
#include "src/cli/json_line.h"
#include "src/cli/output.h"

namespace hashvet::cli {
namespace {

struct BenchOptions {
  BenchSearchOptions search;
  bool json = false;
};

std::string JsonOf(const BenchOptions& options,
                   const BenchSearchReport& report) {
  const BenchSearchOptions& search = options.search;
  JsonLine json;
  json.Field("index", report.index);
  json.Field("data", search.shape.data);
  json.Field("rows", report.rows);
  json.Field("width", search.shape.width_bits);
  json.Field("queries", report.queries);
  json.Field("radius", search.shape.max_distance);
  if (search.nearest > 0) json.Field("nearest", search.nearest);
  json.Field("threads", search.threads);
  json.Field("batch", search.batch);
  json.Field("seed", search.shape.seed);
  json.Field("target", report.target);
  json.Field("build_s", report.build_s);
  json.Field("bytes_per_row", report.bytes_per_row);
  json.Field("mean_us", report.mean_us);
  json.Field("p50_us", report.p50_us);
  json.Field("p99_us", report.p99_us);
  json.Field("p999_us", report.p999_us);
  json.Field("processor_us", report.processor_us);
  json.Field("read_gb_per_s", report.read_gb_per_s);
  json.Field("hits", report.hits);
  json.Field("candidates", report.candidates);
  json.Field("verified", report.verified);
  json.Field("scanned", report.scanned);
  json.Field("checked", report.checked);
  json.Field("different", report.different);
  json.Field("plan", report.plan);
  return json.Finish();
}

void PrintText(const BenchOptions& options, const BenchSearchReport& report,
               Output& output) {
  const BenchSearchOptions& search = options.search;
  const auto line = [&](const char* name, const std::string& text) {
    output.Line(absl::StrFormat("%-12s%s", name, text));
  };
  line("index", absl::StrCat(report.index, " on ", report.target));
  line("plan", report.plan);
  line("rows",
       absl::StrFormat("%d %s, %d bits, %.1f bytes a row, built in %.2f s",
                       report.rows, search.shape.data, search.shape.width_bits,
                       report.bytes_per_row, report.build_s));
  line("queries",
       absl::StrFormat(
           "%d at %s%d bits, %d a call, threads %d", report.queries,
           search.nearest > 0 ? absl::StrCat(search.nearest, " nearest within ")
                              : "",
           search.shape.max_distance, search.batch, search.threads));
  line("a query",
       absl::StrFormat("%.2f us mean, %.2f p50, %.2f p99, %.2f p99.9; "
                       "%.2f us of processor time",
                       report.mean_us, report.p50_us, report.p99_us,
                       report.p999_us, report.processor_us));
  line("found",
       absl::StrFormat("%d hits; %d entries filtered, %d rows compared, %d "
                       "queries by looking at every row",
                       report.hits, report.candidates, report.verified,
                       report.scanned));
  line("memory",
       absl::StrFormat("one core reads %.1f GB/s", report.read_gb_per_s));
  line("checked",
       absl::StrFormat("%d queries against the definition, %d different",
                       report.checked, report.different));
}

ExitCode RunBenchSearch(const BenchOptions& options) {
  const auto report = BenchSearch(options.search);
  if (!report.ok()) return UsageError(report.status());
  Output output;
  if (options.json) {
    output.Line(JsonOf(options, *report));
  } else {
    PrintText(options, *report, output);
  }
  if (report->different != 0) {
    Say(absl::StrCat("bench search: ", report->different, " of ",
                     report->checked,
                     " checked queries differ from the definition, want 0"));
    return output.Finish(ExitCode::kUsage);
  }
  return output.Finish(ExitCode::kOk);
}

}  // namespace

void AddBenchCommand(CLI::App& program, Run& run) {
  CLI::App& bench = *program.add_subcommand("bench", "Measure on this machine");
  bench.require_subcommand(1);
  bench.footer(
      "Example:\n"
      "  hashvet bench search --rows 1000000 --json\n");

  auto options = std::make_shared<BenchOptions>();
  BenchSearchOptions& search = options->search;
  search.shape.rows = 1'000'000;
  search.shape.queries = 10'000;
  CLI::App& command = *bench.add_subcommand(
      "search", "How long a search takes, and whether it is exact");
  const auto number = [&](const char* name, auto& value, auto low, auto high,
                          const char* help) {
    command.add_option(name, value, help)
        ->type_name("N")
        ->check(CLI::Range(low, high).description(""))
        ->capture_default_str();
  };
  number("--rows", search.shape.rows, uint64_t{1}, uint64_t{0xFFFF'FFFF},
         "Rows of made data; a file has its own");
  number("--queries", search.shape.queries, uint64_t{1}, uint64_t{0xFFFF'FFFF},
         "Queries to time");
  number("--radius", search.shape.max_distance, 0u, 1024u,
         "Distance in bits, inclusive");
  number("--width", search.shape.width_bits, 1u, 1024u, "Bits a row");
  number("--batch", search.batch, uint64_t{1}, uint64_t{0xFFFF'FFFF},
         "Queries asked in one call; percentiles are of calls, shared out "
         "evenly");
  number("--nearest", search.nearest, uint64_t{0}, uint64_t{0xFFFF'FFFF},
         "Ask for the N nearest within the radius; 0 for all");
  command
      .add_option("--planted-at", search.shape.planted_at,
                  "Bits from its query that planted data has a row; the radius "
                  "by default")
      ->type_name("N")
      ->check(CLI::Range(0, 1023).description(""));
  number("--seed", search.shape.seed, uint64_t{0}, ~uint64_t{0},
         "Of the made data");
  number("--seconds", search.seconds, 0.0, 3600.0,
         "Time at least so long, or five rounds");
  AddThreadsOption(command, search.threads);
  command.add_option("--index", search.index, "What answers")
      ->check(CLI::IsMember({"auto", "flat", "ring"}))
      ->capture_default_str();
  command
      .add_option("--data", search.shape.data,
                  absl::StrCat("Rows and queries: ", ToAbsl(kBenchDataNames),
                               ", or a list's file"))
      ->type_name("NAME|FILE")
      ->capture_default_str();
  command
      .add_option("--write", search.write,
                  "Leave rows, queries and hits in this folder, for other "
                  "programs")
      ->type_name("DIR");
  AddJsonOption(command, options->json);
  command.footer(
      "At least 200 queries are compared with the definition first; one that\n"
      "differs makes the exit code 2. Exit: 0, 2.\n\n"
      "Example:\n"
      "  hashvet bench search --rows 10000000 --batch 256 --json\n");
  OnRun(command, run, options, &RunBenchSearch);
}

}  // namespace hashvet::cli
