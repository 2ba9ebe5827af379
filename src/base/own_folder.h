// Where our own code lies on the disk, to find what was installed beside it.

#ifndef HASHVET_SRC_BASE_OWN_FOLDER_H_
#define HASHVET_SRC_BASE_OWN_FOLDER_H_

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>

namespace hashvet {

// The file that is mapped at `code`, from the root on; empty if unknown.
inline std::string MappedFileAt(const void* code) {
  std::ifstream maps("/proc/self/maps");
  const auto address = reinterpret_cast<uintptr_t>(code);
  for (std::string line; std::getline(maps, line);) {
    uintptr_t begin = 0;
    uintptr_t end = 0;
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR, &begin, &end) !=
            2 ||
        address < begin || address >= end) {
      continue;
    }
    const size_t path = line.find('/');
    return path == std::string::npos ? "" : line.substr(path);
  }
  return "";
}

// The folder of the library or program that holds the function at `code`, from
// the root on; empty if unknown. Without a slash at its end.
inline std::string FolderOfCode(const void* code) {
  Dl_info info = {};
  link_map* own = nullptr;
  if (dladdr1(code, &info, reinterpret_cast<void**>(&own), RTLD_DL_LINKMAP) ==
          0 ||
      own == nullptr) {
    return "";
  }
  std::string path = own->l_name;
  if (path.empty()) {  // the program itself; what it was called by says little
    char program[4096];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof(program));
    if (length <= 0) return "";
    path.assign(program, static_cast<size_t>(length));
  } else if (path[0] != '/') {
    // As it was named when it was opened: the working directory may be another
    // one now, of whoever can put programs there.
    path = MappedFileAt(code);
  }
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

}  // namespace hashvet

#endif  // HASHVET_SRC_BASE_OWN_FOLDER_H_
