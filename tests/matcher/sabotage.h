// Ways to sabotage what is published, each with the reason for which it must be
// refused. sabotage_test.cc tries them.

#ifndef HASHVET_TESTS_MATCHER_SABOTAGE_H_
#define HASHVET_TESTS_MATCHER_SABOTAGE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/list/publication.h"
#include "hashvet/list/snapshot_reader.h"
#include "src/list/snapshot_format.h"

namespace hashvet::testing {

// Whose Ed25519 keys sign manifests (SomeSigningKey).
inline constexpr uint8_t kPublisher = 1;
inline constexpr uint8_t kStranger = 2;

// How a sabotage is called, and what must be said of it.
struct Told {
  std::string family;
  std::string name;
  absl::StatusCode code;
  std::string reason;  // part of the message
};

// A published state of a forger's making. Its manifest is right: the files are
// the ones that it names.
struct SabotagedFiles : Told {
  std::string base;     // the bytes of the file
  std::string overlay;  // empty: none
  // Where publishing, which knows what it was asked for, says it in other
  // words.
  std::optional<Told> at_publish;
  // Only publishing looks so closely.
  bool seen_by_publisher_alone = false;
};

// A change to a published directory, or to what its reader expects.
struct SabotagedDirectory : Told {
  std::function<void(const std::string& directory, PublishedOptions& options)>
      change;
};

// A snapshot's sections, to be changed at will and laid out again with every
// offset and checksum right, as somebody with intent would.
class Sections {
 public:
  struct Section {
    snapshot::SectionType type;
    uint32_t kind;
    std::string bytes;
  };
  explicit Sections(const std::string& file);

  std::string Lay() const;

  std::vector<Section>& all() { return all_; }
  size_t IndexOf(snapshot::SectionType type, HashKind kind = {}) const;
  std::string& at(snapshot::SectionType type, HashKind kind = {}) {
    return all_[IndexOf(type, kind)].bytes;
  }
  template <typename T>
  T* as(snapshot::SectionType type, HashKind kind = {}) {
    return reinterpret_cast<T*>(at(type, kind).data());
  }

 private:
  std::vector<Section> all_;
};

// "entries of pdq"
std::string NameOfSection(const Sections::Section& section);

// Where among a list's policies PhotoDNA's is, the last: each kind of bits has
// one before it.
size_t PhotoDnaPolicy();

// What is sabotaged. Lists of several roles, of every kind; an overlay of them;
// and a list so large that it has ring tables.
struct GoodFiles {
  GoodFiles();
  std::string base;
  std::string overlay;
  std::string other_base;     // of other lists
  std::string other_overlay;  // of that
  std::string ring;
  std::shared_ptr<const SnapshotReader> reader;       // of base
  std::shared_ptr<const SnapshotReader> ring_reader;  // of ring

  // The row that holds a canary of the base.
  uint32_t CanaryRow(HashKind kind, size_t canary) const;
};

std::vector<SabotagedFiles> SabotagedHeaders(const GoodFiles& good);
std::vector<SabotagedFiles> SabotagedSections(const GoodFiles& good);
std::vector<SabotagedFiles> SabotagedLists(const GoodFiles& good);
std::vector<SabotagedFiles> SabotagedValues(const GoodFiles& good);
std::vector<SabotagedFiles> SabotagedEntries(const GoodFiles& good);
std::vector<SabotagedFiles> SabotagedRings(const GoodFiles& good);
std::vector<SabotagedFiles> SabotagedOverlays(const GoodFiles& good);
std::vector<SabotagedFiles> ListsThatMatchEverything();

// Of a directory with a signed manifest of the good base and overlay.
std::vector<SabotagedDirectory> SabotagedDirectories();
// Of a directory whose files are sealed.
std::vector<SabotagedDirectory> SabotagedSeals();

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_MATCHER_SABOTAGE_H_
