// Ends under the leak check with 257 threads that each have thread-local memory
// of a module: enough for several blocks to lie at offset 16 of a page.
//
//   leak_check MODULE [leak]    leak: loses 77 bytes, which must be reported

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <latch>
#include <thread>

int main(int argc, char** argv) {
  void* module = argc > 1 ? dlopen(argv[1], RTLD_NOW) : nullptr;
  if (module == nullptr) {
    std::fprintf(stderr, "got no module, want one: %s\n", dlerror());
    return 2;
  }
  auto* keep = reinterpret_cast<void (*)()>(dlsym(module, "KeepSomething"));
  constexpr int kThreads = 256;
  static std::latch ready(kThreads + 1);
  static std::latch never(1);
  for (int i = 0; i < kThreads; ++i) {
    std::thread([keep] {
      keep();
      ready.count_down();
      never.wait();
    }).detach();
  }
  keep();
  ready.arrive_and_wait();
  if (argc > 2) {
    [[maybe_unused]] char* volatile lost = static_cast<char*>(std::malloc(77));
    lost = nullptr;
  }
  return 0;
}
