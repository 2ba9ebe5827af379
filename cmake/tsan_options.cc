// Linked into every program that is built with ThreadSanitizer.

// The decoder is started by clone() with our memory (src/sandbox/started_program.cc).
// The sanitizer takes that for a fork, notes it in the memory that both have, and
// would end us at our next thread ("starting new threads after multi-threaded
// fork").
extern "C" __attribute__((visibility("default"), used)) const char*
__tsan_default_options() {
  return "die_after_fork=0";
}
