#include "src/decode/codec_module.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hashvet/base/status.h"
#include "src/base/own_folder.h"

// The build says where the module is installed below a prefix, and whether it
// is built at all.
#ifndef HASHVET_MODULE_LIBDIR
#define HASHVET_MODULE_LIBDIR "lib"
#endif
#ifndef HASHVET_HAS_IMGCODECS
#define HASHVET_HAS_IMGCODECS 1
#endif

namespace hashvet {
namespace {

constexpr char kFileName[] = "libhashvet_imgcodecs.so";

// Where the module may lie, in the order tried. The variable replaces all
// others; a program that runs with another's rights does not look at it.
std::vector<std::string> Candidates() {
  const char* folder = secure_getenv("HASHVET_MODULE_DIR");
  if (folder != nullptr && *folder != '\0') {
    return {absl::StrCat(folder, "/", kFileName)};
  }
  const std::string own =
      FolderOfCode(reinterpret_cast<const void*>(&Candidates));
  return {
      // An installed shared library: lib/libhashvet_decode.so.
      absl::StrCat(own, "/hashvet/", kFileName),
      // A program with everything linked in: bin/hashvet, installed or not.
      absl::StrCat(own, "/../", HASHVET_MODULE_LIBDIR, "/hashvet/", kFileName),
      // hashvet-decoder, in libexec/hashvet/ below the same prefix.
      absl::StrCat(own, "/../../", HASHVET_MODULE_LIBDIR, "/hashvet/",
                   kFileName),
      // Another module of ours, in the same folder.
      absl::StrCat(own, "/", kFileName),
      // A program or library at the top of a build tree.
      absl::StrCat(own, "/", HASHVET_MODULE_LIBDIR, "/hashvet/", kFileName),
      // Anybody's program that was linked through our CMake package or
      // pkg-config file: these give it a run path to the module's folder.
      kFileName,
  };
}

absl::StatusOr<HashvetImgcodecsDecodeFunction*> Open() {
  std::vector<std::string> reasons;
  for (const std::string& path : Candidates()) {
    if (path != kFileName && access(path.c_str(), F_OK) != 0) {
      reasons.push_back(absl::StrCat(path, ": no such file"));
      continue;
    }
    // Never closed: OpenCV starts threads and registers handlers of its own.
    void* module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (module == nullptr) {
      const char* why = dlerror();
      reasons.push_back(why != nullptr ? why : path);
      continue;
    }
    auto* version = reinterpret_cast<HashvetImgcodecsVersionFunction*>(
        dlsym(module, HASHVET_IMGCODECS_VERSION_SYMBOL));
    auto* decode = reinterpret_cast<HashvetImgcodecsDecodeFunction*>(
        dlsym(module, HASHVET_IMGCODECS_DECODE_SYMBOL));
    if (version == nullptr || decode == nullptr ||
        version() != kHashvetImgcodecsVersion) {
      reasons.push_back(absl::StrCat(path, ": of another version of hashvet"));
      continue;
    }
    return decode;
  }
  return absl::UnavailableError(
      absl::StrCat("codec module for PNG, WebP, BMP and TIFF: cannot be opened "
                   "(HASHVET_MODULE_DIR names its folder): ",
                   absl::StrJoin(reasons, "; ")));
}

// Opened once and kept. A failure is tried again: the file may appear.
absl::StatusOr<HashvetImgcodecsDecodeFunction*> Module() {
  if constexpr (HASHVET_HAS_IMGCODECS == 0) {
    return absl::UnimplementedError(
        "codec module: this build has no codecs for PNG, WebP, BMP and TIFF "
        "(HASHVET_WITH_OPENCV is off)");
  }
  static std::mutex mutex;
  static HashvetImgcodecsDecodeFunction* decode = nullptr;
  const std::lock_guard lock(mutex);
  if (decode == nullptr) {
    HASHVET_ASSIGN_OR_RETURN(decode, Open());
  }
  return decode;
}

}  // namespace

absl::Status OpenCodecModule() { return Module().status(); }

absl::StatusOr<CodecPicture> DecodeWithModule(std::span<const std::byte> bytes,
                                              const PictureHeader& header) {
  HASHVET_ASSIGN_OR_RETURN(HashvetImgcodecsDecodeFunction * decode, Module());
  HASHVET_ASSIGN_OR_RETURN(
      Picture picture,
      Picture::Create(header.width, header.height, PixelFormat::kBgr8));
  const HashvetImgcodecsRequest request = {
      .bytes = reinterpret_cast<const uint8_t*>(bytes.data()),
      .size_bytes = bytes.size(),
      .format = static_cast<uint32_t>(header.format),
      .width = header.width,
      .height = header.height,
      .bgr = picture.row(0),
  };
  HashvetImgcodecsReply reply = {};
  const int code = decode(&request, &reply);
  reply.message[sizeof(reply.message) - 1] = '\0';
  const std::string message =
      absl::StrCat(ToAbsl(NameOf(header.format)), ": ", reply.message);
  switch (code) {
    case kHashvetImgcodecsOk:
      return CodecPicture{std::move(picture), reply.truncated != 0,
                          reply.alpha_flattened != 0};
    case kHashvetImgcodecsUnsupported:
      return absl::UnimplementedError(message);
    case kHashvetImgcodecsNoMemory:
      return absl::ResourceExhaustedError(message);
    default:
      return absl::InvalidArgumentError(message);
  }
}

}  // namespace hashvet
