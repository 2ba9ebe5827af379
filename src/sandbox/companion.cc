#include "src/sandbox/companion.h"

#include <stdlib.h>
#include <unistd.h>

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hashvet/base/status.h"
#include "src/base/own_folder.h"

// The build says where libraries are installed below a prefix, and programs
// that other programs run.
#ifndef HASHVET_MODULE_LIBDIR
#define HASHVET_MODULE_LIBDIR "lib"
#endif
#ifndef HASHVET_LIBEXECDIR
#define HASHVET_LIBEXECDIR "libexec"
#endif

namespace hashvet {
namespace {

constexpr char kDecoder[] = "hashvet-decoder";
constexpr char kInProcessModule[] = "libhashvet_inprocess.so";

std::string OwnFolder() {
  return FolderOfCode(reinterpret_cast<const void*>(&OwnFolder));
}

absl::StatusOr<std::string> FirstOf(const std::vector<std::string>& places,
                                    int access_mode, std::string_view what,
                                    std::string_view variable) {
  for (const std::string& place : places) {
    if (::access(place.c_str(), access_mode) == 0) return place;
  }
  return absl::NotFoundError(absl::StrCat(
      ToAbsl(what), ": not there, or not for us to use (", ToAbsl(variable),
      " names it): ", absl::StrJoin(places, "; ")));
}

}  // namespace

absl::StatusOr<std::string> FindDecoder(const std::string& configured) {
  std::vector<std::string> places;
  const char* variable = secure_getenv("HASHVET_DECODER");
  if (!configured.empty()) {
    places = {configured};
  } else if (variable != nullptr && *variable != '\0') {
    places = {variable};
  } else {
    const std::string own = OwnFolder();
    const std::string installed =
        absl::StrCat("/" HASHVET_LIBEXECDIR "/hashvet/", kDecoder);
    places = {absl::StrCat(own, "/", kDecoder),
              absl::StrCat(own, "/..", installed),
              // A library in lib/<machine>/.
              absl::StrCat(own, "/../..", installed),
              // A library at the top of a build tree.
              absl::StrCat(own, "/bin/", kDecoder)};
  }
  return FirstOf(places, X_OK, "decoder program", "HASHVET_DECODER");
}

absl::StatusOr<std::string> FindInProcessModule() {
  std::vector<std::string> places;
  const char* folder = secure_getenv("HASHVET_MODULE_DIR");
  if (folder != nullptr && *folder != '\0') {
    places = {absl::StrCat(folder, "/", kInProcessModule)};
  } else {
    const std::string own = OwnFolder();
    places = {absl::StrCat(own, "/hashvet/", kInProcessModule),
              absl::StrCat(own, "/../" HASHVET_MODULE_LIBDIR "/hashvet/",
                           kInProcessModule)};
  }
  return FirstOf(places, R_OK, "in-process decoder module",
                 "HASHVET_MODULE_DIR");
}

}  // namespace hashvet
