// Matchers, opened and closed.

#include "src/c/matcher.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "hashvet/base/private_memory.h"
#include "hashvet/list/snapshot_reader.h"
#include "hashvet/matcher/known_answers.h"
#include "hashvet/matcher/staleness.h"

namespace hashvet::c {
namespace {

constexpr size_t kOptionsV1 = sizeof(hashvet_matcher_options);
constexpr size_t kInfoV1 = sizeof(hashvet_matcher_info);
constexpr uint32_t kMaxThreads = 1024;

// An empty shell for each matcher that was ever opened: some tens of bytes that
// stay, and are never used for another one.
hashvet_matcher* NewShell() {
  static std::mutex mutex;
  static auto& shells = *new std::vector<std::unique_ptr<hashvet_matcher>>;
  const std::lock_guard lock(mutex);
  shells.push_back(std::make_unique<hashvet_matcher>());
  return shells.back().get();
}

std::string TextOf(const char* text) { return text == nullptr ? "" : text; }

absl::StatusOr<std::unique_ptr<Executor>> PoolOf(uint32_t threads) {
  if (threads > kMaxThreads) {
    return absl::InvalidArgumentError(
        absl::StrCat("threads: got ", threads, ", want 0 .. ", kMaxThreads));
  }
  if (threads <= 1) return nullptr;
  return MakeThreadPool(threads);
}

// open: absl::Status(Opened&)
template <typename Open>
absl::Status OpenWith(uint32_t threads, hashvet_matcher** matcher, Open open) {
  auto opened = std::make_unique<Opened>();
  HASHVET_ASSIGN_OR_RETURN(opened->pool, PoolOf(threads));
  HASHVET_RETURN_IF_ERROR(open(*opened));
  std::shared_ptr<Opened> shared = std::move(opened);
  hashvet_matcher* shell = NewShell();
  shell->opened = std::move(shared);
  *matcher = shell;
  return absl::OkStatus();
}

void Tell(hashvet_text_callback callback, void* context,
          const std::string& line) {
  callback(context, line.data(), line.size());
}

}  // namespace

absl::StatusOr<std::vector<std::string>> Texts(const char* const* texts,
                                               size_t count,
                                               std::string_view what) {
  if (texts == nullptr && count != 0) return Null(what);
  std::vector<std::string> result;
  for (size_t i = 0; i < count; ++i) {
    if (texts[i] == nullptr) return Null(what);
    result.emplace_back(texts[i]);
  }
  return result;
}

absl::StatusOr<const Opened*> OpenedOf(const hashvet_matcher* matcher) {
  HASHVET_ASSIGN_OR_RETURN(const hashvet_matcher* shell,
                           Checked(matcher, "matcher"));
  if (shell->opened == nullptr) {
    return absl::FailedPreconditionError("matcher: used after it was closed");
  }
  return shell->opened.get();
}

}  // namespace hashvet::c

using namespace hashvet;     // NOLINT: all of it is this interface
using namespace hashvet::c;  // NOLINT

int hashvet_matcher_open(const hashvet_matcher_options* options,
                         hashvet_matcher** matcher, hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    if (matcher == nullptr) return Null("matcher");
    *matcher = nullptr;
    HASHVET_ASSIGN_OR_RETURN(const hashvet_matcher_options asked,
                             OptionsOf(options, kOptionsV1, "matcher options"));
    return OpenWith(
        asked.threads, matcher, [&](Opened& opened) -> absl::Status {
          ListAccessOptions lists;
          HASHVET_ASSIGN_OR_RETURN(
              lists.files,
              Texts(asked.snapshots, asked.snapshot_count, "snapshots"));
          HASHVET_ASSIGN_OR_RETURN(
              lists.directories,
              Texts(asked.directories, asked.directory_count, "directories"));
          lists.policy = TextOf(asked.policy_file);
          lists.trusted_keys = TextOf(asked.trusted_keys);
          lists.publication = TextOf(asked.publication);
          lists.encrypt_key = TextOf(asked.encryption_key);
          lists.state = TextOf(asked.state_file);
          HASHVET_ASSIGN_OR_RETURN(opened.access, ListAccess::Prepare(lists));
          HASHVET_ASSIGN_OR_RETURN(opened.matcher, opened.access->Follow());
          return asked.follow == 0
                     ? absl::OkStatus()
                     : opened.matcher->Watch(opened.access->watch());
        });
  });
}

