// hashvet hash: pictures to hashes.

#include <memory>
#include <string>

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
  std::string kind = "pdq";
  bool dihedral = false;
  size_t threads = 0;
  bool json = false;
};

struct Hashed {
  std::string file;
  PictureHashes picture;
};

// Errors: InvalidArgument when the kind is unknown or not computed here.
absl::Status CheckKind(const std::string& name) {
  HASHVET_ASSIGN_OR_RETURN(const HashKind kind, ParseHashKind(name));
  if (kind == HashKind::kPdq) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("hash kind: ", ToAbsl(NameOf(kind)),
                   " is not computed by this build, want pdq: --kind"));
}

std::string JsonOf(const Hashed& hashed, bool dihedral) {
  const PictureHashes& picture = hashed.picture;
  JsonLine json;
  json.FileField(hashed.file);
  json.Field("kind", NameOf(HashKind::kPdq));
  if (picture.outcome == HashOutcome::kHashed) {
    json.Field("hash", ToHex(picture.pdq.hash()));
    json.Field("quality", picture.pdq.quality);
    json.Field("width", picture.width);
    json.Field("height", picture.height);
    if (dihedral) {
      json.BeginObject("orientations");
      for (size_t i = 0; i < kOrientations; ++i) {
        json.Field(kOrientationNames[i], ToHex(picture.pdq.orientations[i]));
      }
      json.EndObject();
    }
    json.Field("variant", NameOf(picture.pdq.variant));
  }
  json.Field("status", NameOf(picture.outcome));
  if (picture.outcome == HashOutcome::kHashed) {
    AddFlags(json, picture.flags);
  } else {
    json.Field("reason", ToStd(picture.status.message()));
  }
  return json.Finish();
}

void PrintText(const Hashed& hashed, bool dihedral, Output& output) {
  SayPicture(hashed.file, hashed.picture);
  if (hashed.picture.outcome != HashOutcome::kHashed) return;
  const PdqHashes& pdq = hashed.picture.pdq;
  const std::string file = Escaped(hashed.file);
  for (size_t i = 0; i < (dihedral ? kOrientations : 1); ++i) {
    output.Line(absl::StrCat(ToHex(pdq.orientations[i]), ",", pdq.quality, ",",
                             file, dihedral ? "," : "",
                             dihedral ? ToAbsl(kOrientationNames[i]) : ""));
  }
}

ExitCode RunHash(const HashOptions& options) {
  if (absl::Status status = CheckKind(options.kind); !status.ok()) {
    return UsageError(status);
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
        PictureHashes picture = reader->Hash(file);
        return Hashed{std::move(file), std::move(picture)};
      },
      [&](const Hashed& hashed) {
        some_failed |= hashed.picture.outcome != HashOutcome::kHashed;
        if (options.json) {
          output.Line(JsonOf(hashed, options.dihedral));
        } else {
          PrintText(hashed, options.dihedral, output);
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
  command.add_option("--kind", options->kind, "Which hash: pdq")
      ->type_name("KIND")
      ->capture_default_str();
  command.add_flag("--dihedral", options->dihedral,
                   "All eight orientations (rotations and mirrorings)");
  AddPictureOptions(command, options->picture);
  AddThreadsOption(command, options->threads);
  AddJsonOption(command, options->json);
  command.footer(
      "Prints hash,quality,file for each picture, in the order given; with\n"
      "--dihedral eight lines, each ending in ,orientation. A picture that\n"
      "cannot be hashed is told on standard error (in JSON: its status and\n"
      "reason) and the others are still done.\n"
      "Exit: 0 all hashed, 2 usage or output error, 4 some failed.\n\n"
      "Example:\n"
      "  hashvet hash a.jpg b.png\n"
      "  find photos -type f -print0 | hashvet hash --file-list - -0 --json\n");
  OnRun(command, run, options, &RunHash);
}

}  // namespace hashvet::cli
