// NCMEC's simulator as a program, for measuring: so many entries (with "burst"
// all in one second), then a line with its base. It obeys lines: "delete KEY";
// it ends with its input.

#include <bit>
#include <cstdint>
#include <iostream>
#include <random>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/feeds/ncmec_simulator.h"

namespace {

// Like a picture's: as many ones as zeros, about.
std::string Value(std::mt19937_64& random) {
  std::string bytes(32, '\0');
  int ones = 0;
  do {
    ones = 0;
    for (size_t i = 0; i < bytes.size(); i += 8) {
      const uint64_t word = random();
      ones += std::popcount(word);
      for (size_t b = 0; b < 8; ++b) {
        bytes[i + b] = static_cast<char>(word >> (8 * b));
      }
    }
  } while (ones < 112 || ones > 144);
  return absl::BytesToHexString(bytes);
}

}  // namespace

int main(int argc, char** argv) {
  using hashvet::testing::NcmecRecord;
  uint64_t entries = 0;
  const bool burst = argc == 3 && std::string_view(argv[2]) == "burst";
  if ((argc != 2 && !burst) || !absl::SimpleAtoi(argv[1], &entries)) {
    std::cerr << "want: how many entries, [burst]\n";
    return 2;
  }
  hashvet::testing::NcmecSimulator simulator({});
  std::mt19937_64 random(1);
  for (uint64_t i = 0; i < entries; ++i) {
    NcmecRecord record = {.id = absl::StrCat("entry-", i)};
    record.fingerprints.emplace_back("md5", Value(random).substr(0, 32));
    record.fingerprints.emplace_back("pdq", Value(random));
    simulator.Put(std::move(record));
    if (i % 10 == 0 && !burst) simulator.Advance(1);
  }
  simulator.Advance(10);
  std::cout << simulator.base() << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    if (line.starts_with("delete ")) {
      simulator.Delete(line.substr(7));
      simulator.Advance(10);
      std::cout << "done" << std::endl;
    }
  }
  return 0;
}
