// A folder of a test's own, removed with everything in it.

#ifndef HASHVET_TESTS_SUPPORT_SCRATCH_FOLDER_H_
#define HASHVET_TESTS_SUPPORT_SCRATCH_FOLDER_H_

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace hashvet::testing {

class ScratchFolder {
 public:
  explicit ScratchFolder(const std::filesystem::path& parent =
                             std::filesystem::temp_directory_path()) {
    std::string path = (parent / "hashvet-test.XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) std::abort();
    path_ = path;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  // Where to put one that no disk need keep, for tests that flush hundreds of
  // files.
  static std::filesystem::path InMemory() {
    const std::filesystem::path memory = "/dev/shm";
    return ::access(memory.c_str(), W_OK | X_OK) == 0
               ? memory
               : std::filesystem::temp_directory_path();
  }

  std::string Path(std::string_view name) const {
    return (path_ / name).string();
  }
  std::string path() const { return path_.string(); }

  std::string Write(std::string_view name, std::string_view content) const {
    const std::string path = Path(name);
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  static std::string Read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // How many files and folders it holds: 1 where one is expected shows that
  // nothing temporary was left behind.
  size_t FileCount() const {
    return static_cast<size_t>(
        std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::filesystem::path path_;
};

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_SUPPORT_SCRATCH_FOLDER_H_
