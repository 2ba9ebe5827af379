// The worker, run as its users do, on librdkafka's mock brokers.

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/cli/cli_test.h"
#include "tests/kafka/mock_brokers.h"

namespace hashvet::testing {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

std::string HashMessage(const std::string& id, const std::string& hash) {
  return absl::StrCat(R"({"v":1,"id":")", id, R"(","kind":"pdq","hash":")",
                      hash, R"("})");
}
std::string PathMessage(const std::string& id, const std::string& path) {
  return absl::StrCat(R"({"v":1,"id":")", id, R"(","path":")", path, R"("})");
}

// Of each answer: id, outcome.
std::vector<std::pair<std::string, std::string>> Outcomes(
    const std::vector<Record>& records) {
  std::vector<std::pair<std::string, std::string>> outcomes;
  for (const Record& record : records) {
    const auto json = ParseJson(record.value);
    outcomes.emplace_back(Text(json, "id"), Text(json, "outcome"));
  }
  return outcomes;
}

class WorkerTest : public CliTest {
 protected:
  WorkerTest() {
    brokers_.Create("in", 2);
    brokers_.Create("out", 2);
    brokers_.Create("dead", 1);
    folder_.Write(
        "kafka.properties",
        absl::StrCat("bootstrap.servers=", brokers_.servers(),
                     "\nsession.timeout.ms=6000\nheartbeat.interval.ms=300\n"));
    PublishList("lists", "known", kSomeHash + ",,e-1\n");
  }

  std::vector<std::string> Arguments(
      const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {HASHVET_KAFKA_PROGRAM,
                                          "--properties",
                                          "kafka.properties",
                                          "--input",
                                          "in",
                                          "--results",
                                          "out",
                                          "--dead-letters",
                                          "dead",
                                          "--lists",
                                          "lists",
                                          "--group",
                                          "g",
                                          "--threads",
                                          "1",
                                          "--commit-every-ms",
                                          "100"};
    for (size_t i = 0; i < more.size(); ++i) {
      const auto at = std::find(arguments.begin(), arguments.end(), more[i]);
      if (at == arguments.end() || more[i] == "--lists") {
        arguments.push_back(more[i]);
      } else {
        *(at + 1) = more[++i];  // another value of the same option
      }
    }
    return arguments;
  }
  RunOptions InFolder() const { return {.folder = folder_.path()}; }

  ProgramResult Stop(RunningProgram& worker) const {
    worker.Signal(SIGTERM);
    return worker.Finish();
  }

