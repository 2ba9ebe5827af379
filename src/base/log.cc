#include "hashvet/base/log.h"

#include <memory>
#include <mutex>
#include <utility>

namespace hashvet {
namespace {

struct Sink {
  std::mutex mutex;  // also keeps lines whole: one call at a time
  LogSink function;
};

// Never destroyed, so that logging from other destructors is safe.
Sink& TheSink() {
  static Sink& sink = *new Sink;
  return sink;
}

}  // namespace

void SetLogSink(LogSink sink) {
  Sink& the_sink = TheSink();
  std::lock_guard lock(the_sink.mutex);
  the_sink.function = std::move(sink);
}

void Log(LogLevel level, std::string_view line) {
  Sink& the_sink = TheSink();
  std::lock_guard lock(the_sink.mutex);
  if (the_sink.function) the_sink.function(level, line);
}

}  // namespace hashvet
