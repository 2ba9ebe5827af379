// Answers files as a child of the decoder's lanes does, in this process: what a
// sanitizer says of a fault is read here, which a child has nowhere to write.
//
//   answer_files FILE...      for ./dev evidence decode

#include <cstdio>
#include <memory>

#include "hashvet/base/mapped_file.h"
#include "src/decoder/answer.h"
#include "src/sandbox/protocol.h"

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const auto file = hashvet::ReadFile(argv[i], size_t{64} << 20);
    if (!file.ok()) {
      std::fprintf(stderr, "answer_files: cannot be read: %s\n", argv[i]);
      return 2;
    }
    const hashvet::Request request =
        hashvet::ToMessage({}, "", file->size(), 0, hashvet::Codecs::kOthers);
    const auto record = std::make_unique<hashvet::Record>();
    hashvet::decoder::Answer(request, *file, *record);
  }
  std::printf("%d files answered\n", argc - 1);
  return argc > 1 ? 0 : 1;
}
