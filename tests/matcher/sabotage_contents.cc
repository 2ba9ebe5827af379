// Sabotage of what a file's sections say, with every checksum right again.

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/list/benign_panel.h"
#include "tests/matcher/matcher_support.h"
#include "tests/matcher/sabotage.h"

namespace hashvet::testing {
namespace {

using snapshot::CategoryRecord;
using snapshot::CountsRecord;
using snapshot::EntryRecord;
using snapshot::KindPolicyRecord;
using snapshot::ListRecord;
using snapshot::SectionType;

constexpr auto kDataLoss = absl::StatusCode::kDataLoss;
constexpr auto kFailed = absl::StatusCode::kFailedPrecondition;
constexpr HashKind kPdq = HashKind::kPdq;
constexpr HashKind kMd5 = HashKind::kMd5;
constexpr HashKind kPhotoDna = HashKind::kPhotoDna;

// A table of changes to the good base, all of one family or of several.
class Changes {
 public:
  explicit Changes(const std::string& good) : good_(good) {}

  template <typename Change>
  void Add(std::string family, std::string name, std::string reason,
           Change change, absl::StatusCode code = kDataLoss) {
    Sections sections(good_);
    change(sections);
    std::string forged = sections.Lay();
    EXPECT_NE(forged, good_) << family << ": " << name << " changes nothing";
    all_.push_back(
        {{std::move(family), std::move(name), code, std::move(reason)},
         std::move(forged),
         "",
         {},
         false});
  }
  SabotagedFiles& last() { return all_.back(); }
  std::vector<SabotagedFiles> Take() { return std::move(all_); }

