#include "src/cli/picture_input.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>

#include "CLI/CLI.hpp"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/safe_text.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/picture_file.h"
#include "hashvet/sandbox/decoder_pool.h"
#include "hashvet/sandbox/in_process_hasher.h"
#include "src/cli/output.h"

namespace hashvet::cli {

namespace {

// Hashes of the library that are no kinds of lists: neither bits nor of one
// size, so that no decoder's record holds them.
constexpr absl::string_view kComparedOnly[] = {
    "crop-resistant", "radialvariance40-opencv", "colourmoment42-opencv"};

}  // namespace

absl::StatusOr<HashKind> ParseComputedKind(const std::string& name) {
  if (std::ranges::count(kComparedOnly, name) > 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("hash kind: ", name,
                     " is computed and compared by the library only, see "
                     "docs/hash_definitions.md"));
  }
  HASHVET_ASSIGN_OR_RETURN(const HashKind kind, ParseHashKind(name));
  if (InfoOf(kind).computed) return kind;
  std::string names;
  for (const HashKindInfo& info : AllHashKinds()) {
    if (!info.computed) continue;
    absl::StrAppend(&names, names.empty() ? "" : ", ", ToAbsl(info.name));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("hash kind: ", ToAbsl(NameOf(kind)),
                   " is not computed by this build, want one of ", names));
}

absl::StatusOr<std::vector<HashValue>> ValuesOf(const PictureHashes& picture,
                                                HashKind kind) {
  for (const KindHashes& other : picture.others) {
    if (other.kind != kind) continue;
    if (!other.status.ok()) return other.status;
    return other.orientations;
  }
  if (picture.outcome != HashOutcome::kHashed) return picture.status;
  std::vector<HashValue> values;
  for (const Hash256& hash : picture.pdq.orientations) {
    values.push_back(HashValue::Pdq(hash));
  }
  return values;
}

void AddPictureOptions(CLI::App& command, PictureOptions& options) {
  command
      .add_option("--variant", options.variant,
                  "How PDQ samples a large picture: full (every pixel), nn512 "
                  "(as the reference's own tool), or to ask with both")
      ->check(CLI::IsMember({"full", "nn512", "both"}))
      ->capture_default_str();
  command.add_flag("--trim,!--no-trim", options.trim,
                   "Ask without a picture's plain bars and margins, too; match "
                   "and compare do");
  command.add_flag("--ignore-orientation", options.ignore_orientation,
                   "Do not turn pictures as their EXIF data asks");
  command
      .add_option("--max-pixels", options.request.max_pixels,
                  "Refuse pictures of more pixels, before decoding; 0: 100 "
                  "million, 210 of a JPEG that is not progressive")
      ->type_name("N")
      ->capture_default_str();
  command
      .add_option("--max-bytes", options.request.max_input_bytes,
                  "Refuse files of more bytes; 10KB and 64MiB are understood")
      ->type_name("N")
      ->transform(CLI::AsSizeValue(true).description(""))
      ->capture_default_str();
  CLI::Option* in_process = command.add_flag(
      "--in-process", options.in_process,
      "Decode in this process instead of locked-down ones: for trusted "
      "pictures only");
  command
      .add_flag("--require-sandbox", options.require_sandbox,
                "Refuse to work where the kernel lacks Landlock or seccomp")
      ->excludes(in_process);
  command
      .add_option("--decoder", options.decoder,
                  "The program that decodes, instead of the one that was "
                  "installed")
      ->type_name("PROGRAM")
      ->excludes(in_process);
}

