#include "hashvet/matcher/verdict.h"

#include "hashvet/base/dcheck.h"

namespace hashvet {

std::string_view NameOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kMatch:
      return "match";
    case Outcome::kNoMatch:
      return "no_match";
    case Outcome::kLowQuality:
      return "low_quality";
    case Outcome::kNotSampled:
      return "not_sampled";
    case Outcome::kUndecodable:
      return "undecodable";
    case Outcome::kUnsupported:
      return "unsupported";
    case Outcome::kOverLimit:
      return "over_limit";
    case Outcome::kTimeout:
      return "timeout";
    case Outcome::kDecoderFailed:
      return "decoder_failed";
    case Outcome::kOverloaded:
      return "overloaded";
    case Outcome::kUnreadable:
      return "unreadable";
    case Outcome::kListUnavailable:
      return "list_unavailable";
  }
  return "list_unavailable";
}

Outcome FromHashOutcome(HashOutcome outcome) {
  switch (outcome) {
    case HashOutcome::kUndecodable:
      return Outcome::kUndecodable;
    case HashOutcome::kUnsupported:
      return Outcome::kUnsupported;
    case HashOutcome::kOverLimit:
      return Outcome::kOverLimit;
    case HashOutcome::kTimeout:
      return Outcome::kTimeout;
    case HashOutcome::kDecoderFailed:
      return Outcome::kDecoderFailed;
    case HashOutcome::kOverloaded:
      return Outcome::kOverloaded;
    case HashOutcome::kUnreadable:
      return Outcome::kUnreadable;
    case HashOutcome::kHashed:
      break;
  }
  // A hash that was not looked up must not read as an answer.
  HASHVET_DCHECK(false);
  return Outcome::kDecoderFailed;
}

}  // namespace hashvet
