// Batches as Arrow arrays and streams: what they answer, that nulls and slices
// are understood, who releases what, and that what is no array of values is
// refused. tests/python holds the same against Arrow's own library.

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/c/hashvet.h"
#include "tests/c/c_error.h"
#include "tests/list/snapshot_support.h"
#include "tests/support/scratch_folder.h"

namespace hashvet::testing {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using Bytes = std::vector<uint8_t>;

// An array of 32-byte values with its schema, and how often each was released.
struct Source {
  Source() = default;
  Source(const Source&) = delete;

  void Add(const Bytes& value) {
    bytes.insert(bytes.end(), value.begin(), value.end());
    valid.push_back(true);
  }
  void AddNull() {
    bytes.resize(bytes.size() + 32, 0xAB);  // what lies there is nobody's
    valid.push_back(false);
  }
  // Of the values from `offset` on.
  ArrowArray Array(int64_t offset = 0) {
    bits.assign(valid.size() / 8 + 1, 0);
    int64_t nulls = 0;
    for (size_t i = 0; i < valid.size(); ++i) {
      if (valid[i]) bits[i / 8] |= static_cast<uint8_t>(1u << (i % 8));
      if (!valid[i] && static_cast<int64_t>(i) >= offset) ++nulls;
    }
    buffers[0] = bits.data();
    buffers[1] = bytes.data();
    ArrowArray array = {};
    array.length = static_cast<int64_t>(valid.size()) - offset;
    array.null_count = nulls;
    array.offset = offset;
    array.n_buffers = 2;
    array.buffers = buffers;
    array.release = [](ArrowArray* self) {
      ++static_cast<Source*>(self->private_data)->arrays_released;
      self->release = nullptr;
    };
    array.private_data = this;
    return array;
  }
  ArrowSchema Schema(const char* format = "w:32") {
    ArrowSchema schema = {};
    schema.format = format;
    schema.name = "";
    schema.flags = ARROW_FLAG_NULLABLE;
    schema.release = [](ArrowSchema* self) {
      ++static_cast<Source*>(self->private_data)->schemas_released;
      self->release = nullptr;
    };
    schema.private_data = this;
    return schema;
  }

  Bytes bytes, bits;
  std::vector<bool> valid;
  const void* buffers[2] = {};
  int arrays_released = 0;
  int schemas_released = 0;
};

// A stream of one array, again and again, then of an error or the end.
struct SourceStream {
  ArrowArrayStream Stream() {
    ArrowArrayStream stream = {};
    stream.get_schema = [](ArrowArrayStream* self, ArrowSchema* out) {
      auto& of = *static_cast<SourceStream*>(self->private_data);
      if (of.schema_fails) return ENOSYS;
      *out = of.source.Schema(of.format);
      return 0;
    };
    stream.get_next = [](ArrowArrayStream* self, ArrowArray* out) {
      auto& of = *static_cast<SourceStream*>(self->private_data);
      ++of.asked;
      *out = {};
      if (of.asked <= of.arrays) {
        *out = of.source.Array();
        return 0;
      }
      return of.fails ? EIO : 0;
    };
    stream.get_last_error = [](ArrowArrayStream* self) {
      const auto& of = *static_cast<SourceStream*>(self->private_data);
      return of.says_why ? "the disk went away" : nullptr;
    };
    stream.release = [](ArrowArrayStream* self) {
      ++static_cast<SourceStream*>(self->private_data)->released;
      self->release = nullptr;
    };
    stream.private_data = this;
    return stream;
  }

