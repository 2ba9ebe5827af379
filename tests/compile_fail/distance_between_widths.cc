// Hashes of two widths have no distance.
#include "hashvet/hash/bit_hash.h"

uint32_t Use(const hashvet::Hash256& a, const hashvet::Hash64& b) {
#ifdef MISUSE
  return hashvet::Distance(a, b);
#else
  return hashvet::Distance(a, a) + hashvet::Distance(b, b);
#endif
}
