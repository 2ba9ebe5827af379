#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "src/arrow.h"
#include "src/call.h"
#include "src/module.h"
#include "src/picture.h"
#include "src/verdicts.h"

namespace hashvet::python {
namespace {

std::vector<const char*> PointersOf(const std::vector<std::string>& texts,
                                    const char* what) {
  std::vector<const char*> pointers;
  pointers.reserve(texts.size());
  for (const std::string& text : texts) pointers.push_back(TextOf(text, what));
  return pointers;
}

using Paths = nb::typed<nb::list, nb::bytes>;

std::vector<std::string> PathsOf(const Paths& paths) {
  std::vector<std::string> texts;
  for (const nb::handle path : paths) {
    const auto bytes = nb::cast<nb::bytes>(path);
    texts.emplace_back(bytes.c_str(), bytes.size());
  }
  return texts;
}

// How items are matched.
class Request {
 public:
  Request(const std::optional<std::vector<std::string>>& only,
          const std::optional<uint32_t>& max_distance, bool as_it_is,
          uint32_t timeout_ms, bool skip_no_match = false)
      : only_(only.value_or(std::vector<std::string>())),
        pointers_(PointersOf(only_, "only")) {
    if (only.has_value() && only->empty()) {
      throw Failure(HASHVET_INVALID_ARGUMENT,
                    "only: got no list, want one or more; None asks all");
    }
    options_.only_lists = pointers_.data();
    options_.only_list_count = pointers_.size();
    options_.use_max_distance = max_distance.has_value() ? 1 : 0;
    options_.max_distance = max_distance.value_or(0);
    options_.as_it_is = as_it_is ? 1 : 0;
    options_.timeout_ms = timeout_ms;
    options_.skip_no_match = skip_no_match ? 1 : 0;
  }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  const hashvet_match_options* options() const { return &options_; }

 private:
  const std::vector<std::string> only_;
  const std::vector<const char*> pointers_;
  hashvet_match_options options_ = HASHVET_MATCH_OPTIONS_INIT;
};

// Calls share it; closing waits for those that run, and those that come after
// are told so by the C interface.
class Matcher {
 public:
  explicit Matcher(hashvet_matcher* matcher) : matcher_(matcher) {}
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;
  ~Matcher() { hashvet_matcher_close(matcher_); }

  // call: int(hashvet_matcher*, hashvet_error**), without the GIL.
  template <typename Function>
  void With(Function function) {
    Call call;
    int code = HASHVET_OK;
    std::shared_mutex& in_use = in_use_.lock();
    {
      const nb::gil_scoped_release others_run;
      const std::shared_lock lock(in_use);
      code = function(matcher_, call.error());
    }
    call.Check(code);
  }
  void Close() {
    std::shared_mutex& in_use = in_use_.lock();
    const nb::gil_scoped_release others_run;
    const std::unique_lock lock(in_use);
    hashvet_matcher_close(matcher_);
  }

