// Another hashvet's published list: read as a whole when its manifest is
// another one, with versions that never go back.

#include <algorithm>
#include <chrono>
#include <ctime>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "src/feeds/file/page_maker.h"
#include "src/feeds/json_reader.h"
#include "src/feeds/json_writer.h"
#include "src/feeds/peer/wire.h"
#include "src/feeds/protocols.h"
#include "src/feeds/retry.h"
#include "src/feeds/store.h"
#include "src/feeds/utc.h"

namespace hashvet {
namespace {

constexpr uint64_t kMaxFileBytes = uint64_t{16} << 30;
// A publisher may have replaced what the manifest named meanwhile.
constexpr int kMaxManifests = 3;

struct Checkpoint {
  peer::Seen seen;
  std::string form;           // how it was read: the list's name
  uint64_t confirmed_at = 0;  // by the peer's own source
};

std::string Write(const Checkpoint& checkpoint) {
  JsonWriter json;
  json.Text("publication", checkpoint.seen.publication);
  json.Number("version", checkpoint.seen.version);
  json.Text("sha256", Sha256Text(checkpoint.seen.sha256));
  json.Text("form", checkpoint.form);
  json.Number("confirmed_at", checkpoint.confirmed_at);
  return json.Finish();
}

// Empty text: nothing was seen. Errors: DataLoss.
absl::StatusOr<Checkpoint> ParseCheckpoint(const std::string& text) {
  Checkpoint checkpoint;
  if (text.empty()) return checkpoint;
  HASHVET_ASSIGN_OR_RETURN(const JsonValue json,
                           ReadJsonText(text, "peer checkpoint"));
  checkpoint.seen.publication = json.TextOf("publication");
  checkpoint.seen.version = NumberOf(json, "version", 0);
  HASHVET_ASSIGN_OR_RETURN(checkpoint.seen.sha256,
                           ParseSha256Text(json.TextOf("sha256")));
  checkpoint.form = json.TextOf("form");
  checkpoint.confirmed_at = NumberOf(json, "confirmed_at", 0);
  return checkpoint;
}

class PeerClient : public FeedClient {
 public:
  struct Options {
    std::string base_url;  // of the directory, without a / at its end
    std::string credential;
    std::vector<PublicKey> keys;
    std::string publication;
    std::string list;  // of those in the snapshot; empty: there is one
    FeedClientOptions how;
  };
  PeerClient(Options options, std::unique_ptr<Transport> transport)
      : options_(std::move(options)), transport_(std::move(transport)) {}

  bool always_full() const override { return true; }

  absl::StatusOr<FeedPage> Next(const std::string&) override {
    return absl::UnimplementedError("peer: read as a whole");
  }

  absl::Status WasReadTo(const std::string& checkpoint) override {
    HASHVET_ASSIGN_OR_RETURN(last_, ParseCheckpoint(checkpoint));
    return absl::OkStatus();
  }

  absl::StatusOr<bool> IsUnchanged(const std::string& checkpoint) override {
    HASHVET_ASSIGN_OR_RETURN(const Checkpoint before,
                             ParseCheckpoint(checkpoint));
    HASHVET_RETURN_IF_ERROR(FetchManifest());
    return before.seen.version == manifest_->manifest.version &&
           before.seen.sha256 == manifest_->sha256 &&
           before.form == options_.list;
  }

  absl::Status ReadAll(
      absl::FunctionRef<absl::Status(FeedPage)> sink) override {
    HASHVET_ASSIGN_OR_RETURN(const peer::Files files, FetchFiles());
    HASHVET_ASSIGN_OR_RETURN(const uint16_t list, FindList(*files.base));
    Checkpoint checkpoint = {
        .seen = {.publication = manifest_->manifest.publication,
                 .version = manifest_->manifest.version,
                 .sha256 = manifest_->sha256},
        .form = options_.list,
        .confirmed_at = files.base->lists()[list].current_at};
    if (files.overlay != nullptr) {
      checkpoint.confirmed_at = std::max(
          checkpoint.confirmed_at, files.overlay->lists()[list].current_at);
    }
    if (checkpoint.confirmed_at == 0) {
      checkpoint.confirmed_at = manifest_->manifest.current.published_at;
    }
    PageMaker pages(sink);
    HASHVET_RETURN_IF_ERROR(
        AddEntries(*files.base, files.overlay.get(), list, pages));
    if (files.overlay != nullptr) {
      HASHVET_RETURN_IF_ERROR(AddEntries(*files.overlay, nullptr, list, pages));
    }
    return pages.Finish(Write(checkpoint));
  }

