#include "src/picture.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/module.h"

namespace hashvet::python {
namespace {

using Names = std::vector<std::string>;

// How pictures are hashed.
class HashOptions {
 public:
  HashOptions(const std::string& variant, uint64_t max_pixels,
              uint64_t max_input_bytes, bool in_process,
              const std::optional<Names>& kinds, bool trim) {
    if (variant == "nn512") {
      options_.pdq_variant = HASHVET_PDQ_NN512;
    } else if (variant != "full") {
      throw Failure(HASHVET_INVALID_ARGUMENT,
                    "variant: got another word, want full or nn512");
    }
    options_.max_pixels = max_pixels;
    options_.max_input_bytes = max_input_bytes;
    options_.in_process = in_process ? 1 : 0;
    options_.no_trim = trim ? 0 : 1;
    if (!kinds.has_value()) return;
    // Of no kind it is PDQ alone, and a place must be there to say so.
    kinds_.push_back(HASHVET_KIND_PDQ);
    for (const std::string& name : *kinds) kinds_.push_back(KindOf(name));
    options_.kinds = kinds_.data();
    options_.kind_count = kinds_.size();
  }
  HashOptions(const HashOptions&) = delete;
  HashOptions& operator=(const HashOptions&) = delete;

  const hashvet_hash_options* get() const { return &options_; }

