// Another hashvet's published list over HTTP: what it publishes is what the
// ledger holds, whoever answers and whatever happens on the way.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/ledger/export.h"
#include "hashvet/list/publication.h"
#include "hashvet/list/publisher.h"
#include "tests/feeds/feed_server.h"
#include "tests/feeds/feed_support.h"

namespace hashvet::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A directory, served as files.
class DirectoryServer : public FeedServer {
 public:
  explicit DirectoryServer(std::string directory)
      : directory_(std::move(directory)) {
    Start();
  }
  ~DirectoryServer() override { Stop(); }
  // Told before each answer, under the lock.
  void set_before(std::function<void(const std::string& path)> call) {
    const std::lock_guard lock(mutex_);
    before_ = std::move(call);
  }

 protected:
  FeedAnswer Answer(const FeedRequest& request) override {
    if (before_) before_(request.path);
    std::ifstream file(directory_ + request.path, std::ios::binary);
    if (!file || request.path.find("..") != std::string::npos) {
      return {.status = 404};
    }
    return {.body = {std::istreambuf_iterator<char>(file), {}},
            .content_type = "application/octet-stream"};
  }

 private:
  const std::string directory_;
  std::function<void(const std::string&)> before_;
};

// The keys of RFC 8032's first two examples.
constexpr char kPrivate[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";
constexpr char kPublic[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "-----END PUBLIC KEY-----\n";
constexpr char kOtherPrivate[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
    "-----END PRIVATE KEY-----\n";

std::span<const std::byte> Bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

class PeerTest : public FeedTest {
 protected:
  void SetUp() override {
    FeedTest::SetUp();
    published_ = folder_.Path("published");
    MakeDirectory(published_);
    server_ = std::make_unique<DirectoryServer>(published_);
    auto key = SigningKey::FromPem(Bytes(kPrivate));
    ASSERT_OK(key);
    key_.emplace(*std::move(key));
    auto other = SigningKey::FromPem(Bytes(kOtherPrivate));
    ASSERT_OK(other);
    other_key_.emplace(*std::move(other));
    config_ = {.protocol = "peer",
               .base_url = server_->base(),
               .options = {{"keys", WriteKey()}}};
    StartPeer();
  }

  static void MakeDirectory(const std::string& path) {
    std::filesystem::remove_all(path);
    std::filesystem::create_directory(path);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }
  std::string WriteKey() {
    const std::string path = folder_.Path("keys.pem");
    std::ofstream(path) << kPublic;
    std::filesystem::permissions(path, std::filesystem::perms::owner_read |
                                           std::filesystem::perms::owner_write);
    return path;
  }

  void StartPeer() {
    peer_ = nullptr;
    const std::string path = folder_.Path("peer");
    std::filesystem::remove_all(path);
    auto opened =
        Ledger::Open(path, {.create = true, .now = [this] { return now_; }});
    ASSERT_OK(opened);
    peer_ = *std::move(opened);
    ASSERT_OK(peer_->CreateList(
        {.policy = {.name = "theirs"}, .source = "source"}, "test"));
  }
  void Say(std::vector<EntryUpdate> updates,
           std::optional<uint64_t> confirmed_at = std::nullopt) {
    Delta delta = DeltaOf("theirs", std::move(updates));
    delta.confirmed_at = confirmed_at;
    ASSERT_OK(peer_->Apply(std::move(delta)));
  }
  absl::Status Publish(PublishAs as = PublishAs::kBase,
                       const SigningKey* key = nullptr,
                       std::optional<uint64_t> expires = std::nullopt) {
    LedgerPublishOptions options;
    options.publish.publication = "theirs";
    options.publish.signing_key = key == nullptr ? &*key_ : key;
    options.publish.keep_last = 0;
    options.publish.accept_change = true;
    options.publish.expires_after_s = expires;
    options.publish.now_s = now_;
    options.published.trust.now_s = now_;
    options.as = as;
    return PublishLedger(*peer_, published_, options,
                         [](const SnapshotReader&, const SnapshotReader*) {
                           return absl::OkStatus();
                         })
        .status();
  }
  // What the peer says, as Held tells it.
  Contents Truth() {
    Contents contents;
    EXPECT_OK(peer_->ForEachEntry("theirs", [&](const LedgerEntry& entry) {
      for (const EntryValue& each : entry.said.values) {
        contents[entry.said.key].insert(absl::StrCat(
            ToAbsl(NameOf(each.value.kind())), ":", ToHex(each.value)));
      }
      return absl::OkStatus();
    }));
    return contents;
  }
  static EntryUpdate Theirs(const std::string& key, uint64_t number) {
    EntryUpdate update = Entry(key, {BalancedPdq(number), Md5Of(number)});
    update.category = "A1";
    update.category_scheme = "scheme";
    update.stated = Opinion::kPositive;
    return update;
  }
  SyncReport Synced() {
    const auto report = SyncOnce(config_);
    EXPECT_OK(report);
    return report.ok() ? *report : SyncReport();
  }
  std::string ReadPublished(const std::string& name) {
    return ScratchFolder::Read(published_ + "/" + name);
  }
  void WritePublished(const std::string& name, const std::string& bytes) {
    std::ofstream(published_ + "/" + name, std::ios::binary) << bytes;
  }

  std::string published_;
  std::unique_ptr<DirectoryServer> server_;
  std::unique_ptr<Ledger> peer_;
  std::optional<SigningKey> key_;
  std::optional<SigningKey> other_key_;
  FeedConfig config_;
};

TEST_F(PeerTest, WhatIsPublishedIsTheList) {
  Say({Theirs("a", 1), Theirs("b", 2), Theirs("same", 1)});
  ASSERT_OK(Publish());
  const SyncReport report = Synced();
  EXPECT_TRUE(report.full);
  EXPECT_EQ(report.result.added, 3);
  EXPECT_EQ(Held(), Truth());
  ASSERT_OK_AND_ASSIGN(const LedgerEntry entry, ledger_->FindEntry(kList, "a"));
  EXPECT_EQ(entry.said.category, "A1");
  EXPECT_EQ(entry.said.category_scheme, "scheme");
  EXPECT_EQ(entry.opinion, Opinion::kPositive);
  // The same again is not read again.
  server_->ForgetRequests();
  EXPECT_FALSE(Synced().full);
  EXPECT_THAT(server_->Targets(), SizeIs(1));
}

TEST_F(PeerTest, AnOverlayTakesAwayAndAdds) {
  std::vector<EntryUpdate> many;
  for (uint64_t i = 0; i < 40; ++i) many.push_back(Theirs(absl::StrCat(i), i));
  Say(many);
  ASSERT_OK(Publish());
  Synced();
  Say({Deleted("3"), Theirs("new", 90), Theirs("4", 91)});
  ASSERT_OK(Publish(PublishAs::kOverlay));
  const SyncReport report = Synced();
  EXPECT_EQ(report.result.deleted, 1);
  EXPECT_EQ(Held(), Truth());
  EXPECT_THAT(MatchedBy(Md5Of(3)), IsEmpty());
  EXPECT_THAT(MatchedBy(Md5Of(4)), IsEmpty());
  EXPECT_THAT(MatchedBy(Md5Of(91)), SizeIs(1));
}

TEST_F(PeerTest, ItIsAsFreshAsThePeersOwnSource) {
  Say({Theirs("a", 1)}, now_ - 5000);
  ASSERT_OK(Publish());
  Synced();
  now_ += 100;
  Synced();  // unchanged
  ASSERT_OK_AND_ASSIGN(const LedgerList list, ledger_->FindList(kList));
  EXPECT_EQ(list.policy.current_at, now_ - 5100);
  EXPECT_EQ(State().success_at, now_);
}

// What is refused, with its name; the old serves.
class PeerRefusalTest : public PeerTest {
 protected:
  void SetUp() override {
    PeerTest::SetUp();
    Say({Theirs("a", 1)});
    ASSERT_OK(Publish());
    Synced();
    before_ = Held();
    now_ += 10;
  }
  void ExpectRefused(FeedCause cause, const std::string& what) {
    for (const bool full : {false, true}) {
      SyncOptions how = How();
      how.full = full;
      how.accept = true;
      const auto report = SyncOnce(config_, how);
      EXPECT_EQ(CauseOf(report.status()), cause) << report.status();
      EXPECT_THAT(std::string(report.status().message()), HasSubstr(what));
      EXPECT_EQ(Held(), before_);
    }
  }
  Contents before_;
};

TEST_F(PeerRefusalTest, AManifestOfNobodyOrOfAnother) {
  const std::string manifest = ReadPublished("manifest");
  WritePublished("manifest", manifest.substr(0, manifest.find(' ')) + "\n");
  ExpectRefused(FeedCause::kAuthentication, "unsigned");
  MakeDirectory(published_);
  ASSERT_OK(Publish(PublishAs::kBase, &*other_key_));
  ExpectRefused(FeedCause::kAuthentication, "wrong key");
}

TEST_F(PeerRefusalTest, AnEarlierManifestAlsoAfterAnInterruption) {
  const std::string manifest = ReadPublished("manifest");
  const std::string folder = folder_.Path("old");
  std::filesystem::copy(published_, folder);
  Say({Theirs("b", 2)});
  ASSERT_OK(Publish());
  Synced();
  before_ = Held();
  EXPECT_THAT(before_, SizeIs(2));
  // Interrupted in the next refetch, which is then begun anew.
  Say({Theirs("c", 3)});
  ASSERT_OK(Publish());
  SyncOptions how = How();
  how.at_step = [&](std::string_view step) {
    if (step == "generation abandoned") throw Killed();
  };
  EXPECT_THROW((void)SyncOnce(config_, how), Killed);
  Open();
  for (const auto& each : std::filesystem::directory_iterator(folder)) {
    std::filesystem::copy(each.path(),
                          published_ + "/" + each.path().filename().string(),
                          std::filesystem::copy_options::overwrite_existing);
  }
  ASSERT_EQ(ReadPublished("manifest"), manifest);
  ExpectRefused(FeedCause::kAuthentication, "rollback");
}

TEST_F(PeerRefusalTest, TheSameVersionWithAnotherContent) {
  MakeDirectory(published_);
  StartPeer();
  Say({Theirs("z", 9)});
  ASSERT_OK(Publish());
  ExpectRefused(FeedCause::kAuthentication, "mix-and-match");
}

TEST_F(PeerRefusalTest, AnotherPublication) {
  config_.options["publication"] = "another";
  ExpectRefused(FeedCause::kAuthentication, "wrong list");
}

TEST_F(PeerRefusalTest, AnExpiredManifest) {
  Say({Theirs("b", 2)});
  ASSERT_OK(Publish(PublishAs::kBase, nullptr, 100));
  now_ += 100;
  ExpectRefused(FeedCause::kAuthentication, "freeze");
}

TEST_F(PeerRefusalTest, AFileThatIsNotTheManifests) {
  Say({Theirs("b", 2)});
  ASSERT_OK(Publish());
  ASSERT_OK_AND_ASSIGN(const Manifest manifest, ReadManifest(published_));
  const std::string name = manifest.current.base.file;
  const std::string bytes = ReadPublished(name);
  std::string turned = bytes;
  turned[turned.size() / 2] ^= 1;
  WritePublished(name, turned);
  ExpectRefused(FeedCause::kProtocol, name);
  WritePublished(name, bytes + "more");
  ExpectRefused(FeedCause::kProtocol, "endless data");
  WritePublished(name, bytes.substr(0, bytes.size() - 64));
  ExpectRefused(FeedCause::kProtocol, "mix-and-match");
  std::filesystem::remove(published_ + "/" + name);
  ExpectRefused(FeedCause::kProtocol, "404");
  WritePublished(name, bytes);
  Synced();
  EXPECT_EQ(Held(), Truth());
}

TEST_F(PeerRefusalTest, AListThatIsNotInIt) {
  config_.options["list"] = "no such";
  ExpectRefused(FeedCause::kProtocol, "there are theirs");
}

TEST_F(PeerTest, WhatIsReplacedWhileItIsReadIsReadAnew) {
  Say({Theirs("a", 1)});
  ASSERT_OK(Publish());
  bool once = true;
  server_->set_before([&](const std::string& path) {
    if (path == "/manifest" || !std::exchange(once, false)) return;
    // Gone when it is asked for; another manifest is there.
    Say({Theirs("b", 2)});
    ASSERT_OK(Publish());
    std::filesystem::remove(published_ + path);
  });
  Synced();
  EXPECT_EQ(Held(), Truth());
  EXPECT_THAT(Held(), SizeIs(2));
}

TEST_F(PeerTest, AFeedThatIsNotWhollyToldIsRefused) {
  config_.options.clear();
  EXPECT_THAT(CheckFeedConfig(config_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("keys")));
  config_.options = {{"keys", folder_.Path("none.pem")}};
  EXPECT_EQ(MakeFeedClient(config_).status().code(),
            absl::StatusCode::kNotFound);
}

class PeerHistoryTest : public PeerTest {
 protected:
  uint64_t Random(uint64_t below) { return random_() % below; }

  void InjectOne() {
    using Kind = FeedFault::Kind;
    FeedFault fault = {.times = 1 + static_cast<int>(Random(5))};
    switch (Random(6)) {
      case 0:
        fault.kind = Kind::kStatus;
        fault.number = Random(2) == 0 ? 500 : 404;
        break;
      case 1:
        fault.kind = Kind::kTruncate;
        break;
      case 2:
        fault.kind = Kind::kCut;
        break;
      case 3:
        fault.kind = Kind::kReset;
        break;
      case 4:
        fault.kind = Kind::kGzip;
        break;
      default:
        fault.kind = Kind::kBody;
        fault.text = "<html>Service</html>";
        break;
    }
    server_->Inject(fault);
  }

  void SyncOrDie() {
    SyncOptions how = How();
    how.batch_entries = 1 + Random(8);
    how.full = Random(6) == 0;
    how.accept = Random(2) == 0;
    const uint64_t die_at = Random(3) == 0 ? Random(10) : UINT64_MAX;
    uint64_t steps = 0;
    how.at_step = [&](std::string_view) {
      if (steps++ == die_at) throw Killed();
    };
    try {
      (void)SyncOnce(config_, how);
    } catch (const Killed&) {
      Open();
    }
  }

  void History(uint64_t seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    random_.seed(seed);
    MakeDirectory(published_);
    StartPeer();
    Say({Theirs("first", 1)});
    ASSERT_OK(Publish());
    for (uint64_t steps = 10 + Random(12); steps > 0; --steps) {
      switch (Random(6)) {
        case 0:
          InjectOne();
          break;
        case 1:
          SyncOrDie();
          break;
        case 2:
          ASSERT_OK(
              Publish(Random(2) == 0 ? PublishAs::kBase : PublishAs::kEither));
          break;
        default: {
          const std::string key = absl::StrCat(Random(12));
          if (Random(3) == 0) {
            Say({Deleted(key)});
          } else {
            EntryUpdate update = Theirs(key, Random(500));
            update.updated_at = now_;
            Say({update});
          }
          now_ += 1 + Random(100);
        }
      }
    }
    server_->ClearFaults();
    ASSERT_OK(Publish());
    SyncOptions how = How();
    how.accept = true;
    ASSERT_OK(SyncOnce(config_, how));
    EXPECT_EQ(Held(), Truth());
  }

  std::mt19937_64 random_;
};

TEST_F(PeerHistoryTest, EndAsTheSource) {
  RecordProperty("histories", static_cast<int>(Histories(100)));
  for (uint64_t seed = 0; seed < Histories(100); ++seed) {
    History(seed);
    if (HasFailure()) return;
    StartAgain();
  }
}

// A process of its own, ended by SIGKILL before its nth step.
TEST_F(PeerHistoryTest, KilledBetweenAnyTwoStepsItEndsAsTheSource) {
  std::vector<EntryUpdate> many;
  for (uint64_t i = 0; i < 40; ++i) many.push_back(Theirs(absl::StrCat(i), i));
  Say(many);
  ASSERT_OK(Publish());
  const uint64_t rounds = Histories(40);
  int kills = 0;
  for (uint64_t round = 0; round < rounds; ++round) {
    // Later than when it was deleted, so that it comes back.
    EntryUpdate said = Theirs(absl::StrCat(round % 50), 1000 + round);
    said.updated_at = now_;
    Say({said});
    if (round % 3 == 0) Say({Deleted(absl::StrCat((round + 7) % 50))});
    now_ += 10;
    ASSERT_OK(Publish());
    ledger_ = nullptr;
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      Open();
      SyncOptions how = How();
      how.batch_entries = 1;
      how.accept = true;
      uint64_t steps = 0;
      how.at_step = [&](std::string_view) {
        if (steps++ == round % 12) ::kill(::getpid(), SIGKILL);
      };
      (void)SyncOnce(config_, how);
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    kills += WIFSIGNALED(status) ? 1 : 0;
    Open();
  }
  RecordProperty("kills", kills);
  SyncOptions how = How();
  how.accept = true;
  ASSERT_OK(SyncOnce(config_, how));
  EXPECT_EQ(Held(), Truth());
}

}  // namespace
}  // namespace hashvet::testing
