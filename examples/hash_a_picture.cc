// Prints the PDQ hash and the quality of every picture it is given.
//
//   hash_a_picture PICTURE…

#include <cstdio>
#include <string>

#include "hashvet/hash/text.h"
#include "hashvet/picture/hash_picture.h"

int main(int argc, char** argv) {
  int failed = 0;
  for (int i = 1; i < argc; ++i) {
    const hashvet::PictureHashes picture = hashvet::HashPictureFile(argv[i]);
    if (picture.outcome != hashvet::HashOutcome::kHashed) {
      std::fprintf(stderr, "%s: %s\n", argv[i],
                   picture.status.ToString().c_str());
      ++failed;
      continue;
    }
    const std::string hash = hashvet::ToHex(picture.pdq.hash());
    std::printf("%s,%d,%s\n", hash.c_str(), picture.pdq.quality, argv[i]);
  }
  return failed == 0 ? 0 : 1;
}
