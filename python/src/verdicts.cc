#include "src/verdicts.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/module.h"

namespace hashvet::python {
namespace {

// Texts of lists may be no UTF-8: such bytes become U+FFFD.
nb::str Text(const char* text) {
  PyObject* made = PyUnicode_DecodeUTF8(
      text, static_cast<Py_ssize_t>(std::char_traits<char>::length(text)),
      "replace");
  if (made == nullptr) throw nb::python_error();
  return nb::steal<nb::str>(made);
}

struct Verdict {
  std::shared_ptr<hashvet_verdicts> all;
  size_t index = 0;
  hashvet_verdict told = {};
};

struct Match {
  std::shared_ptr<hashvet_verdicts> all;  // keeps the texts
  hashvet_match told = {};
};

Verdict VerdictAt(const Verdicts& verdicts, Py_ssize_t index) {
  const auto size = static_cast<Py_ssize_t>(verdicts.size());
  if (index < 0) index += size;
  if (index < 0 || index >= size) {
    throw nb::index_error("there are fewer verdicts");
  }
  Verdict verdict;
  verdict.all = verdicts.get();
  verdict.index = static_cast<size_t>(index);
  verdict.told.struct_size = sizeof verdict.told;
  Call call;
  call.Check(hashvet_verdict_get(verdict.all.get(), verdict.index,
                                 &verdict.told, call.error()));
  return verdict;
}

template <uint32_t kSet>
nb::list MatchesOf(const Verdict& verdict) {
  nb::list matches;
  for (size_t i = 0; i < verdict.told.match_counts[kSet]; ++i) {
    Match match;
    match.all = verdict.all;
    match.told.struct_size = sizeof match.told;
    Call call;
    call.Check(hashvet_verdict_match(match.all.get(), verdict.index, kSet, i,
                                     &match.told, call.error()));
    matches.append(std::move(match));
  }
  return matches;
}

nb::list NotSampled(const Verdict& verdict) {
  nb::list lists;
  for (size_t i = 0; i < verdict.told.not_sampled; ++i) {
    const char* list = nullptr;
    Call call;
    call.Check(hashvet_verdict_not_sampled(verdict.all.get(), verdict.index, i,
                                           &list, call.error()));
    lists.append(Text(list));
  }
  return lists;
}

nb::list OutcomesOf(const Verdicts& verdicts) {
  std::vector<uint32_t> numbers(verdicts.size());
  Call call;
  call.Check(hashvet_verdict_outcomes(verdicts.get().get(), numbers.data(),
                                      numbers.size(), call.error()));
  // One object for all that are equal.
  std::vector<nb::object> names;
  nb::list outcomes;
  for (const uint32_t number : numbers) {
    if (number >= names.size()) names.resize(number + 1);
    if (!names[number].is_valid()) {
      names[number] = nb::str(hashvet_outcome_name(number));
    }
    outcomes.append(names[number]);
  }
  return outcomes;
}

bool IsNoBool(const Verdict&) {
  throw nb::type_error(
      "a verdict is neither true nor false: an item that could not be judged "
      "is not one that does not match; compare its outcome");
}

template <const char* hashvet_match::*kText>
nb::str TextOf(const Match& match) {
  return Text(match.told.*kText);
}

}  // namespace

void AddVerdicts(nb::module_& module) {
  nb::class_<Match>(module, "Match", "Why one entry of a list matched.")
      .def_prop_ro("list", TextOf<&hashvet_match::list>)
      .def_prop_ro("list_version", TextOf<&hashvet_match::list_version>)
      .def_prop_ro("entry", TextOf<&hashvet_match::entry>, "The entry's key.")
      .def_prop_ro("category", TextOf<&hashvet_match::category>)
      .def_prop_ro("category_scheme", TextOf<&hashvet_match::category_scheme>)
      .def_prop_ro("opinion", TextOf<&hashvet_match::opinion>)
      .def_prop_ro("action", TextOf<&hashvet_match::action>)
      .def_prop_ro(
          "kind",
          [](const Match& self) { return hashvet_kind_name(self.told.kind); })
      .def_prop_ro(
          "distance", [](const Match& self) { return self.told.distance; },
          "Bits. Keep it from untrusted callers.")
      .def_prop_ro(
          "orientation",
          [](const Match& self) { return self.told.orientation; },
          "Of the query: 0 (as shown) .. 7.")
      .def_prop_ro("query_quality",
                   [](const Match& self) -> std::optional<int> {
                     if (self.told.query_quality_known == 0) return {};
                     return self.told.query_quality;
                   })
      .def_prop_ro("entry_quality",
                   [](const Match& self) -> std::optional<int> {
                     if (self.told.entry_quality_known == 0) return {};
                     return self.told.entry_quality;
                   })
      .def_prop_ro("variant", TextOf<&hashvet_match::variant>,
                   "Of a picture: 'full' ...; '' of a value.")
      .def_prop_ro("frame", [](const Match& self) { return self.told.frame; })
      .def_prop_ro("over_black",
                   [](const Match& self) { return self.told.over_black != 0; })
      .def("__repr__", [](const Match& self) {
        return std::string("<hashvet.Match ") + Text(self.told.list).c_str() +
               " " + Text(self.told.entry).c_str() + " at " +
               std::to_string(self.told.distance) + ">";
      });
  const char* const kMatches = "def matches(self) -> list[Match]";
  nb::class_<Verdict>(module, "Verdict", "The answer about one item.")
      .def_prop_ro(
          "outcome",
          [](const Verdict& self) {
            return hashvet_outcome_name(self.told.outcome);
          },
          "'match', 'no_match', 'low_quality', 'not_sampled'; or why nothing "
          "was searched: 'unreadable', 'list_unavailable' ... Only 'no_match' "
          "says that every list was searched and none has it.")
      .def_prop_ro(
          "code", [](const Verdict& self) { return self.told.code; },
          "Why, for outcomes that are failures; else 0.")
      .def_prop_ro("message",
                   [](const Verdict& self) { return Text(self.told.message); })
      .def_prop_ro("snapshot",
                   [](const Verdict& self) { return Text(self.told.snapshot); })
      .def_prop_ro("generation",
                   [](const Verdict& self) { return self.told.generation; })
      .def_prop_ro("matches", MatchesOf<HASHVET_MATCHES>, nb::sig(kMatches))
      .def_prop_ro("ignored_by", MatchesOf<HASHVET_IGNORED_BY>,
                   nb::sig("def ignored_by(self) -> list[Match]"))
      .def_prop_ro("suppressed_matches", MatchesOf<HASHVET_SUPPRESSED_MATCHES>,
                   nb::sig("def suppressed_matches(self) -> list[Match]"))
      .def_prop_ro("shadow_matches", MatchesOf<HASHVET_SHADOW_MATCHES>,
                   nb::sig("def shadow_matches(self) -> list[Match]"))
      .def_prop_ro("not_sampled", NotSampled,
                   nb::sig("def not_sampled(self) -> list[str]"))
      .def("__bool__", IsNoBool)
      .def("__repr__", [](const Verdict& self) {
        return std::string("<hashvet.Verdict ") +
               hashvet_outcome_name(self.told.outcome) + ">";
      });
  nb::class_<Verdicts>(module, "Verdicts",
                       "Verdicts in the order asked, all of one generation.")
      .def("__len__", &Verdicts::size)
      .def("__getitem__", VerdictAt, nb::arg("index"))
      .def("outcomes", OutcomesOf, nb::sig("def outcomes(self) -> list[str]"),
           "The outcomes alone.");
}

}  // namespace hashvet::python