 private:
  const std::string& good_;
  std::vector<SabotagedFiles> all_;
};

// Turns the lowest bit of a row, which leaves the rows in order.
void TurnRow(Sections& sections, HashKind kind, uint32_t row) {
  const size_t size_bytes = InfoOf(kind).size_bytes;
  switch (InfoOf(kind).family) {
    case HashFamily::kBits:
      if (size_bytes == 32) {  // in planes
        sections.as<uint32_t>(SectionType::kPrefix0, kind)[row] ^= 1;
      } else {
        const size_t words = (size_bytes + 7) / 8;
        sections.as<uint64_t>(SectionType::kRows, kind)[row * words] ^= 1;
      }
      break;
    case HashFamily::kDigest:
      sections.as<char>(SectionType::kDigests,
                        kind)[(row + 1) * size_bytes - 1] ^= 1;
      break;
    case HashFamily::kByteVector: {
      // The last of the 14 words of 8 bytes that eight rows have in a group;
      // byte_vector_index.h.
      char* group = sections.as<char>(SectionType::kVectorRest, kind) +
                    row / 8 * size_t{8 * 112};
      group[13 * 64 + row % 8 * 8 + 7] ^= 1;
      break;
    }
  }
}

}  // namespace

std::vector<SabotagedFiles> SabotagedLists(const GoodFiles& good) {
  Changes changes(good.base);
  const auto add = [&](const char* name, const char* reason, auto change) {
    changes.Add("lists", name, reason, change);
  };
  const auto lists = [](Sections& s) {
    return s.as<ListRecord>(SectionType::kLists);
  };
  const auto policies = [](Sections& s) {
    return s.as<KindPolicyRecord>(SectionType::kKindPolicies);
  };
  const auto texts = [](Sections& s) -> std::string& {
    return s.at(SectionType::kListTexts);
  };
  // The lists' names: ncmec/a, iwf/bb, good/c; then each its action, review.
  const char* foreign = "canaries of pdq: not those of these lists";

  // Sound, but not what was built: the canaries tell.
  add("names exchanged", foreign, [&](Sections& s) {
    texts(s).replace(texts(s).find("iwf/bb"), 6, "good/c");
    texts(s).replace(texts(s).rfind("good/c"), 6, "iwf/bb");
  });
  add("a name changed", foreign, [&](Sections& s) { texts(s)[0] = 'N'; });
  add("an action changed", foreign, [&](Sections& s) {
    texts(s).replace(texts(s).find("review"), 6, "ignore");
  });
  add("match becomes ignore", foreign,
      [&](Sections& s) { lists(s)->role = 1; });
  add("match becomes shadow", foreign,
      [&](Sections& s) { lists(s)->role = 2; });
  add("ignore becomes match", foreign,
      [&](Sections& s) { lists(s)[2].role = 0; });
  add("policies of two lists exchanged", foreign, [&](Sections& s) {
    std::swap(policies(s)[0], policies(s)[PhotoDnaPolicy() + 1]);
  });
  add("records of two lists exchanged", foreign, [&](Sections& s) {
    std::swap(lists(s)[0].min_quality, lists(s)[1].role);
    lists(s)[0].min_quality = 50;
    lists(s)[1].role = 0;
  });
  add("threshold one more", foreign,
      [&](Sections& s) { ++policies(s)->max_distance; });
  add("threshold one less", foreign,
      [&](Sections& s) { --policies(s)->max_distance; });
  add("threshold 0", foreign, [&](Sections& s) {
    policies(s)->max_distance = policies(s)->max_distance_rotated = 0;
  });
  add("threshold 128", foreign,
      [&](Sections& s) { policies(s)->max_distance = 128; });
  add("rotated threshold one more", foreign,
      [&](Sections& s) { ++policies(s)->max_distance_rotated; });
  add("rotated threshold gone", foreign, [&](Sections& s) {
    policies(s)->has_rotated = 0;
    policies(s)->max_distance_rotated = 0;
  });
  add("metric changed", foreign, [&](Sections& s) {
    policies(s)[PhotoDnaPolicy()].metric = 2;
    policies(s)[PhotoDnaPolicy()].max_distance = 100;
  });
  add("minimum quality 100", foreign,
      [&](Sections& s) { lists(s)->min_quality = 100; });
  add("asked of nothing", foreign,
      [&](Sections& s) { lists(s)->sampled_ppm = 0; });
  add("asked of a part", foreign,
      [&](Sections& s) { lists(s)[1].sampled_ppm = 999'999; });
  add("another sample", foreign,
      [&](Sections& s) { lists(s)->sample_seed = 7; });
  add("never late", foreign, [&](Sections& s) {
    lists(s)->late_after_s = lists(s)->stale_after_s = 0;
  });
  add("confirmed now", foreign, [&](Sections& s) { lists(s)->current_at = 1; });
  add("serves when expired", foreign,
      [&](Sections& s) { lists(s)->flags = snapshot::kServeExpired; });
  add("another list more, without entries", "counts of pdq: wrong size",
      [&](Sections& s) {
        ListRecord more = lists(s)[2];
        more.text_begin = static_cast<uint32_t>(texts(s).size());
        more.name_bytes = 1;
        more.kind_policies = 0;
        texts(s) += "xreview";
        s.at(SectionType::kLists)
            .append(reinterpret_cast<const char*>(&more), sizeof more);
      });
  add("the last list gone", "counts of pdq: wrong size", [&](Sections& s) {
    const ListRecord last = lists(s)[2];
    s.at(SectionType::kLists).resize(2 * sizeof last);
    texts(s).resize(last.text_begin);
    std::string& own = s.at(SectionType::kKindPolicies);
    own.resize(own.size() - last.kind_policies * sizeof(KindPolicyRecord));
  });

  // Not sound.
  add("no list", "lists: got 0 lists, want 1 to 1024",
      [&](Sections& s) { s.at(SectionType::kLists).clear(); });
  add("too many lists", "lists: got 1025 lists", [&](Sections& s) {
    s.at(SectionType::kLists).resize(1025 * sizeof(ListRecord));
  });
  add("two lists of one name", "lists: two lists of one name",
      [&](Sections& s) {
        texts(s).replace(texts(s).find("good/c"), 6, "iwf/bb");
      });
  add("threshold 129", "pdq max_distance: got 129, want 0 to 128",
      [&](Sections& s) { policies(s)->max_distance = 129; });
  add("threshold 300", "pdq max_distance: got 300, want 0 to 128",
      [&](Sections& s) { policies(s)->max_distance = 300; });
  add("threshold of 64 bits 33", "phash64-imagehash max_distance: got 33",
      [&](Sections& s) { policies(s)[1].max_distance = 33; });
  add("threshold past every vector", "photodna max_distance: got 36721",
      [&](Sections& s) {
        policies(s)[PhotoDnaPolicy()].max_distance = 36'721;
      });
  add("rotated laxer than straight", "pdq max_distance_rotated: got 32",
      [&](Sections& s) { policies(s)->max_distance_rotated = 32; });
  add("a rotated threshold that is none", "kind policies: out of its range",
      [&](Sections& s) { policies(s)->has_rotated = 0; });
  add("rotated in two ways", "kind policies: out of its range",
      [&](Sections& s) { policies(s)->has_rotated = 2; });
  add("a metric for bits", "pdq metric: got one",
      [&](Sections& s) { policies(s)->metric = 1; });
  add("no metric for vectors", "photodna metric: got none",
      [&](Sections& s) { policies(s)[PhotoDnaPolicy()].metric = 0; });
  add("a metric that nobody knows", "kind policies: out of its range",
      [&](Sections& s) { policies(s)[PhotoDnaPolicy()].metric = 4; });
  add("policies out of order", "policy kinds: a kind twice, or out of order",
      [&](Sections& s) { std::swap(policies(s)[1], policies(s)[2]); });
  add("a policy twice", "policy kinds: a kind twice, or out of order",
      [&](Sections& s) { policies(s)[2] = policies(s)[1]; });
  changes.Add(
      "lists", "a policy of no build's kind",
      "kind policies: this build does not know kind 0",
      [&](Sections& s) { policies(s)->kind = 0; }, kFailed);
  add("more policies than there are", "lists: more policies of kinds",
      [&](Sections& s) { ++lists(s)[2].kind_policies; });
  add("policies that are nobody's", "lists: texts or policies that are no",
      [&](Sections& s) { --lists(s)[2].kind_policies; });
  add("role 3", "policy role: want match, ignore or shadow",
      [&](Sections& s) { lists(s)->role = 3; });
  add("minimum quality 101", "policy min_quality: got 101",
      [&](Sections& s) { lists(s)->min_quality = 101; });
  add("asked of more than all", "policy sampled_ppm: got 1000001",
      [&](Sections& s) { lists(s)->sampled_ppm = 1'000'001; });
  add("staleness out of order", "policy staleness: got 200 s after 300 s",
      [&](Sections& s) { lists(s)->late_after_s = 300; });
  add("a flag that nobody knows", "lists: a flag of no known meaning",
      [&](Sections& s) { lists(s)->flags = 4; });
  add("a reserved byte", "lists: a flag of no known meaning",
      [&](Sections& s) { lists(s)->reserved = 1; });
  add("texts from elsewhere", "lists: sizes of the texts contradict",
      [&](Sections& s) { ++lists(s)[1].text_begin; });
  add("a text past the end", "lists: sizes of the texts contradict",
      [&](Sections& s) { lists(s)[2].action_bytes = 0xFFFF; });
  add("an empty name", "policy name: got 0 characters", [&](Sections& s) {
    lists(s)->action_bytes =
        static_cast<uint16_t>(lists(s)->action_bytes + lists(s)->name_bytes);
    lists(s)->name_bytes = 0;
  });
  add("a name with a line break", "policy name: the character at position 3",
      [&](Sections& s) { texts(s)[2] = '\n'; });
  add("an action with a quote", "policy action: the character at position 1",
      [&](Sections& s) { texts(s)[texts(s).find("review")] = '"'; });
  add("texts that are nobody's", "lists: texts or policies that are no",
      [&](Sections& s) { texts(s) += "more"; });

  // Canaries.
  const Sections other(good.other_base);
  add("every canary of another version of the lists", foreign,
      [&](Sections& s) {
        Sections stale = other;
        for (auto& section : s.all()) {
          if (section.type != SectionType::kCanaries) continue;
          section.bytes =
              stale.at(section.type, static_cast<HashKind>(section.kind));
        }
      });
  add("lists of another version, canaries of this", foreign, [&](Sections& s) {
    Sections stale = other;
    s.at(SectionType::kKindPolicies) = stale.at(SectionType::kKindPolicies);
  });
  for (const HashKindInfo& info : AllHashKinds()) {
    const HashKind kind = info.kind;
    if (kind == kPdq) continue;
    const std::string reason =
        absl::StrCat("canaries of ", ToAbsl(info.name), ": not those of");
    const auto canary = [&](const char* name, auto change) {
      changes.Add(
          "canaries", absl::StrCat(ToAbsl(info.name), ": ", name), reason,
          [&](Sections& s) { change(s.at(SectionType::kCanaries, kind)); });
    };
    canary("stale", [&](std::string& c) {
      Sections stale = other;
      c = stale.at(SectionType::kCanaries, kind);
    });
    canary("one replaced", [&](std::string& c) { c[0] ^= 1; });
    canary("one gone", [&](std::string& c) { c.resize(3 * info.size_bytes); });
    canary("none", [&](std::string& c) { c.clear(); });
    canary("one more",
           [&](std::string& c) { c.append(info.size_bytes, '\xFF'); });
  }
  changes.Add(
      "canaries", "sha1: cut from those of sha256",
      "canaries of sha1: not those of", [&](Sections& s) {
        s.at(SectionType::kCanaries, HashKind::kSha1) =
            s.at(SectionType::kCanaries, HashKind::kSha256).substr(0, 80);
      });
  return changes.Take();
}

std::vector<SabotagedFiles> SabotagedValues(const GoodFiles& good) {
  Changes changes(good.base);
  const auto not_found = [](HashKind kind, size_t canary) {
    return absl::StrCat("known-answer test: list ncmec/a, ",
                        ToAbsl(NameOf(kind)), ": canary ", canary,
                        " not found at distance 0");
  };
  for (const HashKindInfo& info : AllHashKinds()) {
    for (size_t c = 0; c < 4; ++c) {
      changes.Add("values",
                  absl::StrCat(ToAbsl(info.name), ": a bit of canary ", c),
                  not_found(info.kind, c), [&](Sections& s) {
                    TurnRow(s, info.kind, good.CanaryRow(info.kind, c));
                  });
    }
    changes.Add("values", absl::StrCat(ToAbsl(info.name), ": every canary"),
                not_found(info.kind, 0), [&](Sections& s) {
                  for (size_t c = 0; c < 4; ++c) {
                    TurnRow(s, info.kind, good.CanaryRow(info.kind, c));
                  }
                });
  }
  const auto moved = [&](const char* name, HashKind kind, auto change) {
    changes.Add(
        "values", name,
        absl::StrCat("list ncmec/a, ", ToAbsl(NameOf(kind)), ": canary"),
        change);
  };
  const auto exchange = [&](const char* name, SectionType a, SectionType b) {
    moved(name, kPdq,
          [&](Sections& s) { std::swap(s.at(a, kPdq), s.at(b, kPdq)); });
  };
  exchange("planes 0 and 1 exchanged", SectionType::kPrefix0,
           SectionType::kPrefix1);
  exchange("planes 1 and 2 exchanged", SectionType::kPrefix1,
           SectionType::kPrefix2);
  exchange("planes 0 and 3 exchanged", SectionType::kPrefix0,
           SectionType::kPrefix3);
  moved("a plane of zeros", kPdq, [&](Sections& s) {
    std::ranges::fill(s.at(SectionType::kPrefix2, kPdq), '\0');
  });
  moved("a plane in the other byte order", kPdq, [&](Sections& s) {
    std::string& plane = s.at(SectionType::kPrefix3, kPdq);
    for (size_t i = 0; i < plane.size(); i += 4) {
      std::reverse(&plane[i], &plane[i] + 4);
    }
  });
  moved("a plane one row further", kPdq, [&](Sections& s) {
    std::string& plane = s.at(SectionType::kPrefix0, kPdq);
    std::rotate(plane.begin(), plane.begin() + 4, plane.end());
  });
  moved("vectors' prefixes of eight rows exchanged with the next in part",
        kPhotoDna, [&](Sections& s) {
          std::string& rest = s.at(SectionType::kVectorRest, kPhotoDna);
          std::rotate(rest.begin(), rest.begin() + 8 * 112, rest.end());
        });
  moved("vectors' rests of zeros", kPhotoDna, [&](Sections& s) {
    std::ranges::fill(s.at(SectionType::kVectorRest, kPhotoDna), '\0');
  });
  moved("rows of 64 bits that lost their low half", HashKind::kAhash64ImageHash,
        [&](Sections& s) {
          std::string& rows =
              s.at(SectionType::kRows, HashKind::kAhash64ImageHash);
          for (size_t i = 0; i < rows.size(); i += 8) {
            std::fill_n(&rows[i], 4, '\0');
          }
        });

  const auto order = [&](std::string name, std::string reason, auto change) {
    changes.Add("order of values", std::move(name), std::move(reason), change);
  };
  order("pdq rows exchanged", "rest plane of pdq: row ", [&](Sections& s) {
    uint64_t* rest = s.as<uint64_t>(SectionType::kRest, kPdq);
    std::swap_ranges(rest + 4, rest + 6, rest + 6);
  });
  order("a pdq row twice", "rest plane of pdq: row 3 is not in order",
        [&](Sections& s) {
          uint64_t* rest = s.as<uint64_t>(SectionType::kRest, kPdq);
          std::copy_n(rest + 4, 2, rest + 6);
          for (const auto plane :
               {SectionType::kPrefix0, SectionType::kPrefix1,
                SectionType::kPrefix2, SectionType::kPrefix3}) {
            uint32_t* words = s.as<uint32_t>(plane, kPdq);
            words[3] = words[2];
          }
        });
  order("the halves of the rest plane exchanged", "rest plane of pdq: row ",
        [&](Sections& s) {
          std::string& rest = s.at(SectionType::kRest, kPdq);
          for (size_t i = 0; i < rest.size(); i += 16) {
            std::swap_ranges(&rest[i], &rest[i] + 8, &rest[i] + 8);
          }
        });
  order("pdq rows all zero", "rest plane of pdq: row 1 is not in order",
        [&](Sections& s) {
          std::ranges::fill(s.at(SectionType::kRest, kPdq), '\0');
          for (const auto plane :
               {SectionType::kPrefix0, SectionType::kPrefix1,
                SectionType::kPrefix2, SectionType::kPrefix3}) {
            std::ranges::fill(s.at(plane, kPdq), '\0');
          }
        });
  order("rows of 64 bits backwards", "rows of dhash64-imagehash: row 1 is not",
        [&](Sections& s) {
          std::string& rows =
              s.at(SectionType::kRows, HashKind::kDhash64ImageHash);
          auto* words = reinterpret_cast<uint64_t*>(rows.data());
          std::reverse(words, words + rows.size() / 8);
        });
  order("rows of 64 bits in the other byte order",
        "rows of phash64-imagehash: row ", [&](Sections& s) {
          std::string& rows =
              s.at(SectionType::kRows, HashKind::kPhash64ImageHash);
          for (size_t i = 0; i < rows.size(); i += 8) {
            std::reverse(&rows[i], &rows[i] + 8);
          }
        });
  order("groups of vectors exchanged", "byte vector prefixes of photodna: row ",
        [&](Sections& s) {
          std::string& prefix = s.at(SectionType::kVectorPrefix, kPhotoDna);
          std::swap_ranges(&prefix[0], &prefix[0] + 256, &prefix[256]);
          std::string& rest = s.at(SectionType::kVectorRest, kPhotoDna);
          std::swap_ranges(&rest[0], &rest[0] + 896, &rest[896]);
        });
  order("vectors' prefixes of zeros", "byte vector prefixes of photodna: row ",
        [&](Sections& s) {
          std::ranges::fill(s.at(SectionType::kVectorPrefix, kPhotoDna), '\0');
        });
  for (const HashKind kind : {kMd5, HashKind::kSha1, HashKind::kSha256}) {
    const std::string of(NameOf(kind));
    const size_t size_bytes = InfoOf(kind).size_bytes;
    const auto digest = [&](const char* name, const char* reason, auto change) {
      order(absl::StrCat(of, ": ", name),
            absl::StrCat("tables of ", of, ": ", reason), change);
    };
    digest("digests exchanged", "", [&](Sections& s) {
      char* rows = s.as<char>(SectionType::kDigests, kind);
      std::swap_ranges(rows, rows + size_bytes, rows + size_bytes);
    });
    digest("a digest twice", "digest index: row 1 is equal", [&](Sections& s) {
      char* rows = s.as<char>(SectionType::kDigests, kind);
      std::copy_n(rows, size_bytes, rows + size_bytes);
    });
    digest("an offset one more", "digest tables: ", [&](Sections& s) {
      ++s.as<uint32_t>(SectionType::kDigestOffsets, kind)[1];
    });
    digest("offsets of zeros", "digest tables: ", [&](Sections& s) {
      std::ranges::fill(s.at(SectionType::kDigestOffsets, kind), '\0');
    });
    digest("offsets past the rows", "digest tables: offset ", [&](Sections& s) {
      s.as<uint32_t>(SectionType::kDigestOffsets, kind)[1] = ~0u;
    });
    digest("offsets shifted", "digest tables: ", [&](Sections& s) {
      std::string& offsets = s.at(SectionType::kDigestOffsets, kind);
      std::rotate(offsets.begin(), offsets.begin() + 4, offsets.end());
    });
    digest("a first bit turned", "digest ", [&](Sections& s) {
      s.as<char>(SectionType::kDigests, kind)[0] ^= '\x80';
    });
  }
  return changes.Take();
}

std::vector<SabotagedFiles> SabotagedEntries(const GoodFiles& good) {
  Changes changes(good.base);
  for (const HashKind kind : {kPdq, kMd5, kPhotoDna}) {
    const std::string of(NameOf(kind));
    for (size_t number = 0; number < 7; ++number) {
      static constexpr const char* kNames[] = {
          "rows",      "entries",   "canary rows", "canary entries",
          "of list 0", "of list 1", "of list 2"};
      const auto count = [&](const char* how, auto change) {
        changes.Add(
            "counts", absl::StrCat(of, ": ", kNames[number], " ", how),
            absl::StrCat(" of ", of, ": "), [&](Sections& s) {
              change(s.as<uint32_t>(SectionType::kCounts, kind)[number]);
            });
      };
      count("one more", [](uint32_t& n) { ++n; });
      count("one less", [](uint32_t& n) { --n; });
      count("none", [](uint32_t& n) { n = 0; });
      count("as many as can be", [](uint32_t& n) { n = ~0u; });
    }
    changes.Add("counts", absl::StrCat(of, ": two lists' numbers exchanged"),
                absl::StrCat("entries of ", of, ": not as many of each list"),
                [&](Sections& s) {
                  auto* n = s.as<uint32_t>(SectionType::kCounts, kind);
                  std::swap(n[4], n[6]);
                  if (n[4] == n[6]) {
                    ++n[4];
                    --n[5];
                  }
                });
    changes.Add("counts", absl::StrCat(of, ": an entry moved to a list"),
                absl::StrCat("entries of ", of, ": not as many of each list"),
                [&](Sections& s) {
                  auto* n = s.as<uint32_t>(SectionType::kCounts, kind);
                  ++n[4];
                  --n[5];
                });
    changes.Add("counts", absl::StrCat(of, ": canaries alone"),
                absl::StrCat("counts of ", of, ": contradict"),
                [&](Sections& s) {
                  auto* n = s.as<uint32_t>(SectionType::kCounts, kind);
                  n[0] = n[1] = n[2] = n[3] = 4;
                  n[4] = n[5] = n[6] = 0;
                });
  }

  const auto add = [&](const char* name, const char* reason, auto change) {
    changes.Add("entries", name, reason, change);
  };
  const auto begins = [](Sections& s) {
    return s.as<uint32_t>(SectionType::kRowBegins, kMd5);
  };
  const auto entries = [](Sections& s) {
    return s.as<EntryRecord>(SectionType::kEntries, kMd5);
  };
  const size_t rows = good.reader->rows(kMd5);
  const uint32_t canary = good.CanaryRow(kMd5, 1);
  // A row of several entries.
  uint32_t several = 0;
  while (good.reader->entry_count(kMd5, several) < 2) ++several;
  const uint32_t first = good.reader->entry_number(kMd5, several, 0);

  add("rows begin later", "row begins of md5: rows and entries contradict",
      [&](Sections& s) { begins(s)[0] = 1; });
  add("rows end earlier", "row begins of md5: rows and entries contradict",
      [&](Sections& s) { --begins(s)[rows]; });
  add("rows end later", "row begins of md5: rows and entries contradict",
      [&](Sections& s) { ++begins(s)[rows]; });
  add("an empty row", "row begins of md5: row 3 has no entry",
      [&](Sections& s) { begins(s)[3] = begins(s)[4]; });
  add("a row beyond the entries", "row begins of md5: row 5 has no entry",
      [&](Sections& s) { begins(s)[5] = 1'000'000; });
  add("rows backwards", "row begins of md5: row 2 has no entry",
      [&](Sections& s) { begins(s)[3] = 0; });
  add("rows shifted", "row begins of md5: rows and entries contradict",
      [&](Sections& s) {
        for (size_t r = 0; r <= rows; ++r) ++begins(s)[r];
      });
  add("an entry of no list", "entries of md5: entry 1 points outside",
      [&](Sections& s) { entries(s)[1].list = 3; });
  add("an entry of no category", "entries of md5: entry 2 points outside",
      [&](Sections& s) { entries(s)[2].category = 99; });
  add("a quality of 101", "entries of md5: entry 3 points outside",
      [&](Sections& s) { entries(s)[3].quality = 101; });
  add("an opinion that nobody knows", "entries of md5: entry 4 points outside",
      [&](Sections& s) { entries(s)[4].opinion = 5; });
  add("a key from elsewhere", "entries of md5: entry 5 points outside",
      [&](Sections& s) { ++entries(s)[5].key; });
  add("a key past the end", "entries of md5: entry 6 points outside",
      [&](Sections& s) { entries(s)[6].key = snapshot::kMaxKeyOffset; });
  add("a longer key", "entries of md5: entry 8 points outside",
      [&](Sections& s) { entries(s)[7].key += uint64_t{1} << 48; });
  add("keys exchanged", "entries of md5: entry 9 points outside",
      [&](Sections& s) { std::swap(entries(s)[9].key, entries(s)[10].key); });
  add("key bytes cut", "entries of md5: keys do not cover the key bytes",
      [&](Sections& s) { s.at(SectionType::kKeyBytes, kMd5).resize(20); });
  add("key bytes gone", "entries of md5: keys do not cover the key bytes",
      [&](Sections& s) { s.at(SectionType::kKeyBytes, kMd5).clear(); });
  add("key bytes more", "entries of md5: keys do not cover the key bytes",
      [&](Sections& s) { s.at(SectionType::kKeyBytes, kMd5) += "x"; });
  add("entries of a row exchanged", "is not in order", [&](Sections& s) {
    EntryRecord* e = entries(s);
    std::swap(e[first].list, e[first + 1].list);
    if (e[first].list == e[first + 1].list) e[first + 1].list = 0;
    if (e[first].list == 0) e[first].list = 1;
    // Counted as the lists now are.
    auto* n = s.as<uint32_t>(SectionType::kCounts, kMd5) + 4;
    std::fill_n(n, 3, 0u);
    const size_t all = s.at(SectionType::kEntries, kMd5).size() / sizeof *e;
    for (size_t i = 0; i < all; ++i) {
      if (e[i].list < 3) ++n[e[i].list];
    }
  });
  changes.Add("counts", "an entry of each row's own list",
              "not as many of each list", [&](Sections& s) {
                for (size_t i = 0; i < rows; ++i) entries(s)[i].list = 0;
              });
  changes.Add("counts", "a canary shown as an entry",
              "not as many of each list",
              [&](Sections& s) { entries(s)[begins(s)[canary]].list = 1; });
  changes.Add("counts", "an entry hidden as a canary",
              "not as many of each list",
              [&](Sections& s) { entries(s)[first].list = kCanaryList; });
  // Counted rightly: nobody would see the entry any more.
  changes.Add("values", "an entry hidden in a canary's place",
              "known-answer test: list ncmec/a, md5: canary 1 not found",
              [&](Sections& s) {
                uint32_t row = 0;  // a row of one entry
                while (good.reader->is_canary(kMd5, row) ||
                       good.reader->entry_count(kMd5, row) != 1) {
                  ++row;
                }
                std::swap(entries(s)[begins(s)[row]].list,
                          entries(s)[begins(s)[canary]].list);
              });

  const auto categories = [](Sections& s) {
    return s.as<CategoryRecord>(SectionType::kCategories);
  };
  const auto category = [&](const char* name, const char* reason, auto change) {
    changes.Add("categories", name, reason, change);
  };
  category("begin later", "categories: do not cover the category bytes",
           [&](Sections& s) { ++categories(s)[0].begin; });
  category("one that is not empty first",
           "categories: the empty one is not the first",
           [&](Sections& s) { ++categories(s)[1].begin; });
  category("one past the end", "categories: number 2 points outside",
           [&](Sections& s) { categories(s)[2].begin = 1'000; });
  category("one backwards", "categories: number 2 points outside",
           [&](Sections& s) { categories(s)[3].begin = 0; });
  category("a scheme longer than the text",
           "categories: number 1 points outside",
           [&](Sections& s) { categories(s)[1].scheme_bytes = 100; });
  category("a scheme after the last", "categories: the empty one is not",
           [&](Sections& s) {
             const size_t count =
                 s.at(SectionType::kCategories).size() / sizeof(CategoryRecord);
             categories(s)[count - 1].scheme_bytes = 1;
           });
  category("none", "categories: do not cover the category bytes",
           [&](Sections& s) { s.at(SectionType::kCategories).clear(); });
  category("the empty one alone", "categories: do not cover",
           [&](Sections& s) { s.at(SectionType::kCategories).resize(16); });
  category("one twice", "categories: number 1 is not in order",
           [&](Sections& s) { categories(s)[2].begin = 0; });
  category("a scheme taken for a word", "is not in order", [&](Sections& s) {
    const size_t count =
        s.at(SectionType::kCategories).size() / sizeof(CategoryRecord);
    categories(s)[count - 2].scheme_bytes = 0;
  });
  return changes.Take();
}

std::vector<SabotagedFiles> SabotagedRings(const GoodFiles& good) {
  Changes changes(good.ring);
  constexpr size_t kChunks = 16;
  const size_t rows = good.ring_reader->rows(kPdq);
  const auto add = [&](const char* name, const char* reason, auto change) {
    changes.Add("ring", name, reason, change);
  };
  const auto offsets = [](Sections& s) {
    return s.as<uint32_t>(SectionType::kRingOffsets, kPdq);
  };
  const auto ids = [](Sections& s) {
    return s.as<uint32_t>(SectionType::kRingIds, kPdq);
  };
  add("an offset falls", "tables of pdq: ring tables: table 2 offset ",
      [&](Sections& s) { offsets(s)[2 * 65'537 + 30'000] = ~0u; });
  add("a table begins later", "ring tables: table 3 spans entries 1 to ",
      [&](Sections& s) { offsets(s)[3 * 65'537] = 1; });
  add("a table ends earlier", "ring tables: table 3 spans entries 0 to ",
      [&](Sections& s) { --offsets(s)[3 * 65'537 + 65'536]; });
  add("an id of no row", "ring tables: table 4 entry 7 names no row",
      [&](Sections& s) { ids(s)[4 * rows + 7] = static_cast<uint32_t>(rows); });
  add("the last id past every row", "ring tables: table 15 entry ",
      [&](Sections& s) { ids(s)[kChunks * rows - 1] = ~0u; });
  add("a table's ids too few", "ring tables: ", [&](Sections& s) {
    s.at(SectionType::kRingIds, kPdq).resize((kChunks * rows - 1) * 4);
  });
  add("next chunks too few", "ring tables: ", [&](Sections& s) {
    std::string& next = s.at(SectionType::kRingNext, kPdq);
    next.resize(next.size() - 2);
  });
  add("a table's offsets too few", "ring tables: ", [&](Sections& s) {
    s.at(SectionType::kRingOffsets, kPdq).resize(kChunks * 65'537 * 4 - 4);
  });

  // Everything in its range, and nothing where it is looked for: the
  // known-answer test tells, or the publisher's closer look.
  const auto lost = [&](const char* name, const char* at_publish, auto change) {
    add(name, "known-answer test: list large, pdq: canary", change);
    changes.last().at_publish = Told{"ring", name, kDataLoss, at_publish};
  };
  lost("next chunks of zeros", "has another row's next chunk",
       [&](Sections& s) {
         std::ranges::fill(s.at(SectionType::kRingNext, kPdq), '\0');
       });
  lost("next chunks turned", "has another row's next chunk", [&](Sections& s) {
    for (char& byte : s.at(SectionType::kRingNext, kPdq)) {
      byte = static_cast<char>(~byte);
    }
  });
  lost("ids backwards", "ring tables: table 0 entry",
       [&](Sections& s) { std::reverse(ids(s), ids(s) + kChunks * rows); });
  lost("ids of zeros", "ring tables: table 0 entry", [&](Sections& s) {
    std::ranges::fill(s.at(SectionType::kRingIds, kPdq), '\0');
  });
  lost("ids shifted by one", "ring tables: table 0 entry", [&](Sections& s) {
    std::rotate(ids(s), ids(s) + 1, ids(s) + kChunks * rows);
  });
  lost("ids of each table those of the next", "ring tables: table 0 entry",
       [&](Sections& s) {
         std::rotate(ids(s), ids(s) + rows, ids(s) + kChunks * rows);
       });
  lost("offsets of zeros", "ring tables: table 0 entry", [&](Sections& s) {
    for (size_t c = 0; c < kChunks; ++c) {
      std::fill_n(offsets(s) + c * 65'537, 65'536, 0u);
    }
  });
  lost("offsets one value further", "ring tables: table 0 entry",
       [&](Sections& s) {
         for (size_t c = 0; c < kChunks; ++c) {
           uint32_t* table = offsets(s) + c * 65'537;
           std::copy_backward(table, table + 65'535, table + 65'536);
         }
       });

  // So little that no test of some queries can be sure to see it.
  const auto subtle = [&](const char* name, const char* reason, auto change) {
    add(name, reason, change);
    changes.last().seen_by_publisher_alone = true;
  };
  subtle("two ids of a table exchanged", "is in another row's bucket",
         [&](Sections& s) { std::swap(ids(s)[9], ids(s)[rows - 9]); });
  subtle("an id twice", "ring tables: table 7 entry", [&](Sections& s) {
    ids(s)[7 * rows + 100] = ids(s)[7 * rows + 20'000];
  });
  subtle("one next chunk", "has another row's next chunk", [&](Sections& s) {
    ++s.as<uint16_t>(SectionType::kRingNext, kPdq)[5 * rows + 77];
  });
  return changes.Take();
}

std::vector<SabotagedFiles> ListsThatMatchEverything() {
  std::vector<SabotagedFiles> all;
  std::mt19937_64 random(5);
  const auto add = [&](std::string name, const Hash256& hash, ListRole role) {
    ListPolicy policy = Policy("ncmec/a", 31, 50);
    policy.role = role;
    std::string key = absl::StrCat("key of ", name);
    const auto snapshot = MakeSnapshot(
        policy, {PdqEntry(hash, key), PdqEntry(RandomHash(random), "e")});
    all.push_back(
        {{"matches everything", std::move(name), kFailed,
          absl::StrCat("known-answer test: list ncmec/a, pdq: entry ", key,
                       " matches the harmless picture")},
         std::string(reinterpret_cast<const char*>(snapshot->bytes().data()),
                     snapshot->bytes().size()),
         "",
         {},
         false});
  };
  for (const BenignHash& each : BenignPanel()) {
    add(std::string(each.picture), each.hash, ListRole::kMatch);
  }
  const BenignHash& first = BenignPanel().front();
  const BenignHash& last = BenignPanel().back();
  add("all zero", Hash256(), ListRole::kMatch);
  add("all zero but 31 bits", At(Hash256(), 31, random), ListRole::kMatch);
  add("near the first picture", At(first.hash, 31, random), ListRole::kMatch);
  add("near the last picture", At(last.hash, 31, random), ListRole::kMatch);
  add("one bit from the last picture", At(last.hash, 1, random),
      ListRole::kMatch);
  add("a shadow of every blank page", Hash256(), ListRole::kShadow);
  return all;
}

}  // namespace hashvet::testing
