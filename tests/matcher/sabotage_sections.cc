// Sabotage of a file's frame: header, section table, sizes, checksums.

#include <cstring>
#include <set>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "tests/matcher/matcher_support.h"
#include "tests/matcher/sabotage.h"

namespace hashvet::testing {
namespace {

using snapshot::Header;
using snapshot::SectionType;

constexpr auto kDataLoss = absl::StatusCode::kDataLoss;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kFailed = absl::StatusCode::kFailedPrecondition;
constexpr HashKind kPdq = HashKind::kPdq;
constexpr HashKind kMd5 = HashKind::kMd5;
constexpr HashKind kSha1 = HashKind::kSha1;

// Sections that hold numbers of more than a byte.
bool HoldsNumbers(SectionType type) {
  switch (type) {
    case SectionType::kListTexts:
    case SectionType::kCategoryBytes:
    case SectionType::kDigests:
    case SectionType::kVectorPrefix:
    case SectionType::kVectorRest:
    case SectionType::kKeyBytes:
    case SectionType::kCanaries:
      return false;
    default:
      return true;
  }
}

}  // namespace

std::vector<SabotagedFiles> SabotagedHeaders(const GoodFiles& good) {
  std::vector<SabotagedFiles> all;
  const auto add = [&](std::string name, absl::StatusCode code,
                       std::string reason, auto change) {
    SnapshotBytes bytes(good.base);
    change(bytes.header());
    bytes.SignHeader();
    all.push_back({{"header", std::move(name), code, std::move(reason)},
                   bytes.bytes(),
                   "",
                   {},
                   false});
  };
  const auto last_bytes = good.base.size();
  add("magic of another format", kInvalid, "not a snapshot",
      [](Header& h) { h.magic[1] = 'P'; });
  add("magic after a text-mode copy", kInvalid, "not a snapshot",
      [](Header& h) { h.magic[4] = '\n'; });
  add("magic cut to 7 bits", kInvalid, "not a snapshot",
      [](Header& h) { h.magic[0] &= 0x7F; });
  add("draft format", kFailed, "format 0, for readers of format 1",
      [](Header& h) { h.format = 0; });
  add("newer format", kFailed, "format 4, for readers of format 3 and newer",
      [](Header& h) {
        h.format = 4;
        h.min_reader = 3;
      });
  add("newer minimum reader", kFailed, "format 1, for readers of format 9",
      [](Header& h) { h.min_reader = 9; });
  add("other byte order", kFailed, "the other byte order",
      [](Header& h) { h.byte_order = snapshot::kOtherByteOrder; });
  add("no byte order", kDataLoss, "fields contradict each other",
      [](Header& h) { h.byte_order = 0; });
  add("first reserved number", kDataLoss, "fields contradict each other",
      [](Header& h) { h.reserved[0] = 1; });
  add("second reserved number", kDataLoss, "fields contradict each other",
      [](Header& h) { h.reserved[1] = uint64_t{1} << 63; });
  add("size one less", kDataLoss, absl::StrCat("want ", last_bytes - 1),
      [](Header& h) { --h.file_bytes; });
  add("size one more", kDataLoss, absl::StrCat("want ", last_bytes + 1),
      [](Header& h) { ++h.file_bytes; });
  add("size of all there is", kDataLoss, "want 18446744073709551615",
      [](Header& h) { h.file_bytes = ~uint64_t{0}; });
  add("too many sections", kDataLoss, "section table: does not fit: 1025 rows",
      [](Header& h) { h.sections = 1025; });
  add("endless sections", kDataLoss,
      "section table: does not fit: 4294967295 rows",
      [](Header& h) { h.sections = ~0u; });
  add("one section less", kDataLoss, "section table: checksum differs",
      [](Header& h) { --h.sections; });
  add("table checksum of another file", kDataLoss,
      "section table: checksum differs", [](Header& h) { ++h.table_checksum; });
  add("one byte more at the end", kDataLoss, "truncated or grown",
      [](Header&) {});
  all.back().base += '\0';
  add("header checksum", kDataLoss, "header: checksum differs", [](Header&) {});
  all.back().base[56] ^= 1;
  add("unsigned change of the size", kDataLoss, "header: checksum differs",
      [](Header&) {});
  all.back().base[24] ^= 1;
  return all;
}

std::vector<SabotagedFiles> SabotagedSections(const GoodFiles& good) {
  std::vector<SabotagedFiles> all;
  const auto add = [&](std::string family, std::string name, std::string reason,
                       std::string base) {
    all.push_back({{std::move(family), std::move(name),
                    base.size() < 8 ? kInvalid : kDataLoss, std::move(reason)},
                   std::move(base),
                   "",
                   {},
                   false});
  };
  SnapshotBytes bytes(good.base);

  std::set<size_t> cuts = {1, 7, 8, 63, 64, 65, good.base.size() - 1};
  for (const snapshot::Section& section : bytes.table()) {
    cuts.insert({section.offset - 1, section.offset, section.offset + 1});
  }
  for (const size_t cut : cuts) {
    if (cut >= good.base.size()) continue;
    add(cut < 8 ? "header" : "truncated",
        absl::StrCat("cut after ", cut, " bytes"),
        cut < 8 ? "not a snapshot" : absl::StrCat("got ", cut, " bytes"),
        good.base.substr(0, cut));
  }

  for (size_t s = 0; s < bytes.table().size(); ++s) {
    const snapshot::Section section = bytes.table()[s];
    Sections sections(good.base);
    auto& list = sections.all();
    const std::string name = NameOfSection(list[s]);
    const auto type = list[s].type;

    if (section.size_bytes > 0) {
      std::string flipped = good.base;
      flipped[section.offset + section.size_bytes / 2] ^= 4;
      add("damaged", absl::StrCat("a bit in ", name),
          absl::StrCat("snapshot ", name, ": checksum differs"), flipped);

      SnapshotBytes cut(
          good.base.substr(0, section.offset + section.size_bytes / 2));
      cut.header().file_bytes = cut.bytes().size();
      cut.SignHeader();
      add("place", absl::StrCat("cut in ", name),
          absl::StrCat("snapshot ", name, ": lies outside its place"),
          cut.bytes());
    }

    Sections missing(good.base);
    missing.all().erase(missing.all().begin() + static_cast<ptrdiff_t>(s));
    const std::string missed =
        type == SectionType::kPrefix0
            ? absl::StrCat("rows of ",
                           ToAbsl(NameOf(static_cast<HashKind>(section.kind))))
            : name;
    add("missing", absl::StrCat("no ", name),
        absl::StrCat("snapshot ", missed, ": not where it should be"),
        missing.Lay());

    Sections doubled(good.base);
    doubled.all().insert(doubled.all().begin() + static_cast<ptrdiff_t>(s),
                         doubled.all()[s]);
    add("order", absl::StrCat("twice ", name),
        absl::StrCat("snapshot ", name, ": out of order"), doubled.Lay());

    if (s + 1 < list.size()) {
      Sections swapped(good.base);
      std::swap(swapped.all()[s], swapped.all()[s + 1]);
      add("order", absl::StrCat(name, " after ", NameOfSection(list[s + 1])),
          absl::StrCat("snapshot ", name, ": out of order"), swapped.Lay());
    }

    if (HoldsNumbers(type)) {
      Sections odd(good.base);
      odd.all()[s].bytes += '\0';
      add("odd size", absl::StrCat("one byte more of ", name),
          absl::StrCat("snapshot ", name, ": got ", section.size_bytes + 1,
                       " bytes, want a multiple"),
          odd.Lay());
    }
  }

  const auto forged = [&](std::string family, std::string name,
                          std::string reason, auto change) {
    Sections sections(good.base);
    change(sections);
    add(std::move(family), std::move(name), std::move(reason), sections.Lay());
  };
  const auto shorter = [&](SectionType type, HashKind kind, size_t less,
                           std::string reason, const char* family = "size") {
    forged(
        family,
        absl::StrCat(less, " bytes less of ", ToAbsl(snapshot::NameOf(type))),
        std::move(reason), [&](Sections& sections) {
          std::string& content = sections.at(type, kind);
          content.resize(content.size() - less);
        });
  };
  shorter(SectionType::kPrefix1, kPdq, 4, "prefix plane 1 of pdq: wrong size");
  shorter(SectionType::kPrefix2, kPdq, 4, "prefix plane 2 of pdq: wrong size");
  shorter(SectionType::kRest, kPdq, 16, "rest plane of pdq: wrong size");
  shorter(SectionType::kRows, HashKind::kDhash64ImageHash, 8,
          "rows of dhash64-imagehash: wrong size");
  shorter(SectionType::kDigests, kSha1, 20, "digests of sha1: wrong size");
  shorter(SectionType::kDigests, kSha1, 1, "digests of sha1: wrong size");
  shorter(SectionType::kDigestOffsets, kSha1, 4,
          "tables of sha1: digest tables");
  shorter(SectionType::kVectorPrefix, HashKind::kPhotoDna, 256,
          "tables of photodna: byte vector");
  shorter(SectionType::kVectorRest, HashKind::kPhotoDna, 1,
          "tables of photodna: byte vector");
  shorter(SectionType::kRowBegins, kPdq, 4, "row begins of pdq: wrong size");
  shorter(SectionType::kEntries, kMd5, 16, "entries of md5: wrong size");
  shorter(SectionType::kCounts, kMd5, 4, "counts of md5: wrong size");
  shorter(SectionType::kKeyBytes, kMd5, 1,
          "entries of md5: keys do not cover the key bytes", "entries");
  shorter(SectionType::kCategories, {}, 8,
          "categories: do not cover the category bytes", "categories");
  shorter(SectionType::kCategoryBytes, {}, 1,
          "categories: do not cover the category bytes", "categories");

  forged("order", "digest offsets called another kind's", "out of order",
         [](Sections& sections) {
           sections.all()[sections.IndexOf(SectionType::kDigestOffsets, kMd5)]
               .kind = static_cast<uint32_t>(kSha1);
         });
  forged("missing", "digests called rows",
         "digests of md5: not where it should be", [](Sections& sections) {
           sections.all()[sections.IndexOf(SectionType::kDigests, kMd5)].type =
               SectionType::kRows;
         });
  forged("missing", "digest offsets called byte vector prefixes",
         "digest offsets of md5: not where", [](Sections& sections) {
           sections.all()[sections.IndexOf(SectionType::kDigestOffsets, kMd5)]
               .type = static_cast<SectionType>(28);
         });
  forged("missing", "a section more in the end",
         "counts of photodna: not where", [](Sections& sections) {
           sections.all().push_back({static_cast<SectionType>(99), 64, "x"});
         });
  forged("another type", "planes for values of 64 bits",
         "prefix plane 0 of phash64-imagehash: not for values",
         [](Sections& sections) {
           sections
               .all()[sections.IndexOf(SectionType::kRows,
                                       HashKind::kPhash64ImageHash)]
               .type = SectionType::kPrefix0;
         });
  forged("another type", "removals in a whole snapshot",
         "removed entries of photodna: but this is no overlay",
         [](Sections& sections) {
           sections.all().push_back(
               {SectionType::kRemoved, 64, std::string(4, '\0')});
         });
  forged("missing", "no section at all", "lists: not where it should be",
         [](Sections& sections) { sections.all().clear(); });
  forged("empty", "lists without a value", "section table: no values at all",
         [](Sections& sections) { sections.all().resize(5); });

  const auto raw = [&](std::string name, std::string reason, auto change) {
    SnapshotBytes changed(good.base);
    change(changed);
    changed.Sign();
    add("place", std::move(name), std::move(reason), changed.bytes());
  };
  raw("a section 64 bytes later", "snapshot list texts: lies outside",
      [](SnapshotBytes& b) { b.table()[2].offset += 64; });
  raw("a section one byte earlier", "snapshot list texts: lies outside",
      [](SnapshotBytes& b) { --b.table()[2].offset; });
  raw("a section over another", "snapshot categories: lies outside",
      [](SnapshotBytes& b) { b.table()[3].offset = b.table()[2].offset; });
  raw("a section past the end", "snapshot base: lies outside",
      [](SnapshotBytes& b) {
        b.table()[4].type = 6;
        b.table()[4].offset = ~uint64_t{63};
      });
  raw("a section as long as memory", "snapshot section of no known type",
      [](SnapshotBytes& b) {
        b.table()[4].type = 7;
        b.table()[4].size_bytes = ~uint64_t{0};
      });
  raw("the last section one shorter", "bytes after the last section",
      [](SnapshotBytes& b) { --b.table().back().size_bytes; });
  for (const size_t s : {size_t{1}, size_t{7}, bytes.table().size() - 1}) {
    const snapshot::Section section = bytes.table()[s];
    if (bytes.bytes()[section.offset - 1] != 0) continue;
    raw(absl::StrCat("a byte hidden before section ", s),
        "bytes before it are not zero",
        [&](SnapshotBytes& b) { b.bytes()[section.offset - 1] = 1; });
  }
  SnapshotBytes foreign(good.base);
  for (auto& section : foreign.table()) {
    if (section.kind == 64) section.kind = 77;
  }
  foreign.Sign();
  all.push_back({{"another type", "a kind of a later build", kFailed,
                  "counts of kind 77: this build does not know the kind"},
                 foreign.bytes(),
                 "",
                 {},
                 false});
  return all;
}

}  // namespace hashvet::testing