  // Waits for a sample of the worker's metrics file, written every five
  // seconds, to have the value.
  bool Shows(const std::string& file, const std::string& sample) const {
    for (int i = 0; i < 600; ++i) {
      const std::string text = ScratchFolder::Read(folder_.Path(file));
      if (absl::StrCat("\n", text).find(absl::StrCat("\n", sample, "\n")) !=
          std::string::npos) {
        return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }

  MockBrokers brokers_;
};

TEST_F(WorkerTest, AnswersHashesCommitsThemAndGoesOnWhereItStopped) {
  brokers_.Produce("in", {HashMessage("a", kSomeHash),
                          HashMessage("b", Changed(kSomeHash, 30))});
  std::vector<Record> first;
  {
    RunningProgram worker(Arguments({"--hashes", "--metrics", "m"}),
                          InFolder());
    first = brokers_.Read("out", 2);
    // Committed every 100 ms, but what is committed is not committed again.
    EXPECT_TRUE(Shows("m", "hashvet_kafka_answer_seconds_count 2"));
    std::this_thread::sleep_for(std::chrono::seconds(1));
    const ProgramResult end = Stop(worker);
    EXPECT_EQ(end.exit_code, 0) << end.err;
    EXPECT_THAT(ScratchFolder::Read(folder_.Path("m")),
                ContainsRegex("hashvet_kafka_commits_total [12]\n"));
  }
  EXPECT_THAT(Outcomes(first),
              UnorderedElementsAre(Pair("a", "match"), Pair("b", "no_match")));
  for (const Record& record : first) {
    const auto json = ParseJson(record.value);
    EXPECT_EQ(record.key, absl::StrCat("[\"", Text(json, "id"), "\",\"",
                                       Text(json, "snapshot"), "\"]"));
  }
  EXPECT_THAT(brokers_.Committed("g", "in"),
              ElementsAre(Pair(0, 1), Pair(1, 1)));
  brokers_.Produce("in", {HashMessage("c", kSomeHash)});
  RunningProgram worker(Arguments({"--hashes"}), InFolder());
  const std::vector<Record> all = brokers_.Read("out", 3);
  EXPECT_EQ(Stop(worker).exit_code, 0);
  EXPECT_THAT(Outcomes(all),
              UnorderedElementsAre(Pair("a", "match"), Pair("b", "no_match"),
                                   Pair("c", "match")));
}

TEST_F(WorkerTest, KilledBeforeACommitTheNextAnswersTheSameBytes) {
  std::vector<std::string> messages;
  for (int i = 0; i < 50; ++i) {
    messages.push_back(HashMessage(absl::StrCat("item-", i),
                                   Changed(kSomeHash, i % 3 == 0 ? 0 : 30)));
  }
  brokers_.Produce("in", messages);
  {
    RunningProgram worker(Arguments({"--hashes", "--commit-every-ms", "3600000",
                                     "--instance", "one"}),
                          InFolder());
    ASSERT_THAT(brokers_.Read("out", 50), SizeIs(50));
    ASSERT_TRUE(worker.Kill());
  }
  EXPECT_THAT(brokers_.Committed("g", "in"), IsEmpty());
  // Under the same name it need not wait for the dead one's session to end.
  RunningProgram worker(Arguments({"--hashes", "--instance", "one"}),
                        InFolder());
  const std::vector<Record> records = brokers_.Read("out", 100);
  EXPECT_EQ(Stop(worker).exit_code, 0);
  ASSERT_THAT(records, SizeIs(100));
  std::set<std::pair<std::string, std::string>> distinct;
  std::set<std::string> keys;
  for (const Record& record : records) {
    distinct.emplace(record.key, record.value);
    keys.insert(record.key);
  }
  EXPECT_THAT(keys, SizeIs(50));
  EXPECT_THAT(distinct, SizeIs(50));
  EXPECT_THAT(brokers_.Committed("g", "in"),
              ElementsAre(Pair(0, 25), Pair(1, 25)));
}

TEST_F(WorkerTest, NothingIsCommittedBeforeItsAnswerIsAcknowledged) {
  std::vector<std::string> messages;
  for (int i = 0; i < 40; ++i) {
    messages.push_back(HashMessage(absl::StrCat("item-", i), kSomeHash));
  }
  brokers_.Produce("in", messages);
  brokers_.RefuseProducing();
  RunningProgram worker(
      Arguments({"--hashes", "--max-open", "10", "--metrics", "m"}),
      InFolder());
  // It stops reading at what it may hold, and stays in the group.
  EXPECT_TRUE(Shows("m", "hashvet_kafka_paused 1"));
  EXPECT_TRUE(Shows("m", "hashvet_kafka_open 10"));
  EXPECT_THAT(brokers_.Committed("g", "in"), IsEmpty());
  brokers_.AllowProducing();
  EXPECT_THAT(brokers_.Read("out", 40), SizeIs(40));
  EXPECT_EQ(Stop(worker).exit_code, 0);
  EXPECT_THAT(brokers_.Committed("g", "in"),
              ElementsAre(Pair(0, 20), Pair(1, 20)));
}

TEST_F(WorkerTest, PoisonIsSetAsideWithItsReasonAndTheRestIsAnswered) {
  const std::string large(2000, ' ');
  brokers_.Produce(
      "in",
      {"no json", HashMessage("a", kSomeHash), R"({"v":2,"id":"n","blob":[1]})",
       HashMessage("b", "0123"), HashMessage("c", kSomeHash) + large,
       R"({"v":1,"id":"p","picture":"AAAA"})", PathMessage("q", "a"),
       HashMessage("d", kSomeHash)});
  RunningProgram worker(
      Arguments({"--hashes", "--max-message-bytes", "1000", "--metrics", "m"}),
      InFolder());
  const std::vector<Record> answers = brokers_.Read("out", 2);
  const std::vector<Record> dead = brokers_.Read("dead", 6);
  const ProgramResult end = Stop(worker);
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(Outcomes(answers),
              UnorderedElementsAre(Pair("a", "match"), Pair("d", "match")));
  std::vector<std::pair<std::string, std::string>> reasons;
  for (const Record& letter : dead) {
    reasons.emplace_back(letter.key, letter.headers.at("hashvet-reason"));
    EXPECT_THAT(letter.headers.at("hashvet-detail"), Not(IsEmpty()));
    const bool is_large = letter.headers.at("hashvet-reason") == "too_large";
    EXPECT_EQ(letter.has_value, !is_large);
    EXPECT_EQ(std::to_string(letter.value.size()) ==
                  letter.headers.at("hashvet-bytes"),
              !is_large);
  }
  EXPECT_THAT(reasons,
              UnorderedElementsAre(Pair(R"(["in",0,0])", "not_json"),
                                   Pair(R"(["in",0,1])", "unknown_version"),
                                   Pair(R"(["in",1,1])", "bad_message"),
                                   Pair(R"(["in",0,2])", "too_large"),
                                   Pair(R"(["in",1,2])", "not_allowed"),
                                   Pair(R"(["in",0,3])", "not_allowed")));
  EXPECT_THAT(brokers_.Committed("g", "in"),
              ElementsAre(Pair(0, 4), Pair(1, 4)));
  EXPECT_TRUE(
      Shows("m", "hashvet_kafka_dead_letters_total{reason=\"not_json\"} 1"));
  EXPECT_TRUE(Shows("m", "hashvet_kafka_answers_total{outcome=\"match\"} 2"));
  EXPECT_TRUE(Shows("m", "hashvet_kafka_lag 0"));
}

TEST_F(WorkerTest, PicturesAreDecodedInTheSandboxAndPathsStayBelowTheRoot) {
  WriteJpeg("a.jpg", 1);
  PublishList("more", "pictures", HashOf("a.jpg") + ",,e-2\n");
  std::filesystem::create_directory(folder_.Path("root"));
  std::filesystem::copy(folder_.Path("a.jpg"), folder_.Path("root/a.jpg"));
  std::filesystem::create_symlink("a.jpg", folder_.Path("root/link.jpg"));
  const std::string bytes = MakeJpeg(1, 160, 120);
  brokers_.Produce(
      "in", {absl::StrCat(R"({"v":1,"id":"bytes","picture":")",
                          absl::Base64Escape(bytes), R"("})"),
             R"({"v":1,"id":"broken","picture":"AAEC"})",
             PathMessage("path", "a.jpg"), PathMessage("missing", "b.jpg"),
             PathMessage("out", "../a.jpg"), PathMessage("link", "link.jpg"),
             PathMessage("absolute", folder_.Path("a.jpg")),
             HashMessage("hash", kSomeHash)});
  RunningProgram worker(Arguments({"--root", "root", "--lists", "more"}),
                        InFolder());
  const std::vector<Record> answers = brokers_.Read("out", 5);
  const std::vector<Record> dead = brokers_.Read("dead", 3);
  const ProgramResult end = Stop(worker);
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(Outcomes(answers),
              UnorderedElementsAre(
                  Pair("bytes", "match"), Pair("path", "match"),
                  Pair("broken", "unsupported"), Pair("missing", "unreadable"),
                  Pair("hash", "match")));
  ASSERT_THAT(dead, SizeIs(3));
  for (const Record& letter : dead) {
    EXPECT_EQ(letter.headers.at("hashvet-reason"), "path_outside_root");
    EXPECT_THAT(letter.value, HasSubstr("\"path\""));
  }
  EXPECT_THAT(brokers_.Committed("g", "in"),
              ElementsAre(Pair(0, 4), Pair(1, 4)));
}