 private:
  hashvet_matcher* const matcher_;  // its shell outlives its closing
  InUse in_use_;
};

// open: int(hashvet_matcher**, hashvet_error**), without the GIL.
template <typename Open>
std::unique_ptr<Matcher> OpenWith(Open open) {
  hashvet_matcher* matcher = nullptr;
  Call call;
  int code = HASHVET_OK;
  {
    const nb::gil_scoped_release others_run;
    code = open(&matcher, call.error());
  }
  call.Check(code);
  return std::make_unique<Matcher>(matcher);
}

std::unique_ptr<Matcher> Open(const Paths& snapshots, const Paths& directories,
                              const nb::bytes& policy,
                              const nb::bytes& trusted_keys,
                              const std::string& publication,
                              const std::string& encryption_key,
                              const nb::bytes& state, bool follow,
                              uint32_t threads) {
  const std::vector<std::string> files = PathsOf(snapshots);
  const std::vector<std::string> folders = PathsOf(directories);
  const auto file_pointers = PointersOf(files, "snapshots");
  const auto folder_pointers = PointersOf(folders, "directories");
  hashvet_matcher_options options = HASHVET_MATCHER_OPTIONS_INIT;
  options.snapshots = file_pointers.data();
  options.snapshot_count = file_pointers.size();
  options.directories = folder_pointers.data();
  options.directory_count = folder_pointers.size();
  options.policy_file = policy.c_str();
  options.trusted_keys = trusted_keys.c_str();
  options.publication = TextOf(publication, "publication");
  options.encryption_key = TextOf(encryption_key, "encryption_key");
  options.state_file = state.c_str();
  options.follow = follow ? 1 : 0;
  options.threads = threads;
  return OpenWith([&](hashvet_matcher** matcher, hashvet_error** error) {
    return hashvet_matcher_open(&options, matcher, error);
  });
}

std::unique_ptr<Matcher> OpenBytes(nb::handle snapshot, const std::string& name,
                                   uint32_t threads) {
  const Buffer bytes(snapshot);
  const char* const told = TextOf(name, "name");
  return OpenWith([&](hashvet_matcher** matcher, hashvet_error** error) {
    return hashvet_matcher_open_bytes(bytes.data(), bytes.size(), told, threads,
                                      matcher, error);
  });
}

nb::dict Describe(Matcher& matcher) {
  hashvet_matcher_info info = {};
  info.struct_size = sizeof info;
  std::vector<std::string> lines;
  matcher.With([&](const hashvet_matcher* opened, hashvet_error** error) {
    return hashvet_matcher_describe(
        opened, &info,
        [](void* to, const char* text, size_t size) {
          static_cast<std::vector<std::string>*>(to)->emplace_back(text, size);
        },
        &lines, error);
  });
  nb::dict told;
  told["generation"] = info.generation;
  told["serving_since"] = info.serving_since;
  told["entries"] = info.entries;
  told["lists"] = info.lists;
  told["refusals"] = info.refusals;
  told["refusal"] = info.refusal;
  told["self_test"] = info.self_test;
  nb::list texts;
  for (const std::string& line : lines) {
    texts.append(nb::bytes(line.data(), line.size()));
  }
  told["lines"] = texts;
  return told;
}

std::unique_ptr<Verdicts> MatchValues(
    Matcher& matcher, nb::handle values, size_t count, const std::string& kind,
    const std::optional<std::vector<std::string>>& only,
    std::optional<uint32_t> max_distance, bool as_it_is, uint32_t timeout_ms) {
  const Request request(only, max_distance, as_it_is, timeout_ms);
  const Buffer bytes(values);
  const uint32_t number = KindOf(kind);
  hashvet_verdicts* verdicts = nullptr;
  matcher.With([&](const hashvet_matcher* opened, hashvet_error** error) {
    return hashvet_match_values(opened, number, bytes.data(), bytes.size(),
                                count, request.options(), &verdicts, error);
  });
  return std::make_unique<Verdicts>(verdicts);
}

std::unique_ptr<Verdicts> MatchPictures(
    Matcher& matcher, const std::vector<const Picture*>& pictures,
    const std::optional<std::vector<std::string>>& only,
    std::optional<uint32_t> max_distance, bool as_it_is, uint32_t timeout_ms) {
  const Request request(only, max_distance, as_it_is, timeout_ms);
  std::vector<const hashvet_picture*> handles;
  for (const Picture* picture : pictures) handles.push_back(picture->get());
  hashvet_verdicts* verdicts = nullptr;
  matcher.With([&](const hashvet_matcher* opened, hashvet_error** error) {
    return hashvet_match_pictures(opened, handles.data(), handles.size(),
                                  request.options(), &verdicts, error);
  });
  return std::make_unique<Verdicts>(verdicts);
}

std::unique_ptr<ArrowVerdicts> MatchArrow(
    Matcher& matcher, nb::handle schema_capsule, nb::handle array_capsule,
    const std::string& kind,
    const std::optional<std::vector<std::string>>& only,
    std::optional<uint32_t> max_distance, uint32_t timeout_ms,
    bool skip_no_match) {
  const Request request(only, max_distance, false, timeout_ms, skip_no_match);
  const auto* schema = InCapsule<ArrowSchema>(schema_capsule, "arrow_schema");
  const auto* array = InCapsule<ArrowArray>(array_capsule, "arrow_array");
  const uint32_t number = KindOf(kind);
  ArrowArray verdicts = {};
  matcher.With([&](const hashvet_matcher* opened, hashvet_error** error) {
    return hashvet_match_arrow(opened, number, schema, array, request.options(),
                               &verdicts, error);
  });
  return std::make_unique<ArrowVerdicts>(verdicts);
}

std::unique_ptr<ArrowVerdictStream> MatchArrowStream(
    Matcher& matcher, nb::handle stream_capsule, const std::string& kind,
    const std::optional<std::vector<std::string>>& only,
    std::optional<uint32_t> max_distance, uint32_t timeout_ms,
    bool skip_no_match) {
  const Request request(only, max_distance, false, timeout_ms, skip_no_match);
  auto* values =
      InCapsule<ArrowArrayStream>(stream_capsule, "arrow_array_stream");
  const uint32_t number = KindOf(kind);
  ArrowArrayStream verdicts = {};
  matcher.With([&](const hashvet_matcher* opened, hashvet_error** error) {
    return hashvet_match_arrow_stream(opened, number, values, request.options(),
                                      &verdicts, error);
  });
  return std::make_unique<ArrowVerdictStream>(verdicts);
}

std::vector<std::string> Kinds(
    Matcher& matcher, const std::optional<std::vector<std::string>>& only,
    std::optional<uint32_t> max_distance) {
  const Request request(only, max_distance, false, 0);
  std::array<uint32_t, 32> kinds;
  size_t count = 0;
  matcher.With([&](const hashvet_matcher* opened, hashvet_error** error) {
    return hashvet_matcher_kinds(opened, request.options(), kinds.data(),
                                 kinds.size(), &count, error);
  });
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) {
    names.emplace_back(hashvet_kind_name(kinds[i]));
  }
  return names;
}

}  // namespace

