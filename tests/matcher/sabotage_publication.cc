// Sabotage of what is published: overlays, the manifest, who signed it, the
// files and their modes, and what is sealed.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "hashvet/list/manifest.h"
#include "hashvet/list/sealed_file.h"
#include "tests/list/publish_support.h"
#include "tests/matcher/matcher_support.h"
#include "tests/matcher/sabotage.h"

namespace hashvet::testing {
namespace {

using snapshot::BaseRecord;
using snapshot::SectionType;

constexpr auto kDataLoss = absl::StatusCode::kDataLoss;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kFailed = absl::StatusCode::kFailedPrecondition;
constexpr auto kDenied = absl::StatusCode::kPermissionDenied;
constexpr auto kExhausted = absl::StatusCode::kResourceExhausted;
constexpr auto kNotFound = absl::StatusCode::kNotFound;
constexpr HashKind kPdq = HashKind::kPdq;
constexpr HashKind kMd5 = HashKind::kMd5;

std::string ReadAll(const std::string& path) {
  return ScratchFolder::Read(path);
}
void WriteAll(const std::string& path, std::string_view content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
  EXPECT_EQ(::chmod(path.c_str(), 0600), 0);
}

Manifest ManifestOf(const std::string& directory) {
  const auto line = SplitManifest(ReadAll(directory + "/manifest"), "");
  EXPECT_OK(line);
  auto manifest = ParseManifest(line->text, "");
  EXPECT_OK(manifest);
  return *std::move(manifest);
}
// A manifest of this text, signed as the publisher would.
void Sign(const std::string& directory, std::string_view text,
          uint8_t key = kPublisher) {
  const SigningKey signing = SomeSigningKey(key);
  const auto file = ManifestFileOf(text, &signing);
  EXPECT_OK(file);
  WriteAll(directory + "/manifest", *file);
}
void Sign(const std::string& directory, const Manifest& manifest,
          uint8_t key = kPublisher) {
  Sign(directory, ManifestText(manifest), key);
}
std::string BasePath(const std::string& directory) {
  return directory + "/" + ManifestOf(directory).current.base.file;
}
std::string OverlayPath(const std::string& directory) {
  return directory + "/" + ManifestOf(directory).current.overlay->file;
}

}  // namespace

std::vector<SabotagedFiles> SabotagedOverlays(const GoodFiles& good) {
  std::vector<SabotagedFiles> all;
  const auto add = [&](std::string family, std::string name,
                       absl::StatusCode code, std::string reason, auto change) {
    Sections sections(good.overlay);
    change(sections);
    std::string forged = sections.Lay();
    EXPECT_NE(forged, good.overlay) << name;
    all.push_back(
        {{std::move(family), std::move(name), code, std::move(reason)},
         good.base,
         std::move(forged),
         {},
         false});
  };
  const auto base = [](Sections& s) {
    return s.as<BaseRecord>(SectionType::kBase);
  };
  const auto removed = [](Sections& s) {
    return s.as<uint32_t>(SectionType::kRemoved, kPdq);
  };
  const auto last = [](Sections& s) {
    return s.at(SectionType::kRemoved, kPdq).size() / sizeof(uint32_t) - 1;
  };
  const std::string other = "mix-and-match): overlay of another base";
  add("overlay", "of a base of another version", kDataLoss, other,
      [&](Sections& s) { base(s)->version[0] ^= 1; });
  add("overlay", "of a base of another content", kDataLoss, other,
      [&](Sections& s) { base(s)->sha256[31] ^= 1; });
  add("overlay", "of a base of another size", kDataLoss, other,
      [&](Sections& s) { ++base(s)->size_bytes; });
  add("overlay", "of lists that are not its base's", kDataLoss,
      "its lists are not its base's", [&](Sections& s) {
        const BaseRecord own = *base(s);
        s = Sections(good.other_overlay);
        *base(s) = own;
      });
  add("overlay", "of no base", kDataLoss,
      "removed entries of pdq: but this is no overlay", [&](Sections& s) {
        s.all().erase(s.all().begin() +
                      static_cast<ptrdiff_t>(s.IndexOf(SectionType::kBase)));
      });
  add("overlay", "of two bases", kDataLoss, "snapshot base: wrong size",
      [&](Sections& s) {
        s.at(SectionType::kBase) += std::string(s.at(SectionType::kBase));
      });
  add("overlay", "of an empty base", kDataLoss, "snapshot base: wrong size",
      [&](Sections& s) { s.at(SectionType::kBase).clear(); });
  add("overlay", "of a base cut short", kDataLoss,
      "base: got 55 bytes, want a multiple of 56",
      [&](Sections& s) { s.at(SectionType::kBase).resize(55); });
  add("overlay", "removes what the base does not have", kDataLoss,
      "removes entries that its base does not have",
      [&](Sections& s) { removed(s)[last(s)] = 1'000; });
  add("overlay", "removes the last number there is", kDataLoss,
      "removes entries that its base does not have",
      [&](Sections& s) { removed(s)[last(s)] = ~0u; });
  add("overlay", "removes backwards", kDataLoss,
      "removed entries of pdq: do not ascend",
      [&](Sections& s) { std::swap(removed(s)[0], removed(s)[1]); });
  add("overlay", "removes an entry twice", kDataLoss,
      "removed entries of pdq: do not ascend",
      [&](Sections& s) { removed(s)[1] = removed(s)[0]; });
  add("overlay", "removes nothing, at length", kDataLoss,
      "removed entries of md5: do not ascend",
      [&](Sections& s) { s.at(SectionType::kRemoved, kMd5).clear(); });
  add("overlay", "removes half a number", kDataLoss,
      "removed entries of md5: got",
      [&](Sections& s) { s.at(SectionType::kRemoved, kMd5).resize(2); });
  add("overlay", "removes the base's canaries", kDataLoss,
      "removes canaries of its base", [&](Sections& s) {
        std::vector<uint32_t> ids;
        for (size_t c = 0; c < 4; ++c) {
          ids.push_back(
              good.reader->entry_number(kPdq, good.CanaryRow(kPdq, c), 0));
        }
        std::ranges::sort(ids);
        s.at(SectionType::kRemoved, kPdq)
            .assign(reinterpret_cast<const char*>(ids.data()),
                    ids.size() * sizeof ids[0]);
      });
  add("overlay", "a threshold of its own", kDataLoss, "canaries of pdq: not",
      [&](Sections& s) {
        ++s.as<snapshot::KindPolicyRecord>(SectionType::kKindPolicies)
              ->max_distance;
      });
  all.back().family = "lists";
  add("values", "an overlay's canaries turned", kDataLoss,
      "known-answer test: list ncmec/a, pdq: canary", [&](Sections& s) {
        for (char& byte : s.at(SectionType::kPrefix0, kPdq)) byte ^= 1;
      });
  add("values", "an overlay's planes exchanged", kDataLoss,
      "known-answer test: list ncmec/a, pdq: canary", [&](Sections& s) {
        std::swap(s.at(SectionType::kPrefix0, kPdq),
                  s.at(SectionType::kPrefix1, kPdq));
      });

  const auto whole = [&](std::string name, std::string base_bytes,
                         std::string overlay_bytes, std::string reason,
                         std::optional<Told> at_publish) {
    all.push_back({{"overlay", std::move(name), kDataLoss, std::move(reason)},
                   std::move(base_bytes),
                   std::move(overlay_bytes),
                   std::move(at_publish),
                   false});
  };
  whole("of the lists before", good.base, good.other_overlay, other, {});
  whole("as a base", good.overlay, "", "an overlay where a base should be",
        Told{"", "", kFailed, "got an overlay, want a base"});
  whole("that is a base", good.base, good.base,
        "a base where an overlay should be",
        Told{"", "", kFailed, "got a base, want an overlay"});
  return all;
}

std::vector<SabotagedDirectory> SabotagedDirectories() {
  using Options = PublishedOptions;
  std::vector<SabotagedDirectory> all;
  const auto add = [&](const char* family, const char* name,
                       absl::StatusCode code, const char* reason, auto change) {
    all.push_back({{family, name, code, reason}, std::move(change)});
  };
  // A manifest that is changed and signed again.
  const auto forged = [&](const char* name, absl::StatusCode code,
                          const char* reason, auto change) {
    add("manifest", name, code, reason,
        [change](const std::string& directory, Options&) {
          Manifest manifest = ManifestOf(directory);
          change(manifest);
          Sign(directory, manifest);
        });
  };
  // The same, of its text: the first `from` becomes `to`.
  const auto text = [&](const char* name, absl::StatusCode code,
                        const char* reason, const char* from, const char* to) {
    add("manifest", name, code, reason,
        [=](const std::string& directory, Options&) {
          std::string changed = ManifestText(ManifestOf(directory));
          const size_t at = changed.find(from);
          ASSERT_NE(at, std::string::npos) << name;
          changed.replace(at, std::string_view(from).size(), to);
          Sign(directory, changed);
        });
  };

  forged("names a base that is not there", kNotFound, "cannot open",
         [](Manifest& m) {
           m.current.base.sha256[0] ^= 1;
           m.current.base.file = ContentName(m.current.base.sha256);
         });
  forged("names an overlay that is not there", kNotFound, "cannot open",
         [](Manifest& m) {
           m.current.overlay->sha256[0] ^= 1;
           m.current.overlay->file = ContentName(m.current.overlay->sha256);
         });
  forged(
      "a path outside", kInvalid,
      "current.base.file: a path, want a name in the directory",
      [](Manifest& m) { m.current.base.file = "../" + m.current.base.file; });
  forged("an absolute path", kInvalid,
         "current.base.file: a path, want a name in the directory",
         [](Manifest& m) { m.current.base.file = "/etc/passwd"; });
  forged("an overlay outside", kInvalid, "current.overlay.file: a path",
         [](Manifest& m) { m.current.overlay->file = "a/../b.hvs"; });
  forged("the directory above", kInvalid, "base.file: begins with a dot",
         [](Manifest& m) { m.current.base.file = ".."; });
  forged("a hidden file", kInvalid, "base.file: begins with a dot",
         [](Manifest& m) { m.current.base.file = ".new"; });
  forged("itself as a list", kInvalid, "base.file: not the name of its content",
         [](Manifest& m) { m.current.base.file = "manifest"; });
  forged("the overlay's file as the base", kInvalid,
         "base.file: not the name of its content",
         [](Manifest& m) { m.current.base.file = m.current.overlay->file; });
  forged("an empty file name", kInvalid,
         "base.file: not the name of its content",
         [](Manifest& m) { m.current.base.file.clear(); });
  forged("size one less", kExhausted, "refused (endless data): got",
         [](Manifest& m) { --m.current.base.size_bytes; });
  forged("size one more", kDataLoss, "refused (mix-and-match): got",
         [](Manifest& m) { ++m.current.base.size_bytes; });
  forged("size 0", kInvalid, "current.base.size_bytes",
         [](Manifest& m) { m.current.base.size_bytes = 0; });
  forged("an overlay without end", kInvalid, "current.overlay.size_bytes",
         [](Manifest& m) { m.current.overlay->size_bytes = ~uint64_t{0}; });
  forged("a snapshot of another version", kDataLoss,
         "another snapshot than the manifest names",
         [](Manifest& m) { m.current.base.snapshot = "0123456789abcdef"; });
  forged("a snapshot of no version", kInvalid,
         "current.base.snapshot: want 16 lower-case hex digits",
         [](Manifest& m) { m.current.base.snapshot.pop_back(); });
  forged("version 0", kInvalid, "manifest: version",
         [](Manifest& m) { m.version = 0; });
  forged("the last version there is", kInvalid, "manifest: version",
         [](Manifest& m) { m.version = ~uint64_t{0}; });
  forged("a state above the manifest", kInvalid,
         "current.version: above the manifest's",
         [](Manifest& m) { m.current.version = m.version + 1; });
  forged("a kept state that is current", kInvalid,
         "kept[0].version: want them falling",
         [](Manifest& m) { m.kept = {m.current}; });
  forged("a publication of no name", kInvalid, "publication's name",
         [](Manifest& m) { m.publication.clear(); });
  forged("a publication with a space", kInvalid, "publication's name",
         [](Manifest& m) { m.publication = "a b"; });
  forged("expired before it was published", kInvalid, "expires_at",
         [](Manifest& m) { m.expires_at = m.published_at - 1; });
  text("a member that nobody knows", kInvalid, "manifest: more",
       "\"version\":", "\"more\":1,\"version\":");
  text("a file's member that nobody knows", kInvalid, "current.base.url",
       "\"file\":", "\"url\":\"x\",\"file\":");
  text("a member twice", kInvalid, "manifest: version: there twice",
       "\"version\":", "\"version\":1,\"version\":");
  text("a member gone", kInvalid, "manifest: published_at",
       "\"published_at\":999990,\"current\"", "\"current\"");
  text("no format", kInvalid, "manifest: format: want a number",
       "\"format\":1,", "");
  text("a later format", kFailed, "manifest: format 2, this build reads 1",
       "\"format\":1", "\"format\":2");
  text("a version with a fraction", kInvalid, "manifest: version",
       "\"version\":2", "\"version\":2.5");
  text("a version below zero", kInvalid, "manifest: version", "\"version\":2",
       "\"version\":-2");
  text("a version in words", kInvalid, "manifest: version", "\"version\":2",
       "\"version\":\"2\"");
  text("a SHA-256 that is none", kInvalid, "current.base.sha256: want 64",
       "\"sha256\":\"", "\"sha256\":\"F");
  text("a base under another name", kInvalid, "current.bass: unknown member",
       "\"base\":", "\"bass\":");

  const auto planted = [&](const char* name, absl::StatusCode code,
                           const char* reason, auto change) {
    add("manifest", name, code, reason,
        [change](const std::string& directory, Options&) {
          const std::string path = directory + "/manifest";
          std::string file = ReadAll(path);
          change(file);
          WriteAll(path, file);
        });
  };
  planted("two lines", kInvalid, "manifest: more than one line",
          [](std::string& file) { file += file; });
  planted("no line break", kInvalid, "manifest: cut off",
          [](std::string& file) { file.pop_back(); });
  planted("empty", kInvalid, "manifest: got an empty file",
          [](std::string& file) { file.clear(); });
  planted("endless", kExhausted, "refused (endless data): manifest over",
          [](std::string& file) { file.insert(1, 70'000, ' '); });
  planted("a word after the text", kInvalid, "manifest: after the text, want",
          [](std::string& file) {
            file = absl::StrReplaceAll(file, {{" ed25519:", " rsa:"}});
          });
  planted("a signature cut short", kInvalid, "manifest: after the text, want",
          [](std::string& file) { file.erase(file.size() - 5, 4); });
  add("manifest", "gone", kNotFound, "cannot open",
      [](const std::string& directory, Options&) {
        ::unlink((directory + "/manifest").c_str());
      });

  // Who says so, and when.
  const auto trust = [&](const char* name, absl::StatusCode code,
                         const char* reason, auto change) {
    add("trust", name, code, reason, change);
  };
  trust("signed by a stranger", kDenied,
        "refused (wrong key): manifest signed by none",
        [](const std::string& directory, Options&) {
          Sign(directory, ManifestOf(directory), kStranger);
        });
  trust("signed by a stranger in the publisher's name", kDenied,
        "does not hold", [](const std::string& directory, Options&) {
          Manifest manifest = ManifestOf(directory);
          Sign(directory, manifest, kStranger);
          const std::string path = directory + "/manifest";
          WriteAll(path, absl::StrReplaceAll(
                             ReadAll(path),
                             {{SomeSigningKey(kStranger).public_key().id(),
                               SomeSigningKey(kPublisher).public_key().id()}}));
        });
  trust("unsigned", kDenied, "refused (unsigned)",
        [](const std::string& directory, Options&) {
          WriteAll(directory + "/manifest",
                   ManifestText(ManifestOf(directory)) + "\n");
        });
  trust("changed after it was signed", kDenied, "does not hold",
        [](const std::string& directory, Options&) {
          const std::string path = directory + "/manifest";
          WriteAll(path,
                   absl::StrReplaceAll(ReadAll(path),
                                       {{"\"version\":2,\"published_at",
                                         "\"version\":3,\"published_at"}}));
        });
  trust("the signature of another manifest", kDenied, "does not hold",
        [](const std::string& directory, Options&) {
          const std::string path = directory + "/manifest";
          const std::string own = ReadAll(path);
          Manifest other = ManifestOf(directory);
          other.version = 9;
          Sign(directory, other);
          const std::string theirs = ReadAll(path);
          WriteAll(path, own.substr(0, own.rfind('}') + 1) +
                             theirs.substr(theirs.rfind('}') + 1));
        });
  trust("another publication", kDenied, "refused (wrong list): got publication",
        [](const std::string& directory, Options&) {
          Manifest manifest = ManifestOf(directory);
          manifest.publication = "else/where";
          Sign(directory, manifest);
        });
  trust("expired", kDenied,
        "refused (freeze): version 2 expired at 1970-01-12T13:46:39",
        [](const std::string& directory, Options& options) {
          Manifest manifest = ManifestOf(directory);
          manifest.expires_at = *options.trust.now_s - 1;
          Sign(directory, manifest);
        });
  trust("older than was seen", kDenied,
        "refused (rollback): got version 1, this host has seen 2",
        [](const std::string& directory, Options& options) {
          options.trust.state_path = directory + "/../seen";
          EXPECT_OK(OpenPublished(directory, options));
          Manifest manifest = ManifestOf(directory);
          manifest.version = manifest.current.version = 1;
          manifest.kept.clear();
          Sign(directory, manifest);
        });
  trust("another content under a version that was seen", kDataLoss,
        "refused (mix-and-match): version 2 with another content",
        [](const std::string& directory, Options& options) {
          options.trust.state_path = directory + "/../seen";
          EXPECT_OK(OpenPublished(directory, options));
          Manifest manifest = ManifestOf(directory);
          manifest.current.overlay.reset();
          Sign(directory, manifest);
        });
  trust("what was seen is no secret", kDenied, "private file: mode 0644",
        [](const std::string& directory, Options& options) {
          options.trust.state_path = directory + "/../seen";
          EXPECT_OK(OpenPublished(directory, options));
          ::chmod(options.trust.state_path.c_str(), 0644);
        });
  trust("what was seen is damaged", kInvalid, "trusted state",
        [](const std::string& directory, Options& options) {
          options.trust.state_path = directory + "/../seen";
          WriteAll(options.trust.state_path, "{}");
        });

  // Files in the place of others.
  const auto files = [&](const char* name, absl::StatusCode code,
                         const char* reason, auto change) {
    add("files", name, code, reason, change);
  };
  const auto exchanged = "not the content that the manifest names";
  files("two entries' lists exchanged, checksums made right", kDataLoss,
        exchanged, [](const std::string& directory, Options&) {
          const std::string path = BasePath(directory);
          Sections sections(ReadAll(path));
          // The first two rows of one entry each, of different lists.
          const auto* begins =
              sections.as<uint32_t>(SectionType::kRowBegins, kMd5);
          auto* entries =
              sections.as<snapshot::EntryRecord>(SectionType::kEntries, kMd5);
          std::vector<size_t> alone;
          for (size_t row = 0; alone.size() < 2; ++row) {
            const auto& entry = entries[begins[row]];
            if (begins[row + 1] - begins[row] == 1 &&
                entry.list == alone.size()) {
              alone.push_back(begins[row]);
            }
          }
          std::swap(entries[alone[0]].list, entries[alone[1]].list);
          WriteAll(path, sections.Lay());
        });
  files("a key's letter changed, checksums made right", kDataLoss, exchanged,
        [](const std::string& directory, Options&) {
          const std::string path = BasePath(directory);
          Sections sections(ReadAll(path));
          sections.at(SectionType::kKeyBytes, kMd5)[0] = 'K';
          WriteAll(path, sections.Lay());
        });
  files("another entry removed, checksums made right", kDataLoss, exchanged,
        [](const std::string& directory, Options&) {
          const std::string path = OverlayPath(directory);
          Sections sections(ReadAll(path));
          const size_t count =
              sections.at(SectionType::kRemoved, kPdq).size() / 4;
          ++sections.as<uint32_t>(SectionType::kRemoved, kPdq)[count - 1];
          WriteAll(path, sections.Lay());
        });
  files("the base gone", kNotFound, "cannot open",
        [](const std::string& directory, Options&) {
          ::unlink(BasePath(directory).c_str());
        });
  all.back().family = "manifest";
  files("larger than the limit", kExhausted, "the limit is 1000",
        [](const std::string&, Options& options) {
          options.trust.max_file_bytes = 1'000;
        });
  all.back().family = "manifest";
  files("a directory that everybody may read", kDenied, "directory: mode 0755",
        [](const std::string& directory, Options&) {
          ::chmod(directory.c_str(), 0755);
        });
  files("a directory that everybody may write", kDenied, "directory: mode 0777",
        [](const std::string& directory, Options&) {
          ::chmod(directory.c_str(), 0777);
        });
  files("a directory that its group may write", kDenied, "directory: mode 0770",
        [](const std::string& directory, Options&) {
          ::chmod(directory.c_str(), 0770);
        });
  files("a link to the directory", kDenied, "directory: got a symbolic link",
        [](const std::string& directory, Options&) {
          std::filesystem::rename(directory, directory + "-moved");
          std::filesystem::create_directory_symlink(directory + "-moved",
                                                    directory);
        });
  files("a directory that is not there", kNotFound, "cannot open the directory",
        [](const std::string& directory, Options&) {
          std::filesystem::remove_all(directory);
        });
  files("a manifest that everybody may read", kDenied,
        "published file: mode 0644",
        [](const std::string& directory, Options&) {
          ::chmod((directory + "/manifest").c_str(), 0644);
        });
  files("a base that everybody may read", kDenied, "published file: mode 0604",
        [](const std::string& directory, Options&) {
          ::chmod(BasePath(directory).c_str(), 0604);
        });
  files("a base that everybody may write", kDenied, "published file: mode 0606",
        [](const std::string& directory, Options&) {
          ::chmod(BasePath(directory).c_str(), 0606);
        });
  files("an overlay that may be run", kDenied, "published file: mode 0700",
        [](const std::string& directory, Options&) {
          ::chmod(OverlayPath(directory).c_str(), 0700);
        });
  files("a link to the base", kDenied, "published file: got a symbolic link",
        [](const std::string& directory, Options&) {
          const std::string path = BasePath(directory);
          std::filesystem::rename(path, directory + "/../elsewhere");
          std::filesystem::create_symlink("../elsewhere", path);
        });
  files("a link to the manifest", kDenied,
        "published file: got a symbolic link",
        [](const std::string& directory, Options&) {
          const std::string path = directory + "/manifest";
          std::filesystem::rename(path, directory + "/../elsewhere");
          std::filesystem::create_symlink("../elsewhere", path);
        });
  files("a directory in the base's place", kInvalid,
        "published file: want a regular file",
        [](const std::string& directory, Options&) {
          const std::string path = BasePath(directory);
          ::unlink(path.c_str());
          ::mkdir(path.c_str(), 0700);
        });
  files("a pipe in the manifest's place", kInvalid,
        "published file: want a regular file",
        [](const std::string& directory, Options&) {
          const std::string path = directory + "/manifest";
          ::unlink(path.c_str());
          ::mkfifo(path.c_str(), 0600);
        });

  // Behind the back of the record of what was verified.
  add("damaged", "in place, its time put back", kDataLoss,
      "snapshot entries of md5: checksum differs",
      [](const std::string& directory, Options& options) {
        const std::string path = BasePath(directory);
        // What changed just now is never remembered.
        std::this_thread::sleep_for(std::chrono::milliseconds(40));
        EXPECT_OK(OpenPublished(directory, options));
        const auto again = OpenPublished(directory, options);
        EXPECT_OK(again);
        EXPECT_FALSE(again->verified_now) << "nothing is remembered";
        struct stat before;
        EXPECT_EQ(::stat(path.c_str(), &before), 0);
        SnapshotBytes bytes(ReadAll(path));
        bytes.bytes()[bytes.section(SectionType::kEntries, kMd5).offset] ^= 1;
        std::fstream(path, std::ios::in | std::ios::out | std::ios::binary)
            << bytes.bytes();
        const timespec times[] = {before.st_atim, before.st_mtim};
        EXPECT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
      });
  return all;
}

std::vector<SabotagedDirectory> SabotagedSeals() {
  std::vector<SabotagedDirectory> all;
  constexpr size_t kHeader = 64;
  constexpr size_t kBlock = (size_t{1} << 20) + 16;
  const auto add = [&](const char* name, absl::StatusCode code,
                       const char* reason, auto change) {
    // As whoever may sign, and has not the key of what is sealed.
    all.push_back({{"sealed", name, code, reason},
                   [change](const std::string& directory, PublishedOptions&) {
                     const std::string path = BasePath(directory);
                     std::string file = ReadAll(path);
                     change(file);
                     Manifest manifest = ManifestOf(directory);
                     StoredFile& base = manifest.current.base;
                     base.size_bytes = file.size();
                     base.sha256 = *Sha256Of(std::as_bytes(std::span(file)));
                     base.file = ContentName(base.sha256);
                     WriteAll(directory + "/" + base.file, file);
                     Sign(directory, manifest);
                   }});
  };
  add("a bit of the first block", kDataLoss,
      "block 0 of 9 does not prove itself",
      [](std::string& file) { file[kHeader + 1'000] ^= 1; });
  add("a bit of the fifth block", kDataLoss,
      "block 4 of 9 does not prove itself",
      [](std::string& file) { file[kHeader + 4 * kBlock] ^= 1; });
  add("a bit of the last proof", kDataLoss,
      "block 8 of 9 does not prove itself",
      [](std::string& file) { file.back() ^= 1; });
  add("two blocks exchanged", kDataLoss, "block 1 of 9 does not prove itself",
      [](std::string& file) {
        std::swap_ranges(&file[kHeader + kBlock], &file[kHeader + 2 * kBlock],
                         &file[kHeader + 2 * kBlock]);
      });
  add("a block twice", kDataLoss, "block 3 of 9 does not prove itself",
      [](std::string& file) {
        std::copy_n(&file[kHeader + 2 * kBlock], kBlock,
                    &file[kHeader + 3 * kBlock]);
      });
  add("the last block gone", kDataLoss, "sealed file: got",
      [](std::string& file) { file.resize(kHeader + 8 * kBlock); });
  add("the last block gone, its size made right", kDataLoss,
      "block 0 of 8 does not prove itself", [](std::string& file) {
        file.resize(kHeader + 8 * kBlock);
        const uint64_t plain = uint64_t{8} << 20;
        std::memcpy(&file[16], &plain, sizeof plain);
      });
  add("a byte gone", kDataLoss, "sealed file: got",
      [](std::string& file) { file.pop_back(); });
  add("cut off in its header", kDataLoss, "sealed file: cut off in its header",
      [](std::string& file) { file.resize(40); });
  add("a later format", kFailed, "sealed file: format 2, this build reads 1",
      [](std::string& file) { file[8] = 2; });
  add("another block size", kDataLoss, "sealed file: damaged header",
      [](std::string& file) { ++file[12]; });
  add("another key's number", kDenied, "refused (wrong key): sealed under key",
      [](std::string& file) { file[24] ^= 1; });
  add("another salt", kDataLoss, "block 0 of 9 does not prove itself",
      [](std::string& file) { file[40] ^= 1; });
  all.push_back({{"sealed", "exchanged under the same manifest", kDataLoss,
                  "not the content that the manifest names"},
                 [](const std::string& directory, PublishedOptions&) {
                   std::string file = ReadAll(BasePath(directory));
                   file[kHeader + 7] ^= 1;
                   WriteAll(BasePath(directory), file);
                 }});
  all.back().family = "files";
  all.push_back({{"sealed", "without the key", kFailed,
                  "sealed file: got no key to open it"},
                 [](const std::string&, PublishedOptions& options) {
                   options.encryption_key = nullptr;
                 }});
  return all;
}

}  // namespace hashvet::testing