  Source source;
  const char* format = "w:32";
  int arrays = 0;
  bool fails = false;
  bool schema_fails = false;
  bool says_why = true;
  int asked = 0;
  int released = 0;
};

// An exported struct that is released at the end.
template <typename T>
struct Owned : T {
  Owned() : T{} {}
  Owned(const Owned&) = delete;
  ~Owned() { Release(); }
  void Release() {
    if (this->release != nullptr) this->release(this);
    EXPECT_EQ(this->release, nullptr);
  }
};

// ---- Reading what is exported

enum Field {  // in the order of hashvet.h
  kOutcome,
  kCode,
  kMessage,
  kSnapshot,
  kGeneration,
  kMatches,
  kIgnored,
  kSuppressed,
  kShadow,
  kNotSampled,
  kRow
};

std::vector<std::string> Texts(const ArrowArray& column) {
  EXPECT_EQ(column.n_buffers, 3);
  EXPECT_EQ(column.null_count, 0);
  const auto* offsets = static_cast<const int32_t*>(column.buffers[1]);
  const auto* text = static_cast<const char*>(column.buffers[2]);
  std::vector<std::string> texts;
  for (int64_t i = 0; i < column.length; ++i) {
    texts.emplace_back(text + offsets[i], text + offsets[i + 1]);
  }
  return texts;
}
template <typename T>
std::vector<T> Numbers(const ArrowArray& column) {
  EXPECT_EQ(column.n_buffers, 2);
  const auto* numbers = static_cast<const T*>(column.buffers[1]);
  return {numbers, numbers + column.length};
}
// How many elements each list has.
std::vector<int> Lengths(const ArrowArray& column) {
  EXPECT_EQ(column.n_buffers, 2);
  const auto* offsets = static_cast<const int32_t*>(column.buffers[1]);
  std::vector<int> lengths;
  for (int64_t i = 0; i < column.length; ++i) {
    lengths.push_back(offsets[i + 1] - offsets[i]);
  }
  EXPECT_EQ(offsets[column.length], column.children[0]->length);
  return lengths;
}

class ArrowTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 12; ++i) listed_.push_back(RandomBytes());
    std::vector<ListEntry> entries;
    for (size_t i = 0; i < listed_.size(); ++i) {
      auto value = HashValue::FromBytes(HashKind::kPdq, listed_[i]);
      ASSERT_OK(value);
      ListEntry entry{*value, "case-" + std::to_string(i), "A1"};
      if (i % 2 == 0) entry.quality = 80 + static_cast<int>(i);
      entries.push_back(entry);
    }
    entries[11].key = "k\xFFy";
    ListPolicy policy = PolicyNamed("known");
    policy.action = "block";
    path_ = folder_.Path("known.hvs");
    ASSERT_OK(WriteSnapshot(path_, policy, entries));
    const char* const paths[] = {path_.c_str()};
    hashvet_matcher_options options = HASHVET_MATCHER_OPTIONS_INIT;
    options.snapshots = paths;
    options.snapshot_count = 1;
    Ok(hashvet_matcher_open(&options, &matcher_, error_.place()));
  }
  void TearDown() override { hashvet_matcher_close(matcher_); }

  Bytes RandomBytes() { return RandomValue(HashKind::kPdq, random_).ToBytes(); }
  void Ok(int code) {
    EXPECT_EQ(code, HASHVET_OK) << error_.message();
    EXPECT_FALSE(error_.set());
  }
  void Refuses(const ArrowSchema* schema, const ArrowArray* array,
               const std::string& message, uint32_t kind = HASHVET_KIND_PDQ) {
    Owned<ArrowArray> verdicts;
    EXPECT_EQ(hashvet_match_arrow(matcher_, kind, schema, array, nullptr,
                                  &verdicts, error_.place()),
              HASHVET_INVALID_ARGUMENT);
    EXPECT_THAT(error_.message(), HasSubstr(message));
    EXPECT_EQ(verdicts.release, nullptr);
  }
  void Match(Source& source, int64_t offset, ArrowArray* verdicts) {
    Owned<ArrowSchema> schema;
    static_cast<ArrowSchema&>(schema) = source.Schema();
    Owned<ArrowArray> array;
    static_cast<ArrowArray&>(array) = source.Array(offset);
    Ok(hashvet_match_arrow(matcher_, HASHVET_KIND_PDQ, &schema, &array, nullptr,
                           verdicts, error_.place()));
    EXPECT_EQ(source.arrays_released, 0);
    EXPECT_EQ(source.schemas_released, 0);
  }

  const ScratchFolder folder_;
  std::mt19937_64 random_{11};
  std::vector<Bytes> listed_;
  std::string path_;
  hashvet_matcher* matcher_ = nullptr;
  Error error_;
};