 private:
  std::vector<uint32_t> kinds_;
  hashvet_hash_options options_ = HASHVET_HASH_OPTIONS_INIT;
};

// hash: int(hashvet_picture**, hashvet_error**), without the GIL.
template <typename Hash>
std::unique_ptr<Picture> HashWith(Hash hash) {
  hashvet_picture* picture = nullptr;
  Call call;
  int code = HASHVET_OK;
  {
    const nb::gil_scoped_release others_run;
    code = hash(&picture, call.error());
  }
  call.Check(code);
  return std::make_unique<Picture>(picture);
}

std::unique_ptr<Picture> HashBytes(nb::handle source,
                                   const HashOptions& options) {
  const Buffer bytes(source);
  return HashWith([&](hashvet_picture** picture, hashvet_error** error) {
    return hashvet_hash_bytes(bytes.data(), bytes.size(), options.get(),
                              picture, error);
  });
}

std::unique_ptr<Picture> HashFile(const nb::bytes& path,
                                  const HashOptions& options) {
  const std::string name(path.c_str(), path.size());
  return HashWith([&](hashvet_picture** picture, hashvet_error** error) {
    return hashvet_hash_file(name.c_str(), options.get(), picture, error);
  });
}

std::unique_ptr<Picture> HashFd(int descriptor, const HashOptions& options) {
  return HashWith([&](hashvet_picture** picture, hashvet_error** error) {
    return hashvet_hash_fd(descriptor, options.get(), picture, error);
  });
}

constexpr std::array<std::pair<const char*, uint32_t>, 5> kFormats = {
    {{"grey8", 1}, {"rgb8", 3}, {"bgr8", 3}, {"luma32", 4}, {"rgba8", 4}}};

std::unique_ptr<Picture> HashPixels(nb::handle pixels, uint32_t width,
                                    uint32_t height, const std::string& format,
                                    const HashOptions& options) {
  uint32_t number = 0;
  while (number < kFormats.size() && format != kFormats[number].first) {
    ++number;
  }
  if (number == kFormats.size()) {
    throw Failure(HASHVET_INVALID_ARGUMENT, "format: got another word");
  }
  const Buffer bytes(pixels);
  const size_t stride = size_t{width} * kFormats[number].second;
  if (stride == 0 || bytes.size() % stride != 0 ||
      bytes.size() / stride != height) {
    throw Failure(HASHVET_INVALID_ARGUMENT,
                  "pixels: got " + std::to_string(bytes.size()) +
                      " bytes, want " + std::to_string(height) + " rows of " +
                      std::to_string(stride));
  }
  return HashWith([&](hashvet_picture** picture, hashvet_error** error) {
    return hashvet_hash_pixels(bytes.data(), width, height, stride, number,
                               options.get(), picture, error);
  });
}

const char* OutcomeOf(const Picture& picture) {
  switch (picture.info().outcome) {
    case HASHVET_HASHED:
      return "hashed";
    case HASHVET_HASH_UNDECODABLE:
      return "undecodable";
    case HASHVET_HASH_UNSUPPORTED:
      return "unsupported";
    case HASHVET_HASH_OVER_LIMIT:
      return "over_limit";
    case HASHVET_HASH_TIMEOUT:
      return "timeout";
    case HASHVET_HASH_DECODER_FAILED:
      return "decoder_failed";
    case HASHVET_HASH_OVERLOADED:
      return "overloaded";
    case HASHVET_HASH_UNREADABLE:
      return "unreadable";
    default:
      return "unknown";
  }
}

constexpr std::array<const char*, 7> kFlags = {
    "truncated",  "type_mismatch",  "orientation_applied", "alpha_flattened",
    "alpha_dual", "frames_skipped", "scan_capped"};

nb::list FlagsOf(const Picture& picture) {
  nb::list flags;
  for (size_t i = 0; i < kFlags.size(); ++i) {
    if ((picture.info().flags >> i & 1) != 0) flags.append(kFlags[i]);
  }
  return flags;
}

nb::bytes HashOf(const Picture& picture, nb::handle orientation,
                 const std::string& kind) {
  const uint32_t number = KindOf(kind);
  std::string bytes(hashvet_kind_size(number), '\0');
  Call call;
  call.Check(hashvet_picture_hash(
      picture.get(), number, WholeOf(orientation, "orientation", 7),
      reinterpret_cast<uint8_t*>(bytes.data()), bytes.size(), call.error()));
  return nb::bytes(bytes.data(), bytes.size());
}

bool IsNoBool(const Picture&) {
  throw nb::type_error(
      "a picture is neither true nor false: one without a hash is one, too; "
      "compare its outcome");
}

void StartDecoder(const nb::bytes& program, uint32_t max_active,
                  uint32_t max_waiting, uint32_t deadline_ms,
                  bool require_confinement) {
  hashvet_decoder_options options = HASHVET_DECODER_OPTIONS_INIT;
  if (program.size() != 0) options.program = program.c_str();
  options.max_active = max_active;
  options.max_waiting = max_waiting;
  options.deadline_ms = deadline_ms;
  options.require_confinement = require_confinement ? 1 : 0;
  Call call;
  int code = HASHVET_OK;
  {
    const nb::gil_scoped_release others_run;
    code = hashvet_decoder_start(&options, call.error());
  }
  call.Check(code);
}

}  // namespace

void AddPictures(nb::module_& module) {
  nb::class_<Picture>(module, "Picture",
                      "A picture that was hashed, or why it was not.")
      .def_prop_ro("outcome", OutcomeOf,
                   "'hashed', or why there is no hash: 'undecodable', "
                   "'unsupported', 'over_limit', 'unreadable' ...")
      .def_prop_ro(
          "message", [](const Picture& self) { return self.info().message; },
          "Why there is no hash, in words; '' where there is one.")
      .def_prop_ro("width",
                   [](const Picture& self) { return self.info().width; })
      .def_prop_ro("height",
                   [](const Picture& self) { return self.info().height; })
      .def_prop_ro(
          "quality", [](const Picture& self) { return self.info().quality; },
          "0 (featureless) .. 100.")
      .def_prop_ro("flags", FlagsOf, nb::sig("def flags(self) -> list[str]"),
                   "What was unusual: 'truncated', 'alpha_flattened' ...")
      .def("hash", HashOf, nb::arg("orientation") = 0, nb::kw_only(),
           nb::arg("kind") = "pdq",
           nb::sig("def hash(self, orientation: int = 0, *, "
                   "kind: str = 'pdq') -> bytes"),
           "The bytes of one hash, 32 of PDQ, as shown (0) or turned (1 .. 7; "
           "a digest has 0 alone). Raises FailedPreconditionError where it has "
           "none.")
      .def("__bool__", IsNoBool)
      .def("__repr__", [](const Picture& self) {
        return "<hashvet.Picture " + std::string(OutcomeOf(self)) + ", " +
               std::to_string(self.info().width) + " x " +
               std::to_string(self.info().height) + ">";
      });
  nb::class_<HashOptions>(module, "HashOptions")
      .def(nb::init<const std::string&, uint64_t, uint64_t, bool,
                    const std::optional<Names>&, bool>(),
           nb::arg("variant"), nb::arg("max_pixels"),
           nb::arg("max_input_bytes"), nb::arg("in_process"),
           nb::arg("kinds").none(), nb::arg("trim"));
  module.def("hash_bytes", HashBytes, nb::arg("source"), nb::arg("options"));
  module.def("hash_file", HashFile, nb::arg("path"), nb::arg("options"));
  module.def("hash_fd", HashFd, nb::arg("descriptor"), nb::arg("options"));
  module.def("hash_pixels", HashPixels, nb::arg("pixels"), nb::arg("width"),
             nb::arg("height"), nb::arg("format"), nb::arg("options"));
  module.def("start_decoder", StartDecoder, nb::arg("program"),
             nb::arg("max_active"), nb::arg("max_waiting"),
             nb::arg("deadline_ms"), nb::arg("require_confinement"));
}

}  // namespace hashvet::python
