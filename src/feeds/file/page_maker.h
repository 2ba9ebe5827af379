// Entries that come one by one, into pages of a size that a transaction takes.

#ifndef HASHVET_SRC_FEEDS_FILE_PAGE_MAKER_H_
#define HASHVET_SRC_FEEDS_FILE_PAGE_MAKER_H_

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_client.h"

namespace hashvet {

class PageMaker {
 public:
  using Sink = absl::FunctionRef<absl::Status(FeedPage)>;

  // `sink` must outlive it.
  explicit PageMaker(Sink sink) : sink_(sink) { page_.unite = true; }

  absl::Status Add(EntryUpdate update) {
    if (update.updated_at.has_value()) {
      page_.newest_at =
          std::max(page_.newest_at.value_or(0), *update.updated_at);
    }
    page_.updates.Add(std::move(update));
    return FlushIfFull();
  }
  // A record that is no entry.
  absl::Status AddMalformed(std::string_view where, uint64_t record,
                            std::string_view text, std::string_view reason) {
    page_.malformed_lines.push_back(
        {.where = absl::StrCat(ToAbsl(where), ":", record),
         .text = std::string(text.substr(0, kMaxTextBytes)),
         .reason = std::string(reason)});
    return FlushIfFull();
  }
  void Drift(const std::string& path) { ++page_.drift[path]; }
  void Carried(const std::string& kind) { ++page_.carried[kind]; }

  // The last page.
  absl::Status Finish(const std::string& checkpoint) {
    page_.complete = true;
    page_.checkpoint = checkpoint;
    return sink_(std::move(page_));
  }

 private:
  static constexpr size_t kMaxEntries = 20'000;
  static constexpr size_t kMaxMalformed = 1'000;

  absl::Status FlushIfFull() {
    if (page_.updates.size() < kMaxEntries &&
        page_.malformed_lines.size() < kMaxMalformed) {
      return absl::OkStatus();
    }
    const absl::Status status = sink_(std::move(page_));
    page_ = FeedPage();
    page_.unite = true;
    return status;
  }

  Sink sink_;
  FeedPage page_;
};

}  // namespace hashvet

#endif  // HASHVET_SRC_FEEDS_FILE_PAGE_MAKER_H_
