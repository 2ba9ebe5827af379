// Where the library's few words go: to the caller's sink, and nowhere by
// default. One of the two process-wide states of the library.
//
// A line never contains a hash, a credential or picture bytes.

#ifndef HASHVET_BASE_LOG_H_
#define HASHVET_BASE_LOG_H_

#include <functional>
#include <string_view>

#include "hashvet/base/export.h"

namespace hashvet {

enum class LogLevel { kInfo, kWarning, kError };

// Called from any thread, one call at a time; must not log itself.
using LogSink = std::function<void(LogLevel level, std::string_view line)>;

// Replaces the sink; an empty one silences. Thread-safe.
HASHVET_EXPORT void SetLogSink(LogSink sink);

HASHVET_EXPORT void Log(LogLevel level, std::string_view line);

}  // namespace hashvet

#endif  // HASHVET_BASE_LOG_H_