TEST_F(ArrowTest, TheSchemaIsAsDescribed) {
  Owned<ArrowSchema> schema;
  Ok(hashvet_arrow_schema(&schema, error_.place()));
  EXPECT_STREQ(schema.format, "+s");
  EXPECT_EQ(schema.dictionary, nullptr);
  const auto described = [](const ArrowSchema& of) {
    std::string text;
    for (int64_t i = 0; i < of.n_children; ++i) {
      const ArrowSchema& field = *of.children[i];
      text += std::string(field.name) + ":" + field.format +
              (field.flags == ARROW_FLAG_NULLABLE ? "? " : " ");
    }
    return text;
  };
  EXPECT_EQ(described(schema),
            "outcome:u code:i message:u snapshot:u generation:l matches:+l "
            "ignored_by:+l suppressed_matches:+l shadow_matches:+l "
            "not_sampled:+l row:l ");
  for (const int set : {kMatches, kIgnored, kSuppressed, kShadow}) {
    EXPECT_EQ(described(*schema.children[set]), "item:+s ");
    EXPECT_EQ(described(*schema.children[set]->children[0]),
              "list:u list_version:u entry:u category:u category_scheme:u "
              "opinion:u action:u kind:u distance:i orientation:u "
              "query_quality:i? entry_quality:i? ");
  }
  EXPECT_EQ(described(*schema.children[kNotSampled]), "item:u ");
  EXPECT_EQ(hashvet_arrow_schema(nullptr, error_.place()),
            HASHVET_INVALID_ARGUMENT);
}

TEST_F(ArrowTest, AnArrayIsAnsweredInItsOrderWithEveryField) {
  Source source;
  std::vector<std::string> outcomes, entries;
  std::vector<int32_t> qualities;
  for (size_t i = 0; i < 36; ++i) {
    const bool is_listed = i % 3 == 0;
    Bytes value = is_listed ? listed_[i / 3] : RandomBytes();
    if (is_listed) value[1] ^= 0x05;
    source.Add(value);
    outcomes.push_back(is_listed ? "match" : "no_match");
    if (!is_listed) continue;
    entries.push_back(i / 3 == 11 ? "k\uFFFDy"
                                  : "case-" + std::to_string(i / 3));
    qualities.push_back(i / 3 % 2 == 0 ? 80 + static_cast<int>(i / 3) : 0);
  }
  Owned<ArrowArray> verdicts;
  Match(source, 0, &verdicts);
  EXPECT_EQ(verdicts.length, 36);
  EXPECT_EQ(verdicts.null_count, 0);
  EXPECT_EQ(verdicts.offset, 0);
  EXPECT_EQ(Texts(*verdicts.children[kOutcome]), outcomes);
  EXPECT_THAT(Numbers<int32_t>(*verdicts.children[kCode]), Each(0));
  EXPECT_THAT(Texts(*verdicts.children[kMessage]), Each(""));
  EXPECT_THAT(Texts(*verdicts.children[kSnapshot]), Each(SizeIs(16)));
  EXPECT_THAT(Numbers<int64_t>(*verdicts.children[kGeneration]), Each(1));
  EXPECT_THAT(Lengths(*verdicts.children[kNotSampled]), Each(0));
  for (const int set : {kIgnored, kSuppressed, kShadow}) {
    EXPECT_THAT(Lengths(*verdicts.children[set]), Each(0));
  }
  std::vector<int> lengths;
  for (const std::string& outcome : outcomes) {
    lengths.push_back(outcome == "match");
  }
  EXPECT_EQ(Lengths(*verdicts.children[kMatches]), lengths);
  const ArrowArray& matches = *verdicts.children[kMatches]->children[0];
  EXPECT_EQ(matches.length, 12);
  EXPECT_THAT(Texts(*matches.children[0]), Each("known"));
  EXPECT_THAT(Texts(*matches.children[1]), Each(SizeIs(16)));
  EXPECT_EQ(Texts(*matches.children[2]), entries);
  EXPECT_THAT(Texts(*matches.children[3]), Each("A1"));
  EXPECT_THAT(Texts(*matches.children[4]), Each(""));
  EXPECT_THAT(Texts(*matches.children[5]), Each("unknown"));
  EXPECT_THAT(Texts(*matches.children[6]), Each("block"));
  EXPECT_THAT(Texts(*matches.children[7]), Each("pdq"));
  EXPECT_THAT(Numbers<int32_t>(*matches.children[8]), Each(2));
  EXPECT_THAT(Texts(*matches.children[9]), Each("original"));
  EXPECT_EQ(matches.children[10]->null_count, 12);
  EXPECT_EQ(Numbers<int32_t>(*matches.children[11]), qualities);
  EXPECT_EQ(matches.children[11]->null_count, 6);
  const auto* known =
      static_cast<const uint8_t*>(matches.children[11]->buffers[0]);
  EXPECT_EQ(known[0], 0b01010101);
  EXPECT_EQ(known[1] & 0x0F, 0b0101);
}

