// Where programs and modules of ours are looked for: never in a place that the
// working directory settles.

#include "src/base/own_folder.h"

#include <dlfcn.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "gtest/gtest.h"
#include "src/sandbox/inprocess_seam.h"
#include "tests/support/scratch_folder.h"

namespace hashvet::testing {
namespace {

namespace fs = std::filesystem;

TEST(OwnFolderTest, IsWhereALibraryOfARelativeNameWasOpened) {
  const ScratchFolder folder;
  const fs::path before = fs::current_path();
  fs::copy_file(fs::path(HASHVET_TEST_MODULE_DIR) / "libhashvet_inprocess.so",
                folder.Path("library.so"));
  fs::current_path(fs::path(folder.Path("library.so")).parent_path());
  const std::string opened_in = fs::current_path();
  void* const library = dlopen("./library.so", RTLD_NOW | RTLD_LOCAL);
  fs::current_path("/");
  ASSERT_NE(library, nullptr) << dlerror();
  const void* const code = dlsym(library, HASHVET_INPROCESS_VERSION_SYMBOL);
  ASSERT_NE(code, nullptr);
  EXPECT_EQ(FolderOfCode(code), opened_in);
  dlclose(library);
  fs::current_path(before);
}

}  // namespace
}  // namespace hashvet::testing
