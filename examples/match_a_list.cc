// Says of every picture whether a list has it.
//
//   match_a_list LIST PICTURE…     LIST: a snapshot (.hvs), or hashes as text

#include <iostream>
#include <string>

#include "hashvet/base/mapped_file.h"
#include "hashvet/base/status.h"
#include "hashvet/list/snapshot_writer.h"
#include "hashvet/list/text_list.h"
#include "hashvet/matcher/matcher.h"
#include "hashvet/picture/hash_picture.h"

// Writes the hashes of a text list to a snapshot, which can be searched.
absl::Status BuildSnapshot(const std::string& list, const std::string& out) {
  HASHVET_ASSIGN_OR_RETURN(auto bytes, hashvet::ReadFile(list, 1 << 30));
  HASHVET_ASSIGN_OR_RETURN(auto writer,
                           hashvet::SnapshotWriter::Create({.name = "mine"}));
  const auto add = [&](hashvet::ListEntry entry) { return writer.Add(entry); };
  const std::string text(reinterpret_cast<char*>(bytes.data()), bytes.size());
  HASHVET_RETURN_IF_ERROR(hashvet::ReadTextList(text, list, {}, add).status());
  return writer.Write(out).status();
}

absl::Status Run(std::string list, int pictures, char** picture) {
  if (!list.ends_with(".hvs")) {
    HASHVET_RETURN_IF_ERROR(BuildSnapshot(list, list + ".hvs"));
    list += ".hvs";
  }
  HASHVET_ASSIGN_OR_RETURN(auto snapshot, hashvet::SnapshotReader::Open(list));
  HASHVET_ASSIGN_OR_RETURN(auto matcher, hashvet::Matcher::Create({snapshot}));
  for (int i = 0; i < pictures; ++i) {
    // Under PDQ, and whatever else the list wants to be asked about.
    const auto hashes =
        hashvet::HashPictureFile(picture[i], {.kinds = matcher.PictureKinds()});
    const hashvet::Verdict verdict = matcher.MatchPicture(hashes);
    std::cout << picture[i] << ": " << NameOf(verdict.outcome);
    for (const hashvet::Match& match : verdict.matches) {
      std::cout << ", entry " << match.entry << " at distance "
                << match.distance << ", " << NameOf(match.orientation);
    }
    std::cout << '\n';
  }
  return absl::OkStatus();
}

int main(int argc, char** argv) {
  const absl::Status status =
      argc < 3 ? absl::InvalidArgumentError("usage: match_a_list LIST PICTURE…")
               : Run(argv[1], argc - 2, argv + 2);
  if (!status.ok()) std::cerr << status << '\n';
  return status.ok() ? 0 : 1;
}
