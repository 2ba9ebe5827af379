#include "hashvet/sandbox/in_process_hasher.h"

#include <dlfcn.h>

#include <array>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/picture_file.h"
#include "src/sandbox/companion.h"
#include "src/sandbox/inprocess_seam.h"
#include "src/sandbox/kind_slots.h"

namespace hashvet {
namespace {

class InProcessHasher : public PictureHasher {
 public:
  InProcessHasher(HashvetInprocessAnswerFunction* answer,
                  HashvetInprocessCodecsFunction* codecs)
      : answer_(answer), codecs_(codecs) {}

  PictureHashes Hash(std::span<const std::byte> bytes, std::string_view name,
                     const HashRequest& request) override {
    if (bytes.size() > request.max_input_bytes) {
      return FailedPicture(HashOutcome::kOverLimit,
                           absl::ResourceExhaustedError(absl::StrCat(
                               "picture: ", bytes.size(), " bytes, at most ",
                               request.max_input_bytes, " are read")));
    }
    const Request message =
        ToMessage(request, name, bytes.size(), 0, Codecs::kOthers);
    Record record = {};
    answer_(&message, reinterpret_cast<const uint8_t*>(bytes.data()),
            bytes.size(), &record);
    absl::StatusOr<PictureHashes> picture =
        FromRecord(std::as_bytes(std::span(&record, 1)), request);
    PictureHashes answer =
        picture.ok()
            ? *std::move(picture)
            : FailedPicture(HashOutcome::kDecoderFailed, picture.status());
    AddDigests(request.kinds, bytes, answer);
    return answer;
  }

  absl::Status CheckCodecs() override {
    std::array<char, kMaxReasonBytes> reason = {};
    if (codecs_(reason.data())) return absl::OkStatus();
    return absl::UnavailableError(reason.data());
  }

 private:
  HashvetInprocessAnswerFunction* answer_;
  HashvetInprocessCodecsFunction* codecs_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<PictureHasher>> MakeInProcessHasher() {
  HASHVET_ASSIGN_OR_RETURN(const std::string path, FindInProcessModule());
  void* module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (module == nullptr) {
    const char* why = dlerror();
    return absl::UnavailableError(absl::StrCat(
        "in-process decoder module: ", why != nullptr ? why : path.c_str()));
  }
  const auto version = reinterpret_cast<HashvetInprocessVersionFunction*>(
      dlsym(module, HASHVET_INPROCESS_VERSION_SYMBOL));
  const auto answer = reinterpret_cast<HashvetInprocessAnswerFunction*>(
      dlsym(module, HASHVET_INPROCESS_ANSWER_SYMBOL));
  const auto codecs = reinterpret_cast<HashvetInprocessCodecsFunction*>(
      dlsym(module, HASHVET_INPROCESS_CODECS_SYMBOL));
  if (version == nullptr || answer == nullptr || codecs == nullptr ||
      version() != kProtocolVersion) {
    return absl::FailedPreconditionError(absl::StrCat(
        "in-process decoder module: of another version of hashvet: ", path));
  }
  return std::make_unique<InProcessHasher>(answer, codecs);
}

}  // namespace hashvet
