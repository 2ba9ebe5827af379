// What the PDQ reference answers for one picture, and how to hold ours to it.

#ifndef HASHVET_TESTS_SUPPORT_PDQ_VECTORS_H_
#define HASHVET_TESTS_SUPPORT_PDQ_VECTORS_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "hashvet/hash/orientation.h"
#include "hashvet/pixels/picture_view.h"

namespace hashvet::testing {

struct PdqVector {
  std::string name;
  uint32_t width;
  uint32_t height;
  int quality;
  std::string hash;
  int quality_nn512;
  std::string hash_nn512;
  std::array<std::string, kOrientations - 1> turned;  // from kRotate90 on
};

// The rows of a CSV file whose first line names the columns in the order above.
// Empty when there is no such file: the shared vectors are not shipped.
std::vector<PdqVector> ReadPdqVectors(const std::string& path);

// ../shared/vectors/<name>, seen from the source tree.
std::string SharedVectorsPath(const std::string& name);

// Checks that hashing `picture` gives the vector's qualities, and its hashes
// wherever the quality is kPdqMinQuality or more (below that, rounding noise
// decides the bits). Returns how many hashes were compared.
int ExpectVector(const PictureView& picture, const PdqVector& vector);

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_SUPPORT_PDQ_VECTORS_H_
