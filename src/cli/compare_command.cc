// hashvet compare: how far two pictures, or hashes, are apart.

#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/hash_value.h"
#include "hashvet/hash/orientation.h"
#include "hashvet/hash/text.h"
#include "hashvet/hashers/pdq.h"
#include "src/cli/command.h"
#include "src/cli/json_line.h"
#include "src/cli/output.h"
#include "src/cli/picture_input.h"

namespace hashvet::cli {
namespace {

struct CompareOptions {
  std::string a;
  std::string b;
  PictureOptions picture;
  std::optional<uint32_t> max_distance;
  int min_quality = kPdqMinQuality;
  bool json = false;
};

constexpr size_t kPdqDigits = 64;

// Fewer hex digits are a file's name rather than a hash that lost some.
constexpr size_t kMinDigitsOfDamagedHash = 32;

// A or B: a hash, or the picture it was computed from.
struct Operand {
  std::optional<HashValue> value;  // as it is; none when there is no hash
  std::optional<std::string> file;
  PictureHashes picture;  // of `file`
  absl::Status status;    // why there is no value

  HashKind kind() const { return value ? value->kind() : HashKind::kPdq; }
};

bool IsHex(std::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

// The kind a literal states: KIND:…, or 64 hex digits for PDQ. Nothing for a
// file name. What is a hash does not depend on which files exist: a file named
// like one is given as ./NAME.
//
// Errors: InvalidArgument for a kind that does not exist, or hex digits that
// are no hash.
absl::StatusOr<std::optional<HashKind>> KindOfLiteral(std::string_view text,
                                                      std::string_view which) {
  if (const size_t colon = text.find(':'); colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    const absl::StatusOr<HashKind> kind = ParseHashKind(text.substr(0, colon));
    if (kind.ok()) return *kind;
    if (IsHex(digits) && digits.size() >= kMinDigitsOfDamagedHash) {
      return absl::InvalidArgumentError(
          absl::StrCat(kind.status().message(), ": ", ToAbsl(which)));
    }
    return std::nullopt;
  }
  if (!IsHex(text) || text.size() < kMinDigitsOfDamagedHash) {
    return std::nullopt;
  }
  return HashKind::kPdq;
}

//   reader  opened when the first picture needs it
absl::StatusOr<Operand> Read(const std::string& text, std::string_view which,
                             const PictureOptions& options,
                             std::optional<PictureReader>& reader) {
  HASHVET_ASSIGN_OR_RETURN(const std::optional<HashKind> kind,
                           KindOfLiteral(text, which));
  Operand operand;
  if (kind.has_value()) {
    const size_t colon = text.find(':');
    const std::string_view digits = std::string_view(text).substr(
        colon == std::string::npos ? 0 : colon + 1);
    absl::StatusOr<HashValue> value = ParseHex(*kind, digits);
    if (value.ok()) {
      operand.value = *std::move(value);
    } else {
      operand.status = absl::InvalidArgumentError(
          absl::StrCat(value.status().message(), ": ", ToAbsl(which)));
    }
    return operand;
  }
  operand.file = text;
  if (!reader.has_value()) {
    HASHVET_ASSIGN_OR_RETURN(reader, PictureReader::Open(options, 1));
  }
  operand.picture = reader->Hash(text);
  operand.status = operand.picture.status;
  if (operand.picture.outcome == HashOutcome::kHashed) {
    operand.value = HashValue::Pdq(operand.picture.pdq.hash());
  }
  return operand;
}

struct Comparison {
  uint32_t distance = std::numeric_limits<uint32_t>::max();
  Orientation orientation = Orientation::kOriginal;
};

// The nearest orientation of the picture (of A where both are pictures) to the
// other's hash as it is; the earliest of equals.
absl::StatusOr<Comparison> Compare(const Operand& a, const Operand& b) {
  Comparison best;
  if (InfoOf(a.kind()).family == HashFamily::kDigest) {
    best.distance = *a.value == *b.value ? 0 : 1;
    return best;
  }
  const Operand& turned = a.file.has_value() ? a : b;
  const Operand& fixed = a.file.has_value() ? b : a;
  if (!turned.file.has_value()) {
    HASHVET_ASSIGN_OR_RETURN(best.distance, Distance(*a.value, *b.value));
    return best;
  }
  for (size_t i = 0; i < kOrientations; ++i) {
    const auto value = HashValue::Pdq(turned.picture.pdq.orientations[i]);
    HASHVET_ASSIGN_OR_RETURN(const uint32_t distance,
                             Distance(value, *fixed.value));
    if (distance < best.distance) {
      best = {distance, static_cast<Orientation>(i)};
    }
  }
  return best;
}

// Errors: InvalidArgument when the kind has no usual threshold.
absl::StatusOr<uint32_t> ThresholdOf(HashKind kind,
                                     const CompareOptions& options) {
  if (InfoOf(kind).family == HashFamily::kDigest) return 0;
  if (options.max_distance.has_value()) return *options.max_distance;
  if (kind == HashKind::kPdq) return kPdqMatchMaxDistance;
  return absl::InvalidArgumentError(
      absl::StrCat("threshold: there is no usual one for ",
                   ToAbsl(NameOf(kind)), ", want --max-distance"));
}

void AddOperand(JsonLine& json, std::string_view key, const Operand& operand) {
  json.BeginObject(key);
  if (operand.file.has_value()) json.FileField(*operand.file);
  json.Field("kind", NameOf(operand.kind()));
  if (operand.file.has_value()) {
    json.Field("status", NameOf(operand.picture.outcome));
    if (operand.value.has_value()) {
      json.Field("quality", operand.picture.pdq.quality);
    }
  } else {
    json.Field("status", operand.value.has_value() ? "hash" : "invalid");
  }
  if (!operand.status.ok()) {
    json.Field("reason", ToStd(operand.status.message()));
  }
  json.EndObject();
}

void SayOperand(const Operand& operand) {
  if (operand.file.has_value()) {
    SayPicture(*operand.file, operand.picture);
  } else if (!operand.value.has_value()) {
    Say(ToStd(operand.status.message()));
  }
}

ExitCode RunCompare(const CompareOptions& options) {
  if (absl::Status status = CheckSimdTarget(); !status.ok()) {
    return UsageError(status);
  }
  if (options.a == "-" && options.b == "-") {
    return UsageError(absl::InvalidArgumentError(
        "standard input (-): asked for twice, want once"));
  }
  std::array<Operand, 2> operands;
  std::optional<PictureReader> reader;
  absl::StatusOr<Operand> a = Read(options.a, "A", options.picture, reader);
  if (!a.ok()) return UsageError(a.status());
  absl::StatusOr<Operand> b = Read(options.b, "B", options.picture, reader);
  if (!b.ok()) return UsageError(b.status());

  Output output;
  JsonLine json;
  AddOperand(json, "a", *a);
  AddOperand(json, "b", *b);
  if (!options.json) {
    SayOperand(*a);
    SayOperand(*b);
  }
  if (!a->value.has_value() || !b->value.has_value()) {
    json.Field("outcome", "failed");
    if (options.json) output.Line(json.Finish());
    return output.Finish(ExitCode::kFailed);
  }
  if (a->kind() != b->kind()) {
    return UsageError(absl::InvalidArgumentError(
        absl::StrCat("compare: A is ", ToAbsl(NameOf(a->kind())), ", B is ",
                     ToAbsl(NameOf(b->kind())), ", want one kind")));
  }
  const absl::StatusOr<uint32_t> threshold = ThresholdOf(a->kind(), options);
  if (!threshold.ok()) return UsageError(threshold.status());
  const absl::StatusOr<Comparison> compared = Compare(*a, *b);
  if (!compared.ok()) return UsageError(compared.status());

  const auto too_flat = [&](const Operand& operand) {
    return operand.file.has_value() &&
           operand.picture.pdq.quality < options.min_quality;
  };
  const bool low_quality = too_flat(*a) || too_flat(*b);
  const bool matched = !low_quality && compared->distance <= *threshold;
  const std::string_view outcome = low_quality ? "low_quality"
                                   : matched   ? "match"
                                               : "no_match";
  json.Field("outcome", outcome);
  json.Field("distance", compared->distance);
  json.Field("threshold", *threshold);
  json.Field("orientation", NameOf(compared->orientation));
  output.Line(options.json
                  ? json.Finish()
                  : absl::StrCat(ToAbsl(outcome),
                                 "\tdistance=", compared->distance,
                                 "\tthreshold=", *threshold, "\torientation=",
                                 ToAbsl(NameOf(compared->orientation))));
  return output.Finish(matched ? ExitCode::kMatched : ExitCode::kOk);
}

}  // namespace

void AddCompareCommand(CLI::App& program, Run& run) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App& command = *program.add_subcommand(
      "compare", "How far two pictures, or hashes, are apart");
  command.add_option("A", options->a, "A picture file or a hash")
      ->type_name("")
      ->required();
  command.add_option("B", options->b, "Another")->type_name("")->required();
  command
      .add_option("--max-distance", options->max_distance,
                  "Bits, inclusive, that still match; 31 for PDQ")
      ->type_name("D")
      ->check(CLI::Range(0, 256).description(""));
  command
      .add_option("--min-quality", options->min_quality,
                  "Pictures below it are too flat to judge; 0 judges all")
      ->type_name("Q")
      ->check(CLI::Range(0, 100).description(""))
      ->capture_default_str();
  AddPictureOptions(command, options->picture);
  AddJsonOption(command, options->json);
  command.footer(
      "64 hex digits, or KIND:DIGITS, are a hash; everything else is a file. A "
      "file\nnamed like a hash is given as ./NAME. Pictures are compared in "
      "all eight\norientations of the first picture, as match does, and the "
      "nearest counts.\n"
      "Prints: outcome distance=D threshold=T orientation=O, tab-separated;\n"
      "the outcome is match, no_match or low_quality. Digests have distance 0 "
      "or 1.\n"
      "Exit: 0 no match, 1 match, 2 usage error, 4 A or B could not be "
      "read.\n\n"
      "Example:\n"
      "  hashvet compare a.jpg b.jpg\n"
      "  hashvet compare a.jpg pdq:$(hashvet hash b.jpg | cut -d, -f1)\n");
  OnRun(command, run, options, &RunCompare);
}

}  // namespace hashvet::cli
