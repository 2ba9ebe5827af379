#include "hashvet/base/wipe.h"

#include <array>
#include <cstring>

namespace hashvet {

void Wipe(void* bytes, size_t size_bytes) { explicit_bzero(bytes, size_bytes); }

[[gnu::noinline]] void WipeStack() {
  std::array<char, size_t{64} << 10> stack;
  explicit_bzero(stack.data(), stack.size());
}

}  // namespace hashvet
