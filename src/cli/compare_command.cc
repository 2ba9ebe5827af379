// hashvet compare: how far two pictures, or hashes, are apart.

#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
  std::string kind;
  std::optional<uint32_t> max_distance;
  int min_quality = kPdqMinQuality;
  bool json = false;
};

constexpr size_t kPdqDigits = 64;

// Fewer hex digits are a file's name rather than a hash that lost some.
constexpr size_t kMinDigitsOfDamagedHash = 32;

// A or B: a hash, or the picture it was computed from.
struct Operand {
  HashKind kind = HashKind::kPdq;
  // As it is, then turned; then likewise under each further variant. Empty: no
  // hash.
  std::vector<HashValue> values;
  std::optional<std::string> file;
  PictureHashes picture;  // of `file`
  absl::Status status;    // why there is no value

  bool has_value() const { return !values.empty(); }
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

Operand ReadLiteral(const std::string& text, HashKind kind,
                    std::string_view which) {
  const size_t colon = text.find(':');
  const std::string_view digits =
      std::string_view(text).substr(colon == std::string::npos ? 0 : colon + 1);
  Operand operand;
  operand.kind = kind;
  absl::StatusOr<HashValue> value = ParseHex(kind, digits);
  if (value.ok()) {
    operand.values.push_back(*std::move(value));
  } else {
    operand.status = absl::InvalidArgumentError(
        absl::StrCat(value.status().message(), ": ", ToAbsl(which)));
  }
  return operand;
}

Operand ReadPicture(const std::string& file, HashKind kind,
                    const PictureReader& reader) {
  Operand operand;
  operand.kind = kind;
  operand.file = file;
  operand.picture = reader.Hash(file, std::span(&kind, 1));
  absl::StatusOr<std::vector<HashValue>> values =
      ValuesOf(operand.picture, kind);
  operand.status = values.status();
  if (values.ok()) operand.values = *std::move(values);
  if (kind != HashKind::kPdq) return operand;
  for (const PdqHashes& more : operand.picture.more_pdq) {
    for (const Hash256& hash : more.orientations) {
      operand.values.push_back(HashValue::Pdq(hash));
    }
  }
  return operand;
}

// A and B. A picture is hashed under --kind, else under the kind of the hash it
// is compared with, else under PDQ.
//
// Errors: InvalidArgument for what is no hash, and for a kind that pictures are
// not hashed under.
absl::StatusOr<std::array<Operand, 2>> ReadBoth(const CompareOptions& options) {
  HASHVET_ASSIGN_OR_RETURN(const auto a, KindOfLiteral(options.a, "A"));
  HASHVET_ASSIGN_OR_RETURN(const auto b, KindOfLiteral(options.b, "B"));
  HashKind of_pictures = a.value_or(b.value_or(HashKind::kPdq));
  if (!a.has_value() || !b.has_value()) {
    const std::string name =
        options.kind.empty() ? std::string(NameOf(of_pictures)) : options.kind;
    HASHVET_ASSIGN_OR_RETURN(of_pictures, ParseComputedKind(name));
  }
  std::optional<PictureReader> reader;
  if (!a.has_value() || !b.has_value()) {
    HASHVET_ASSIGN_OR_RETURN(reader, PictureReader::Open(options.picture, 1));
  }
  const auto read = [&](const std::string& text,
                        const std::optional<HashKind>& kind,
                        std::string_view which) {
    return kind.has_value() ? ReadLiteral(text, *kind, which)
                            : ReadPicture(text, of_pictures, *reader);
  };
  return std::array{read(options.a, a, "A"), read(options.b, b, "B")};
}

struct Comparison {
  uint32_t distance = std::numeric_limits<uint32_t>::max();
  Orientation orientation = Orientation::kOriginal;
};

// The nearest orientation of the picture (of A where both are pictures) to the
// other's hash as it is; the earliest of equals.
absl::StatusOr<Comparison> Compare(const Operand& a, const Operand& b) {
  Comparison best;
  if (InfoOf(a.kind).family == HashFamily::kDigest) {
    best.distance = a.values[0] == b.values[0] ? 0 : 1;
    return best;
  }
  const Operand& turned = a.file.has_value() ? a : b;
  const Operand& fixed = a.file.has_value() ? b : a;
  for (size_t i = 0; i < turned.values.size(); ++i) {
    HASHVET_ASSIGN_OR_RETURN(const uint32_t distance,
                             Distance(turned.values[i], fixed.values[0]));
    if (distance < best.distance) {
      best = {distance, static_cast<Orientation>(i % kOrientations)};
    }
  }
  return best;
}

// Errors: InvalidArgument when the kind has no usual threshold.
absl::StatusOr<uint32_t> ThresholdOf(HashKind kind,
                                     const CompareOptions& options) {
  const HashKindInfo& info = InfoOf(kind);
  const absl::string_view name = ToAbsl(info.name);
  if (info.family == HashFamily::kByteVector) {
    return absl::InvalidArgumentError(absl::StrCat(
        name, " values are compared under a list's metric: match --hashes"));
  }
  if (info.family == HashFamily::kDigest) {
    if (!options.max_distance.has_value()) return 0;
    return absl::InvalidArgumentError(
        absl::StrCat("--max-distance: ", name, " values are equal or not"));
  }
  if (options.max_distance.has_value()) {
    // Half the bits are those of a stranger.
    const auto widest = static_cast<uint32_t>(info.size_bytes * 8 / 2);
    if (*options.max_distance <= widest) return *options.max_distance;
    return absl::InvalidArgumentError(
        absl::StrCat("--max-distance: got ", *options.max_distance,
                     ", want 0 to ", widest, " for ", name));
  }
  if (kind == HashKind::kPdq) return kPdqMatchMaxDistance;
  return absl::InvalidArgumentError(
      absl::StrCat("threshold: there is no usual one for ",
                   ToAbsl(NameOf(kind)), ", want --max-distance"));
}

void AddOperand(JsonLine& json, std::string_view key, const Operand& operand) {
  json.BeginObject(key);
  if (operand.file.has_value()) json.FileField(*operand.file);
  json.Field("kind", NameOf(operand.kind));
  if (operand.file.has_value()) {
    json.Field("status", NameOf(operand.picture.outcome));
    if (operand.picture.outcome == HashOutcome::kHashed) {
      json.Field("quality", operand.picture.pdq.quality);
    }
  } else {
    json.Field("status", operand.has_value() ? "hash" : "invalid");
  }
  if (!operand.status.ok()) {
    json.Field("reason", ToStd(operand.status.message()));
  }
  json.EndObject();
}

void SayOperand(const Operand& operand) {
  if (operand.file.has_value()) {
    SayPicture(*operand.file, operand.picture);
    if (operand.picture.outcome == HashOutcome::kHashed &&
        !operand.has_value()) {
      SayFailure("no_value", ToStd(operand.status.message()), *operand.file);
    }
  } else if (!operand.has_value()) {
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
  const absl::StatusOr<std::array<Operand, 2>> operands = ReadBoth(options);
  if (!operands.ok()) return UsageError(operands.status());
  const auto& [a, b] = *operands;

  Output output;
  JsonLine json;
  AddOperand(json, "a", a);
  AddOperand(json, "b", b);
  if (!options.json) {
    SayOperand(a);
    SayOperand(b);
  }
  if (!a.has_value() || !b.has_value()) {
    json.Field("outcome", "failed");
    if (options.json) output.Line(json.Finish());
    return output.Finish(ExitCode::kFailed);
  }
  if (a.kind != b.kind) {
    return UsageError(absl::InvalidArgumentError(
        absl::StrCat("compare: A is ", ToAbsl(NameOf(a.kind)), ", B is ",
                     ToAbsl(NameOf(b.kind)), ", want one kind")));
  }
  const absl::StatusOr<uint32_t> threshold = ThresholdOf(a.kind, options);
  if (!threshold.ok()) return UsageError(threshold.status());
  const absl::StatusOr<Comparison> compared = Compare(a, b);
  if (!compared.ok()) return UsageError(compared.status());

  const auto too_flat = [&](const Operand& operand) {
    return operand.file.has_value() &&
           InfoOf(operand.kind).family == HashFamily::kBits &&
           operand.picture.pdq.quality < options.min_quality;
  };
  const bool low_quality = too_flat(a) || too_flat(b);
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
      ->check(CLI::Range(0, 968).description(""));
  command
      .add_option("--min-quality", options->min_quality,
                  "Pictures below it are too flat to judge; 0 judges all")
      ->type_name("Q")
      ->check(CLI::Range(0, 100).description(""))
      ->capture_default_str();
  command
      .add_option("--kind", options->kind,
                  "What pictures are hashed under; by default the kind of the "
                  "hash given, or pdq")
      ->type_name("KIND");
  options->picture.trim = true;
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
