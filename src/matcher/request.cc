#include "src/matcher/request.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/matcher/staleness.h"
#include "src/matcher/sampling.h"

namespace hashvet {
namespace {

// A match, and what its distance is measured in.
struct Judged {
  Match match;
  ByteVectorMetric metric;
};

Match MatchOf(const Generation::Part& part, const ListPolicy& policy,
              const Question& question, const Found& found) {
  Match match;
  match.list = policy.name;
  match.list_version = part.version();
  match.entry = std::string(found.entry.key);
  match.category = std::string(found.entry.category);
  match.category_scheme = std::string(found.entry.category_scheme);
  match.opinion = found.entry.opinion;
  match.kind = question.kind;
  match.distance = found.distance;
  match.orientation = found.orientation;
  match.query_quality = question.quality;
  if (found.variant < question.variants.size()) {
    const AskedHash& asked = question.variants[found.variant];
    match.variant = asked.variant;
    match.query_quality = asked.quality;
    match.frame = asked.frame;
    match.over_black = asked.over_black;
  }
  match.entry_quality = found.entry.quality;
  match.action = policy.action;
  return match;
}

bool NearestFirst(const Match& a, const Match& b) {
  const auto order = [](const Match& match) {
    return std::tie(match.distance, match.list, match.entry, match.orientation,
                    match.category, match.category_scheme, match.entry_quality,
                    match.opinion);
  };
  return order(a) < order(b);
}

// Whether something known to be good is as near as the match.
bool IsExcused(const Judged& match, const std::vector<Judged>& ignored) {
  return std::any_of(ignored.begin(), ignored.end(), [&](const Judged& good) {
    return good.metric == match.metric &&
           good.match.distance <= match.match.distance;
  });
}

bool IsTime(const absl::Status& status) {
  return status.code() == absl::StatusCode::kDeadlineExceeded ||
         status.code() == absl::StatusCode::kCancelled;
}

// Of a picture, its hash as it is.
bool IsSampledQuestion(const ListPolicy& policy, const Question& question) {
  const Query& query = question.query;
  return query.values.empty()
             ? IsSampled(policy, HashValue::Pdq(query.orientations[0]))
             : IsSampled(policy, query.values[0]);
}

}  // namespace

void SortMatches(std::vector<Match>& matches) {
  std::sort(matches.begin(), matches.end(), NearestFirst);
}

struct Request::Progress {
  std::array<std::vector<Judged>, 3> matches;  // by the list's role
  std::vector<std::string> not_sampled;
  bool searched = false;   // some list whose matches count was
  bool too_flat = false;   // for some such list that would have been
  absl::Status failure;    // the first reason why such a list was not looked at
  absl::Status no_ignore;  // … why a known-good list was not
  absl::Status time;       // not OK: the time was up