  uint64_t ConfirmedAt(const std::string& checkpoint,
                       uint64_t now) const override {
    const auto parsed = ParseCheckpoint(checkpoint);
    return parsed.ok() && parsed->confirmed_at > 0
               ? std::min(now, parsed->confirmed_at)
               : now;
  }

  FeedPlace Describe(const std::string&) const override { return {}; }

  absl::StatusOr<std::vector<std::string>> Test() override {
    HASHVET_RETURN_IF_ERROR(FetchManifest());
    const Manifest& manifest = manifest_->manifest;
    return std::vector<std::string>{
        absl::StrCat("publication ", manifest.publication, ", version ",
                     manifest.version, " of ", UtcText(manifest.published_at)),
        absl::StrCat("signed by ", manifest_->key_id),
        absl::StrCat(manifest.current.base.size_bytes, " bytes",
                     manifest.current.overlay.has_value()
                         ? absl::StrCat(" and an overlay of ",
                                        manifest.current.overlay->size_bytes)
                         : "")};
  }

 private:
  uint64_t Now() const {
    return options_.how.now ? options_.how.now()
                            : static_cast<uint64_t>(std::time(nullptr));
  }

  absl::Status Ask(const std::string& name,
                   absl::FunctionRef<absl::Status(HttpResponse&)> read) {
    HttpRequest request = {.url = absl::StrCat(options_.base_url, "/", name)};
    if (options_.credential.find(' ') != std::string::npos) {
      request.headers.push_back("Authorization: " + options_.credential);
    } else if (!options_.credential.empty()) {
      const std::pair<std::string, std::string> parts =
          absl::StrSplit(options_.credential, absl::MaxSplits(':', 1));
      request.user = parts.first;
      request.password = parts.second;
    }
    return Retrying(options_.how, true, [&]() -> absl::Status {
      HASHVET_ASSIGN_OR_RETURN(const auto response,
                               transport_->SendForSuccess(request));
      return read(*response);
    });
  }

  absl::Status FetchManifest() {
    return Ask(kManifestFile, [&](HttpResponse& response) -> absl::Status {
      HASHVET_ASSIGN_OR_RETURN(const std::string file,
                               ReadBody(response, kMaxManifestBytes));
      HASHVET_ASSIGN_OR_RETURN(
          manifest_,
          peer::CheckManifest(file, {.keys = options_.keys,
                                     .publication = options_.publication,
                                     .seen = last_.seen,
                                     .now = Now()}));
      return absl::OkStatus();
    });
  }

  absl::StatusOr<std::shared_ptr<const SnapshotReader>> FetchFile(
      const StoredFile& want) {
    std::shared_ptr<const SnapshotReader> reader;
    HASHVET_RETURN_IF_ERROR(
        Ask(want.file, [&](HttpResponse& response) -> absl::Status {
          HASHVET_ASSIGN_OR_RETURN(reader, peer::ReadFile(response, want));
          return absl::OkStatus();
        }));
    return reader;
  }

  absl::StatusOr<peer::Files> FetchFiles() {
    for (int manifests = 1;; ++manifests) {
      if (!manifest_.has_value()) HASHVET_RETURN_IF_ERROR(FetchManifest());
      const PublishedState& state = manifest_->manifest.current;
      peer::Files files;
      auto base = FetchFile(state.base);
      if (absl::IsNotFound(base.status()) && manifests < kMaxManifests) {
        manifest_.reset();
        continue;
      }
      HASHVET_RETURN_IF_ERROR(base.status());
      files.base = *std::move(base);
      if (state.overlay.has_value()) {
        auto overlay = FetchFile(*state.overlay);
        if (absl::IsNotFound(overlay.status()) && manifests < kMaxManifests) {
          manifest_.reset();
          continue;
        }
        HASHVET_RETURN_IF_ERROR(overlay.status());
        files.overlay = *std::move(overlay);
      }
      HASHVET_RETURN_IF_ERROR(peer::CheckTogether(files, state));
      return files;
    }
  }

