// hashvet snapshot publish, rollback, gc: which list a published directory
// serves.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/sha256.h"
#include "hashvet/list/publisher.h"
#include "src/cli/json_line.h"
#include "src/cli/output.h"
#include "src/cli/progress_bar.h"
#include "src/cli/publish_audit.h"
#include "src/cli/publish_options.h"
#include "src/cli/snapshot_command.h"

namespace hashvet::cli {
namespace {

struct CollectOptions {
  std::string directory;
  std::string audit;
  bool json = false;
};

ExitCode Print(const ChangeOptions& options, Prepared& prepared,
               AuditEvent event, const absl::StatusOr<PublishResult>& result) {
  if (!result.ok()) return ListProblem(result.status());
  const ExitCode code = KeepPublished(prepared.audit, event, options.directory,
                                      *result, ExitCode::kOk);
  Output output;
  if (options.json) {
    JsonLine json;
    ResultFields(options, prepared, *result, json);
    output.Line(json.Finish());
  } else {
    output.Line(ResultText(options, *result));
  }
  return output.Finish(code);
}

ExitCode RunPublish(const ChangeOptions& options) {
  if (absl::Status status = CheckSimdTarget(); !status.ok()) {
    return UsageError(status);
  }
  absl::StatusOr<Prepared> prepared = Prepare(options);
  if (!prepared.ok()) return UsageError(prepared.status());
  std::error_code unknown;
  const uint64_t size_bytes = std::filesystem::file_size(options.file, unknown);
  ProgressBar progress(
      "bytes", unknown ? std::nullopt : std::optional<uint64_t>(size_bytes));
  prepared->options.progress = [&](uint64_t bytes) { progress.Advance(bytes); };
  return Print(options, *prepared, AuditEvent::kPublished,
               options.overlay
                   ? PublishOverlay(options.directory, options.file,
                                    prepared->options, &TestPublished)
                   : Publish(options.directory, options.file, prepared->options,
                             &TestPublished));
}

ExitCode RunRollback(const ChangeOptions& options) {
  if (absl::Status status = CheckSimdTarget(); !status.ok()) {
    return UsageError(status);
  }
  absl::StatusOr<Prepared> prepared = Prepare(options);
  if (!prepared.ok()) return UsageError(prepared.status());
  return Print(options, *prepared, AuditEvent::kRolledBack,
               Rollback(options.directory, options.to, prepared->options,
                        &TestPublished));
}

ExitCode RunCollect(const CollectOptions& options) {
  auto audit = OpenPublishAudit(options.audit);
  if (!audit.ok()) return UsageError(audit.status());
  const absl::StatusOr<Collected> collected = CollectGarbage(options.directory);
  if (!collected.ok()) return ListProblem(collected.status());
  const ExitCode code =
      KeepCollected(*audit, options.directory, *collected, ExitCode::kOk);
  Output output;
  if (options.json) {
    JsonLine json;
    json.Field("directory", options.directory);
    CollectedObject(*collected, json);
    output.Line(json.Finish());
  } else {
    output.Line(absl::StrCat(Escaped(options.directory), ": ",
                             CollectedText(*collected), ", names ",
                             Sha256Text(collected->sha256)));
  }
  return output.Finish(code);
}

}  // namespace

void AddSnapshotPublish(CLI::App& snapshot, Run& run) {
  auto options = std::make_shared<ChangeOptions>();
  CLI::App& command = *snapshot.add_subcommand(
      "publish", "A snapshot goes live in a published directory");
  command.add_option("FILE", options->file, "A snapshot file")
      ->type_name("")
      ->required();
  command.add_flag("--overlay", options->overlay,
                   "FILE is an overlay of the base that is published");
  command.add_flag("--accept", options->accept,
                   "Publish also what is held: a list and kind that falls by "
                   "more than 5 % (by an overlay's removals: 20 %), more than "
                   "doubles (from 100 entries on) or vanishes, next to the "
                   "base that is published");
  command.add_flag("--plain", options->plain,
                   "Publish without sealing, though what is published is "
                   "sealed");
  command
      .add_option("--name", options->name,
                  "The publication's name; the directory's, or for the first "
                  "one the list's, where not given")
      ->type_name("NAME");
  AddChangeOptions(command, *options);
  command.footer(
      "The file is copied into the directory, read back from the disk, "
      "verified "
      "and\ntested; then the manifest is replaced, which those who serve the "
      "directory\nfollow. Until then the list before serves; what fails leaves "
      "it as it was.\n"
      "Keys are never arguments: file:PATH is a file that only you may read, "
      "command:CMD\nwrites the key to its standard output.\n"
      "Exit: 0 live, 2 usage error or a key that cannot be read, 3 not "
      "published.\n\n"
      "Example:\n"
      "  mkdir -m 700 lists\n"
      "  hashvet snapshot publish --lists lists known.hvs\n");
  OnRun(command, run, options, &RunPublish);
}

void AddSnapshotRollback(CLI::App& snapshot, Run& run) {
  auto options = std::make_shared<ChangeOptions>();
  CLI::App& command = *snapshot.add_subcommand(
      "rollback", "An earlier state of a published directory goes live again");
  command
      .add_option("--to", options->to,
                  "The version that first published it; the newest before the "
                  "current one where not given")
      ->type_name("VERSION");
  AddChangeOptions(command, *options);
  command.footer(
      "Writes a new manifest, of a higher version, that names the earlier "
      "files. The\nstate that was current is kept.\n"
      "Exit: 0 live, 2 usage error or a key that cannot be read, 3 not rolled "
      "back.\n\n"
      "Example:\n"
      "  hashvet snapshot rollback --lists lists\n"
      "  hashvet snapshot rollback --lists lists --to 41\n");
  OnRun(command, run, options, &RunRollback);
}

void AddSnapshotCollect(CLI::App& snapshot, Run& run) {
  auto options = std::make_shared<CollectOptions>();
  CLI::App& command = *snapshot.add_subcommand(
      "gc", "Remove files that a published directory's manifest does not name");
  AddDirectoryOption(command, options->directory);
  AddPublishAuditOption(command, options->audit);
  AddJsonOption(command, options->json);
  command.footer(
      "States that are no longer kept, and what killed publishers left. Prints "
      "how many\nfiles and bytes are gone, and the SHA-256 of their names, as "
      "a "
      "record of the\ndeletion. Other files are not touched.\n"
      "Exit: 0 done, 2 usage error, 3 the directory is refused or has no whole "
      "manifest.\n\n"
      "Example:\n"
      "  hashvet snapshot gc --lists lists\n");
  OnRun(command, run, options, &RunCollect);
}

}  // namespace hashvet::cli
