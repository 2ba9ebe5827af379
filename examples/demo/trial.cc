#include "examples/demo/trial.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/list/snapshot_writer.h"
#include "hashvet/matcher/matcher.h"
#include "hashvet/picture/hash_picture.h"

namespace hashvet::demo {
namespace {

// Runs `work` and says how long it took.
template <typename Work>
double SecondsOf(Work work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> taken =
      std::chrono::steady_clock::now() - begin;
  return taken.count();
}

absl::Status WriteList(std::span<const Photograph> photographs,
                       const std::string& path) {
  HASHVET_ASSIGN_OR_RETURN(SnapshotWriter writer,
                           SnapshotWriter::Create({.name = "demo"}));
  for (const Photograph& photograph : photographs) {
    const PdqHashes& pdq = photograph.hashes.pdq;
    HASHVET_RETURN_IF_ERROR(writer.Add({.value = HashValue::Pdq(pdq.hash()),
                                        .key = photograph.name,
                                        .category = "harmless",
                                        .quality = pdq.quality}));
  }
  return writer.Write(path).status();
}

// Which pictures to ask about, and nothing yet of the answers.
std::vector<Question> MakeQuestions(std::span<const Photograph> photographs,
                                    size_t listed, const std::string& folder) {
  const std::span<const Alteration> alterations = Alterations();
  std::vector<Question> questions;
  for (size_t p = 0; p < photographs.size(); ++p) {
    if (p >= listed) {
      questions.push_back({photographs[p].path, p, nullptr, {}, {}, false});
      continue;
    }
    const std::string prefix = absl::StrCat(folder, "/", photographs[p].name);
    for (size_t a = 0; a < alterations.size(); ++a) {
      questions.push_back(
          {CopyPath(prefix, a), p, &alterations[a], {}, {}, false});
    }
  }
  return questions;
}

absl::Status WriteAllCopies(std::span<const Photograph> photographs,
                            const std::string& folder, Executor& executor) {
  std::vector<absl::Status> written(photographs.size());
  executor.ParallelFor(photographs.size(), [&](size_t p) {
    written[p] = WriteCopies(photographs[p].path,
                             absl::StrCat(folder, "/", photographs[p].name));
  });
  for (const absl::Status& status : written) HASHVET_RETURN_IF_ERROR(status);
  return absl::OkStatus();
}

void Judge(const Trial& trial, const PictureHashes& hashes,
           Question& question) {
  const std::span<const Photograph> photographs = trial.photographs;
  const std::vector<Match>& matches = question.verdict.matches;
  if (question.alteration == nullptr) {
    question.right = question.verdict.outcome == Outcome::kNoMatch;
    for (const Photograph& listed : photographs.first(trial.listed)) {
      const Nearness nearness = NearnessOf(hashes.pdq, listed.hashes.pdq);
      if (nearness.distance < question.nearness.distance) {
        question.nearness = nearness;
      }
    }
    return;
  }
  const Photograph& original = photographs[question.photograph];
  question.nearness = NearnessOf(hashes.pdq, original.hashes.pdq);
  question.right = question.verdict.outcome == Outcome::kMatch &&
                   std::ranges::all_of(matches, [&](const Match& match) {
                     return match.entry == original.name;
                   });
}

}  // namespace

absl::StatusOr<Trial> RunTrial(std::vector<Photograph> photographs,
                               size_t listed, const std::string& folder,
                               Executor& executor) {
  Trial trial;
  trial.photographs = std::move(photographs);
  trial.listed = listed;
  trial.list_path = absl::StrCat(folder, "/demo.hvs");
  const std::string copies_folder = absl::StrCat(folder, "/pictures");
  std::error_code error;
  std::filesystem::create_directories(copies_folder, error);
  if (error) {
    return absl::PermissionDeniedError(
        absl::StrCat("folder of the altered copies: ", error.message(), ": ",
                     copies_folder));
  }

  const auto on_list = std::span(trial.photographs).first(listed);
  HASHVET_RETURN_IF_ERROR(WriteList(on_list, trial.list_path));
  absl::Status written;
  trial.alter_seconds = SecondsOf(
      [&] { written = WriteAllCopies(on_list, copies_folder, executor); });
  HASHVET_RETURN_IF_ERROR(written);

  // From here on everything is as in a program of the reader's own: files to
  // hashes on all cores, hashes to verdicts in one call.
  std::vector<Question>& questions = trial.questions;
  questions = MakeQuestions(trial.photographs, listed, copies_folder);
  std::vector<PictureHashes> hashes(questions.size());
  trial.hash_seconds = SecondsOf([&] {
    executor.ParallelFor(questions.size(), [&](size_t q) {
      hashes[q] = HashPictureFile(questions[q].file);
    });
  });

  HASHVET_ASSIGN_OR_RETURN(auto snapshot,
                           SnapshotReader::Open(trial.list_path));
  HASHVET_ASSIGN_OR_RETURN(Matcher matcher, Matcher::Create({snapshot}));
  std::vector<Verdict> verdicts;
  trial.match_seconds = SecondsOf([&] {
    verdicts = matcher.MatchPictures(hashes, {.executor = &executor});
  });

  for (size_t q = 0; q < questions.size(); ++q) {
    if (hashes[q].outcome != HashOutcome::kHashed) {
      return absl::InternalError(absl::StrCat(
          "altered copy: ", ToAbsl(ToStd(hashes[q].status.message())), ": ",
          questions[q].file));
    }
    questions[q].verdict = std::move(verdicts[q]);
    Judge(trial, hashes[q], questions[q]);
  }
  return trial;
}

size_t Trial::asked_about(const Alteration* alteration) const {
  return static_cast<size_t>(
      std::ranges::count(questions, alteration, &Question::alteration));
}

size_t Trial::matched(const Alteration* alteration) const {
  return static_cast<size_t>(
      std::ranges::count_if(questions, [alteration](const Question& question) {
        return question.alteration == alteration &&
               question.verdict.outcome == Outcome::kMatch;
      }));
}

uint32_t Trial::median_distance(const Alteration* alteration) const {
  std::vector<uint32_t> distances;
  for (const Question& question : questions) {
    if (question.alteration == alteration) {
      distances.push_back(question.nearness.distance);
    }
  }
  if (distances.empty()) return 0;
  std::ranges::sort(distances);
  return distances[distances.size() / 2];
}

std::vector<std::string> Failures(const Trial& trial) {
  std::vector<std::string> failures;
  for (const Question& question : trial.questions) {
    const bool must = question.alteration == nullptr ||
                      question.alteration->must_match ||
                      question.verdict.outcome == Outcome::kMatch;
    if (!must || question.right) continue;
    failures.push_back(absl::StrCat(
        "got ", ToAbsl(NameOf(question.verdict.outcome)), ", want ",
        question.alteration == nullptr ? "no_match"
                                       : "a match with its original",
        ": ", question.file));
  }
  return failures;
}

}  // namespace hashvet::demo
