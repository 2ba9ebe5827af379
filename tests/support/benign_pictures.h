// Harmless pictures that everybody has: flat, gradients, bars, blank pages,
// captions, spinners, default avatars. No list's entry may be near one, or it
// would match the whole world. Their PDQ hashes are the matcher's benign panel
// (src/list/benign_panel.inc), which tests/list/benign_panel_test.cc
// holds to these pictures.

#ifndef HASHVET_TESTS_SUPPORT_BENIGN_PICTURES_H_
#define HASHVET_TESTS_SUPPORT_BENIGN_PICTURES_H_

#include <string>
#include <vector>

#include "hashvet/pixels/picture.h"

namespace hashvet::testing {

struct BenignPicture {
  std::string name;  // letters, digits and underscores
  Picture picture;   // kGrey8, from integer arithmetic alone
};

// Always the same, in the same order.
std::vector<BenignPicture> BenignPictures();

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_SUPPORT_BENIGN_PICTURES_H_
