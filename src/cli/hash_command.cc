// hashvet hash: pictures to hashes.

#include <algorithm>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/orientation.h"
#include "hashvet/hash/text.h"
#include "src/cli/command.h"
#include "src/cli/inputs.h"
#include "src/cli/json_line.h"
#include "src/cli/ordered_work.h"
#include "src/cli/output.h"
#include "src/cli/picture_input.h"
#include "src/cli/progress_bar.h"

namespace hashvet::cli {
namespace {

struct HashOptions {
  InputOptions inputs;
  PictureOptions picture;
  std::vector<std::string> kinds = {"pdq"};
  bool dihedral = false;
  size_t threads = 0;
  bool json = false;
};

struct Hashed {
  std::string file;
  PictureHashes picture;
};

absl::StatusOr<std::vector<HashKind>> ParseKinds(
    const std::vector<std::string>& names) {
  std::vector<HashKind> kinds;
  for (const std::string& name : names) {
    HASHVET_ASSIGN_OR_RETURN(const HashKind kind, ParseComputedKind(name));
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
      kinds.push_back(kind);
    }
  }
  return kinds;
}

std::string JsonOf(const Hashed& hashed, HashKind kind, bool dihedral) {
  const PictureHashes& picture = hashed.picture;
  const bool is_picture = picture.outcome == HashOutcome::kHashed;
  const bool is_pdq = kind == HashKind::kPdq;
  const absl::StatusOr<std::vector<HashValue>> values = ValuesOf(picture, kind);
  JsonLine json;
  json.FileField(hashed.file);
  json.Field("kind", NameOf(kind));
  if (values.ok()) {
    json.Field("hash", ToHex((*values)[0]));
    if (is_pdq) json.Field("quality", picture.pdq.quality);
    if (is_picture) {
      json.Field("width", picture.width);
      json.Field("height", picture.height);
    }
    if (dihedral && values->size() == kOrientations) {
      json.BeginObject("orientations");
      for (size_t i = 0; i < kOrientations; ++i) {
        json.Field(kOrientationNames[i], ToHex((*values)[i]));
      }
      json.EndObject();
    }
    if (is_pdq) json.Field("variant", NameOf(picture.pdq.variant));
  }
  json.Field("status", values.ok()   ? NameOf(HashOutcome::kHashed)
                       : !is_picture ? NameOf(picture.outcome)
                                     : "no_value");
  if (values.ok()) {
    AddFlags(json, picture.flags);
  } else {
    json.Field("reason", ToStd(values.status().message()));
  }
  return json.Finish();
}

void PrintText(const Hashed& hashed, std::span<const HashKind> kinds,
               bool dihedral, Output& output) {
  SayPicture(hashed.file, hashed.picture);
  const std::string file = Escaped(hashed.file);
  // Bare hashes are PDQ's; among others each says its kind.
  const bool typed = kinds.size() > 1 || kinds[0] != HashKind::kPdq;
  for (const HashKind kind : kinds) {
    const absl::StatusOr<std::vector<HashValue>> values =
        ValuesOf(hashed.picture, kind);
    if (!values.ok()) {
      if (hashed.picture.outcome == HashOutcome::kHashed) {
        SayFailure("no_value", ToStd(values.status().message()), hashed.file);
      }
      continue;
    }
    const std::string head =
        typed ? absl::StrCat(ToAbsl(NameOf(kind)), ":") : "";
    const std::string quality =
        kind == HashKind::kPdq ? absl::StrCat(hashed.picture.pdq.quality) : "";
    for (size_t i = 0; i < (dihedral ? values->size() : 1); ++i) {
      output.Line(absl::StrCat(head, ToHex((*values)[i]), ",", quality, ",",
                               file, dihedral ? "," : "",
                               dihedral ? ToAbsl(kOrientationNames[i]) : ""));
    }
  }
}

ExitCode RunHash(const HashOptions& options) {
  const absl::StatusOr<std::vector<HashKind>> kinds = ParseKinds(options.kinds);
  if (!kinds.ok()) return UsageError(kinds.status());
  if (options.picture.variant == "both" || options.picture.trim) {
    return UsageError(absl::InvalidArgumentError(
        "--variant both and --trim ask lists with several hashes of a picture; "
        "hash gives one, want full or nn512"));
  }
  if (absl::Status status = CheckSimdTarget(); !status.ok()) {
    return UsageError(status);
  }
  absl::StatusOr<Inputs> inputs = Inputs::Open(options.inputs);
  if (!inputs.ok()) return UsageError(inputs.status());
  const absl::StatusOr<PictureReader> reader =
      PictureReader::Open(options.picture, options.threads);
  if (!reader.ok()) return UsageError(reader.status());

  Output output;
  ProgressBar progress("pictures", inputs->total());
  bool some_failed = false;
  WorkInOrder(
      options.threads, [&] { return inputs->Next(); },
      [&](std::string file) {
        PictureHashes picture = reader->Hash(file, *kinds);
        return Hashed{std::move(file), std::move(picture)};
      },
      [&](const Hashed& hashed) {
        for (const HashKind kind : *kinds) {
          some_failed |= !ValuesOf(hashed.picture, kind).ok();
          if (options.json) {
            output.Line(JsonOf(hashed, kind, options.dihedral));
          }
        }
        if (!options.json) {
          PrintText(hashed, *kinds, options.dihedral, output);
        }
        output.Flush();  // a write costs little beside a picture
        progress.Advance();
        return !output.failed();
      });
  if (!inputs->status().ok()) {
    Say(ToStd(inputs->status().message()));
    some_failed = true;
  }
  return output.Finish(ExitCodeFor(some_failed, false));
}

}  // namespace

void AddHashCommand(CLI::App& program, Run& run) {
  auto options = std::make_shared<HashOptions>();
  CLI::App& command = *program.add_subcommand("hash", "Hash pictures");
  AddInputOptions(command, options->inputs, "Pictures; - is standard input");
  command
      .add_option("--kind", options->kinds,
                  "Which hashes: pdq (the default), md5, phash64-imagehash …; "
                  "an unknown one lists them")
      ->type_name("KIND,...")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_flag("--dihedral", options->dihedral,
                   "All eight orientations (rotations and mirrorings)");
  AddPictureOptions(command, options->picture);
  AddThreadsOption(command, options->threads);
  AddJsonOption(command, options->json);
  command.footer(
      "Prints hash,quality,file for each picture, in the order given, or\n"
      "kind:hash,quality,file for other kinds than PDQ, which have no "
      "quality;\n"
      "with --dihedral eight lines (for a digest one), each ending in\n"
      ",orientation. A picture that\n"
      "cannot be hashed is told on standard error (in JSON: its status and\n"
      "reason) and the others are still done.\n"
      "Exit: 0 all hashed, 2 usage or output error, 4 some failed.\n\n"
      "Example:\n"
      "  hashvet hash a.jpg b.png\n"
      "  find photos -type f -print0 | hashvet hash --file-list - -0 --json\n");
  OnRun(command, run, options, &RunHash);
}

}  // namespace hashvet::cli
