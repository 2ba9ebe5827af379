// Batches by the Arrow C data interface: one array, or a stream of them.

#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "hashvet/hash/hash_value.h"
#include "src/c/arrow_values.h"
#include "src/c/arrow_verdicts.h"
#include "src/c/guard.h"
#include "src/c/matcher.h"
#include "src/c/values.h"

namespace hashvet::c {
namespace {

// What lies there would be lost before it is read.
absl::Status SamePlace() {
  return absl::InvalidArgumentError(
      "verdicts: got the values' own struct, want another");
}

// The verdict of a value that is not there. No list is asked about it.
Verdict NullVerdict(const Matcher& matcher, const MatchOptions& options) {
  PictureHashes unreadable;
  unreadable.outcome = HashOutcome::kUnreadable;
  unreadable.status = absl::InvalidArgumentError("value: got null");
  return matcher.MatchPicture(unreadable, options);
}

// The answers with those of the nulls among them.
ArrayVerdicts WithNulls(const ArrowValues& values, ArrayVerdicts answers,
                        absl::FunctionRef<Verdict()> of_null) {
  ArrayVerdicts all;
  size_t next = 0;  // among the answers
  for (size_t i = 0; i < values.size(); ++i) {
    if (values.at(i) == nullptr) {
      all.verdicts.push_back(of_null());
    } else if (next < answers.rows.size() && answers.rows[next] == i) {
      all.verdicts.push_back(std::move(answers.verdicts[next++]));
    } else {
      continue;  // left out
    }
    all.rows.push_back(i);
  }
  return all;
}

absl::StatusOr<ArrayVerdicts> MatchArray(const Matcher& matcher, HashKind kind,
                                         const ArrowArray* array,
                                         const MatchRequest& request) {
  HASHVET_ASSIGN_OR_RETURN(const ArrowValues values,
                           ArrowValues::Create(kind, array));
  const MatchOptions options = request.Begin();
  const size_t value_size = InfoOf(kind).size_bytes;
  std::vector<HashValue> queries;
  std::vector<size_t> rows;  // of the queries
  queries.reserve(values.size());
  rows.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const uint8_t* bytes = values.at(i);
    if (bytes == nullptr) continue;
    HASHVET_ASSIGN_OR_RETURN(
        HashValue value,
        HashValue::FromBytes(kind, std::span(bytes, value_size)));
    queries.push_back(std::move(value));
    rows.push_back(i);
  }

  ArrayVerdicts answers;
  std::string snapshot;
  uint64_t generation = 0;
  if (request.skip_no_match) {
    Findings findings = matcher.FindValues(queries, options);
    for (NumberedVerdict& each : findings.verdicts) {
      answers.rows.push_back(rows[each.item]);
      answers.verdicts.push_back(std::move(each.verdict));
    }
    snapshot = std::move(findings.snapshot);
    generation = findings.generation;
  } else {
    answers = {matcher.MatchValues(queries, options), std::move(rows)};
    if (!queries.empty()) {
      snapshot = answers.verdicts[0].snapshot;
      generation = answers.verdicts[0].generation;
    }
  }
  if (queries.size() == values.size()) return answers;
  return WithNulls(values, std::move(answers), [&] {
    Verdict verdict = NullVerdict(matcher, options);
    if (!queries.empty()) {
      // Of the batch's generation: another may have come meanwhile.
      verdict.snapshot = snapshot;
      verdict.generation = generation;
    }
    return verdict;
  });
}

// ---- Streams

struct VerdictStream {
  VerdictStream(std::shared_ptr<Opened> with, HashKind of, MatchRequest asked)
      : opened(std::move(with)), kind(of), request(std::move(asked)) {}
  VerdictStream(const VerdictStream&) = delete;
  VerdictStream& operator=(const VerdictStream&) = delete;
  ~VerdictStream() {
    if (values.release != nullptr) values.release(&values);
  }