TEST_F(WorkerTest, ANewListIsAskedWithoutLeavingTheGroup) {
  const std::string added = Changed(kSomeHash, 30);
  brokers_.Produce("in", {HashMessage("a", added)});
  RunningProgram worker(Arguments({"--hashes", "--metrics", "m"}), InFolder());
  const std::vector<Record> before = brokers_.Read("out", 1);
  EXPECT_THAT(Outcomes(before), ElementsAre(Pair("a", "no_match")));
  PublishList("lists", "known", kSomeHash + "\n" + added + "\n");
  ASSERT_TRUE(Shows("m", "hashvet_generation_swaps_total 1"));
  brokers_.Produce("in", {HashMessage("a", added)});
  const std::vector<Record> after = brokers_.Read("out", 2);
  const ProgramResult end = Stop(worker);
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(Outcomes(after),
              UnorderedElementsAre(Pair("a", "no_match"), Pair("a", "match")));
  ASSERT_THAT(after, SizeIs(2));
  EXPECT_NE(after[0].key, after[1].key);
  // Joined, and at the end left: nothing between.
  EXPECT_TRUE(Shows("m", "hashvet_kafka_rebalances_total 2"));
}

TEST_F(WorkerTest, TwoWorkersShareTheInputAndOneTakesOver) {
  RunningProgram one(Arguments({"--hashes", "--metrics", "m1"}), InFolder());
  ASSERT_TRUE(Shows("m1", "hashvet_kafka_partitions 2"));
  RunningProgram two(Arguments({"--hashes", "--metrics", "m2"}), InFolder());
  ASSERT_TRUE(Shows("m1", "hashvet_kafka_partitions 1"));
  ASSERT_TRUE(Shows("m2", "hashvet_kafka_partitions 1"));
  std::vector<std::string> messages;
  for (int i = 0; i < 200; ++i) {
    messages.push_back(HashMessage(absl::StrCat("item-", i), kSomeHash));
  }
  brokers_.Produce("in", messages);
  EXPECT_THAT(brokers_.Read("out", 200), SizeIs(200));
  EXPECT_EQ(Stop(one).exit_code, 0);
  ASSERT_TRUE(Shows("m2", "hashvet_kafka_partitions 2"));
  brokers_.Produce("in", messages);
  EXPECT_THAT(brokers_.Read("out", 400), SizeIs(400));
  EXPECT_EQ(Stop(two).exit_code, 0);
  EXPECT_THAT(brokers_.Committed("g", "in"),
              ElementsAre(Pair(0, 200), Pair(1, 200)));
}

