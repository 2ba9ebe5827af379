// The directory that a path's last name is in. Private to the library.

#ifndef HASHVET_SRC_BASE_DIRECTORY_OF_H_
#define HASHVET_SRC_BASE_DIRECTORY_OF_H_

#include <string>

namespace hashvet {

// "." for a bare name, "/" for one of the root's. Nothing is looked up.
inline std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace hashvet

#endif  // HASHVET_SRC_BASE_DIRECTORY_OF_H_