TEST_F(ArrowTest, ANullIsUnreadableAndNeverNoMatchInASliceToo) {
  Source source;
  std::vector<std::string> outcomes;
  for (size_t i = 0; i < 40; ++i) {
    if (i % 5 == 1) {
      source.AddNull();
      outcomes.emplace_back("unreadable");
    } else if (i % 5 == 2) {
      source.Add(listed_[i / 5]);
      outcomes.emplace_back("match");
    } else {
      source.Add(RandomBytes());
      outcomes.emplace_back("no_match");
    }
  }
  for (const int64_t offset : {0, 1, 7, 8, 13, 39, 40}) {
    Owned<ArrowArray> verdicts;
    Match(source, offset, &verdicts);
    EXPECT_EQ(
        Texts(*verdicts.children[kOutcome]),
        std::vector<std::string>(outcomes.begin() + offset, outcomes.end()))
        << offset;
    const std::vector<std::string> messages =
        Texts(*verdicts.children[kMessage]);
    const std::vector<int32_t> codes =
        Numbers<int32_t>(*verdicts.children[kCode]);
    for (size_t i = 0; i < messages.size(); ++i) {
      const bool is_null =
          outcomes[i + static_cast<size_t>(offset)] == "unreadable";
      EXPECT_EQ(messages[i], is_null ? "value: got null" : "");
      EXPECT_EQ(codes[i], is_null ? HASHVET_INVALID_ARGUMENT : 0);
    }
    EXPECT_THAT(Texts(*verdicts.children[kSnapshot]), Each(SizeIs(16)));
    EXPECT_THAT(Numbers<int64_t>(*verdicts.children[kGeneration]), Each(1));
    source.arrays_released = source.schemas_released = 0;
  }

  // Nothing but nulls, whose bytes nobody need keep; and nulls not counted.
  Source nulls;
  nulls.AddNull();
  nulls.AddNull();
  for (const int64_t counted : {2, -1, 0}) {
    ArrowArray array = nulls.Array();
    array.null_count = counted;
    if (counted == 2) nulls.buffers[1] = nullptr;
    const ArrowSchema schema = nulls.Schema();
    Owned<ArrowArray> verdicts;
    Ok(hashvet_match_arrow(matcher_, HASHVET_KIND_PDQ, &schema, &array, nullptr,
                           &verdicts, error_.place()));
    EXPECT_THAT(Texts(*verdicts.children[kOutcome]),
                ElementsAre("unreadable", "unreadable"));
  }
}