TEST_F(WorkerTest, MatchesAreInTheAuditLogBeforeTheirAnswersAreSent) {
  WriteJpeg("a.jpg", 1);
  PublishList("more", "pictures", HashOf("a.jpg") + ",,e-2\n");
  std::filesystem::create_directory(folder_.Path("root"));
  std::filesystem::copy(folder_.Path("a.jpg"), folder_.Path("root/a.jpg"));
  brokers_.Produce("in", {HashMessage("a", kSomeHash),
                          HashMessage("b", Changed(kSomeHash, 30)),
                          PathMessage("c", "a.jpg")});
  RunningProgram worker(
      Arguments({"--root", "root", "--lists", "more", "--audit", "log.jsonl"}),
      InFolder());
  EXPECT_THAT(brokers_.Read("out", 3), SizeIs(3));
  EXPECT_EQ(Stop(worker).exit_code, 0);
  const std::string log = ScratchFolder::Read(folder_.Path("log.jsonl"));
  EXPECT_THAT(
      log, AllOf(HasSubstr(R"("event":"swapped")"), HasSubstr(R"("item":"a")"),
                 HasSubstr("\"e-1\""), HasSubstr(R"("item":"c")"),
                 HasSubstr("\"e-2\""), Not(HasSubstr(R"("item":"b")"))));
  EXPECT_EQ(Run({"audit", "verify", "log.jsonl"}).exit_code, 0);
}

TEST_F(WorkerTest, WhatTheAuditLogDoesNotTakeIsNotAnswered) {
  brokers_.Produce("in", {HashMessage("a", kSomeHash)});
  // No file may grow beyond 512 bytes: the lists' own record fits.
  std::vector<std::string> limited = {
      "/bin/sh", "-c", "ulimit -f 1; exec timeout 30 \"$0\" \"$@\""};
  for (const std::string& argument :
       Arguments({"--hashes", "--audit", "log.jsonl"})) {
    limited.push_back(argument);
  }
  const ProgramResult end = RunProgram(limited, InFolder());
  EXPECT_EQ(end.exit_code, 2);
  EXPECT_THAT(end.err, HasSubstr("not in the audit log: "));
  EXPECT_THAT(brokers_.Committed("g", "in"), IsEmpty());
  RunningProgram next(Arguments({"--hashes"}), InFolder());
  EXPECT_THAT(brokers_.Read("out", 1), SizeIs(1));  // the next one's alone
  EXPECT_EQ(Stop(next).exit_code, 0);
}

