#include "examples/demo/find_pictures.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/decode/sniff.h"
#include "hashvet/hashers/pdq.h"
#include "hashvet/picture/hash_picture.h"

namespace hashvet::demo {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kMinSide = 200;  // pixels

// Two photographs of one scene would make every "unrelated" meaningless. Twice
// the distance of a match is far from both that and from chance (near 128).
constexpr uint32_t kMinSceneDistance = 2 * kPdqMatchMaxDistance + 1;

// A package holds drawings, charts and many codings of one scene as well; which
// of its files are photographs, each of another scene, was judged by eye.
struct Installed {
  const char* name;
  const char* package;
  const char* path_end;
};
constexpr Installed kInstalled[] = {
    {"tulips", "libjxl-testdata", "/tmshre_riaphotographs_srgb8.png"},
    {"coffee", "python3-skimage", "/coffee.png"},
    {"boats", "plasma-workspace-wallpapers", "/EveningGlow/*/2560x1600.jpg"},
    {"rocks", "libjxl-testdata", "/500px/cvo9xd_keong_macan_srgb8.png"},
    {"motorcycle", "python3-skimage", "/motorcycle_left.png"},
    {"leaf", "plasma-workspace-wallpapers", "/FallenLeaf/*/2560x1600.jpg"},
    {"daisies", "libjxl-testdata", "/flower/flower.png"},
    {"coins", "python3-skimage", "/coins.png"},
    {"blossom", "libjxl-testdata", "/500px/u76c0g_bliznaca_srgb8.png"},
    {"cups", "plasma-workspace-wallpapers", "/ColorfulCups/*/2560x1600.jpg"},
    {"room", "libjxl-testdata", "/jxl/hdr_room.png"},
    {"rocket", "python3-skimage", "/rocket.jpg"},
    {"galaxies", "python3-skimage", "/hubble_deep_field.jpg"},
    {"forest", "plasma-workspace-wallpapers", "/Path/*/2560x1600.jpg"},
    {"moon", "python3-skimage", "/moon.png"},
    {"sky", "plasma-workspace-wallpapers", "/Kite/*/2560x1600.jpg"},
    {"planks", "plasma-workspace-wallpapers", "/BytheWater/*/2560x1600.jpg"},
    {"roof", "plasma-workspace-wallpapers", "/Grey/*/2560x1600.jpg"},
    {"moss", "plasma-workspace-wallpapers", "/OneStandsOut/*/2560x1600.jpg"},
    {"pier", "plasma-workspace-wallpapers", "/ColdRipple/*/2560x1600.jpg"},
};

// "a*b" is what ends in b and has a before it.
bool EndsLike(std::string_view path, std::string_view pattern) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return path.ends_with(pattern);
  return path.ends_with(pattern.substr(star + 1)) &&
         path.find(pattern.substr(0, star)) != std::string_view::npos;
}

// The files that a package installed; none where there is no such package, or
// no dpkg.
std::vector<std::string> FilesOf(const std::string& package) {
  struct Close {
    void operator()(FILE* pipe) const { pclose(pipe); }
  };
  const std::string command = absl::StrCat("dpkg -L ", package, " 2>/dev/null");
  const std::unique_ptr<FILE, Close> pipe(popen(command.c_str(), "r"));
  std::vector<std::string> files;
  std::string line;
  int c = 0;
  while (pipe && (c = std::fgetc(pipe.get())) != EOF) {
    if (c != '\n') {
      line += static_cast<char>(c);
    } else {
      files.push_back(std::exchange(line, {}));
    }
  }
  return files;
}

// `stem` as a name that nothing has yet.
std::string NameFor(const std::string& stem,
                    const std::vector<Photograph>& taken) {
  std::string base = stem.substr(0, 16);
  for (char& c : base) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (!plain && c != '_' && c != '-') c = '_';
  }
  std::string name = base;
  const auto is_taken = [&](const Photograph& other) {
    return other.name == name;
  };
  for (int i = 2; std::ranges::any_of(taken, is_taken); ++i) {
    name = absl::StrCat(base, "-", i);
  }
  return name;
}

