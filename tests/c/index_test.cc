// An index of the caller's own values: that it finds all within a distance and
// nothing else however they were added, and that mistakes are answered.

#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/c/hashvet.h"
#include "tests/c/c_error.h"

namespace hashvet::testing {
namespace {

using ::testing::HasSubstr;

using Bytes = std::vector<uint8_t>;
using Hit = std::tuple<size_t, size_t, uint32_t>;  // query, number, distance

class IndexTest : public ::testing::Test {
 protected:
  ~IndexTest() override { hashvet_index_free(index_); }

  void Make(uint32_t kind) {
    Ok(hashvet_index_create(kind, &index_, error_.place()));
    size_ = hashvet_kind_size(kind);
  }
  void Ok(int code) {
    EXPECT_EQ(code, HASHVET_OK) << error_.message();
    EXPECT_FALSE(error_.set());
  }
  void Fails(int code, const std::string& message) {
    EXPECT_EQ(code, HASHVET_INVALID_ARGUMENT);
    EXPECT_THAT(error_.message(), HasSubstr(message));
  }
  // Values near one of a few centres, so that there is much to find.
  Bytes Value() {
    std::mt19937_64 centre(random_() % 5);
    Bytes value;
    for (size_t i = 0; i < size_; ++i) {
      value.push_back(static_cast<uint8_t>(centre()));
    }
    for (uint64_t flips = random_() % 40; flips > 0; --flips) {
      const uint64_t bit = random_() % (8 * size_);
      value[bit / 8] ^= static_cast<uint8_t>(1u << (bit % 8));
    }
    return value;
  }
  void Add(size_t count) {
    Bytes added;
    for (size_t i = 0; i < count; ++i) {
      // One in ten is there already.
      const Bytes value = !all_.empty() && random_() % 10 == 0
                              ? all_[random_() % all_.size()]
                              : Value();
      all_.push_back(value);
      added.insert(added.end(), value.begin(), value.end());
    }
    Ok(hashvet_index_add(index_, added.data(), added.size(), count,
                         error_.place()));
    EXPECT_EQ(hashvet_index_count(index_), all_.size());
  }
  static uint32_t Distance(const Bytes& a, const Bytes& b) {
    uint32_t sum = 0;
    for (size_t i = 0; i < a.size(); ++i) {
      sum += static_cast<uint32_t>(__builtin_popcount(a[i] ^ b[i]));
    }
    return sum;
  }
  std::vector<Hit> Search(const std::vector<Bytes>& queries, uint32_t within) {
    Bytes asked;
    for (const Bytes& query : queries) {
      asked.insert(asked.end(), query.begin(), query.end());
    }
    std::vector<Hit> hits;
    Ok(hashvet_index_search(
        index_, asked.data(), asked.size(), queries.size(), within,
        [](void* to, size_t query, size_t number, uint32_t distance) {
          static_cast<std::vector<Hit>*>(to)->emplace_back(query, number,
                                                           distance);
        },
        &hits, error_.place()));
    return hits;
  }
  // Compares with looking at all of them.
  void Check(size_t queries, uint32_t within) {
    std::vector<Bytes> asked;
    std::vector<Hit> want;
    for (size_t q = 0; q < queries; ++q) {
      asked.push_back(q % 2 == 0 ? Value() : all_[random_() % all_.size()]);
      for (size_t i = 0; i < all_.size(); ++i) {
        const uint32_t distance = Distance(asked[q], all_[i]);
        if (distance <= within) want.emplace_back(q, i, distance);
      }
    }
    EXPECT_FALSE(want.empty());
    EXPECT_EQ(Search(asked, within), want) << within;
  }

  hashvet_index* index_ = nullptr;
  size_t size_ = 0;
  std::vector<Bytes> all_;
  std::mt19937_64 random_{17};
  Error error_;
};

TEST_F(IndexTest, FindsAllHoweverTheyWereAdded) {
  Make(HASHVET_KIND_PDQ);
  EXPECT_TRUE(Search({Bytes(32)}, 256).empty());
  // Loose ones, then tables, then both, then tables again.
  for (const size_t count : {1u, 30u, 5000u, 1u, 700u, 4000u, 0u, 1u}) {
    Add(count);
    for (const uint32_t within : {0u, 31u, 60u}) Check(6, within);
  }
  Check(2, 256);
  EXPECT_TRUE(Search({}, 31).empty());
  Bytes value(32);
  for (const size_t number : {size_t{0}, size_t{4999}, all_.size() - 1}) {
    Ok(hashvet_index_value(index_, number, value.data(), 32, error_.place()));
    EXPECT_EQ(value, all_[number]);
  }
}

TEST_F(IndexTest, OtherWidthsToo) {
  for (const char* kind : {"phash64-imagehash", "blockmean968-opencv"}) {
    uint32_t number = 0;
    Ok(hashvet_kind_from_name(kind, &number, error_.place()));
    hashvet_index_free(index_);
    all_.clear();
    Make(number);
    Add(6000);
    Add(5);
    Check(6, 7);
    Bytes value(size_);
    Ok(hashvet_index_value(index_, 5999, value.data(), size_, error_.place()));
    EXPECT_EQ(value, all_[5999]);
  }
}

TEST_F(IndexTest, MistakesAreAnswered) {
  Fails(hashvet_index_create(HASHVET_KIND_MD5, &index_, error_.place()),
        "md5, which is not compared by bits");
  EXPECT_EQ(index_, nullptr);
  Fails(hashvet_index_create(999, &index_, error_.place()), "999");
  Fails(hashvet_index_create(HASHVET_KIND_PDQ, nullptr, error_.place()),
        "index: got NULL");
  Make(HASHVET_KIND_PDQ);
  Add(3);
  const Bytes some(96);
  const auto add = [&](const uint8_t* values, size_t size, size_t count) {
    return hashvet_index_add(index_, values, size, count, error_.place());
  };
  Fails(add(some.data(), 95, 3), "got 95 bytes, want 3 values of 32 bytes");
  Fails(add(some.data(), 96, 2), "got 96 bytes, want 2 values");
  Fails(add(some.data(), 96, SIZE_MAX / 16), "got 96 bytes");
  Fails(add(nullptr, 96, 3), "values: got NULL");
  EXPECT_EQ(hashvet_index_count(index_), 3u);

  const auto hit = [](void*, size_t, size_t, uint32_t) { FAIL(); };
  const auto search = [&](const hashvet_index* in, size_t size, uint32_t within,
                          hashvet_hit_callback callback) {
    return hashvet_index_search(in, some.data(), size, 1, within, callback,
                                nullptr, error_.place());
  };
  Fails(search(index_, 31, 31, hit), "got 31 bytes");
  Fails(search(index_, 32, 257, hit), "257");
  Fails(search(index_, 32, 31, nullptr), "callback: got NULL");
  Fails(search(nullptr, 32, 31, hit), "index: got NULL");
  Bytes value(32);
  Fails(hashvet_index_value(index_, 3, value.data(), 32, error_.place()),
        "got number 3, there are 3");
  Fails(hashvet_index_value(index_, 0, value.data(), 31, error_.place()),
        "got room for 31 bytes, want 32");
  EXPECT_EQ(hashvet_index_count(nullptr), 0u);
  hashvet_index_free(nullptr);
  hashvet_picture* picture = nullptr;
  Ok(hashvet_hash_bytes("x", 1, nullptr, &picture, error_.place()));
  Fails(search(reinterpret_cast<hashvet_index*>(picture), 32, 31, hit),
        "another type's handle");
  hashvet_picture_free(picture);
}

}  // namespace
}  // namespace hashvet::testing