TEST_F(ArrowTest, PlainNoMatchesAreLeftOutWhereThatIsAskedFor) {
  Source source;
  for (size_t i = 0; i < 12; ++i) {
    if (i == 4) {
      source.AddNull();
    } else {
      source.Add(i == 2 || i == 9 ? listed_[i] : RandomBytes());
    }
  }
  hashvet_match_options options = HASHVET_MATCH_OPTIONS_INIT;
  options.skip_no_match = 1;
  const ArrowSchema schema = source.Schema();
  const auto rows_of = [&](int64_t offset) {
    const ArrowArray array = source.Array(offset);
    Owned<ArrowArray> verdicts;
    Ok(hashvet_match_arrow(matcher_, HASHVET_KIND_PDQ, &schema, &array,
                           &options, &verdicts, error_.place()));
    std::string told;
    const auto outcomes = Texts(*verdicts.children[kOutcome]);
    const auto rows = Numbers<int64_t>(*verdicts.children[kRow]);
    EXPECT_EQ(outcomes.size(), rows.size());
    EXPECT_THAT(Texts(*verdicts.children[kSnapshot]), Each(SizeIs(16)));
    EXPECT_THAT(Numbers<int64_t>(*verdicts.children[kGeneration]), Each(1));
    for (size_t i = 0; i < rows.size(); ++i) {
      told += std::to_string(rows[i]) + ":" + outcomes[i] + " ";
    }
    return told;
  };
  EXPECT_EQ(rows_of(0), "2:match 4:unreadable 9:match ");
  EXPECT_EQ(rows_of(3), "1:unreadable 6:match ");
  EXPECT_EQ(rows_of(10), "");
  options.max_distance = 256;  // and not asked for
  options.timeout_ms = 60'000;
  EXPECT_EQ(rows_of(0), "2:match 4:unreadable 9:match ");
  // A struct of before knows nothing of it.
  options.struct_size = offsetof(hashvet_match_options, skip_no_match);
  EXPECT_THAT(rows_of(0),
              HasSubstr("0:no_match 1:no_match 2:match 3:no_match "));
  options.struct_size = sizeof options;

  SourceStream values;
  values.arrays = 2;
  values.source.Add(RandomBytes());
  values.source.Add(listed_[0]);
  ArrowArrayStream given = values.Stream();
  Owned<ArrowArrayStream> verdicts;
  Ok(hashvet_match_arrow_stream(matcher_, HASHVET_KIND_PDQ, &given, &options,
                                &verdicts, error_.place()));
  for (const int64_t row : {1, 3}) {
    Owned<ArrowArray> array;
    ASSERT_EQ(verdicts.get_next(&verdicts, &array), 0);
    EXPECT_THAT(Numbers<int64_t>(*array.children[kRow]), ElementsAre(row));
  }

  // Elsewhere there is a verdict for each.
  hashvet_verdicts* all = nullptr;
  EXPECT_EQ(hashvet_match_values(matcher_, HASHVET_KIND_PDQ, listed_[0].data(),
                                 32, 1, &options, &all, error_.place()),
            HASHVET_INVALID_ARGUMENT);
  EXPECT_THAT(error_.message(), HasSubstr("skip_no_match"));
  EXPECT_EQ(hashvet_match_pictures(matcher_, nullptr, 0, &options, &all,
                                   error_.place()),
            HASHVET_INVALID_ARGUMENT);
  EXPECT_EQ(all, nullptr);
}

