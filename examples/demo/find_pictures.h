// Photographs to show something on: installed by Debian packages, or in a
// folder of the user's own.

#ifndef HASHVET_EXAMPLES_DEMO_FIND_PICTURES_H_
#define HASHVET_EXAMPLES_DEMO_FIND_PICTURES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/hash/picture_hashes.h"

namespace hashvet::demo {

// The packages that install the photographs, separated by spaces.
inline constexpr char kPicturePackages[] =
    "libjxl-testdata python3-skimage plasma-workspace-wallpapers";

struct Photograph {
  std::string name;    // unique, of A-Z a-z 0-9 _ -, at most 20 characters
  std::string path;    // as opened
  std::string origin;  // where it is from, for the reader: "python3-skimage"
  PictureHashes hashes;
};

// At most max_pictures installed photographs, always in the same order. None of
// them shows a person.
//
// Errors: NotFound, naming the packages, when there are fewer than
// min_pictures.
absl::StatusOr<std::vector<Photograph>> FindInstalledPhotographs(
    size_t min_pictures, size_t max_pictures);

// The same from the pictures in a folder and its subfolders, by path.
absl::StatusOr<std::vector<Photograph>> FindPhotographsIn(
    const std::string& folder, size_t min_pictures, size_t max_pictures);

// How far two pictures are apart: bits, over all orientations of the first.
struct Nearness {
  uint32_t distance = Hash256::kBits;
  Orientation orientation = Orientation::kOriginal;
};
Nearness NearnessOf(const PdqHashes& picture, const PdqHashes& other);

}  // namespace hashvet::demo

#endif  // HASHVET_EXAMPLES_DEMO_FIND_PICTURES_H_
