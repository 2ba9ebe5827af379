// A verdict is not a bool: "not a match" is not "no match".
#include "hashvet/matcher/verdict.h"

bool Use(const hashvet::Verdict& verdict) {
#ifdef MISUSE
  return verdict.outcome;
#else
  return verdict.outcome == hashvet::Outcome::kNoMatch;
#endif
}