  absl::StatusOr<uint16_t> FindList(const SnapshotReader& base) const {
    std::vector<std::string> names;
    for (const ListPolicy& list : base.lists()) names.push_back(list.name);
    if (options_.list.empty() && names.size() == 1) return uint16_t{0};
    const auto found = std::ranges::find(names, options_.list);
    if (found != names.end()) {
      return static_cast<uint16_t>(found - names.begin());
    }
    return FeedError(FeedCause::kProtocol,
                     absl::StatusCode::kFailedPrecondition,
                     absl::StrCat("the peer has no list '", options_.list,
                                  "' (option list); there are ",
                                  absl::StrJoin(names, ", ")));
  }

  // What of the list a file has, and its overlay, where there is one, does not
  // take away.
  static absl::Status AddEntries(const SnapshotReader& file,
                                 const SnapshotReader* overlay, uint16_t list,
                                 PageMaker& pages) {
    for (const SnapshotReader::KindCounts& counts : file.kinds()) {
      const HashKind kind = counts.kind;
      std::span<const uint32_t> gone;
      if (overlay != nullptr) gone = overlay->removed(kind);
      for (uint32_t row = 0; row < file.rows(kind); ++row) {
        if (file.is_canary(kind, row)) continue;
        for (uint32_t i = 0; i < file.entry_count(kind, row); ++i) {
          const EntryView entry = file.entry(kind, row, i);
          if (entry.list != list ||
              std::ranges::binary_search(gone,
                                         file.entry_number(kind, row, i))) {
            continue;
          }
          HASHVET_RETURN_IF_ERROR(
              pages.Add({.key = std::string(entry.key),
                         .values = {{.value = file.value(kind, row),
                                     .quality = entry.quality}},
                         .category = std::string(entry.category),
                         .category_scheme = std::string(entry.category_scheme),
                         .stated = entry.opinion}));
        }
      }
    }
    return absl::OkStatus();
  }

  const Options options_;
  const std::unique_ptr<Transport> transport_;
  Checkpoint last_;  // of the latest manifest that was read whole
  std::optional<peer::SignedManifest> manifest_;
};

std::string OptionOf(const FeedConfig& config, std::string_view name) {
  const auto found = config.options.find(name);
  return found == config.options.end() ? "" : found->second;
}

absl::Status Check(const FeedConfig& config) {
  if (OptionOf(config, "keys").empty()) {
    return absl::InvalidArgumentError(
        "feed: option keys: want the file of the public keys that the peer "
        "signs with, in PEM");
  }
  const std::string publication = OptionOf(config, "publication");
  return publication.empty() ? absl::OkStatus()
                             : CheckPublicationName(publication);
}

absl::StatusOr<std::unique_ptr<FeedClient>> Make(
    const FeedConfig& config, const std::string& credential,
    const FeedClientOptions& options) {
  PeerClient::Options made = {.base_url = config.base_url,
                              .credential = credential,
                              .publication = OptionOf(config, "publication"),
                              .list = OptionOf(config, "list"),
                              .how = options};
  while (made.base_url.ends_with('/')) made.base_url.pop_back();
  HASHVET_ASSIGN_OR_RETURN(made.keys, ReadPublicKeys(OptionOf(config, "keys")));
  TransportOptions transport = TransportOptionsOf(config, options);
  transport.total_timeout = std::chrono::hours(6);
  transport.max_wire_bytes = kMaxFileBytes;
  transport.max_body_bytes = kMaxFileBytes;
  HASHVET_ASSIGN_OR_RETURN(auto opened, Transport::Create(transport));
  return std::unique_ptr<FeedClient>(
      new PeerClient(std::move(made), std::move(opened)));
}

FeedPlace Describe(const std::string&) { return {}; }

}  // namespace

FeedProtocol PeerProtocol() {
  return {.name = "peer",
          .needs_base = true,
          .needs_credential = false,
          .options = {"keys", "publication", "list"},
          .check = &Check,
          .make = &Make,
          .describe = &Describe,
          .reads_whole = true};
}

}  // namespace hashvet
