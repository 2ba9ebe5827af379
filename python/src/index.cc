#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "src/call.h"
#include "src/module.h"

namespace hashvet::python {
namespace {

// Searches share it; adding waits for them, and they for it.
class Index {
 public:
  explicit Index(const std::string& kind) : size_(0), index_(nullptr) {
    const uint32_t number = KindOf(kind);
    Call call;
    call.Check(hashvet_index_create(number, &index_, call.error()));
    size_ = hashvet_kind_size(number);
  }
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;
  ~Index() { hashvet_index_free(index_); }

  void Add(nb::handle values) {
    const Buffer bytes(values);
    Call call;
    int code = HASHVET_OK;
    std::shared_mutex& in_use = Lock();
    {
      const nb::gil_scoped_release others_run;
      const std::unique_lock lock(in_use);
      adding_ = ::getpid();
      code = hashvet_index_add(index_, bytes.data(), bytes.size(),
                               bytes.size() / size_, call.error());
      adding_ = 0;
    }
    call.Check(code);
  }

  size_t Count() {
    std::shared_mutex& in_use = Lock();
    const nb::gil_scoped_release others_run;
    const std::shared_lock lock(in_use);
    return hashvet_index_count(index_);
  }

  // All of them, one behind the other.
  nb::bytes Values() {
    std::string values;
    Call call;
    int code = HASHVET_OK;
    std::shared_mutex& in_use = Lock();
    {
      const nb::gil_scoped_release others_run;
      const std::shared_lock lock(in_use);
      const size_t count = hashvet_index_count(index_);
      values.resize(count * size_);
      for (size_t i = 0; i < count && code == HASHVET_OK; ++i) {
        code = hashvet_index_value(
            index_, i, reinterpret_cast<uint8_t*>(&values[i * size_]), size_,
            call.error());
      }
    }
    call.Check(code);
    return nb::bytes(values.data(), values.size());
  }

  nb::bytes Value(size_t number) {
    std::string value(size_, '\0');
    Call call;
    int code = HASHVET_OK;
    std::shared_mutex& in_use = Lock();
    {
      const nb::gil_scoped_release others_run;
      const std::shared_lock lock(in_use);
      code = hashvet_index_value(index_, number,
                                 reinterpret_cast<uint8_t*>(value.data()),
                                 size_, call.error());
    }
    call.Check(code);
    return nb::bytes(value.data(), value.size());
  }

  // For each query a list of (number, distance).
  nb::list Search(nb::handle queries, uint32_t max_distance) {
    struct Hit {
      size_t query, number;
      uint32_t distance;
    };
    const Buffer bytes(queries);
    const size_t count = bytes.size() / size_;
    std::vector<Hit> hits;
    Call call;
    int code = HASHVET_OK;
    std::shared_mutex& in_use = Lock();
    {
      const nb::gil_scoped_release others_run;
      const std::shared_lock lock(in_use);
      code = hashvet_index_search(
          index_, bytes.data(), bytes.size(), count, max_distance,
          [](void* to, size_t query, size_t number, uint32_t distance) {
            static_cast<std::vector<Hit>*>(to)->push_back(
                {query, number, distance});
          },
          &hits, call.error());
    }
    call.Check(code);
    nb::list results;
    size_t next = 0;
    for (size_t q = 0; q < count; ++q) {
      nb::list found;
      for (; next < hits.size() && hits[next].query == q; ++next) {
        found.append(nb::make_tuple(hits[next].number, hits[next].distance));
      }
      results.append(std::move(found));
    }
    return results;
  }

 private:
  // REQUIRES: the GIL
  std::shared_mutex& Lock() {
    const pid_t adding = adding_;
    if (adding != 0 && adding != ::getpid()) {
      throw Failure(HASHVET_FAILED_PRECONDITION,
                    "index: was being added to when this process was forked");
    }
    return in_use_.lock();
  }

  size_t size_;  // of a value
  hashvet_index* index_;
  InUse in_use_;
  std::atomic<pid_t> adding_ = 0;  // the process that is
};

}  // namespace

void AddIndexes(nb::module_& module) {
  nb::class_<Index>(module, "Index", "Values without a list, searched.")
      .def(nb::init<const std::string&>(), nb::arg("kind"))
      .def("add", &Index::Add, nb::arg("values"))
      .def("__len__", &Index::Count)
      .def("value", &Index::Value, nb::arg("number"))
      .def("values", &Index::Values)
      .def("search", &Index::Search, nb::arg("queries"),
           nb::arg("max_distance"),
           nb::sig("def search(self, queries: object, max_distance: int) -> "
                   "list[list[tuple[int, int]]]"));
}

}  // namespace hashvet::python
