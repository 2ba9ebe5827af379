// A user's program on hashvet::decode: picture files to hashes.

#include <cstdio>

#include "hashvet/picture/hash_picture.h"

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const hashvet::PictureHashes picture = hashvet::HashPictureFile(argv[i]);
    if (picture.outcome != hashvet::HashOutcome::kHashed) {
      std::fprintf(stderr, "%s\n", picture.status.ToString().c_str());
      return 1;
    }
    std::printf("hashed, %u x %u\n", picture.width, picture.height);
  }
}