// Keeps the photograph if it can be judged and shows a scene of its own.
void Consider(Photograph photograph, std::vector<Photograph>& kept) {
  photograph.hashes = HashPictureFile(photograph.path);
  const PictureHashes& hashes = photograph.hashes;
  if (hashes.outcome != HashOutcome::kHashed || hashes.flags.truncated ||
      hashes.pdq.quality < kPdqMinQuality || hashes.width < kMinSide ||
      hashes.height < kMinSide) {
    return;
  }
  const auto is_same_scene = [&](const Photograph& other) {
    return NearnessOf(hashes.pdq, other.hashes.pdq).distance <
           kMinSceneDistance;
  };
  if (std::ranges::any_of(kept, is_same_scene)) return;
  photograph.name = NameFor(photograph.name, kept);
  kept.push_back(std::move(photograph));
}

}  // namespace

absl::StatusOr<std::vector<Photograph>> FindInstalledPhotographs(
    size_t min_pictures, size_t max_pictures) {
  std::vector<std::pair<std::string, std::vector<std::string>>> packages;
  std::vector<Photograph> kept;
  for (const Installed& installed : kInstalled) {
    if (kept.size() == max_pictures) break;
    auto package = std::ranges::find(
        packages, installed.package,
        &std::pair<std::string, std::vector<std::string>>::first);
    if (package == packages.end()) {
      packages.emplace_back(installed.package, FilesOf(installed.package));
      package = packages.end() - 1;
    }
    const auto file = std::ranges::find_if(
        package->second, [&installed](const std::string& path) {
          return EndsLike(path, installed.path_end);
        });
    if (file == package->second.end()) continue;
    Consider({installed.name, *file, installed.package, {}}, kept);
  }
  if (kept.size() < min_pictures) {
    return absl::NotFoundError(
        absl::StrCat("photographs: got ", kept.size(), ", want at least ",
                     min_pictures, ": install the packages ", kPicturePackages,
                     " (./dev setup demo), or name a folder: --pictures"));
  }
  return kept;
}

absl::StatusOr<std::vector<Photograph>> FindPhotographsIn(
    const std::string& folder, size_t min_pictures, size_t max_pictures) {
  std::error_code error;
  std::vector<std::string> paths;
  const auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator it(folder, options, error), end;
       !error && it != end; it.increment(error)) {
    std::error_code not_a_file;
    if (FormatOfName(it->path().native()) != PictureFormat::kUnknown &&
        it->is_regular_file(not_a_file)) {
      paths.push_back(it->path().native());
    }
  }
  if (error) {
    return absl::NotFoundError(
        absl::StrCat("pictures: ", error.message(), ": ", folder));
  }
  std::ranges::sort(paths);
  std::vector<Photograph> kept;
  for (const std::string& path : paths) {
    if (kept.size() == max_pictures) break;
    Consider({fs::path(path).stem().native(), path, folder, {}}, kept);
  }
  if (kept.size() < min_pictures) {
    return absl::NotFoundError(
        absl::StrCat("photographs: got ", kept.size(),
                     " of different scenes, with sides of ", kMinSide,
                     " pixels or more and quality ", kPdqMinQuality,
                     " or more, want at least ", min_pictures, ": ", folder));
  }
  return kept;
}

Nearness NearnessOf(const PdqHashes& picture, const PdqHashes& other) {
  Nearness nearest;
  for (size_t i = 0; i < kOrientations; ++i) {
    const uint32_t distance = Distance(picture.orientations[i], other.hash());
    if (distance < nearest.distance) {
      nearest = {distance, static_cast<Orientation>(i)};
    }
  }
  return nearest;
}

}  // namespace hashvet::demo