TEST_F(ArrowTest, WhatIsNoArrayOfSuchValuesIsRefused) {
  Source source;
  source.Add(listed_[0]);
  source.Add(listed_[1]);
  const ArrowSchema schema = source.Schema();
  ArrowArray array = source.Array();
  for (const char* format :
       {"w:16", "w:33", "w:320", "w:", "z", "u", "C", ""}) {
    const ArrowSchema other = source.Schema(format);
    Refuses(&other, &array,
            std::string("got format ") + format +
                ", want w:32, that is 32 "
                "bytes of fixed-size binary, of pdq");
  }
  Refuses(&schema, &array, "got format w:32, want w:16", HASHVET_KIND_MD5);
  Refuses(&schema, &array, "999", 999);
  EXPECT_EQ(hashvet_match_arrow(matcher_, HASHVET_KIND_PDQ, &schema, &array,
                                nullptr, &array, error_.place()),
            HASHVET_INVALID_ARGUMENT);
  EXPECT_THAT(error_.message(), HasSubstr("the values' own struct"));
  ASSERT_NE(array.release, nullptr);
  ArrowSchema other = source.Schema("+s");
  Refuses(&other, &array, "a batch of columns has one of them");
  other = source.Schema(nullptr);
  Refuses(&other, &array, "got format NULL");
  other = source.Schema();
  other.dictionary = &other;
  Refuses(&other, &array, "got a dictionary, want plain w:32");
  other = source.Schema();
  other.release = nullptr;
  Refuses(&other, &array, "the schema was released");
  Refuses(nullptr, &array, "Arrow schema: got NULL");
  Refuses(&schema, nullptr, "Arrow values: got NULL");

  const auto refuses = [&](auto change, const std::string& message) {
    ArrowArray changed = source.Array();
    change(changed);
    Refuses(&schema, &changed, message);
  };
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  refuses([](ArrowArray& a) { a.release = nullptr; }, "array was released");
  refuses([](ArrowArray& a) { a.length = -1; }, "got length -1 at offset 0");
  refuses([](ArrowArray& a) { a.offset = -3; }, "got length 2 at offset -3");
  refuses([](ArrowArray& a) { a.length = kMax; }, "got length 9223");
  refuses([](ArrowArray& a) { a.offset = kMax / 32; }, "at offset 2882");
  refuses([](ArrowArray& a) { a.n_buffers = 3; }, "got 3 buffers");
  refuses([](ArrowArray& a) { a.n_children = 1; }, "and 1 children");
  refuses([](ArrowArray& a) { a.buffers = nullptr; }, "want 2 buffers");
  refuses([](ArrowArray& a) { a.null_count = 3; }, "got 3 nulls of 2 values");
  refuses([](ArrowArray& a) { a.null_count = -2; }, "got -2 nulls");
  refuses(
      [](ArrowArray& a) {
        a.buffers[0] = nullptr;
        a.null_count = 1;
      },
      "got 1 nulls and no validity bitmap");
  refuses([](ArrowArray& a) { a.buffers[1] = nullptr; }, "its bytes are NULL");
  EXPECT_EQ(hashvet_match_arrow(matcher_, HASHVET_KIND_PDQ, &schema, &array,
                                nullptr, nullptr, error_.place()),
            HASHVET_INVALID_ARGUMENT);

  // None at all is an answer.
  Source none;
  const ArrowArray empty = none.Array();
  Owned<ArrowArray> verdicts;
  Ok(hashvet_match_arrow(matcher_, HASHVET_KIND_PDQ, &schema, &empty, nullptr,
                         &verdicts, error_.place()));
  EXPECT_EQ(verdicts.length, 0);
  EXPECT_TRUE(Texts(*verdicts.children[kOutcome]).empty());
}

