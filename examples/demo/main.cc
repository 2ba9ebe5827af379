// hashvet_demo: photographs in, verdicts out, on real files through the public
// interface. Prints a table, writes a page with the pictures side by side.
//
// Exit code: 0 what must hold holds, 1 it does not, 2 usage or a file that
// cannot be written, 3 no photographs.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "examples/demo/find_pictures.h"
#include "examples/demo/report_html.h"
#include "examples/demo/table.h"
#include "examples/demo/trial.h"
#include "hashvet/base/executor.h"

namespace hashvet::demo {
namespace {

constexpr int kFallsShort = 1;
constexpr int kUsage = 2;
constexpr int kNoPhotographs = 3;

struct Settings {
  std::string folder;  // of the user's photographs; empty: the installed ones
  std::string out = "build/demo";
  size_t listed = 12;
  size_t others = 8;
};

int Fail(const absl::Status& status, int exit_code) {
  std::fprintf(stderr, "hashvet_demo: %s\n",
               std::string(status.message()).c_str());
  return exit_code;
}

// The program next to this one, as one would type it here.
std::string ProgramPath() {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  const fs::path path = fs::proximate(self.parent_path() / "hashvet", error);
  return error ? "hashvet" : path.string();
}

void PrintNext(const Trial& trial) {
  const std::string program = ProgramPath();
  const std::string& list = trial.list_path;
  const std::string& copy = trial.questions[5].file;   // mirrored
  const std::string& other = trial.questions[3].file;  // grey
  std::printf("\nTo try next:\n");
  std::printf("  %s match --list %s %s\n", program.c_str(), list.c_str(),
              copy.c_str());
  std::printf("  %s compare %s %s\n", program.c_str(), copy.c_str(),
              other.c_str());
  std::printf("  %s snapshot info %s\n", program.c_str(), list.c_str());
}

int Run(const Settings& settings) {
  // Of a small folder three fifths are listed; fewer than two photographs on
  // the list and one beside it show nothing.
  const size_t wanted = settings.listed + settings.others;
  auto photographs =
      settings.folder.empty()
          ? FindInstalledPhotographs(wanted, wanted)
          : FindPhotographsIn(settings.folder, std::min<size_t>(wanted, 3),
                              wanted);
  if (!photographs.ok()) return Fail(photographs.status(), kNoPhotographs);
  const size_t listed = photographs->size() == wanted
                            ? settings.listed
                            : (photographs->size() * 3 + 4) / 5;

  const auto executor = MakeThreadPool(0);
  const auto trial =
      RunTrial(*std::move(photographs), listed, settings.out, *executor);
  if (!trial.ok()) return Fail(trial.status(), kUsage);
  PrintTable(*trial);
  PrintSummary(*trial);

  const std::string report = settings.out + "/report.html";
  const absl::Status written =
      WriteReport(*trial, settings.folder.empty(), report, *executor);
  if (!written.ok()) return Fail(written, kUsage);
  std::printf("The pictures side by side: %s\n", report.c_str());
  PrintNext(*trial);

  const std::vector<std::string> failures = Failures(*trial);
  for (const std::string& failure : failures) {
    std::fprintf(stderr, "hashvet_demo: %s\n", failure.c_str());
  }
  return failures.empty() ? 0 : kFallsShort;
}

}  // namespace
}  // namespace hashvet::demo

int main(int argc, char** argv) {
  hashvet::demo::Settings settings;
  CLI::App app(
      "Puts photographs on a list, alters copies of them, and matches all.");
  app.add_option("--pictures", settings.folder,
                 "Take photographs from this folder, not the installed ones");
  app.add_option("--out", settings.out, "Folder to write to")
      ->capture_default_str();
  app.add_option("--listed", settings.listed, "How many go on the list")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--others", settings.others, "How many others are asked about")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : hashvet::demo::kUsage;
  }
  return hashvet::demo::Run(settings);
}
