// The committed table is what its pictures hash to.

#include "hashvet/list/benign_panel.h"

#include <fstream>
#include <set>
#include <string>

#include "absl/strings/str_format.h"
#include "gtest/gtest.h"
#include "hashvet/hashers/pdq.h"
#include "tests/support/benign_pictures.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

std::string LineOf(std::string_view name, const Hash256& hash) {
  const auto& words = hash.words();
  return absl::StrFormat(
      "{\"%s\",\n Hash256({0x%016X, 0x%016X,\n          0x%016X, 0x%016X})},\n",
      std::string(name), words[0], words[1], words[2], words[3]);
}

TEST(BenignPanelTest, TheTableIsWhatThePicturesHashTo) {
  std::string expected;
  for (const auto& [name, picture] : testing::BenignPictures()) {
    const auto pdq = ComputePdq(picture.view());
    ASSERT_OK(pdq);
    expected += LineOf(name, pdq->hash);
  }
  std::string got;
  for (const BenignHash& each : BenignPanel()) {
    got += LineOf(each.picture, each.hash);
  }
  if (got == expected) return;
  const std::string path = HASHVET_BINARY_DIR "/benign_panel.inc";
  std::ofstream(path) << "// Written by tests/list/benign_panel_test.cc.\n"
                      << expected;
  FAIL() << "src/list/benign_panel.inc differs from what its pictures hash "
            "to, which lies in "
         << path;
}

TEST(BenignPanelTest, HasManyPicturesAndTheFlatOnes) {
  std::set<std::string> names;
  std::set<Hash256> hashes;
  bool has_zero = false;
  for (const BenignHash& each : BenignPanel()) {
    names.emplace(each.picture);
    hashes.insert(each.hash);
    has_zero |= each.hash == Hash256();
  }
  EXPECT_EQ(names.size(), BenignPanel().size());
  EXPECT_GE(names.size(), 300u);
  EXPECT_GE(hashes.size(), 250u);
  EXPECT_TRUE(has_zero);
}

}  // namespace
}  // namespace hashvet
