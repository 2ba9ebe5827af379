// HASHVET_EXPORT marks what a shared libhashvet_*.so shows; all else is hidden.

#ifndef HASHVET_BASE_EXPORT_H_
#define HASHVET_BASE_EXPORT_H_

#define HASHVET_EXPORT __attribute__((visibility("default")))

#endif  // HASHVET_BASE_EXPORT_H_
