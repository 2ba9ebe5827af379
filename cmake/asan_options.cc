// Linked into every program that is built with AddressSanitizer.

// The sanitizer's record of thread-local memory in libraries opened at run time
// guesses that a block at offset 16 of a page has a header of glibc 2.19 before
// it, and reads a range out of it. Since then there is none: where malloc
// happens to place such a block (the codec module brings dozens), the leak
// check reads stray memory and crashes at exit ("Tracer caught signal 11"), in
// one program and not in the next. The record is not needed: glibc 2.36 gets
// these blocks from malloc, so the leak check finds them, and what they point
// to, as it finds any other. tests/sanitizers holds both sentences to it.
extern "C" __attribute__((visibility("default"), used)) const char*
__asan_default_options() {
  return "intercept_tls_get_addr=0";
}
