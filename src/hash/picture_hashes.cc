#include "hashvet/hash/picture_hashes.h"

namespace hashvet {

std::string_view NameOf(HashOutcome outcome) {
  switch (outcome) {
    case HashOutcome::kHashed:
      return "hashed";
    case HashOutcome::kUndecodable:
      return "undecodable";
    case HashOutcome::kUnsupported:
      return "unsupported";
    case HashOutcome::kOverLimit:
      return "over_limit";
    case HashOutcome::kTimeout:
      return "timeout";
    case HashOutcome::kDecoderFailed:
      return "decoder_failed";
    case HashOutcome::kOverloaded:
      return "overloaded";
    case HashOutcome::kUnreadable:
      return "unreadable";
  }
  return "decoder_failed";  // no such outcome: never good news
}

}  // namespace hashvet
