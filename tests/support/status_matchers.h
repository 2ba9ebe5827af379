// GoogleTest for absl::Status and absl::StatusOr (Debian 12's Abseil has no
// status_matchers).
//
//   EXPECT_OK(status);
//   ASSERT_OK_AND_ASSIGN(auto value, MakeValue());
//   EXPECT_THAT(status, StatusIs(absl::StatusCode::kDataLoss,
//                                HasSubstr("section 3")));

#ifndef HASHVET_TESTS_SUPPORT_STATUS_MATCHERS_H_
#define HASHVET_TESTS_SUPPORT_STATUS_MATCHERS_H_

#include <ostream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hashvet::testing {

inline const absl::Status& StatusOf(const absl::Status& status) {
  return status;
}
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& status_or) {
  return status_or.status();
}

MATCHER(IsOk, negation ? "is not OK" : "is OK") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).ok();
}

MATCHER_P2(StatusIs, code, message_matcher,
           "has code " + absl::StatusCodeToString(code) +
               " and a matching message") {
  const absl::Status& status = StatusOf(arg);
  *result_listener << status.ToString();
  return status.code() == code &&
         ::testing::Matches(message_matcher)(std::string(status.message()));
}

}  // namespace hashvet::testing

#define EXPECT_OK(expr) EXPECT_THAT(expr, ::hashvet::testing::IsOk())
#define ASSERT_OK(expr) ASSERT_THAT(expr, ::hashvet::testing::IsOk())
#define ASSERT_OK_AND_ASSIGN(lhs, expr) \
  ASSERT_OK_AND_ASSIGN_1_(ASSERT_OK_CONCAT_(test_or_, __LINE__), lhs, expr)
#define ASSERT_OK_AND_ASSIGN_1_(tmp, lhs, expr) \
  auto tmp = (expr);                            \
  ASSERT_OK(tmp);                               \
  lhs = *std::move(tmp)
#define ASSERT_OK_CONCAT_(a, b) ASSERT_OK_CONCAT_1_(a, b)
#define ASSERT_OK_CONCAT_1_(a, b) a##b

#endif  // HASHVET_TESTS_SUPPORT_STATUS_MATCHERS_H_
