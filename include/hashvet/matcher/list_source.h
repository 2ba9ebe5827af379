// The usual source of a live matcher: snapshot files, and directories in which
// lists are published.
//
// Each place is followed on its own: one that is gone, damaged, refused or
// fails the known-answer test keeps serving what it served before, says why,
// and holds up no other. At first all must be there.

#ifndef HASHVET_MATCHER_LIST_SOURCE_H_
#define HASHVET_MATCHER_LIST_SOURCE_H_

#include <memory>
#include <string>
#include <vector>

#include "hashvet/base/export.h"
#include "hashvet/list/publication.h"
#include "hashvet/matcher/generation.h"
#include "hashvet/matcher/generation_source.h"

namespace hashvet {

struct ListSourceOptions {
  // Snapshot files, taken anew when they are replaced (by renaming).
  std::vector<std::string> files;
  // Published directories, each followed through its manifest. A manifest that
  // expires while its list serves is told as a refusal (freeze); whether the
  // list still answers is its staleness policy's to say.
  std::vector<std::string> directories;
  // How those are opened. What it points to must outlive the source.
  PublishedOptions published;
  // Replaces what the snapshots say; may be empty.
  PolicyOverride policy;
};

HASHVET_EXPORT std::unique_ptr<GenerationSource> MakeListSource(
    ListSourceOptions options);

}  // namespace hashvet

#endif  // HASHVET_MATCHER_LIST_SOURCE_H_
