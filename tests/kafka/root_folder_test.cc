// Paths of messages: what lies below the root is read, nothing else is opened.

#include "src/kafka/root_folder.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/status_matchers.h"

namespace hashvet::kafka {
namespace {

using ::hashvet::testing::StatusIs;
using ::testing::HasSubstr;

class RootFolderTest : public ::testing::Test {
 protected:
  RootFolderTest() {
    std::filesystem::create_directories(scratch_.Path("root/sub"));
    scratch_.Write("secret", "not yours");
    scratch_.Write("root/a.jpg", "bytes of a");
    scratch_.Write("root/sub/b.jpg", "bytes of b");
    scratch_.Write("root/empty", "");
  }

  // "bytes: …", or the outcome's or the reason's name.
  std::string Read(std::string_view path, size_t max_bytes = 1000) {
    auto root = RootFolder::Open(scratch_.Path("root"));
    if (!root.ok()) return std::string(root.status().message());
    const auto read = root->Read(path, max_bytes);
    if (const auto* bytes = std::get_if<std::vector<std::byte>>(&read)) {
      return "bytes: " +
             std::string(reinterpret_cast<const char*>(bytes->data()),
                         bytes->size());
    }
    if (const auto* picture = std::get_if<PictureHashes>(&read)) {
      EXPECT_FALSE(picture->status.ok());
      return std::string(NameOf(picture->outcome));
    }
    return std::string(NameOf(std::get<Poison>(read).reason));
  }

  testing::ScratchFolder scratch_;
};

TEST_F(RootFolderTest, ReadsWhatLiesBelow) {
  EXPECT_EQ(Read("a.jpg"), "bytes: bytes of a");
  EXPECT_EQ(Read("sub/b.jpg"), "bytes: bytes of b");
}

TEST_F(RootFolderTest, NothingOutsideIsOpened) {
  const std::string root = scratch_.Path("root");
  std::filesystem::create_symlink(scratch_.Path("secret"), root + "/link");
  std::filesystem::create_symlink("a.jpg", root + "/inner");
  std::filesystem::create_directory_symlink(scratch_.path(), root + "/up");
  std::filesystem::create_directory_symlink("sub", root + "/side");
  for (const std::string& path :
       {std::string("../secret"), std::string("sub/../../secret"),
        std::string("sub/../a.jpg"), std::string("./a.jpg"),
        std::string("sub//b.jpg"), std::string("a.jpg/"), std::string("/"),
        std::string(""), std::string("."), std::string(".."),
        scratch_.Path("secret"), root + "/a.jpg", std::string("link"),
        std::string("inner"), std::string("up/secret"),
        std::string("side/b.jpg"), std::string("a.jpg\0x", 7)}) {
    EXPECT_EQ(Read(path), "path_outside_root") << path;
  }
}

TEST_F(RootFolderTest, WhatIsNotThereOrNoFileIsUnreadable) {
  ASSERT_EQ(::mkfifo(scratch_.Path("root/pipe").c_str(), 0600), 0);
  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {.sun_family = AF_UNIX};
  const std::string name = scratch_.Path("root/socket");
  ASSERT_LT(name.size(), sizeof(address.sun_path));
  std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address),
                   sizeof(address)),
            0);
  for (const char* path :
       {"missing", "missing/a.jpg", "a.jpg/b", "sub", "pipe", "socket"}) {
    EXPECT_EQ(Read(path), "unreadable") << path;
  }
  ::close(listener);
}

TEST_F(RootFolderTest, LimitsAreOutcomes) {
  EXPECT_EQ(Read("a.jpg", 10), "bytes: bytes of a");
  EXPECT_EQ(Read("a.jpg", 9), "over_limit");
  EXPECT_EQ(Read("empty"), "undecodable");
}

TEST_F(RootFolderTest, TheRootIsAFolderThatIsThere) {
  EXPECT_THAT(RootFolder::Open(scratch_.Path("nowhere")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("root")));
  EXPECT_FALSE(RootFolder::Open(scratch_.Path("secret")).ok());
}

TEST_F(RootFolderTest, AFolderThatTakesItsNameIsNotTheRoot) {
  auto root = RootFolder::Open(scratch_.Path("root"));
  ASSERT_OK(root);
  std::filesystem::rename(scratch_.Path("root"), scratch_.Path("moved"));
  std::filesystem::create_directory(scratch_.Path("root"));
  scratch_.Write("root/new", "new");
  EXPECT_TRUE(std::holds_alternative<PictureHashes>(root->Read("new", 10)));
  EXPECT_TRUE(
      std::holds_alternative<std::vector<std::byte>>(root->Read("a.jpg", 10)));
}

}  // namespace
}  // namespace hashvet::kafka