TEST_F(ArrowTest, ADistanceOfMoreThanHalfTheBitsIsRefused) {
  hashvet_match_options options = HASHVET_MATCH_OPTIONS_INIT;
  options.use_max_distance = 1;
  options.max_distance = 129;
  Source source;
  source.Add(RandomBytes());
  const ArrowSchema schema = source.Schema();
  const ArrowArray array = source.Array(0);
  Owned<ArrowArray> verdicts;
  EXPECT_EQ(hashvet_match_arrow(matcher_, HASHVET_KIND_PDQ, &schema, &array,
                                &options, &verdicts, error_.place()),
            HASHVET_INVALID_ARGUMENT);
  EXPECT_THAT(error_.message(), HasSubstr("got 129, want 0 .. 128"));
  SourceStream values;
  ArrowArrayStream given = values.Stream();
  Owned<ArrowArrayStream> stream;
  EXPECT_EQ(hashvet_match_arrow_stream(matcher_, HASHVET_KIND_PDQ, &given,
                                       &options, &stream, error_.place()),
            HASHVET_INVALID_ARGUMENT);
  EXPECT_THAT(error_.message(), HasSubstr("got 129, want 0 .. 128"));
  given.release(&given);
}

TEST_F(ArrowTest, AChildThatWasMovedAwayOutlivesItsArray) {
  Source source;
  source.Add(listed_[3]);
  Owned<ArrowArray> outcomes, matches;
  {
    Owned<ArrowArray> verdicts;
    Match(source, 0, &verdicts);
    for (auto& [child, to] :
         {std::pair(kOutcome, &outcomes), std::pair(kMatches, &matches)}) {
      static_cast<ArrowArray&>(*to) = *verdicts.children[child];
      verdicts.children[child]->release = nullptr;
    }
  }
  EXPECT_THAT(Texts(outcomes), ElementsAre("match"));
  EXPECT_THAT(Texts(*matches.children[0]->children[2]), ElementsAre("case-3"));
}

TEST_F(ArrowTest, AStreamIsAnsweredArrayForArrayAndReleasedOnce) {
  SourceStream values;
  values.arrays = 3;
  values.source.Add(listed_[0]);
  values.source.AddNull();
  values.source.Add(RandomBytes());
  {
    ArrowArrayStream given = values.Stream();
    Owned<ArrowArrayStream> verdicts;
    Ok(hashvet_match_arrow_stream(matcher_, HASHVET_KIND_PDQ, &given, nullptr,
                                  &verdicts, error_.place()));
    EXPECT_EQ(given.release, nullptr);  // moved
    EXPECT_EQ(values.asked, 0);         // nothing is read ahead
    Owned<ArrowSchema> schema;
    EXPECT_EQ(verdicts.get_schema(&verdicts, &schema), 0);
    EXPECT_EQ(schema.n_children, 11);
    for (int i = 1; i <= 3; ++i) {
      Owned<ArrowArray> array;
      ASSERT_EQ(verdicts.get_next(&verdicts, &array), 0);
      EXPECT_EQ(values.asked, i);
      EXPECT_EQ(values.source.arrays_released, i);
      EXPECT_THAT(Texts(*array.children[kOutcome]),
                  ElementsAre("match", "unreadable", "no_match"));
      EXPECT_THAT(Numbers<int64_t>(*array.children[kRow]),
                  ElementsAre(3 * i - 3, 3 * i - 2, 3 * i - 1));
      if (i == 2) hashvet_matcher_close(matcher_);  // the stream has its own
    }
    for (int i = 0; i < 2; ++i) {
      Owned<ArrowArray> end;
      EXPECT_EQ(verdicts.get_next(&verdicts, &end), 0);
      EXPECT_EQ(end.release, nullptr);
    }
    EXPECT_EQ(values.asked, 4);
    EXPECT_EQ(verdicts.get_last_error(&verdicts), nullptr);
    EXPECT_EQ(values.released, 0);
  }
  EXPECT_EQ(values.released, 1);
  ArrowArrayStream given = values.Stream();
  ArrowArrayStream verdicts = {};
  EXPECT_EQ(hashvet_match_arrow_stream(matcher_, HASHVET_KIND_PDQ, &given,
                                       nullptr, &verdicts, error_.place()),
            HASHVET_FAILED_PRECONDITION);
  EXPECT_NE(given.release, nullptr);  // still the caller's
}

