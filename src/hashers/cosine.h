// Cosines at multiples of pi / 128, by their power series at compile time: a C
// library's cos may depend on the CPU in the last place.

#ifndef HASHVET_SRC_HASHERS_COSINE_H_
#define HASHVET_SRC_HASHERS_COSINE_H_

#include <cstddef>

namespace hashvet {

// cos(pi / 128 * step) for step = 0..64.
constexpr double CosineSeries(size_t step) {
  constexpr double kPi = 3.14159265358979323846;
  const double x = kPi / 128 * static_cast<double>(step);
  double term = 1;
  double sum = 1;
  for (int n = 2; n <= 30; n += 2) {  // (pi / 2)^32 / 32! < 10^-29
    term *= -x * x / (n * (n - 1));
    sum += term;
  }
  return sum;
}

// cos(pi / 128 * step) for any step.
constexpr double Cosine(size_t step) {
  step %= 256;                        // its period
  if (step > 128) step = 256 - step;  // even
  const bool negative = step > 64;    // odd about pi / 2
  if (negative) step = 128 - step;
  if (step == 64) return 0;
  return negative ? -CosineSeries(step) : CosineSeries(step);
}

}  // namespace hashvet

#endif  // HASHVET_SRC_HASHERS_COSINE_H_
