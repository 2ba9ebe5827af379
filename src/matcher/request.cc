#include "src/matcher/request.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"

namespace hashvet {
namespace {

enum class Carries { kNothing, kSearchable, kUnsearchable };

Carries WhatCarries(const SnapshotReader& list, HashKind kind) {
  for (const SnapshotReader::KindCounts& counts : list.kinds()) {
    if (counts.kind != kind) continue;
    return kind == HashKind::kPdq || list.digest_index(kind) != nullptr
               ? Carries::kSearchable
               : Carries::kUnsearchable;
  }
  return Carries::kNothing;
}

// A row that some orientation of the question reached.
struct Hit {
  uint32_t row;
  uint32_t distance;
  Orientation orientation;
};

// The nearest orientation of each row, the first of those that are equal.
void KeepNearest(std::vector<Hit>& hits) {
  std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
    return std::tie(a.row, a.distance, a.orientation) <
           std::tie(b.row, b.distance, b.orientation);
  });
  const auto same_row = [](const Hit& a, const Hit& b) {
    return a.row == b.row;
  };
  hits.erase(std::unique(hits.begin(), hits.end(), same_row), hits.end());
}

// A match for every entry of the hit's row.
void AppendMatches(const SnapshotReader& list, const Question& question,
                   const Hit& hit, std::vector<Match>& matches) {
  const uint32_t entries = list.entry_count(question.kind, hit.row);
  for (uint32_t i = 0; i < entries; ++i) {
    const EntryView entry = list.entry(question.kind, hit.row, i);
    if (entry.list == kCanaryList) continue;
    Match& match = matches.emplace_back();
    match.list = list.lists()[0].name;
    match.list_version = list.version();
    match.entry = std::string(entry.key);
    match.category = std::string(entry.category);
    match.kind = question.kind;
    match.distance = hit.distance;
    match.orientation = hit.orientation;
    match.query_quality = question.quality;
    match.entry_quality = entry.quality;
    match.action = list.lists()[0].action;
  }
}

bool NearestFirst(const Match& a, const Match& b) {
  return std::tie(a.distance, a.list, a.entry, a.orientation, a.category,
                  a.entry_quality) < std::tie(b.distance, b.list, b.entry,
                                              b.orientation, b.category,
                                              b.entry_quality);
}

bool IsTime(const absl::Status& status) {
  return status.code() == absl::StatusCode::kDeadlineExceeded ||
         status.code() == absl::StatusCode::kCancelled;
}

}  // namespace

struct Request::Progress {
  std::vector<Match> matches;
  bool too_flat = false;  // for some list that would have been searched
  absl::Status failure;   // the first reason why something was not looked at
  absl::Status time;      // not OK: the time was up
};

Request::Request(Lists lists, const MatchOptions& options) : options_(options) {
  const std::vector<std::string>& only = options.only_lists;
  const auto is_wanted = [&](const std::string& name) {
    return only.empty() ||
           std::find(only.begin(), only.end(), name) != only.end();
  };
  for (const auto& list : lists) {
    if (!is_wanted(list->lists()[0].name)) continue;
    lists_.push_back(list.get());
    absl::StrAppend(&snapshot_, snapshot_.empty() ? "" : "+", list->version());
  }
  for (const std::string& name : only) {
    const auto has_name = [&](const SnapshotReader* list) {
      return list->lists()[0].name == name;
    };
    if (std::none_of(lists_.begin(), lists_.end(), has_name)) {
      missing_.Update(absl::NotFoundError(
          absl::StrCat("list ", name, ": asked for, but not loaded")));
    }
  }
}

