// HASHVET_DCHECK(condition): a programmer's promise, checked in debug and
// sanitizer builds only. What untrusted input can reach is a Status instead.

#ifndef HASHVET_BASE_DCHECK_H_
#define HASHVET_BASE_DCHECK_H_

#if defined(HASHVET_DCHECK_ENABLED) || !defined(NDEBUG)
#define HASHVET_DCHECK(condition)       \
  do {                                  \
    if (!(condition)) __builtin_trap(); \
  } while (false)
#else
#define HASHVET_DCHECK(condition) \
  do {                            \
    (void)sizeof(condition);      \
  } while (false)
#endif

#endif  // HASHVET_BASE_DCHECK_H_
