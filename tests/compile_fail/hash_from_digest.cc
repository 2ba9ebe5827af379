// A SHA-256 has as many bits as a PDQ hash and is none.
#include "hashvet/hash/hash_value.h"

hashvet::HashValue Use(const hashvet::Digest& digest,
                       const hashvet::Hash256& hash) {
#ifdef MISUSE
  (void)hash;
  return hashvet::HashValue::Pdq(digest);
#else
  (void)digest;
  return hashvet::HashValue::Pdq(hash);
#endif
}
