// The strict readers: what they build, and what hostile texts do to them.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "src/feeds/json_reader.h"
#include "src/feeds/xml_reader.h"
#include "tests/support/status_matchers.h"

namespace hashvet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kPaths[] = {"r/items"};
constexpr std::string_view kArrays[] = {"items"};

// `head`, `piece` as often as makes `total` bytes, then `tail`: without ever
// being in memory. Few bytes at a time, so that tokens are cut anywhere.
class Stream {
 public:
  Stream(std::string head, std::string piece, uint64_t times, std::string tail,
         size_t at_once = 4096)
      : head_(std::move(head)),
        piece_(std::move(piece)),
        times_(times),
        tail_(std::move(tail)),
        at_once_(at_once) {}

  absl::StatusOr<size_t> operator()(std::span<char> buffer) {
    while (at_ == now_.size()) {
      at_ = 0;
      if (stage_ == 0) {
        now_ = head_;
        ++stage_;
      } else if (stage_ == 1 && times_ > 0) {
        const uint64_t some = std::min<uint64_t>(times_, 1000);
        now_.clear();
        for (uint64_t i = 0; i < some; ++i) now_ += piece_;
        times_ -= some;
      } else if (stage_ == 1) {
        now_ = tail_;
        ++stage_;
      } else {
        now_.clear();
        return 0;
      }
    }
    const size_t count = std::min({buffer.size(), now_.size() - at_, at_once_});
    std::memcpy(buffer.data(), now_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  std::string head_, piece_;
  uint64_t times_;
  std::string tail_;
  size_t at_once_;
  int stage_ = 0;
  std::string now_;
  size_t at_ = 0;
};

absl::StatusOr<XmlElement> Xml(Stream stream,
                               std::vector<XmlElement>* told = nullptr) {
  return ReadXml([&](std::span<char> buffer) { return stream(buffer); }, "test",
                 kPaths,
                 [&](std::string_view, XmlElement element) {
                   if (told != nullptr) told->push_back(std::move(element));
                   return absl::OkStatus();
                 });
}

absl::StatusOr<JsonValue> Json(Stream stream,
                               std::vector<JsonValue>* told = nullptr) {
  return ReadJson([&](std::span<char> buffer) { return stream(buffer); },
                  "test", kArrays,
                  [&](std::string_view, JsonValue value) {
                    if (told != nullptr) told->push_back(std::move(value));
                    return absl::OkStatus();
                  });
}

TEST(XmlReaderTest, TellsTheElementsThatAreAskedFor) {
  for (const size_t at_once : {size_t{1}, size_t{7}, size_t{4096}}) {
    std::vector<XmlElement> told;
    ASSERT_OK_AND_ASSIGN(
        const XmlElement root,
        Xml(Stream("<?xml version='1.0'?><r xmlns='urn:x' n='1'><items>"
                   "<a id='1'>x<![CDATA[<&>]]>y<!-- no --><b/></a>"
                   "<c xmlns:q='urn:q'><q:d> z </q:d></c></items>"
                   "<rest>t&amp;u</rest></r>",
                   "", 0, "", at_once),
            &told));
    ASSERT_EQ(told.size(), 2);
    EXPECT_EQ(told[0].name, "a");
    EXPECT_EQ(told[0].Attribute("id"), "1");
    EXPECT_EQ(told[0].text, "x<&>y");
    EXPECT_NE(told[0].Child("b"), nullptr);
    EXPECT_EQ(told[1].TextOf("d"), "z");
    EXPECT_EQ(root.name, "r");
    EXPECT_EQ(root.TextOf("rest"), "t&u");
    EXPECT_TRUE(root.Child("items")->children.empty());
  }
}

TEST(XmlReaderTest, AnErrorOfTheSinkEndsIt) {
  Stream stream("<r><items><a/><a/></items></r>", "", 0, "");
  int told = 0;
  EXPECT_THAT(ReadXml([&](std::span<char> buffer) { return stream(buffer); },
                      "test", kPaths,
                      [&](std::string_view, XmlElement) {
                        ++told;
                        return absl::InternalError("enough");
                      })
                  .status(),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("enough")));
  EXPECT_EQ(told, 1);
}

TEST(JsonReaderTest, TellsTheItemsThatAreAskedFor) {
  for (const size_t at_once : {size_t{1}, size_t{7}, size_t{4096}}) {
    std::vector<JsonValue> told;
    ASSERT_OK_AND_ASSIGN(
        const JsonValue root,
        Json(Stream("\xEF\xBB\xBF{\"n\": 12, \"items\": [{\"a\": \"x\\u00e9\", "
                    "\"b\": [true, null]}, 7], \"t\": \"TRUE\"}",
                    "", 0, "", at_once),
             &told));
    ASSERT_EQ(told.size(), 2);
    EXPECT_EQ(told[0].TextOf("a"), "x\u00e9");
    EXPECT_TRUE(told[0].Find("b")->items[1].is_null());
    EXPECT_EQ(told[1].Integer(), 7);
    EXPECT_EQ(root.Find("n")->Integer(), 12);
    EXPECT_EQ(root.Find("t")->Bool(), true);
    EXPECT_TRUE(root.Find("items")->items.empty());
  }
}

// Each is refused with a typed error, in little memory. A process of its own
// tells its peak.
struct Hostile {
  const char* name;
  bool xml;
  Stream stream;
  const char* message;
};

std::vector<Hostile> HostileTexts() {
  const auto million = uint64_t{1'000'000};
  const std::string bomb =
      "<!DOCTYPE r [<!ENTITY a \"aaaaaaaaaa\">"
      "<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><r>&b;</r>";
  return {
      {"entity bomb", true, Stream(bomb, "", 0, ""), "document type"},
      {"any doctype", true, Stream("<!DOCTYPE r><r/>", "", 0, ""),
       "document type"},
      {"doctype of elsewhere", true,
       Stream("<!DOCTYPE r SYSTEM 'file:///etc/passwd'><r/>", "", 0, ""),
       "document type"},
      {"xml depth", true, Stream("<r>", "<a>", million, ""), "deeper than"},
      {"xml white space", true, Stream("<r>", "          ", million / 10, ""),
       "no XML"},
      {"xml endless text", true, Stream("<r>", "xxxxxxxxxx", 10 * million, ""),
       "over 1048576"},
      {"xml endless tag", true,
       Stream("<r a='", "xxxxxxxxxx", 10 * million, ""), "over 1048576"},
      {"xml endless name", true, Stream("<", "xxxxxxxxxx", 10 * million, ""),
       "over 1048576"},
      {"xml endless attributes", true, Stream("<r ", "x='1' ", million, ""),
       "test: "},
      {"xml NUL", true, Stream(std::string("<r>a\0b</r>", 10), "", 0, ""),
       "no XML"},
      {"xml no UTF-8", true, Stream("<r>\xC3\x28</r>", "", 0, ""), "no XML"},
      {"xml in two", true, Stream("<r/><r/>", "", 0, ""), "no XML"},
      {"xml cut", true, Stream("<r><items>", "", 0, ""), "no XML"},
      {"xml nothing", true, Stream("", "", 0, ""), "no XML"},
      {"json depth", false, Stream("", "[", million, ""), "deeper than"},
      {"json object depth", false, Stream("", "{\"a\":", million, ""),
       "deeper than"},
      {"json white space", false, Stream("{", "          ", 100 * million, ""),
       "gap of over"},
      {"json endless text", false,
       Stream("{\"a\":\"", "xxxxxxxxxx", 10 * million, ""), "over 1048576"},
      {"json endless number", false, Stream("{\"a\":", "1", 10 * million, ""),
       "no JSON"},
      {"json endless list", false, Stream("{\"a\":[", "1,", 10 * million, ""),
       "over 1048576"},
      {"json endless keys", false, Stream("{", "\"a\":1,", million, ""),
       "there twice"},
      {"json duplicate key", false,
       Stream("{\"a\":1,\"b\":{\"a\":1,\"a\":2}}", "", 0, ""), "there twice"},
      {"json duplicate key, escaped", false,
       Stream("{\"a\":1,\"\\u0061\":2}", "", 0, ""), "there twice"},
      {"json NUL", false, Stream(std::string("{\"a\":1}\0", 8), "", 0, ""),
       "NUL"},
      {"json NUL within", false,
       Stream(std::string("{\"a\":\0 1}", 9), "", 0, ""), "no JSON"},
      {"json no UTF-8", false, Stream("{\"a\":\"\xC3\x28\"}", "", 0, ""),
       "no JSON"},
      {"json half a surrogate", false, Stream("{\"a\":\"\\ud800\"}", "", 0, ""),
       "no JSON"},
      {"json in two", false, Stream("{}{}", "", 0, ""), "no JSON"},
      {"json cut", false, Stream("{\"items\":[{\"a\":", "", 0, ""), "no JSON"},
      {"json nothing", false, Stream("", "", 0, ""), "no JSON"},
      {"json NaN", false, Stream("{\"a\":NaN}", "", 0, ""), "no JSON"},
  };
}

TEST(HostileTextTest, IsATypedErrorInLittleMemory) {
  for (Hostile& each : HostileTexts()) {
    SCOPED_TRACE(each.name);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      struct rusage before = {};
      (void)::getrusage(RUSAGE_SELF, &before);
      const absl::Status status =
          each.xml ? Xml(each.stream).status() : Json(each.stream).status();
      struct rusage after = {};
      (void)::getrusage(RUSAGE_SELF, &after);
      int code = 0;
      if (CauseOf(status) != FeedCause::kProtocol) code |= 1;
      if (ToStd(status.message()).find(each.message) == std::string::npos) {
        code |= 2;
        std::fprintf(stderr, "%s: %s\n", each.name,
                     std::string(status.message()).c_str());
      }
      if (after.ru_maxrss - before.ru_maxrss > 64 * 1024) code |= 4;
      ::_exit(code);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0) << "1 cause, 2 message, 4 memory: "
                         << WEXITSTATUS(status);
  }
}

TEST(HostileTextTest, NoMessageHoldsTheText) {
  const std::string secret = "f8f8f0cee0f4a84f06370a22038f63f0";
  const std::string xml = "<r><items>" + secret + "<&";
  const std::string json = "{\"" + secret + "\":\"" + secret + "\",}";
  EXPECT_THAT(std::string(Xml(Stream(xml, "", 0, "")).status().message()),
              Not(HasSubstr(secret)));
  EXPECT_THAT(std::string(Json(Stream(json, "", 0, "")).status().message()),
              Not(HasSubstr(secret)));
}

}  // namespace
}  // namespace hashvet::testing