TEST_F(ArrowTest, AStreamThatFailsEndsInAnErrorAndInNothingElse) {
  for (const bool says_why : {true, false}) {
    SourceStream values;
    values.arrays = 1;
    values.fails = true;
    values.says_why = says_why;
    values.source.Add(listed_[0]);
    ArrowArrayStream given = values.Stream();
    Owned<ArrowArrayStream> verdicts;
    Ok(hashvet_match_arrow_stream(matcher_, HASHVET_KIND_PDQ, &given, nullptr,
                                  &verdicts, error_.place()));
    Owned<ArrowArray> array;
    ASSERT_EQ(verdicts.get_next(&verdicts, &array), 0);
    for (int i = 0; i < 2; ++i) {
      Owned<ArrowArray> none;
      EXPECT_EQ(verdicts.get_next(&verdicts, &none), EIO);
      EXPECT_EQ(none.release, nullptr);
      EXPECT_THAT(verdicts.get_last_error(&verdicts),
                  HasSubstr(says_why ? "failed with 5: the disk went away"
                                     : "failed with 5: it does not say why"));
    }
    EXPECT_EQ(values.asked, 2);
  }

  // What a stream gives is checked as a single array is.
  SourceStream values;
  values.arrays = 2;
  values.source.Add(listed_[0]);
  ArrowArrayStream given = values.Stream();
  given.get_next = [](ArrowArrayStream* self, ArrowArray* out) {
    *out = static_cast<SourceStream*>(self->private_data)->source.Array();
    out->n_buffers = 1;
    return 0;
  };
  Owned<ArrowArrayStream> verdicts;
  Ok(hashvet_match_arrow_stream(matcher_, HASHVET_KIND_PDQ, &given, nullptr,
                                &verdicts, error_.place()));
  Owned<ArrowArray> array;
  EXPECT_EQ(verdicts.get_next(&verdicts, &array), EINVAL);
  EXPECT_THAT(verdicts.get_last_error(&verdicts), HasSubstr("got 1 buffers"));
  EXPECT_EQ(values.source.arrays_released, 1);
}

TEST_F(ArrowTest, AStreamOfOtherValuesIsRefusedAndStaysTheCallers) {
  SourceStream values;
  const auto refuses = [&](ArrowArrayStream* given, const std::string& message,
                           uint32_t kind = HASHVET_KIND_PDQ) {
    Owned<ArrowArrayStream> verdicts;
    EXPECT_NE(hashvet_match_arrow_stream(matcher_, kind, given, nullptr,
                                         &verdicts, error_.place()),
              HASHVET_OK);
    EXPECT_THAT(error_.message(), HasSubstr(message));
    EXPECT_EQ(verdicts.release, nullptr);
  };
  ArrowArrayStream given = values.Stream();
  refuses(&given, "got format w:32, want w:16", HASHVET_KIND_MD5);
  EXPECT_EQ(values.source.schemas_released, 1);
  values.schema_fails = true;
  refuses(&given, "the disk went away");
  EXPECT_NE(given.release, nullptr);
  // In its own place it would be lost, and never released.
  EXPECT_EQ(hashvet_match_arrow_stream(matcher_, HASHVET_KIND_PDQ, &given,
                                       nullptr, &given, error_.place()),
            HASHVET_INVALID_ARGUMENT);
  EXPECT_THAT(error_.message(), HasSubstr("the values' own struct"));
  EXPECT_NE(given.release, nullptr);
  EXPECT_EQ(values.released, 0);
  given.release(&given);
  refuses(&given, "the stream was released");
  refuses(nullptr, "Arrow values: got NULL");
  EXPECT_EQ(values.asked, 0);
}

}  // namespace
}  // namespace hashvet::testing
