#include "tests/matcher/sabotage.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "absl/strings/str_cat.h"
#include "hashvet/base/checksum.h"
#include "tests/matcher/matcher_support.h"

namespace hashvet::testing {
namespace {

using snapshot::AlignUp;
using snapshot::Header;
using snapshot::SectionType;

ListPolicy EveryKind(std::string name, ListRole role, uint32_t pdq,
                     ByteVectorMetric metric, uint32_t photodna) {
  ListPolicy policy = Policy(std::move(name), pdq, 50);
  policy.role = role;
  policy.staleness = {.late_after_s = 100, .stale_after_s = 200};
  SetKindPolicy({.max_distance = pdq, .max_distance_rotated = pdq / 2}, policy);
  for (const HashKindInfo& info : AllHashKinds()) {
    if (info.family != HashFamily::kBits || info.kind == HashKind::kPdq) {
      continue;
    }
    SetKindPolicy({.kind = info.kind, .max_distance = 5}, policy);
  }
  SetKindPolicy(
      {.kind = HashKind::kPhotoDna, .max_distance = photodna, .metric = metric},
      policy);
  return policy;
}

std::vector<Listed> SomeEntries(size_t count, uint64_t seed) {
  std::vector<Listed> entries;
  for (const ListEntry& entry : MixedEntries(count, seed)) {
    entries.push_back({static_cast<uint16_t>(entries.size() % 5 % 3), entry});
  }
  return entries;
}

std::string BytesOf(const SnapshotReader& reader) {
  return {reinterpret_cast<const char*>(reader.bytes().data()),
          reader.bytes().size()};
}

}  // namespace

Sections::Sections(const std::string& file) {
  SnapshotBytes bytes(file);
  for (const snapshot::Section& section : bytes.table()) {
    all_.push_back({static_cast<SectionType>(section.type), section.kind,
                    file.substr(section.offset, section.size_bytes)});
  }
}

std::string Sections::Lay() const {
  Header header;
  header.sections = static_cast<uint32_t>(all_.size());
  std::vector<snapshot::Section> table;
  std::string file(sizeof header + all_.size() * sizeof(snapshot::Section), 0);
  for (const Section& section : all_) {
    file.resize(AlignUp(file.size()));
    table.push_back({static_cast<uint32_t>(section.type), section.kind,
                     file.size(), section.bytes.size(), 0});
    file += section.bytes;
  }
  if (std::ranges::any_of(table, snapshot::IsCutByFormat)) {
    header.format = header.min_reader = snapshot::kParityFormat;
  }
  header.file_bytes = file.size();
  std::memcpy(file.data(), &header, sizeof header);
  if (!table.empty()) {
    std::memcpy(file.data() + sizeof header, table.data(),
                table.size() * sizeof table[0]);
  }
  SnapshotBytes bytes(std::move(file));
  bytes.Sign();
  return std::move(bytes.bytes());
}

size_t Sections::IndexOf(SectionType type, HashKind kind) const {
  const auto found = std::ranges::find_if(all_, [&](const Section& section) {
    return section.type == type && section.kind == static_cast<uint32_t>(kind);
  });
  EXPECT_NE(found, all_.end()) << snapshot::NameOf(type);
  return static_cast<size_t>(found - all_.begin());
}

std::string NameOfSection(const Sections::Section& section) {
  std::string name(snapshot::NameOf(section.type));
  if (section.kind == 0) return name;
  return absl::StrCat(name, " of ",
                      ToAbsl(NameOf(static_cast<HashKind>(section.kind))));
}

size_t PhotoDnaPolicy() {
  return static_cast<size_t>(std::ranges::count(
      AllHashKinds(), HashFamily::kBits, &HashKindInfo::family));
}

GoodFiles::GoodFiles() {
  const std::vector<ListPolicy> lists = {
      EveryKind("ncmec/a", ListRole::kMatch, 31, ByteVectorMetric::kL1, 1'000),
      EveryKind("iwf/bb", ListRole::kShadow, 20, ByteVectorMetric::kL2, 300),
      EveryKind("good/c", ListRole::kIgnore, 10, ByteVectorMetric::kSquaredL2,
                40'000)};
  reader = MakeSnapshotOf(lists, SomeEntries(400, 1));
  base = BytesOf(*reader);
  std::vector<RemovedKey> removed;
  for (int key = 0; key < 300; ++key) {
    removed.push_back({0, absl::StrCat("key-", key)});
  }
  overlay = BytesOf(*MakeOverlay(reader, SomeEntries(60, 2), removed));
  std::vector<ListPolicy> others = lists;
  others[0].kinds[0].max_distance = 30;
  const auto other = MakeSnapshotOf(others, SomeEntries(400, 1));
  other_base = BytesOf(*other);
  other_overlay = BytesOf(*MakeOverlay(other, SomeEntries(60, 2), removed));

  std::mt19937_64 random(3);
  std::vector<Listed> many;
  for (size_t i = 0; i < snapshot::kMinRingRows; ++i) {
    many.push_back({0, PdqEntry(RandomHash(random), absl::StrCat(i))});
  }
  ring_reader = MakeSnapshotOf({Policy("large", 31, 50)}, many);
  ring = BytesOf(*ring_reader);
}

uint32_t GoodFiles::CanaryRow(HashKind kind, size_t canary) const {
  const HashValue value = reader->canaries(kind)[canary];
  uint32_t row = 0;
  while (!(reader->value(kind, row) == value)) ++row;
  return row;
}

}  // namespace hashvet::testing
