// What a hashvet_picture is.

#ifndef HASHVET_SRC_C_PICTURE_H_
#define HASHVET_SRC_C_PICTURE_H_

#include <string>

#include "hashvet/hash/picture_hashes.h"
#include "src/c/guard.h"

struct hashvet_picture : hashvet::c::Handle {
  static constexpr auto kTag = hashvet::c::Tag::kPicture;
  hashvet_picture() : Handle{kTag} {}

  hashvet::PictureHashes hashes;
  std::string message;
};

#endif  // HASHVET_SRC_C_PICTURE_H_
