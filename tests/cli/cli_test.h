// The program under test, and a folder of pictures and lists for it.

#ifndef HASHVET_TESTS_CLI_CLI_TEST_H_
#define HASHVET_TESTS_CLI_CLI_TEST_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidjson/document.h"
#include "tests/support/picture_files.h"
#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace hashvet::testing {

inline std::vector<std::string> Command(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), HASHVET_PROGRAM);
  return arguments;
}

// Lines without their line breaks.
inline std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

// One JSON object; the test fails when it is none.
inline rapidjson::Document ParseJson(const std::string& line) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseValidateEncodingFlag>(line.data(), line.size());
  EXPECT_FALSE(json.HasParseError()) << line;
  if (!json.IsObject()) {
    ADD_FAILURE() << "no object: " << line;
    json.SetObject();
  }
  return json;
}

inline std::string Text(const rapidjson::Value& json, const char* key) {
  if (!json.HasMember(key) || !json[key].IsString()) {
    return std::string("(no ") + key + ")";
  }
  return json[key].GetString();
}

class CliTest : public ::testing::Test {
 protected:
  // Runs in the scratch folder, so that names in it are short.
  ProgramResult Run(const std::vector<std::string>& arguments,
                    RunOptions options = {}) const {
    if (options.folder.empty()) options.folder = folder_.path();
    return RunProgram(Command(arguments), options);
  }

  void WriteJpeg(std::string_view name, uint32_t seed, uint32_t width = 160,
                 uint32_t height = 120, int jpeg_quality = 90) const {
    folder_.Write(name, MakeJpeg(seed, width, height, jpeg_quality));
  }

  // Its PDQ hash, as `hashvet hash` prints it.
  std::string HashOf(const std::string& file) const {
    const ProgramResult result = Run({"hash", file});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out.substr(0, result.out.find(','));
  }

  // A list of these lines.
  void BuildList(const std::string& name, const std::string& lines,
                 const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"snapshot", "build", "-o", name, "-"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProgramResult result = Run(arguments, {.input = lines});
    EXPECT_EQ(result.exit_code, 0) << result.err;
  }

  // A list of these lines goes live in a directory that is made where it is
  // not there.
  void PublishList(const std::string& directory, const std::string& name,
                   const std::string& lines) const {
    const std::filesystem::path path = folder_.Path(directory);
    std::filesystem::create_directory(path);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    BuildList(name + ".hvs", lines);
    const ProgramResult result =
        Run({"snapshot", "publish", "--lists", directory, name + ".hvs"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
  }

  ScratchFolder folder_;
};

// A well-formed hash that is near nothing a test makes.
inline const std::string kSomeHash =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

// `hash` with its first 4 * digits bits changed, so far away.
inline std::string Changed(std::string hash, size_t digits) {
  for (size_t i = 0; i < digits; ++i) {
    const int value = hash[i] <= '9' ? hash[i] - '0' : hash[i] - 'a' + 10;
    hash[i] = "0123456789abcdef"[15 - value];
  }
  return hash;
}

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_CLI_CLI_TEST_H_
