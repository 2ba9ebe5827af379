// Arithmetic on sizes that come from files and pictures: a sum or product that
// does not fit is told, never wrapped.

#ifndef HASHVET_BASE_CHECKED_H_
#define HASHVET_BASE_CHECKED_H_

#include <concepts>
#include <optional>

namespace hashvet {

template <std::integral T>
constexpr std::optional<T> CheckedAdd(T a, T b) {
  T sum;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

template <std::integral T>
constexpr std::optional<T> CheckedMultiply(T a, T b) {
  T product;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

}  // namespace hashvet

#endif  // HASHVET_BASE_CHECKED_H_