absl::StatusOr<PictureReader> PictureReader::Open(const PictureOptions& options,
                                                  size_t threads) {
  HashRequest request = options.request;
  request.variant =
      options.variant == "nn512" ? PdqVariant::kNn512 : PdqVariant::kFull;
  if (options.variant == "both") {
    request.more_variants.push_back(PdqVariant::kNn512);
  }
  if (options.trim) request.more_variants.push_back(PdqVariant::kTrimmed);
  request.apply_orientation = !options.ignore_orientation;
  if (options.in_process) {
    HASHVET_ASSIGN_OR_RETURN(std::unique_ptr<PictureHasher> hasher,
                             MakeInProcessHasher());
    return PictureReader(std::move(hasher), request);
  }
  DecoderPoolOptions pool;
  pool.program = options.decoder;
  pool.max_active = threads;
  pool.require_confinement = options.require_sandbox;
  HASHVET_ASSIGN_OR_RETURN(std::unique_ptr<DecoderPool> hasher,
                           DecoderPool::Start(pool));
  if (const std::string lacks = MissingFrom(hasher->confinement());
      !lacks.empty()) {
    Say(absl::StrCat("warning: pictures are decoded without ", lacks,
                     ", which this kernel lacks"));
  }
  return PictureReader(std::move(hasher), request);
}

PictureHashes PictureReader::Hash(const std::string& file,
                                  std::span<const HashKind> kinds) const {
  if (file.find('\0') != std::string::npos) {
    return FailedPicture(
        HashOutcome::kUnreadable,
        absl::InvalidArgumentError("file name: has a NUL byte"));
  }
  return hasher_->HashFile(file, With(kinds));
}

PictureHashes PictureReader::HashBytes(std::span<const std::byte> bytes,
                                       std::span<const HashKind> kinds) const {
  return hasher_->Hash(bytes, /*name=*/"", With(kinds));
}

HashRequest PictureReader::With(std::span<const HashKind> kinds) const {
  HashRequest request = request_;
  std::ranges::copy_if(kinds, std::back_inserter(request.kinds),
                       [](HashKind kind) { return kind != HashKind::kPdq; });
  return request;
}

namespace {

// A word that is no file and, but for a wrong character or two, a hash: given
// where a file was wanted.
bool IsMisplacedHash(const std::string& file) {
  std::error_code ignored;
  return file.find_first_of("/.") == std::string::npos &&
         WithoutHashes(file) != file && !std::filesystem::exists(file, ignored);
}

}  // namespace

void SayFailure(std::string_view what, std::string_view reason,
                const std::string& file) {
  std::string told = absl::StrCat(ToAbsl(what), ": ", ToAbsl(reason));
  const std::string shown = file == "-" ? "standard input" : file;
  if (!absl::EndsWith(told, absl::StrCat(": ", shown))) {
    absl::StrAppend(&told, ": ", shown);
  }
  std::error_code ignored;
  if (IsMisplacedHash(file)) {
    told = absl::StrCat(WithoutHashes(told),
                        " (a hash? match takes it with --hashes)");
  } else if (std::filesystem::is_directory(file, ignored)) {
    absl::StrAppend(&told, " (--file-list takes the names of its files)");
  }
  Say(told);
}

void SayPicture(const std::string& file, const PictureHashes& picture) {
  if (picture.outcome != HashOutcome::kHashed) {
    SayFailure(NameOf(picture.outcome), ToStd(picture.status.message()), file);
    return;
  }
  if (picture.flags.truncated) {
    SayFailure("note", "truncated picture, hashed as far as it goes", file);
  }
  if (picture.flags.type_mismatch) {
    SayFailure("note", "the name's ending says another format", file);
  }
  if (picture.flags.frames_skipped) {
    SayFailure("note", "an animation, not all of whose frames were hashed",
               file);
  }
  if (picture.flags.scan_capped) {
    SayFailure("note", "more than 200 scans, of which the first were read",
               file);
  }
}

void AddFlags(JsonLine& json, const PictureFlags& flags) {
  json.BeginObject("flags");
  json.Field("truncated", flags.truncated);
  json.Field("type_mismatch", flags.type_mismatch);
  json.Field("orientation_applied", flags.orientation_applied);
  json.Field("alpha_flattened", flags.alpha_flattened);
  json.Field("alpha_dual", flags.alpha_dual);
  json.Field("frames_skipped", flags.frames_skipped);
  json.Field("scan_capped", flags.scan_capped);
  json.EndObject();
}

}  // namespace hashvet::cli
