#include "src/arrow.h"

#include <utility>
#include <vector>

#include "src/module.h"

namespace hashvet::python {
namespace {

constexpr char kSchema[] = "arrow_schema";
constexpr char kArray[] = "arrow_array";
constexpr char kStream[] = "arrow_array_stream";

template <typename T, const char* kName>
void ReleaseCapsule(PyObject* capsule) {
  auto* held = static_cast<T*>(PyCapsule_GetPointer(capsule, kName));
  if (held->release != nullptr) held->release(held);
  delete held;
}

// A capsule that owns what `held` is.
template <typename T, const char* kName>
nb::object CapsuleOf(const T& held) {
  auto owned = std::make_unique<T>(held);
  PyObject* capsule =
      PyCapsule_New(owned.get(), kName, ReleaseCapsule<T, kName>);
  if (capsule == nullptr) {
    if (owned->release != nullptr) owned->release(owned.get());
    throw nb::python_error();
  }
  owned.release();
  return nb::steal(capsule);
}

// An array that is a view of one that others share. Its children can be moved
// away from it, as from any.
struct Shared {
  std::shared_ptr<const ArrowArray> owner;
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> pointers;

  ~Shared() {
    for (ArrowArray& child : children) {
      if (child.release != nullptr) child.release(&child);
    }
  }
};

void ShareArray(const ArrowArray& from,
                const std::shared_ptr<const ArrowArray>& owner,
                ArrowArray* to) {
  auto shared = std::make_unique<Shared>();
  shared->owner = owner;
  const auto count = static_cast<size_t>(from.n_children);
  shared->children.resize(count, ArrowArray{});
  for (size_t i = 0; i < count; ++i) {
    shared->pointers.push_back(&shared->children[i]);
    ShareArray(*from.children[i], owner, &shared->children[i]);
  }
  *to = from;  // its buffers
  to->children = shared->pointers.data();
  to->release = [](ArrowArray* self) {
    self->release = nullptr;
    delete static_cast<Shared*>(self->private_data);
  };
  to->private_data = shared.release();
}

nb::object SchemaCapsule() {
  ArrowSchema schema = {};
  Call call;
  call.Check(hashvet_arrow_schema(&schema, call.error()));
  return CapsuleOf<ArrowSchema, kSchema>(schema);
}

}  // namespace

ArrowVerdicts::ArrowVerdicts(const ArrowArray& array)
    : array_(new ArrowArray(array), [](ArrowArray* held) {
        if (held->release != nullptr) held->release(held);
        delete held;
      }) {}

nb::tuple ArrowVerdicts::Capsules() const {
  nb::object schema = SchemaCapsule();
  ArrowArray array = {};
  ShareArray(*array_, array_, &array);
  return nb::make_tuple(std::move(schema),
                        CapsuleOf<ArrowArray, kArray>(array));
}

nb::object ArrowVerdictStream::Capsule() {
  if (stream_.release == nullptr) {
    throw Failure(HASHVET_FAILED_PRECONDITION,
                  "Arrow verdicts: a stream is taken once, and this one was");
  }
  const ArrowArrayStream taken = std::exchange(stream_, ArrowArrayStream{});
  return CapsuleOf<ArrowArrayStream, kStream>(taken);
}

void AddArrow(nb::module_& module) {
  nb::class_<ArrowVerdicts>(
      module, "ArrowVerdicts",
      "Verdicts as an Arrow struct array, for any library that takes one: "
      "pyarrow.record_batch(verdicts).")
      .def("__len__", &ArrowVerdicts::size)
      .def(
          "__arrow_c_array__",
          [](const ArrowVerdicts& self, nb::handle) { return self.Capsules(); },
          nb::arg("requested_schema").none() = nb::none(),
          nb::sig("def __arrow_c_array__(self, requested_schema: object | None "
                  "= None) -> tuple[object, object]"));
  nb::class_<ArrowVerdictStream>(
      module, "ArrowVerdictStream",
      "Verdicts as an Arrow stream, taken once: "
      "pyarrow.RecordBatchReader.from_stream(verdicts).")
      .def(
          "__arrow_c_stream__",
          [](ArrowVerdictStream& self, nb::handle) { return self.Capsule(); },
          nb::arg("requested_schema").none() = nb::none(),
          nb::sig("def __arrow_c_stream__(self, requested_schema: object | "
                  "None = None) -> object"));
}

}  // namespace hashvet::python
