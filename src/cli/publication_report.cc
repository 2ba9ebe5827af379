#include "src/cli/publication_report.h"

#include <ctime>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "hashvet/base/mapped_file.h"
#include "hashvet/base/status.h"
#include "hashvet/list/sealed_file.h"

namespace hashvet::cli {
namespace {

std::string TimeText(uint64_t seconds) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ",
                          absl::FromUnixSeconds(static_cast<int64_t>(seconds)),
                          absl::UTCTimeZone());
}

}  // namespace

absl::StatusOr<PublicationReport> ExaminePublication(
    const std::string& directory, const PublishedOptions& options) {
  // What would be refused is shown too: the time is one at which nothing has
  // expired, and any key and version do.
  TrustOptions any;
  any.now_s = 0;
  HASHVET_RETURN_IF_ERROR(ReadManifest(directory, any).status());
  const std::string path = absl::StrCat(directory, "/", kManifestFile);
  HASHVET_ASSIGN_OR_RETURN(const std::vector<std::byte> bytes,
                           ReadFile(path, kMaxManifestBytes));
  HASHVET_ASSIGN_OR_RETURN(
      const ManifestLine line,
      SplitManifest({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                    path));
  PublicationReport report;
  HASHVET_ASSIGN_OR_RETURN(report.manifest, ParseManifest(line.text, path));
  report.expired =
      report.manifest.expires_at.has_value() &&
      *report.manifest.expires_at <= static_cast<uint64_t>(std::time(nullptr));
  if (line.signature.has_value()) report.signed_by = line.signature->key_id;
  if (!options.trust.keys.empty()) {
    report.signature_holds =
        CheckSignature(line, options.trust.keys, path).ok();
  }
  const auto file = MappedFile::Open(
      absl::StrCat(directory, "/", report.manifest.current.base.file));
  report.sealed = file.ok() && IsSealed(file->bytes());
  if (report.sealed) {
    const auto opened = OpenPublished(directory, options);
    if (opened.ok()) report.memory_locked = opened->memory_locked;
  }
  return report;
}

std::string PublicationText(const PublicationReport& report) {
  const Manifest& manifest = report.manifest;
  std::string text =
      absl::StrCat(manifest.publication, " version ", manifest.version, " of ",
                   TimeText(manifest.published_at));
  if (manifest.current.version != manifest.version) {
    absl::StrAppend(&text, ", as version ", manifest.current.version);
  }
  if (manifest.expires_at.has_value()) {
    absl::StrAppend(&text, report.expired ? ", EXPIRED " : ", expires ",
                    TimeText(*manifest.expires_at));
  }
  if (report.signed_by.empty()) {
    absl::StrAppend(&text, ", not signed");
  } else {
    absl::StrAppend(&text, ", signed by ", report.signed_by,
                    !report.signature_holds.has_value() ? " (not checked)"
                    : *report.signature_holds           ? " (checked)"
                                                        : " (NOT TRUSTED)");
  }
  absl::StrAppend(&text, report.sealed ? ", sealed" : ", not sealed");
  if (report.memory_locked.has_value()) {
    absl::StrAppend(&text, *report.memory_locked ? ", memory locked"
                                                 : ", memory NOT LOCKED");
  }
  return absl::StrCat(
      text, "; kept ",
      manifest.kept.empty()
          ? "none"
          : absl::StrJoin(manifest.kept, ", ",
                          [](std::string* out, const PublishedState& state) {
                            absl::StrAppend(out, state.version);
                          }));
}

void AddPublication(const PublicationReport& report, JsonLine& json) {
  const Manifest& manifest = report.manifest;
  json.BeginObject("publication");
  json.Field("name", manifest.publication);
  json.Field("version", manifest.version);
  json.Field("state", manifest.current.version);
  json.Field("published_at", manifest.published_at);
  if (manifest.expires_at.has_value()) {
    json.Field("expires_at", *manifest.expires_at);
    json.Field("expired", report.expired);
  }
  if (!report.signed_by.empty()) json.Field("signed_by", report.signed_by);
  if (report.signature_holds.has_value()) {
    json.Field("signature_holds", *report.signature_holds);
  }
  json.Field("sealed", report.sealed);
  if (report.memory_locked.has_value()) {
    json.Field("memory_locked", *report.memory_locked);
  }
  json.BeginArray("kept");
  for (const PublishedState& state : manifest.kept) {
    json.BeginItem();
    json.Field("version", state.version);
    json.Field("snapshot", state.base.snapshot);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

}  // namespace hashvet::cli
