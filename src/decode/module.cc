#include "src/decode/module.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/base/own_folder.h"

// The build says where modules are installed below a prefix.
#ifndef HASHVET_MODULE_LIBDIR
#define HASHVET_MODULE_LIBDIR "lib"
#endif

namespace hashvet {
namespace {

// Where a module may lie, in the order tried. The variable replaces all
// others; a program that runs with another's rights does not look at it.
std::vector<std::string> Candidates(const char* file) {
  const char* folder = secure_getenv("HASHVET_MODULE_DIR");
  if (folder != nullptr && *folder != '\0') {
    return {absl::StrCat(folder, "/", file)};
  }
  const std::string own =
      FolderOfCode(reinterpret_cast<const void*>(&Candidates));
  return {
      // An installed shared library: lib/libhashvet_decode.so.
      absl::StrCat(own, "/hashvet/", file),
      // A program with everything linked in: bin/hashvet, installed or not.
      absl::StrCat(own, "/../", HASHVET_MODULE_LIBDIR, "/hashvet/", file),
      // hashvet-decoder, in libexec/hashvet/ below the same prefix.
      absl::StrCat(own, "/../../", HASHVET_MODULE_LIBDIR, "/hashvet/", file),
      // Another module of ours, in the same folder.
      absl::StrCat(own, "/", file),
      // A program or library at the top of a build tree.
      absl::StrCat(own, "/", HASHVET_MODULE_LIBDIR, "/hashvet/", file),
      // Anybody's program that was linked through our CMake package or
      // pkg-config file: these give it a run path to the module's folder.
      file,
  };
}

}  // namespace

absl::StatusOr<void*> OpenModule(const ModuleNames& names) {
  std::vector<std::string> reasons;
  for (const std::string& path : Candidates(names.file)) {
    if (path != names.file && access(path.c_str(), F_OK) != 0) {
      reasons.push_back(absl::StrCat(path, ": no such file"));
      continue;
    }
    void* module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (module == nullptr) {
      const char* why = dlerror();
      reasons.push_back(why != nullptr ? why : path);
      continue;
    }
    auto* version =
        reinterpret_cast<int (*)()>(dlsym(module, names.version_symbol));
    void* decode = dlsym(module, names.decode_symbol);
    if (version == nullptr || decode == nullptr || version() != names.version) {
      reasons.push_back(absl::StrCat(path, ": of another version of hashvet"));
      continue;
    }
    return decode;
  }
  return absl::UnavailableError(
      absl::StrCat("codec module for ", names.formats,
                   ": cannot be opened (HASHVET_MODULE_DIR names its folder): ",
                   absl::StrJoin(reasons, "; ")));
}

}  // namespace hashvet
