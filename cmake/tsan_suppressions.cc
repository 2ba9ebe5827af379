// Linked into every program that is built with ThreadSanitizer.

// GDAL, which OpenCV's picture codecs load, takes two locks of its own in both
// orders, in one thread, while it is loaded.
extern "C" __attribute__((visibility("default"), used)) const char*
__tsan_default_suppressions() {
  return "deadlock:libgdal.so\n";
}