void Request::SearchIndex(const SnapshotReader& list, HashKind kind,
                          std::span<const Question> questions,
                          std::vector<Progress>& progress) const {
  const int min_quality = list.lists()[0].min_quality;
  std::vector<size_t> asked;     // questions
  std::vector<Hash256> queries;  // of all of them, one after the other
  for (size_t q = 0; q < questions.size(); ++q) {
    const Question& question = questions[q];
    if (question.kind != kind || question.hashes.empty()) continue;
    if (question.quality.value_or(min_quality) < min_quality) {
      progress[q].too_flat = true;
      continue;
    }
    asked.push_back(q);
    queries.insert(queries.end(), question.hashes.begin(),
                   question.hashes.end());
  }
  if (asked.empty()) return;

  const uint32_t max_distance = options_.max_distance.value_or(
      KindPolicyOf(list.lists()[0], HashKind::kPdq)->max_distance);
  const absl::StatusOr<Neighbors> found = list.range_index(kind)->Search(
      queries, max_distance,
      {options_.deadline, options_.cancellation, options_.executor});
  size_t query = 0;
  std::vector<Hit> hits;
  for (const size_t q : asked) {
    if (!found.ok()) {
      (IsTime(found.status()) ? progress[q].time : progress[q].failure)
          .Update(found.status());
      continue;
    }
    hits.clear();
    for (size_t o = 0; o < questions[q].hashes.size(); ++o, ++query) {
      for (const Neighbor& near : found->of(query)) {
        hits.push_back({near.row, near.distance, static_cast<Orientation>(o)});
      }
    }
    KeepNearest(hits);
    for (const Hit& hit : hits) {
      AppendMatches(list, questions[q], hit, progress[q].matches);
    }
  }
}

void Request::SearchDigests(const SnapshotReader& list,
                            std::span<const Question> questions,
                            std::vector<Progress>& progress) const {
  for (size_t q = 0; q < questions.size(); ++q) {
    const Question& question = questions[q];
    if (question.digest == nullptr) continue;
    const DigestIndex* const digests = list.digest_index(question.kind);
    if (digests == nullptr) continue;
    const Digest query = *question.digest->As<Digest>();
    const auto rows = digests->Find({&query, 1});
    if (!rows.ok()) {
      progress[q].failure.Update(rows.status());
      continue;
    }
    if (!(*rows)[0].has_value()) continue;
    AppendMatches(list, question, {*(*rows)[0], 0, Orientation::kOriginal},
                  progress[q].matches);
  }
}

std::vector<Verdict> Request::Answer(
    std::span<const Question> questions) const {
  std::vector<Progress> progress(questions.size());
  const absl::Status time = CheckTime(options_.deadline, options_.cancellation);
  for (Progress& each : progress) each.time = time;
  if (time.ok()) {
    for (const SnapshotReader* list : lists_) {
      for (const SnapshotReader::KindCounts& counts : list->kinds()) {
        if (counts.kind != HashKind::kPdq) continue;
        SearchIndex(*list, counts.kind, questions, progress);
      }
      SearchDigests(*list, questions, progress);
    }
  }
  std::vector<Verdict> verdicts;
  verdicts.reserve(questions.size());
  for (size_t q = 0; q < questions.size(); ++q) {
    verdicts.push_back(Conclude(questions[q], std::move(progress[q])));
  }
  return verdicts;
}

Verdict Request::Conclude(const Question& question, Progress progress) const {
  Verdict verdict;
  verdict.snapshot = snapshot_;
  if (!progress.time.ok()) {
    verdict.outcome = Outcome::kTimeout;
    verdict.status = std::move(progress.time);
    return verdict;
  }

  // What keeps a missing match from reading as "no match".
  absl::Status unavailable = missing_;
  bool any_searchable = false;
  for (const SnapshotReader* list : lists_) {
    const Carries carries = WhatCarries(*list, question.kind);
    any_searchable |= carries == Carries::kSearchable;
    if (carries == Carries::kUnsearchable) {
      unavailable.Update(absl::FailedPreconditionError(
          absl::StrCat("list ", list->lists()[0].name, ": carries ",
                       ToAbsl(NameOf(question.kind)),
                       " values, which this build cannot search")));
    }
  }
  unavailable.Update(progress.failure);
  if (!any_searchable) {
    unavailable.Update(absl::FailedPreconditionError(
        absl::StrCat("no list carries searchable ",
                     ToAbsl(NameOf(question.kind)), " values")));
  }

  verdict.status = std::move(unavailable);
  if (!progress.matches.empty()) {
    verdict.outcome = Outcome::kMatch;
    verdict.matches = std::move(progress.matches);
    std::sort(verdict.matches.begin(), verdict.matches.end(), NearestFirst);
  } else if (!verdict.status.ok()) {
    verdict.outcome = Outcome::kListUnavailable;
  } else {
    verdict.outcome =
        progress.too_flat ? Outcome::kLowQuality : Outcome::kNoMatch;
  }
  return verdict;
}

}  // namespace hashvet
