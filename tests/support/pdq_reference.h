// PDQ written straight from its definition, step by step and in double: slow,
// and correct at a glance. What the library computes is compared with it.

#ifndef HASHVET_TESTS_SUPPORT_PDQ_REFERENCE_H_
#define HASHVET_TESTS_SUPPORT_PDQ_REFERENCE_H_

#include <array>
#include <cstddef>

#include "hashvet/hash/bit_hash.h"
#include "hashvet/pixels/picture_view.h"

namespace hashvet::testing {

struct PdqReference {
  std::array<std::array<double, 64>, 64> plane;         // [row][column]
  std::array<std::array<double, 16>, 16> coefficients;  // [i][j]
  double median;
  Hash256 hash;
  int quality;
};

// REQUIRES: both sides are at least 5.
PdqReference ComputePdqReference(const PictureView& picture);

// How far bit k is from being the other one: the distance of its coefficient
// from the median. Sums that are rounded in another order may differ in bits
// that are close to 0 here, and in no other.
double Margin(const PdqReference& reference, size_t k);

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_SUPPORT_PDQ_REFERENCE_H_