int hashvet_matcher_open_bytes(const void* bytes, size_t size, const char* name,
                               uint32_t threads, hashvet_matcher** matcher,
                               hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    if (matcher == nullptr) return Null("matcher");
    *matcher = nullptr;
    return OpenWith(threads, matcher, [&](Opened& opened) -> absl::Status {
      if (bytes == nullptr) return Null("bytes");
      if (name == nullptr) return Null("name");
      HASHVET_ASSIGN_OR_RETURN(PrivateMemory memory,
                               PrivateMemory::Create(size));
      std::memcpy(memory.bytes().data(), bytes, size);
      const auto owner =
          std::make_shared<const PrivateMemory>(std::move(memory));
      HASHVET_ASSIGN_OR_RETURN(
          const auto list,
          SnapshotReader::FromBytes(owner->bytes(), owner, name));
      HASHVET_ASSIGN_OR_RETURN(const auto generation,
                               Generation::Create({{list, nullptr}}));
      HASHVET_RETURN_IF_ERROR(TestKnownAnswers(*generation));
      opened.matcher = Matcher::Serve(generation);
      return absl::OkStatus();
    });
  });
}

int hashvet_matcher_reload(hashvet_matcher* matcher, hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    HASHVET_RETURN_IF_ERROR(OpenedOf(matcher).status());
    return matcher->opened->matcher->Reload();
  });
}

int hashvet_matcher_self_test(hashvet_matcher* matcher, hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    HASHVET_RETURN_IF_ERROR(OpenedOf(matcher).status());
    return matcher->opened->matcher->SelfTest();
  });
}

int hashvet_matcher_describe(const hashvet_matcher* matcher,
                             hashvet_matcher_info* info,
                             hashvet_text_callback callback, void* context,
                             hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    HASHVET_ASSIGN_OR_RETURN(const Opened* opened, OpenedOf(matcher));
    const MatcherStatus status = opened->matcher->status();
    hashvet_matcher_info told = {};
    told.generation = status.generation;
    told.serving_since = status.serving_since_s;
    for (const ListStatus& list : status.lists) told.entries += list.entries;
    told.refusals = status.refusals;
    told.lists = static_cast<uint32_t>(status.lists.size());
    told.refusal = static_cast<int32_t>(status.refusal.code());
    told.self_test = static_cast<int32_t>(status.self_test.code());
    HASHVET_RETURN_IF_ERROR(Fill(told, kInfoV1, "matcher info", info));
    if (callback == nullptr) return absl::OkStatus();
    Tell(callback, context, absl::StrCat("version ", status.version));
    if (!status.refusal.ok()) {
      Tell(callback, context,
           absl::StrCat("refusal ", status.refusal.message()));
    }
    if (!status.self_test.ok()) {
      Tell(callback, context,
           absl::StrCat("self_test ", status.self_test.message()));
    }
    for (const ListStatus& list : status.lists) {
      Tell(callback, context,
           absl::StrCat("list ", list.name, " ", list.version, " ",
                        ToAbsl(NameOf(list.staleness))));
    }
    return absl::OkStatus();
  });
}

int hashvet_matcher_kinds(const hashvet_matcher* matcher,
                          const hashvet_match_options* options, uint32_t* kinds,
                          size_t room, size_t* count, hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    if (count == nullptr) return Null("count");
    *count = 0;
    HASHVET_ASSIGN_OR_RETURN(const Opened* opened, OpenedOf(matcher));
    HASHVET_ASSIGN_OR_RETURN(const MatchRequest request,
                             RequestOf(options, *opened));
    const std::vector<HashKind> asked =
        opened->matcher->PictureKinds(request.options);
    if (kinds == nullptr && room != 0) return Null("kinds");
    *count = asked.size();
    if (asked.size() > room) {
      return absl::InvalidArgumentError(
          absl::StrCat("kinds: got room for ", room, ", want ", asked.size()));
    }
    std::ranges::transform(asked, kinds, [](HashKind kind) {
      return static_cast<uint32_t>(kind);
    });
    return absl::OkStatus();
  });
}

void hashvet_matcher_close(hashvet_matcher* matcher) {
  if (OpenedOf(matcher).ok()) matcher->opened.reset();
}