  const std::shared_ptr<Opened> opened;
  const HashKind kind;
  const MatchRequest request;
  ArrowArrayStream values = {};
  int64_t rows = 0;  // of the arrays so far
  bool ended = false;
  int failed = 0;  // an errno value, once and for all
  std::string message;
};

VerdictStream& StreamOf(ArrowArrayStream* stream) {
  return *static_cast<VerdictStream*>(stream->private_data);
}

int ErrnoOf(int code) {
  switch (code) {
    case HASHVET_INVALID_ARGUMENT:
      return EINVAL;
    case HASHVET_RESOURCE_EXHAUSTED:
      return ENOMEM;
    default:
      return EIO;
  }
}

// body: absl::Status(). Its failure is the stream's.
template <typename Body>
int GuardStream(VerdictStream& stream, Body body) {
  hashvet_error* error = nullptr;
  const int code = Guard(&error, body);
  if (code == HASHVET_OK) return 0;
  stream.failed = ErrnoOf(code);
  try {
    stream.message = hashvet_error_message(error);
  } catch (const std::bad_alloc&) {
    stream.message.clear();
  }
  hashvet_error_free(error);
  return stream.failed;
}

absl::Status TheirFailure(ArrowArrayStream& values, int code) {
  const char* why = values.get_last_error(&values);
  return absl::InternalError(
      absl::StrCat("Arrow values: the stream failed with ", code, ": ",
                   why == nullptr ? "it does not say why" : why));
}

int GetSchema(ArrowArrayStream* self, ArrowSchema* out) {
  VerdictStream& stream = StreamOf(self);
  return GuardStream(stream, [&] {
    ExportVerdictSchema(out);
    return absl::OkStatus();
  });
}

int GetNext(ArrowArrayStream* self, ArrowArray* out) {
  VerdictStream& stream = StreamOf(self);
  *out = {};
  if (stream.failed != 0) return stream.failed;
  if (stream.ended) return 0;
  return GuardStream(stream, [&]() -> absl::Status {
    struct Array : ArrowArray {
      Array() : ArrowArray{} {}
      ~Array() {
        if (release != nullptr) release(this);
      }
    } array;
    const int code = stream.values.get_next(&stream.values, &array);
    if (code != 0) return TheirFailure(stream.values, code);
    if (array.release == nullptr) {
      stream.ended = true;
      return absl::OkStatus();
    }
    HASHVET_ASSIGN_OR_RETURN(const ArrayVerdicts verdicts,
                             MatchArray(*stream.opened->matcher, stream.kind,
                                        &array, stream.request));
    HASHVET_RETURN_IF_ERROR(ExportVerdicts(verdicts, stream.rows, out));
    stream.rows += array.length;
    return absl::OkStatus();
  });
}

const char* GetLastError(ArrowArrayStream* self) {
  const VerdictStream& stream = StreamOf(self);
  return stream.failed == 0 ? nullptr : stream.message.c_str();
}

void ReleaseStream(ArrowArrayStream* self) {
  delete &StreamOf(self);
  self->release = nullptr;
}

absl::Status CheckStream(HashKind kind, ArrowArrayStream* values) {
  if (values == nullptr) return Null("Arrow values");
  if (values->release == nullptr) {
    return absl::InvalidArgumentError("Arrow values: the stream was released");
  }
  struct Schema : ArrowSchema {
    Schema() : ArrowSchema{} {}
    ~Schema() {
      if (release != nullptr) release(this);
    }
  } schema;
  const int code = values->get_schema(values, &schema);
  if (code != 0) return TheirFailure(*values, code);
  return CheckArrowSchema(kind, &schema);
}

}  // namespace
}  // namespace hashvet::c

using namespace hashvet;     // NOLINT: all of it is this interface
using namespace hashvet::c;  // NOLINT

int hashvet_arrow_schema(ArrowSchema* verdicts, hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    if (verdicts == nullptr) return Null("Arrow schema");
    *verdicts = {};
    ExportVerdictSchema(verdicts);
    return absl::OkStatus();
  });
}

int hashvet_match_arrow(const hashvet_matcher* matcher, uint32_t kind,
                        const ArrowSchema* schema, const ArrowArray* values,
                        const hashvet_match_options* options,
                        ArrowArray* verdicts, hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    if (verdicts == nullptr) return Null("verdicts");
    if (verdicts == values) return SamePlace();
    *verdicts = {};
    HASHVET_ASSIGN_OR_RETURN(const Opened* opened, OpenedOf(matcher));
    HASHVET_ASSIGN_OR_RETURN(const HashKind known, KindOf(kind));
    HASHVET_ASSIGN_OR_RETURN(const MatchRequest request,
                             RequestOf(options, *opened));
    HASHVET_RETURN_IF_ERROR(CheckMaxDistance(request.options, known));
    HASHVET_RETURN_IF_ERROR(CheckArrowSchema(known, schema));
    HASHVET_ASSIGN_OR_RETURN(
        const ArrayVerdicts made,
        MatchArray(*opened->matcher, known, values, request));
    return ExportVerdicts(made, 0, verdicts);
  });
}

int hashvet_match_arrow_stream(const hashvet_matcher* matcher, uint32_t kind,
                               ArrowArrayStream* values,
                               const hashvet_match_options* options,
                               ArrowArrayStream* verdicts,
                               hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    if (verdicts == nullptr) return Null("verdicts");
    if (verdicts == values) return SamePlace();
    *verdicts = {};
    HASHVET_RETURN_IF_ERROR(OpenedOf(matcher).status());
    HASHVET_ASSIGN_OR_RETURN(const HashKind known, KindOf(kind));
    HASHVET_ASSIGN_OR_RETURN(MatchRequest request,
                             RequestOf(options, *matcher->opened));
    HASHVET_RETURN_IF_ERROR(CheckMaxDistance(request.options, known));
    HASHVET_RETURN_IF_ERROR(CheckStream(known, values));
    auto stream = std::make_unique<VerdictStream>(matcher->opened, known,
                                                  std::move(request));
    // Moved: nothing can fail from here on.
    stream->values = *values;
    values->release = nullptr;
    verdicts->get_schema = GetSchema;
    verdicts->get_next = GetNext;
    verdicts->get_last_error = GetLastError;
    verdicts->release = ReleaseStream;
    verdicts->private_data = stream.release();
    return absl::OkStatus();
  });
}
