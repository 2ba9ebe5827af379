// What a feed's configuration says of the form of its file.

#ifndef HASHVET_SRC_FEEDS_FILE_FORMAT_OPTIONS_H_
#define HASHVET_SRC_FEEDS_FILE_FORMAT_OPTIONS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/feeds/feed_config.h"
#include "src/feeds/file/formats.h"

namespace hashvet {

struct FormatOptions {
  std::string format = "text";
  HashKind kind = HashKind::kPdq;
  std::string scheme;
  VicsOptions vics;
  FieldMapping mapping;
  // Another text where anything of it is another.
  std::string identity;
};

// Reads the mapping too. Errors: InvalidArgument, naming the option.
absl::StatusOr<FormatOptions> FormatOf(const FeedConfig& config);

absl::Status ReadInFormat(const FormatOptions& options, ByteSource source,
                          std::string_view name, PageMaker& pages);

}  // namespace hashvet

#endif  // HASHVET_SRC_FEEDS_FILE_FORMAT_OPTIONS_H_