void AddMatchers(nb::module_& module) {
  module.def("open", Open, nb::arg("snapshots"), nb::arg("directories"),
             nb::arg("policy"), nb::arg("trusted_keys"), nb::arg("publication"),
             nb::arg("encryption_key"), nb::arg("state"), nb::arg("follow"),
             nb::arg("threads"));
  module.def("open_bytes", OpenBytes, nb::arg("snapshot"), nb::arg("name"),
             nb::arg("threads"));
  const auto only = nb::arg("only").none();
  const auto max_distance = nb::arg("max_distance").none();
  nb::class_<Matcher>(module, "Matcher")
      .def("close", &Matcher::Close)
      .def("reload", [](Matcher& self) { self.With(hashvet_matcher_reload); })
      .def("self_test",
           [](Matcher& self) { self.With(hashvet_matcher_self_test); })
      .def("describe", Describe,
           nb::sig("def describe(self) -> dict[str, typing.Any]"))
      .def("kinds", Kinds, only, max_distance)
      .def("match_values", MatchValues, nb::arg("values"), nb::arg("count"),
           nb::arg("kind"), only, max_distance, nb::arg("as_it_is"),
           nb::arg("timeout_ms"))
      .def("match_pictures", MatchPictures, nb::arg("pictures"), only,
           max_distance, nb::arg("as_it_is"), nb::arg("timeout_ms"))
      .def("match_arrow", MatchArrow, nb::arg("schema"), nb::arg("array"),
           nb::arg("kind"), only, max_distance, nb::arg("timeout_ms"),
           nb::arg("skip_no_match"))
      .def("match_arrow_stream", MatchArrowStream, nb::arg("stream"),
           nb::arg("kind"), only, max_distance, nb::arg("timeout_ms"),
           nb::arg("skip_no_match"));
}

}  // namespace hashvet::python
