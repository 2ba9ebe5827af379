#include "examples/demo/table.h"

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "hashvet/hashers/pdq.h"

namespace hashvet::demo {
namespace {

// At most `width` columns of `text`. File names are cut at their front, where
// they differ least.
std::string Fit(std::string_view text, size_t width) {
  if (text.size() <= width) return std::string(text);
  return "~" + std::string(text.substr(text.size() - width + 1));
}

void PrintRow(const char* file, const char* what, const char* outcome,
              const char* distance, const char* orientation) {
  std::printf("  %-31s  %-30s %-9s %8s  %s\n", file, what, outcome, distance,
              orientation);
}

void PrintHeader() {
  PrintRow("file", "what was done", "outcome", "distance", "orientation");
}

void PrintQuestion(const Trial& trial, const Question& question) {
  std::string file = std::filesystem::path(question.file).filename().string();
  if (question.alteration == nullptr) {
    file = trial.photographs[question.photograph].name + ", " + file;
  }
  const std::string what(question.alteration == nullptr
                             ? "nothing: another photograph"
                             : question.alteration->what);
  PrintRow(Fit(file, 31).c_str(), what.c_str(),
           std::string(NameOf(question.verdict.outcome)).c_str(),
           std::to_string(question.nearness.distance).c_str(),
           std::string(NameOf(question.nearness.orientation)).c_str());
}

}  // namespace

void PrintTable(const Trial& trial) {
  std::printf(
      "%zu photographs are on the list, %zu others are not. A match is a "
      "distance of %u bits or\nfewer, of 256. Orientation: how the copy was "
      "turned to come that near. A crop moves everything\nin a picture, so "
      "that "
      "2 %% per side is often beyond %u bits: that is the truth about PDQ.\n",
      trial.listed, trial.photographs.size() - trial.listed,
      kPdqMatchMaxDistance, kPdqMatchMaxDistance);
  size_t group = trial.photographs.size();  // none yet
  for (const Question& question : trial.questions) {
    const bool other = question.alteration == nullptr;
    const size_t own_group = other ? trial.listed : question.photograph;
    if (own_group != group) {
      group = own_group;
      const Photograph& photograph = trial.photographs[question.photograph];
      if (other) {
        std::printf("\nnot on the list (distance: to the nearest that is)\n");
      } else {
        std::printf("\n%s, %u x %u, from %s\n", photograph.name.c_str(),
                    photograph.hashes.width, photograph.hashes.height,
                    Fit(photograph.origin, 60).c_str());
      }
      PrintHeader();
    }
    PrintQuestion(trial, question);
  }
}

void PrintSummary(const Trial& trial) {
  std::printf("\n%-34s %-10s %s\n", "in sum", "matched", "median distance");
  const auto print_line = [&trial](const Alteration* alteration,
                                   std::string_view what) {
    const std::string matched = std::to_string(trial.matched(alteration)) +
                                " of " +
                                std::to_string(trial.asked_about(alteration));
    std::printf("  %-32s %-10s %15u\n", std::string(what).c_str(),
                matched.c_str(), trial.median_distance(alteration));
  };
  for (const Alteration& alteration : Alterations()) {
    print_line(&alteration, alteration.what);
  }
  print_line(nullptr, "not on the list");
  std::printf(
      "\n%zu pictures hashed in %.2f s (codecs included), matched in %.2f ms; "
      "copies made in %.1f s\n",
      trial.questions.size(), trial.hash_seconds, trial.match_seconds * 1e3,
      trial.alter_seconds);
}

}  // namespace hashvet::demo
