// hashvet._native: the C interface for Python. What users see is in the
// package's Python files; here nothing is guessed and everything is checked.

#include "src/module.h"

#include <nanobind/stl/string.h>

#include <string>

#include "src/call.h"

namespace hashvet::python {
namespace {

void Raise(const std::exception_ptr& thrown, void*) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Failure& failure) {
    const nb::object error =
        nb::module_::import_("hashvet.errors")
            .attr("error_of")(failure.code(), failure.what());
    PyErr_SetObject(error.type().ptr(), error.ptr());
  }
}

std::string Metrics() {
  std::string text;
  Call call;
  call.Check(hashvet_metrics(
      [](void* to, const char* metrics, size_t size) {
        static_cast<std::string*>(to)->assign(metrics, size);
      },
      &text, call.error()));
  return text;
}

nb::bytes FromText(const std::string& kind, const std::string& text) {
  const uint32_t number = KindOf(kind);
  std::string bytes(hashvet_kind_size(number), '\0');
  Call call;
  call.Check(hashvet_value_from_text(number, TextOf(text, "value"),
                                     reinterpret_cast<uint8_t*>(bytes.data()),
                                     bytes.size(), call.error()));
  return nb::bytes(bytes.data(), bytes.size());
}

std::string ToText(const std::string& kind, nb::handle value) {
  const Buffer bytes(value);
  std::string text(2 * bytes.size() + 1, '\0');
  Call call;
  call.Check(hashvet_value_to_text(KindOf(kind), bytes.data(), bytes.size(),
                                   text.data(), text.size(), call.error()));
  text.pop_back();  // the zero
  return text;
}

uint32_t Distance(const std::string& kind, nb::handle a, nb::handle b) {
  const Buffer first(a), second(b);
  if (first.size() != second.size()) {
    throw Failure(HASHVET_INVALID_ARGUMENT,
                  "distance: got values of " + std::to_string(first.size()) +
                      " and " + std::to_string(second.size()) + " bytes");
  }
  uint32_t distance = 0;
  Call call;
  call.Check(hashvet_distance(KindOf(kind), first.data(), second.data(),
                              first.size(), &distance, call.error()));
  return distance;
}

}  // namespace
}  // namespace hashvet::python

NB_MODULE(_native, module) {
  using namespace hashvet::python;  // NOLINT: all of it is this module
  if (hashvet_abi() != HASHVET_C_ABI) {
    throw nb::import_error("libhashvet_c is of another ABI");
  }
  nb::register_exception_translator(Raise);
  module.attr("__doc__") = "The C interface of hashvet; use the package.";
  module.attr("version") = hashvet_version();
  module.attr("features") = hashvet_features();
  module.def("metrics", Metrics);
  module.def(
      "kind_size",
      [](const std::string& kind) { return hashvet_kind_size(KindOf(kind)); },
      nb::arg("kind"));
  module.def("value_from_text", FromText, nb::arg("kind"), nb::arg("text"));
  module.def("value_to_text", ToText, nb::arg("kind"), nb::arg("value"));
  module.def("distance", Distance, nb::arg("kind"), nb::arg("a"), nb::arg("b"));
  AddPictures(module);
  AddVerdicts(module);
  AddArrow(module);
  AddMatchers(module);
  AddIndexes(module);
}
