// Large fingerprints, which come by reference and nothing here compares: each a
// file of a directory, for whoever does. Their URLs are not kept.
//
//   <entry's key, escaped>.<type>   "42-image-a7.tmk-pdqf"

#ifndef HASHVET_SRC_FEEDS_NCMEC_LARGE_FILES_H_
#define HASHVET_SRC_FEEDS_NCMEC_LARGE_FILES_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/feeds/xml_reader.h"

namespace hashvet::ncmec {

// Not thread-safe.
class LargeFiles {
 public:
  // Errors: NotFound; PermissionDenied where others may read or write there;
  // InvalidArgument where it is no directory.
  static absl::StatusOr<LargeFiles> Open(std::string directory);

  // Whether it was written for an entry as of that time.
  bool Has(std::string_view key, std::string_view type, uint64_t at) const;
  // Errors: those of `source`, after which nothing is there that was not
  // before; of files.
  absl::Status Write(std::string_view key, std::string_view type, uint64_t at,
                     ByteSource source) const;
  // Of one entry, all types. Errors: of files; none where there is none.
  absl::Status Remove(std::string_view key) const;

 private:
  explicit LargeFiles(std::string directory)
      : directory_(std::move(directory)) {}
  std::string PathOf(std::string_view key, std::string_view type) const;

  std::string directory_;
};

}  // namespace hashvet::ncmec

#endif  // HASHVET_SRC_FEEDS_NCMEC_LARGE_FILES_H_
