// Any bytes as the record of a decoder that was taken over: nothing crashes,
// and what is taken is an answer in every way that can be checked. Half of the
// inputs are laid over a good record, so that they come past the first checks.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "src/sandbox/record.h"

namespace {

constexpr uint64_t kMaxPixels = 1'000'000;

void Check(bool holds) {
  if (!holds) std::abort();
}

// PDQ alone, or everything that a request may ask for.
hashvet::HashRequest Request(bool everything) {
  hashvet::HashRequest request;
  request.max_pixels = kMaxPixels;
  if (everything) {
    request.more_variants = {hashvet::PdqVariant::kNn512,
                             hashvet::PdqVariant::kTrimmed};
    request.kinds = {hashvet::HashKind::kPhash64ImageHash,
                     hashvet::HashKind::kBlockMean968OpenCv};
  }
  return request;
}

hashvet::Record GoodRecord(const hashvet::HashRequest& request) {
  hashvet::PictureHashes picture;
  picture.outcome = hashvet::HashOutcome::kHashed;
  picture.width = picture.height = 100;
  for (const hashvet::PdqVariant variant : request.more_variants) {
    picture.more_pdq.push_back({.variant = variant});
  }
  if (!request.more_variants.empty()) {
    picture.more_pdq.push_back({.over_black = true});
    picture.more_pdq.push_back({.frame = 3});
  }
  for (const hashvet::HashKind kind : request.kinds) {
    const std::vector<uint8_t> zeros(hashvet::InfoOf(kind).size_bytes);
    picture.others.push_back(
        {kind,
         std::vector(hashvet::kOrientations,
                     *hashvet::HashValue::FromBytes(kind, zeros)),
         absl::OkStatus()});
  }
  return hashvet::ToRecord(picture);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size == 0) return 0;
  const bool laid_over = bytes[0] % 2 == 0;
  const hashvet::HashRequest request = Request(bytes[0] / 2 % 2 == 1);
  std::vector<std::byte> record(sizeof(hashvet::Record));
  if (laid_over) {
    // Triples: a place, as 16 bits, and the byte that goes there.
    const hashvet::Record good = GoodRecord(request);
    std::memcpy(record.data(), &good, sizeof(good));
    for (size_t i = 1; i + 3 <= size; i += 3) {
      const size_t place = bytes[i] | bytes[i + 1] << 8;
      record[place % record.size()] = std::byte{bytes[i + 2]};
    }
  } else {
    record.assign(reinterpret_cast<const std::byte*>(bytes) + 1,
                  reinterpret_cast<const std::byte*>(bytes) + size);
  }
  const auto read = hashvet::FromRecord(record, request);
  if (!read.ok()) {
    Check(!read.status().message().empty());
    return 0;
  }
  Check(read->status.ok() == (read->outcome == hashvet::HashOutcome::kHashed));
  Check(uint64_t{read->width} * read->height <= kMaxPixels);
  Check(read->pdq.quality >= 0 && read->pdq.quality <= 100);
  // Whatever is taken says all there is: made again, it is the same bytes.
  const hashvet::Record again = hashvet::ToRecord(*read);
  Check(std::memcmp(&again, record.data(), sizeof(again)) == 0);
  return 0;
}