  std::vector<Judged>& of(ListRole role) {
    return matches[static_cast<size_t>(role)];
  }
  // Whether it comes to a plain no-match where all lists are available.
  bool IsPlainNoMatch() const {
    return searched && !too_flat && not_sampled.empty() && failure.ok() &&
           time.ok() && std::ranges::all_of(matches, [](const auto& found) {
             return found.empty();
           });
  }
};

Request::Request(const Generation& generation, const MatchOptions& options,
                 uint64_t now_s, absl::Status distrust)
    : options_(options), distrust_(std::move(distrust)) {
  const std::vector<std::string>& only = options.only_lists;
  const auto is_wanted = [&](const Generation::List& list) {
    return only.empty() ||
           std::find(only.begin(), only.end(), list.policy.name) != only.end();
  };
  for (size_t p = 0; p < generation.parts().size(); ++p) {
    const std::span<const Generation::List> lists = generation.lists_of(p);
    AskedPart asked{&generation.parts()[p], lists,
                    std::vector<bool>(lists.size())};
    bool any_wanted = false;
    for (size_t l = 0; l < lists.size(); ++l) {
      if (!is_wanted(lists[l])) continue;
      any_wanted = true;
      const absl::Status fresh = CheckStaleness(lists[l].policy, now_s);
      asked.asked[l] = fresh.ok();
      if (lists[l].policy.role == ListRole::kMatch) unavailable_.Update(fresh);
      if (lists[l].policy.role == ListRole::kIgnore) {
        unavailable_ignore_.Update(fresh);
      }
    }
    if (!any_wanted) continue;
    absl::StrAppend(&snapshot_, snapshot_.empty() ? "" : "+",
                    asked.part->version());
    parts_.push_back(std::move(asked));
  }
  for (const std::string& name : only) {
    const auto has_name = [&](const Generation::List& list) {
      return list.policy.name == name;
    };
    if (std::none_of(generation.lists().begin(), generation.lists().end(),
                     has_name)) {
      unavailable_.Update(absl::NotFoundError(
          absl::StrCat("list ", name, ": asked for, but not loaded")));
    }
  }
}

bool Request::Carries(HashKind kind) const {
  return std::any_of(parts_.begin(), parts_.end(), [&](const AskedPart& asked) {
    for (size_t l = 0; l < asked.lists.size(); ++l) {
      if (asked.part->Carries(asked.lists[l].number, kind)) return true;
    }
    return false;
  });
}

Limits Request::LimitsOf(const AskedPart& asked, HashKind kind) const {
  Limits limits;
  limits.lists.resize(asked.lists.size());
  const bool is_bits = InfoOf(kind).family == HashFamily::kBits;
  for (size_t l = 0; l < asked.lists.size(); ++l) {
    if (!asked.asked[l] || !asked.part->Carries(asked.lists[l].number, kind)) {
      continue;
    }
    const std::optional<KindPolicy> policy =
        KindPolicyOf(asked.lists[l].policy, kind);
    if (!policy.has_value()) continue;
    limits.lists[l] = LimitOf(*policy);
    if (is_bits && options_.max_distance.has_value()) {
      limits.lists[l]->original = *options_.max_distance;
      limits.lists[l]->rotated = *options_.max_distance;
    }
  }
  return limits;
}

bool Request::Choose(const AskedPart& asked, const Limits& limits,
                     const Question& question, Progress& progress,
                     std::vector<bool>& chosen) const {
  const size_t first = chosen.size();
  chosen.resize(first + asked.lists.size());
  bool any = false;
  for (size_t l = 0; l < asked.lists.size(); ++l) {
    if (!limits.lists[l].has_value()) continue;
    const ListPolicy& policy = asked.lists[l].policy;
    const bool counts = policy.role == ListRole::kMatch;
    if (!IsSampledQuestion(policy, question)) {
      progress.not_sampled.push_back(policy.name);
    } else if (question.quality.value_or(policy.min_quality) <
               policy.min_quality) {
      progress.too_flat |= counts;
    } else {
      chosen[first + l] = any = true;
      progress.searched |= counts;
    }
  }
  if (!any) chosen.resize(first);
  return any;
}

void Request::AskPart(const AskedPart& asked, HashKind kind,
                      std::span<const Question> questions,
                      std::vector<Progress>& progress) const {
  const Limits limits = LimitsOf(asked, kind);
  std::vector<size_t> searched;  // questions
  std::vector<bool> chosen;      // for each of them, the part's lists
  std::vector<Query> queries;
  for (size_t q = 0; q < questions.size(); ++q) {
    if (questions[q].kind != kind ||
        !Choose(asked, limits, questions[q], progress[q], chosen)) {
      continue;
    }
    searched.push_back(q);
    queries.push_back(questions[q].query);
  }
  if (searched.empty()) return;

  const auto found =
      SearchPart(*asked.part, kind, queries, limits,
                 {options_.deadline, options_.cancellation, options_.executor});
  for (size_t i = 0; i < searched.size(); ++i) {
    Progress& its = progress[searched[i]];
    const auto is_chosen = [&](size_t list) {
      return chosen[i * asked.lists.size() + list];
    };
    if (!found.ok()) {
      if (IsTime(found.status())) its.time.Update(found.status());
      for (size_t l = 0; l < asked.lists.size(); ++l) {
        const ListRole role = asked.lists[l].policy.role;
        if (!is_chosen(l) || role == ListRole::kShadow) continue;
        (role == ListRole::kMatch ? its.failure : its.no_ignore)
            .Update(found.status());
      }
      continue;
    }
    for (const Found& each : (*found)[i]) {
      const uint16_t list = each.entry.list;
      if (!is_chosen(list)) continue;
      const ListPolicy& policy = asked.lists[list].policy;
      its.of(policy.role)
          .push_back(
              {MatchOf(*asked.part, policy, questions[searched[i]], each),
               limits.lists[list]->metric});
    }
  }
}

std::vector<Request::Progress> Request::Search(
    std::span<const Question> questions) const {
  std::vector<Progress> progress(questions.size());
  const absl::Status time = CheckTime(options_.deadline, options_.cancellation);
  for (Progress& each : progress) each.time = time;
  if (time.ok()) {
    for (const HashKindInfo& info : AllHashKinds()) {
      const auto is_of_kind = [&](const Question& question) {
        return question.kind == info.kind;
      };
      if (std::none_of(questions.begin(), questions.end(), is_of_kind)) {
        continue;
      }
      for (const AskedPart& asked : parts_) {
        AskPart(asked, info.kind, questions, progress);
      }
    }
  }
  return progress;
}

template <typename Add>
void Request::AnswerTo(std::span<const Question> questions, Add add) const {
  std::vector<Progress> progress = Search(questions);
  // Most questions are of one kind, and lack nothing: one answer for them.
  const Question* like = nullptr;
  absl::Status unavailable;
  for (size_t q = 0; q < questions.size(); ++q) {
    const Question& question = questions[q];
    const bool lacks = !question.lacking.match.ok();
    if (lacks || like == nullptr || like->kind != question.kind) {
      unavailable = Unavailable(question);
      like = lacks ? nullptr : &question;
    }
    add(q, unavailable, progress[q]);
  }
}

std::vector<Verdict> Request::Answer(
    std::span<const Question> questions) const {
  std::vector<Verdict> verdicts;
  verdicts.reserve(questions.size());
  AnswerTo(questions,
           [&](size_t q, const absl::Status& unavailable, Progress& progress) {
             verdicts.push_back(
                 Conclude(questions[q], unavailable, std::move(progress)));
           });
  return verdicts;
}

std::vector<NumberedVerdict> Request::AnswerTelling(
    std::span<const Question> questions) const {
  std::vector<NumberedVerdict> verdicts;
  AnswerTo(questions,
           [&](size_t q, const absl::Status& unavailable, Progress& progress) {
             if (unavailable.ok() && progress.IsPlainNoMatch()) return;
             verdicts.push_back(
                 {q, Conclude(questions[q], unavailable, std::move(progress))});
           });
  return verdicts;
}

absl::Status Request::Unavailable(const Question& question) const {
  const HashKind kind = question.kind;
  absl::Status unavailable = distrust_;
  unavailable.Update(unavailable_);
  bool any_can = false;
  for (const AskedPart& asked : parts_) {
    for (size_t l = 0; l < asked.lists.size(); ++l) {
      const Generation::List& list = asked.lists[l];
      if (!asked.asked[l] || list.policy.role != ListRole::kMatch ||
          !asked.part->Carries(list.number, kind)) {
        continue;
      }
      any_can |= KindPolicyOf(list.policy, kind).has_value();
      for (const Generation::CarriedOnly& carried : list.carried_only) {
        if (carried.kind != kind) continue;
        unavailable.Update(absl::FailedPreconditionError(absl::StrCat(
            "list ", list.policy.name, ": carries ", ToAbsl(NameOf(kind)),
            " values, which its policy gives no threshold, want one in a "
            "policy file")));
      }
    }
  }
  unavailable.Update(question.lacking.match);
  if (!any_can) {
    unavailable.Update(absl::FailedPreconditionError(
        absl::StrCat("no list in the role match carries searchable ",
                     ToAbsl(NameOf(kind)), " values")));
  }
  return unavailable;
}

Verdict Request::Conclude(const Question& question,
                          const absl::Status& unavailable,
                          Progress progress) const {
  Verdict verdict;
  verdict.snapshot = snapshot_;
  if (!progress.time.ok()) {
    verdict.outcome = Outcome::kTimeout;
    verdict.status = std::move(progress.time);
    return verdict;
  }
  const auto sorted = [](std::vector<Judged>& judged) {
    std::vector<Match> matches;
    for (Judged& each : judged) matches.push_back(std::move(each.match));
    SortMatches(matches);
    return matches;
  };
  std::vector<Judged>& matches = progress.of(ListRole::kMatch);
  std::vector<Judged>& ignored = progress.of(ListRole::kIgnore);
  const auto excused = std::stable_partition(
      matches.begin(), matches.end(),
      [&](const Judged& match) { return !IsExcused(match, ignored); });
  std::vector<Judged> suppressed(std::make_move_iterator(excused),
                                 std::make_move_iterator(matches.end()));
  matches.erase(excused, matches.end());
  verdict.matches = sorted(matches);
  verdict.suppressed_matches = sorted(suppressed);
  verdict.ignored_by = sorted(ignored);
  verdict.shadow_matches = sorted(progress.of(ListRole::kShadow));
  verdict.not_sampled = std::move(progress.not_sampled);

  // What keeps a missing match from reading as "no match".
  verdict.status = unavailable;
  verdict.status.Update(progress.failure);
  if (!verdict.matches.empty()) {
    verdict.outcome = Outcome::kMatch;
    verdict.status.Update(unavailable_ignore_);
    verdict.status.Update(progress.no_ignore);
    verdict.status.Update(question.lacking.ignore);
  } else if (!verdict.status.ok()) {
    verdict.outcome = Outcome::kListUnavailable;
  } else if (progress.too_flat) {
    verdict.outcome = Outcome::kLowQuality;
  } else {
    verdict.outcome =
        progress.searched ? Outcome::kNoMatch : Outcome::kNotSampled;
  }
  return verdict;
}

}  // namespace hashvet