TEST_F(WorkerTest, WhatIsWrongAtFirstIsOneLineAndACode) {
  brokers_.Hide("nowhere");
  folder_.Write("wrong",
                "bootstrap.servers=a:1\nsasl.mechanism=hunter2\n"
                "security.protocol=hunter2\n");
  folder_.Write("nobody", "bootstrap.servers=127.0.0.1:1\n");
  folder_.Write("own", "group.id=x\n");
  folder_.Write("empty", "\n");
  const struct {
    std::vector<std::string> more;
    int exit_code;
    const char* says;
  } cases[] = {
      {{"--input", "nowhere"}, 2, "nowhere"},
      {{"--results", "nowhere"}, 2, "nowhere"},
      {{"--properties", "missing"}, 2, "missing"},
      {{"--properties", "wrong"}, 2, "security.protocol"},
      {{"--properties", "empty"}, 2, "want bootstrap.servers"},
      {{"--properties", "own"}, 2, "group.id is the worker's own"},
      {{"--properties", "nobody", "--connect-timeout-ms", "1500"},
       10,
       "no answer within 1500 ms"},
      {{"--lists", "nothing"}, 3, "nothing"},
      {{"--root", "r"}, 2, "--root"},
      {{"--audit", "log.txt"}, 2, ".jsonl"},
      {{"--group", ""}, 2, "--group"},
      {{"--max-open", "0"}, 2, "--max-open"},
      {{"--max-open-bytes", "0"}, 2, "--max-open-bytes: want 1 to"},
      {{"--max-open-bytes", "-1"}, 2, "--max-open-bytes: want 1 to"},
      {{"--max-message-bytes", "0"}, 2, "--max-message-bytes: want 1 to"},
      // Each dead letter would be a message, and so a dead letter, again.
      {{"--dead-letters", "in"}, 2, "got one topic twice"},
      {{"--results", "in"}, 2, "got one topic twice"},
      {{"--results", "dead"}, 2, "got one topic twice"},
  };
  for (const auto& [more, exit_code, says] : cases) {
    std::vector<std::string> arguments = {"--hashes"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProgramResult result = RunProgram(Arguments(arguments), InFolder());
    EXPECT_EQ(result.exit_code, exit_code) << says << ": " << result.err;
    EXPECT_THAT(result.err, AllOf(HasSubstr(says), Not(HasSubstr("hunter2"))));
    std::vector<std::string> lines =
        absl::StrSplit(absl::StripSuffix(result.err, "\n"), '\n');
    std::erase_if(lines, [](const std::string& line) {
      return line.find("AUTOCREATE") != line.npos;  // the mock brokers are old
    });
    EXPECT_THAT(lines, SizeIs(1)) << result.err;
    EXPECT_THAT(result.out, IsEmpty());
  }
}

// What docs/kafka.md points to works as far as it can without its brokers.
TEST_F(WorkerTest, TheExamplesAreTaken) {
  const std::string examples = HASHVET_SOURCE_DIR "/examples/kafka/";
  const std::string config = examples + "hashvet-kafka.toml";
  const ProgramResult no_file =
      RunProgram({HASHVET_KAFKA_PROGRAM, "--config", config, "--hashes",
                  "--properties", "missing"},
                 InFolder());
  EXPECT_EQ(no_file.exit_code, 2);
  EXPECT_THAT(no_file.err, HasSubstr("--hashes"));  // and a root: one of them
  std::string options = ScratchFolder::Read(config);
  const size_t root = options.find("root=");
  options.erase(root, options.find('\n', root) + 1 - root);
  const size_t metrics = options.find("metrics=");
  options.erase(metrics);
  folder_.Write("config", options);
  const std::string properties = folder_.Write(
      "example", ScratchFolder::Read(examples + "kafka.properties"));
  const std::vector<std::string> arguments = {
      HASHVET_KAFKA_PROGRAM, "--config", "config", "--hashes",     "--state",
      folder_.Path("state"), "--lists",  "lists",  "--properties", "example"};
  namespace fs = std::filesystem;
  fs::permissions(properties, fs::perms::owner_read | fs::perms::others_read);
  const ProgramResult open = RunProgram(arguments, InFolder());
  EXPECT_EQ(open.exit_code, 2);
  EXPECT_THAT(open.err, HasSubstr("mode 0640"));
  fs::permissions(properties, fs::perms::owner_read);
  const ProgramResult no_authority = RunProgram(arguments, InFolder());
  EXPECT_EQ(no_authority.exit_code, 2);
  EXPECT_THAT(no_authority.err,
              AllOf(HasSubstr("ssl.ca.location"), Not(HasSubstr("change-me"))));
  EXPECT_THAT(ScratchFolder::Read(examples + "hashvet-kafka.service"),
              HasSubstr("hashvet-kafka --config /etc/hashvet/"));
}

TEST_F(WorkerTest, HelpEndsWithAnExample) {
  const ProgramResult help =
      RunProgram({HASHVET_KAFKA_PROGRAM, "--help"}, InFolder());
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, AllOf(HasSubstr("--dead-letters"),
                              HasSubstr("Example:\n  hashvet-kafka")));
}

}  // namespace
}  // namespace hashvet::testing
