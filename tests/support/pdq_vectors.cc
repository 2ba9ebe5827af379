#include "tests/support/pdq_vectors.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hash/text.h"
#include "hashvet/hashers/pdq.h"
#include "tests/support/status_matchers.h"

namespace hashvet::testing {

std::vector<PdqVector> ReadPdqVectors(const std::string& path) {
  std::vector<PdqVector> vectors;
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);  // the names
  while (std::getline(file, line)) {
    std::istringstream cells(line);
    std::string cell;
    const auto next = [&] {
      std::getline(cells, cell, ',');
      return cell;
    };
    const auto next_number = [&] { return std::atoi(next().c_str()); };
    PdqVector vector;
    vector.name = next();
    vector.width = static_cast<uint32_t>(next_number());
    vector.height = static_cast<uint32_t>(next_number());
    vector.quality = next_number();
    vector.hash = next();
    vector.quality_nn512 = next_number();
    vector.hash_nn512 = next();
    for (std::string& hash : vector.turned) hash = next();
    vectors.push_back(vector);
  }
  return vectors;
}

std::string SharedVectorsPath(const std::string& name) {
  return std::string(HASHVET_SOURCE_DIR) + "/../shared/vectors/" + name;
}

int ExpectVector(const PictureView& picture, const PdqVector& vector) {
  SCOPED_TRACE(vector.name + " " + std::to_string(vector.width) + "x" +
               std::to_string(vector.height));
  EXPECT_EQ(picture.width(), vector.width);
  EXPECT_EQ(picture.height(), vector.height);
  int compared = 0;
  const auto expect_hash = [&](const Hash256& hash, const std::string& want) {
    EXPECT_EQ(ToHex(hash), want);
    ++compared;
  };

  const auto full = ComputePdqOrientations(picture, PdqVariant::kFull);
  EXPECT_OK(full);
  if (full.ok()) {
    EXPECT_EQ(full->variant, PdqVariant::kFull);
    EXPECT_EQ(full->quality, vector.quality);
    if (vector.quality >= kPdqMinQuality) {
      expect_hash(full->hash(), vector.hash);
      for (size_t o = 1; o < kOrientations; ++o) {
        SCOPED_TRACE(kOrientationNames[o]);
        expect_hash(full->orientations[o], vector.turned[o - 1]);
      }
    }
  }
  const auto sampled = ComputePdq(picture, PdqVariant::kNn512);
  EXPECT_OK(sampled);
  if (sampled.ok()) {
    EXPECT_EQ(sampled->quality, vector.quality_nn512);
    if (vector.quality_nn512 >= kPdqMinQuality) {
      SCOPED_TRACE("nn512");
      expect_hash(sampled->hash, vector.hash_nn512);
    }
  }
  return compared;
}

}  // namespace hashvet::testing
