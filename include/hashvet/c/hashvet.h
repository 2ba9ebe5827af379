// hashvet from C, and from every language that calls C.
//
//   hashvet_hash_bytes  ──▶ hashvet_picture ──▶ hashvet_match_pictures ─┐
//                                                                       ▼
//   values you have already ──────────────────▶ hashvet_match_values ─▶
//   verdicts
//
// This is the one interface whose binary form is promised: a program built
// against it runs with every later library of the same HASHVET_C_ABI. Structs
// that may grow begin with struct_size, which the caller sets to sizeof; what
// an older caller does not know of is as if it were 0.
//
// Errors. A function that can fail returns 0 (HASHVET_OK) or one of the codes
// below, and takes a place for an error, which may be NULL. It puts NULL or an
// error there, whatever was there before; the caller frees it. Messages hold no
// hash, no key and no credential. Out parameters are set to NULL, or left as
// they are where they are structs, when a function fails. That a picture cannot
// be hashed, or a list cannot be searched, is no error but an outcome: none of
// them can be read as "no match".
//
// Handles are NULL or a pointer that a function here gave. A handle of another
// type is refused (INVALID_ARGUMENT), and so is a matcher that was closed
// (FAILED_PRECONDITION); pictures, verdicts and errors are freed once and not
// used afterwards. Freeing NULL does nothing.
//
// Threads. A matcher may be used by any number of threads at once; it is closed
// when none does. All else belongs to one thread at a time. No function prints,
// exits or touches signal handlers, and only opening a matcher with `follow` or
// `threads` starts threads.
//
// C11; usable from C++.

#ifndef HASHVET_C_HASHVET_H_
#define HASHVET_C_HASHVET_H_

#include <stddef.h>
#include <stdint.h>

#define HASHVET_C_EXPORT __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

// ---- The library

#define HASHVET_C_ABI 1

// HASHVET_C_ABI of the library; another number is another library.
HASHVET_C_EXPORT uint32_t hashvet_abi(void);
// "0.1.0"
HASHVET_C_EXPORT const char* hashvet_version(void);
// What this build and CPU have, as words: "cpu=avx512 kinds=pdq,md5,…".
HASHVET_C_EXPORT const char* hashvet_features(void);

// Called with text that is valid during the call and not zero-terminated.
typedef void (*hashvet_text_callback)(void* context, const char* text,
                                      size_t size);

// ---- Errors

enum {
  HASHVET_OK = 0,
  HASHVET_CANCELLED = 1,
  HASHVET_UNKNOWN = 2,
  HASHVET_INVALID_ARGUMENT = 3,     // this call can never work
  HASHVET_DEADLINE_EXCEEDED = 4,    //
  HASHVET_NOT_FOUND = 5,            // a file, a directory
  HASHVET_PERMISSION_DENIED = 7,    // modes and owners; refused manifests
  HASHVET_RESOURCE_EXHAUSTED = 8,   // a stated limit, memory, the disk
  HASHVET_FAILED_PRECONDITION = 9,  // closed, another version, no key
  HASHVET_UNIMPLEMENTED = 12,       // not in this build
  HASHVET_INTERNAL = 13,            // a fault of the library
  HASHVET_UNAVAILABLE = 14,         // a module that does not open
  HASHVET_DATA_LOSS = 15            // damaged, or refused
};

typedef struct hashvet_error hashvet_error;

HASHVET_C_EXPORT int hashvet_error_code(const hashvet_error* error);
// What, got, want and where, in one line; valid until the error is freed.
HASHVET_C_EXPORT const char* hashvet_error_message(const hashvet_error* error);
HASHVET_C_EXPORT void hashvet_error_free(hashvet_error* error);

// The process's metrics in the Prometheus text format, in one call.
HASHVET_C_EXPORT int hashvet_metrics(hashvet_text_callback callback,
                                     void* context, hashvet_error** error);

// ---- Kinds of values

enum {  // the numbers of snapshots; more may come
  HASHVET_KIND_PDQ = 1,
  HASHVET_KIND_MD5 = 32,
  HASHVET_KIND_SHA1 = 33,
  HASHVET_KIND_SHA256 = 34,
  HASHVET_KIND_PHOTODNA = 64
};

// By name: "pdq", "sha256" …
HASHVET_C_EXPORT int hashvet_kind_from_name(const char* name, uint32_t* kind,
                                            hashvet_error** error);
// The name, and the bytes of a value; NULL and 0 for a number that is no kind.
HASHVET_C_EXPORT const char* hashvet_kind_name(uint32_t kind);
HASHVET_C_EXPORT size_t hashvet_kind_size(uint32_t kind);

// A value's text (hex) to the bytes that its digits spell, and back: `bytes`
// has hashvet_kind_size(kind) bytes, `text` twice as many and one for the zero.
HASHVET_C_EXPORT int hashvet_value_from_text(uint32_t kind, const char* text,
                                             uint8_t* bytes, size_t size,
                                             hashvet_error** error);
HASHVET_C_EXPORT int hashvet_value_to_text(uint32_t kind, const uint8_t* bytes,
                                           size_t size, char* text,
                                           size_t text_size,
                                           hashvet_error** error);

// How many bits differ. INVALID_ARGUMENT for kinds not compared by bits.
HASHVET_C_EXPORT int hashvet_distance(uint32_t kind, const uint8_t* a,
                                      const uint8_t* b, size_t size,
                                      uint32_t* distance,
                                      hashvet_error** error);

// ---- Pictures

enum { HASHVET_PDQ_FULL = 0, HASHVET_PDQ_NN512 = 1 };

typedef struct hashvet_hash_options {
  size_t struct_size;
  uint32_t pdq_variant;  // HASHVET_PDQ_…
  // width * height, inclusive; 0: 210,000,000 of a JPEG in one scan of Huffman
  // codes, 100,000,000 of everything else.
  uint64_t max_pixels;
  uint64_t max_input_bytes;  // inclusive; 0: 64 MiB
  // Not 0: the picture is decoded inside this process, by C code that whoever
  // made it feeds. For pictures that are trusted.
  uint32_t in_process;
  // Besides PDQ, which every picture is hashed under. NULL: MD5, SHA-1 and
  // SHA-256 of a file's bytes. Else these and no others, and none where
  // kind_count is 0: hashvet_matcher_kinds says which some lists want. A list
  // of a kind that a picture was not hashed under is not searched for it, and
  // unless something else matches the outcome is HASHVET_LIST_UNAVAILABLE.
  const uint32_t* kinds;
  size_t kind_count;
  // Not 0: lists are not asked about the picture without its plain bars and
  // margins, too.
  uint32_t no_trim;
} hashvet_hash_options;

#define HASHVET_HASH_OPTIONS_INIT \
  { sizeof(hashvet_hash_options), 0, 0, 0, 0, NULL, 0, 0 }

typedef struct hashvet_decoder_options {
  size_t struct_size;
  // NULL: what the environment variable HASHVET_DECODER names, or
  // hashvet-decoder beside this library or in libexec/hashvet/ of its prefix.
  const char* program;
  uint32_t max_active;   // pictures at once; 0: one for each processor
  uint32_t max_waiting;  // for their turn; 0: 256
  uint32_t deadline_ms;  // of one picture; 0: 5000
  // Not 0: FAILED_PRECONDITION where the kernel lacks Landlock or seccomp.
  // Otherwise it works without what is missing, and hashvet_metrics says so.
  uint32_t require_confinement;
} hashvet_decoder_options;

#define HASHVET_DECODER_OPTIONS_INIT \
  { sizeof(hashvet_decoder_options), NULL, 0, 0, 0, 0 }

// Starts the decoder of this process now, with these settings; best before
// lists and keys are opened. `options` may be NULL. NOT_FOUND where there is no
// program, UNAVAILABLE where it does not start, FAILED_PRECONDITION where it is
// of another version or was started before. A process that forks has its own:
// the child's first picture starts it. No thread is started, no SIGCHLD comes
// of it, and no wait for children sees it.
HASHVET_C_EXPORT int hashvet_decoder_start(
    const hashvet_decoder_options* options, hashvet_error** error);

// A picture that was hashed, or why it was not.
typedef struct hashvet_picture hashvet_picture;

// Picture files are decoded by the program hashvet-decoder, each in a process
// of its own that is without files, network and any memory of this one. The
// first picture starts it, where hashvet_decoder_start did not; when that fails
// the code is hashvet_decoder_start's. A picture that breaks its decoder is
// HASHVET_HASH_DECODER_FAILED, one for which there is no room
// HASHVET_HASH_OVERLOADED. Any number of threads at once.
//
// `options` may be NULL. `bytes` is a whole picture file.
HASHVET_C_EXPORT int hashvet_hash_bytes(const void* bytes, size_t size,
                                        const hashvet_hash_options* options,
                                        hashvet_picture** picture,
                                        hashvet_error** error);
HASHVET_C_EXPORT int hashvet_hash_file(const char* path,
                                       const hashvet_hash_options* options,
                                       hashvet_picture** picture,
                                       hashvet_error** error);
// From where the descriptor stands to the end; it stays open.
HASHVET_C_EXPORT int hashvet_hash_fd(int descriptor,
                                     const hashvet_hash_options* options,
                                     hashvet_picture** picture,
                                     hashvet_error** error);

enum {
  HASHVET_PIXELS_GREY8 = 0,   // 1 byte: luma, 0 (black) .. 255 (white)
  HASHVET_PIXELS_RGB8 = 1,    // 3 bytes
  HASHVET_PIXELS_BGR8 = 2,    // 3 bytes
  HASHVET_PIXELS_LUMA32 = 3,  // 1 float: luma, 0 .. 255
  HASHVET_PIXELS_RGBA8 = 4    // 4 bytes, colours not multiplied by alpha
};

// Pixels that were decoded elsewhere: `height` rows of `width` pixels, each
// `stride` bytes after the one before. What is transparent is shown over white,
// and over black where that looks another, as in a picture file. Pixels have no
// digest: where a list carries some, and nothing else matches, the outcome is
// HASHVET_LIST_UNAVAILABLE; match a digest that you have by itself.
HASHVET_C_EXPORT int hashvet_hash_pixels(const void* pixels, uint32_t width,
                                         uint32_t height, size_t stride,
                                         uint32_t format,
                                         const hashvet_hash_options* options,
                                         hashvet_picture** picture,
                                         hashvet_error** error);

enum {  // hashvet_picture_info.outcome; more may come
  HASHVET_HASHED = 0,
  HASHVET_HASH_UNDECODABLE = 1,
  HASHVET_HASH_UNSUPPORTED = 2,
  HASHVET_HASH_OVER_LIMIT = 3,
  HASHVET_HASH_TIMEOUT = 4,
  HASHVET_HASH_DECODER_FAILED = 5,
  HASHVET_HASH_OVERLOADED = 6,
  HASHVET_HASH_UNREADABLE = 7
};

enum {  // hashvet_picture_info.flags, added up; more may come
  HASHVET_FLAG_TRUNCATED = 1,
  HASHVET_FLAG_TYPE_MISMATCH = 2,
  HASHVET_FLAG_ORIENTATION_APPLIED = 4,
  HASHVET_FLAG_ALPHA_FLATTENED = 8,
  HASHVET_FLAG_ALPHA_DUAL = 16,     /* asked over white and over black */
  HASHVET_FLAG_FRAMES_SKIPPED = 32, /* an animation, in part */
  HASHVET_FLAG_SCAN_CAPPED = 64     /* a JPEG of too many scans, in part */
};

typedef struct hashvet_picture_info {
  size_t struct_size;
  uint32_t outcome;
  uint32_t width;  // as shown; 0 when not known
  uint32_t height;
  uint32_t flags;
  int32_t quality;      // 0 .. 100; 0 where there is no hash
  const char* message;  // why there is no hash; "" where there is
} hashvet_picture_info;

// What `message` points to is valid until the picture is freed.
HASHVET_C_EXPORT int hashvet_picture_describe(const hashvet_picture* picture,
                                              hashvet_picture_info* info,
                                              hashvet_error** error);

// One hash. `orientation` is 0 (as shown) .. 7, of a digest 0; `bytes` has
// hashvet_kind_size(kind) bytes. FAILED_PRECONDITION where the picture has no
// hash, or none of that kind. Bytes that are no picture have digests.
HASHVET_C_EXPORT int hashvet_picture_hash(const hashvet_picture* picture,
                                          uint32_t kind, uint32_t orientation,
                                          uint8_t* bytes, size_t size,
                                          hashvet_error** error);
HASHVET_C_EXPORT void hashvet_picture_free(hashvet_picture* picture);

// ---- Lists

typedef struct hashvet_matcher hashvet_matcher;

typedef struct hashvet_matcher_options {
  size_t struct_size;
  // Snapshot files, and directories in which lists are published. At least one
  // of them.
  const char* const* snapshots;
  size_t snapshot_count;
  const char* const* directories;
  size_t directory_count;
  // All of these may be NULL.
  const char* policy_file;     // replaces what lists say of themselves
  const char* trusted_keys;    // PEM; manifests must be signed by one of them
  const char* publication;     // that directories must be of
  const char* encryption_key;  // for sealed lists: fd:N, file:PATH or
                               // command:CMD, never the key itself
  const char* state_file;      // remembers the newest manifests seen
  // Not 0: a thread follows the directories and files, takes what is new within
  // 250 ms, and runs the known-answer test every minute.
  uint32_t follow;
  // For batches: so many threads; 0 or 1: the calling thread.
  uint32_t threads;
} hashvet_matcher_options;

#define HASHVET_MATCHER_OPTIONS_INIT                                           \
  {                                                                            \
    sizeof(hashvet_matcher_options), NULL, 0, NULL, 0, NULL, NULL, NULL, NULL, \
        NULL, 0, 0                                                             \
  }

// Opens, verifies and tests all lists with known answers.
HASHVET_C_EXPORT int hashvet_matcher_open(
    const hashvet_matcher_options* options, hashvet_matcher** matcher,
    hashvet_error** error);

// Of one snapshot that is in memory; the bytes are copied. `name` is for
// messages. `threads` as above.
HASHVET_C_EXPORT int hashvet_matcher_open_bytes(const void* bytes, size_t size,
                                                const char* name,
                                                uint32_t threads,
                                                hashvet_matcher** matcher,
                                                hashvet_error** error);

// Takes what is new now, for those who do not follow. What is refused leaves
// the old lists serving.
HASHVET_C_EXPORT int hashvet_matcher_reload(hashvet_matcher* matcher,
                                            hashvet_error** error);

// Runs the known-answer test.
HASHVET_C_EXPORT int hashvet_matcher_self_test(hashvet_matcher* matcher,
                                               hashvet_error** error);

typedef struct hashvet_matcher_info {
  size_t struct_size;
  uint64_t generation;     // counted from 1
  uint64_t serving_since;  // seconds since 1970
  uint64_t entries;        // of all lists
  uint64_t refusals;       // how often something new was refused
  uint32_t lists;
  int32_t refusal;    // the code of what is refused just now; 0: nothing is
  int32_t self_test;  // the code of the last known-answer test
} hashvet_matcher_info;

// Texts are told to `callback`, which may be NULL, a line each: "version …",
// "refusal …", "self_test …", and "list NAME VERSION STALENESS" for each list.
HASHVET_C_EXPORT int hashvet_matcher_describe(const hashvet_matcher* matcher,
                                              hashvet_matcher_info* info,
                                              hashvet_text_callback callback,
                                              void* context,
                                              hashvet_error** error);

// REQUIRES: no call with it is running.
HASHVET_C_EXPORT void hashvet_matcher_close(hashvet_matcher* matcher);

// ---- Verdicts

typedef struct hashvet_match_options {
  size_t struct_size;
  // Lists by name; others do not exist for this request. None: all.
  const char* const* only_lists;
  size_t only_list_count;
  // Where use_max_distance is not 0: instead of every list's own threshold.
  uint32_t use_max_distance;
  uint32_t max_distance;  // inclusive, at most half of the kind's bits
  uint32_t as_it_is;      // not 0: pictures are not turned and mirrored
  uint32_t timeout_ms;    // 0: none
  // Not 0, and for Arrow alone: values whose verdict says no more than no_match
  // (code 0, no match in any set, no list in not_sampled) are left out. Where
  // nearly all are, that costs less.
  uint32_t skip_no_match;
} hashvet_match_options;

#define HASHVET_MATCH_OPTIONS_INIT \
  { sizeof(hashvet_match_options), NULL, 0, 0, 0, 0, 0, 0 }

// What pictures are to be hashed under besides PDQ, so that all lists can be
// asked about them: each kind that some list carries with a threshold (digests
// have one) and that this library computes. With a max_distance, which is one
// of PDQ's, digests alone; `options` may be NULL. `kinds` has room for `room`
// of them, 32 is enough; INVALID_ARGUMENT where there are more. `count` says
// how many there are. Lists that are exchanged may want others: ask before each
// picture.
HASHVET_C_EXPORT int hashvet_matcher_kinds(const hashvet_matcher* matcher,
                                           const hashvet_match_options* options,
                                           uint32_t* kinds, size_t room,
                                           size_t* count,
                                           hashvet_error** error);

// As many verdicts as were asked for, in that order, all of one generation.
typedef struct hashvet_verdicts hashvet_verdicts;

// `options` may be NULL. `values` are `count` values of hashvet_kind_size(kind)
// bytes each, one after the other: `size` bytes in all.
HASHVET_C_EXPORT int hashvet_match_values(const hashvet_matcher* matcher,
                                          uint32_t kind, const uint8_t* values,
                                          size_t size, size_t count,
                                          const hashvet_match_options* options,
                                          hashvet_verdicts** verdicts,
                                          hashvet_error** error);
HASHVET_C_EXPORT int hashvet_match_pictures(
    const hashvet_matcher* matcher, const hashvet_picture* const* pictures,
    size_t count, const hashvet_match_options* options,
    hashvet_verdicts** verdicts, hashvet_error** error);

enum {  // hashvet_verdict.outcome; more may come, none of which is a match
  HASHVET_MATCH = 0,
  HASHVET_NO_MATCH = 1,
  HASHVET_LOW_QUALITY = 2,
  HASHVET_NOT_SAMPLED = 3,
  HASHVET_UNDECODABLE = 4,  // from here on nothing was searched
  HASHVET_UNSUPPORTED = 5,
  HASHVET_OVER_LIMIT = 6,
  HASHVET_TIMEOUT = 7,
  HASHVET_DECODER_FAILED = 8,
  HASHVET_OVERLOADED = 9,
  HASHVET_UNREADABLE = 10,
  HASHVET_LIST_UNAVAILABLE = 11
};

// "match", "no_match" …; "unknown" for a number that is none.
HASHVET_C_EXPORT const char* hashvet_outcome_name(uint32_t outcome);

HASHVET_C_EXPORT size_t hashvet_verdict_count(const hashvet_verdicts* verdicts);

// The outcomes alone: `outcomes` has room for `count` of them, the number of
// verdicts.
HASHVET_C_EXPORT int hashvet_verdict_outcomes(const hashvet_verdicts* verdicts,
                                              uint32_t* outcomes, size_t count,
                                              hashvet_error** error);

enum {                             // the sets of matches in a verdict
  HASHVET_MATCHES = 0,             // what makes it a match
  HASHVET_IGNORED_BY = 1,          // entries of lists of known good
  HASHVET_SUPPRESSED_MATCHES = 2,  // no nearer than those
  HASHVET_SHADOW_MATCHES = 3       // to be recorded only
};

typedef struct hashvet_verdict {
  size_t struct_size;
  uint32_t outcome;
  int32_t code;            // why, for outcomes that are failures; else 0
  const char* message;     // the same in words; "" where code is 0
  const char* snapshot;    // versions of what was asked
  uint64_t generation;     // counted from 1
  size_t match_counts[4];  // by set
  size_t not_sampled;      // lists that were not asked about this item
} hashvet_verdict;

// Texts are valid until the verdicts are freed.
HASHVET_C_EXPORT int hashvet_verdict_get(const hashvet_verdicts* verdicts,
                                         size_t index, hashvet_verdict* verdict,
                                         hashvet_error** error);

typedef struct hashvet_match {
  size_t struct_size;
  const char* list;
  const char* list_version;
  const char* entry;  // its key
  const char* category;
  const char* category_scheme;
  const char* opinion;  // "positive" …
  const char* action;   // the list's label
  uint32_t kind;
  uint32_t distance;     // keep it from untrusted callers
  uint32_t orientation;  // of the query, 0 .. 7
  // 0 .. 100, and not 0 where they are known.
  int32_t query_quality;
  int32_t entry_quality;
  uint32_t query_quality_known;
  uint32_t entry_quality_known;
  const char* variant;  // of a picture under PDQ: "full" …; "" of a value
  uint32_t frame;       // of an animation: the one that matched
  uint32_t over_black;  // not 0: its transparent parts were; else over white
} hashvet_match;

HASHVET_C_EXPORT int hashvet_verdict_match(const hashvet_verdicts* verdicts,
                                           size_t index, uint32_t set, size_t i,
                                           hashvet_match* match,
                                           hashvet_error** error);

// The name of a list that was not asked; i < hashvet_verdict.not_sampled.
HASHVET_C_EXPORT int hashvet_verdict_not_sampled(
    const hashvet_verdicts* verdicts, size_t index, size_t i, const char** list,
    hashvet_error** error);

HASHVET_C_EXPORT void hashvet_verdicts_free(hashvet_verdicts* verdicts);

// ---- Values without a list
//
// An index of values that the caller has, numbered from 0 in the order added:
// every one within a distance is found. It knows no list and no policy, and
// gives no verdict; to match against clearinghouses' lists open a matcher.

typedef struct hashvet_index hashvet_index;

// Empty. INVALID_ARGUMENT for kinds not compared by bits.
HASHVET_C_EXPORT int hashvet_index_create(uint32_t kind, hashvet_index** index,
                                          hashvet_error** error);

// Adds `count` values of hashvet_kind_size(kind) bytes each, `size` bytes in
// all; equal ones are values of their own. All or none. Many at once cost a
// fraction of one by one. No other call with the index is running.
HASHVET_C_EXPORT int hashvet_index_add(hashvet_index* index,
                                       const uint8_t* values, size_t size,
                                       size_t count, hashvet_error** error);
HASHVET_C_EXPORT size_t hashvet_index_count(const hashvet_index* index);

// The value of that number. INVALID_ARGUMENT where there is none.
HASHVET_C_EXPORT int hashvet_index_value(const hashvet_index* index,
                                         size_t number, uint8_t* bytes,
                                         size_t size, hashvet_error** error);

// Called for each value that was found: the query's number, the value's, bits.
typedef void (*hashvet_hit_callback)(void* context, size_t query, size_t number,
                                     uint32_t distance);

// Tells every value within max_distance (bits, inclusive) of each query: the
// first query's first, each one's in the order of their numbers. When it fails
// none is told. Any number of threads may search at once.
HASHVET_C_EXPORT int hashvet_index_search(const hashvet_index* index,
                                          const uint8_t* queries, size_t size,
                                          size_t count, uint32_t max_distance,
                                          hashvet_hit_callback callback,
                                          void* context, hashvet_error** error);
HASHVET_C_EXPORT void hashvet_index_free(hashvet_index* index);

// ---- Batches as Arrow arrays and streams
//
// The structs of the Arrow C data interface and C stream interface, as their
// specification has them; the macros say whether another header did so before.

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

#endif  // ARROW_C_DATA_INTERFACE

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};

#endif  // ARROW_C_STREAM_INTERFACE

// What verdicts are as an Arrow struct, one for each value (but for those that
// skip_no_match leaves out), none of them null:
//
//   outcome     utf8: hashvet_outcome_name
//   code        int32: why, for outcomes that are failures; else 0
//   message     utf8: the same in words; "" where code is 0
//   snapshot    utf8
//   generation  int64
//   matches, ignored_by, suppressed_matches, shadow_matches
//               list of struct: list, list_version, entry, category,
//               category_scheme, opinion, action, kind (utf8), distance
//               (int32), orientation (utf8: "original" …), query_quality,
//               entry_quality (int32, null where not known)
//   not_sampled list of utf8
//   row         int64: the value's number in the array, or in all arrays of the
//               stream, from 0
//
// Bytes of a list that are not UTF-8 are U+FFFD here. The caller releases it.
HASHVET_C_EXPORT int hashvet_arrow_schema(struct ArrowSchema* verdicts,
                                          hashvet_error** error);

// One array of fixed-size binary (format "w:N", N being hashvet_kind_size), or
// a part of one (offset, length). `values` and its schema stay the caller's and
// are not released; the verdicts' array, another struct, is the caller's to
// release. A value
// that is null is HASHVET_UNREADABLE. RESOURCE_EXHAUSTED where a column would
// take more than 2 GiB: ask for fewer at once.
HASHVET_C_EXPORT int hashvet_match_arrow(const hashvet_matcher* matcher,
                                         uint32_t kind,
                                         const struct ArrowSchema* schema,
                                         const struct ArrowArray* values,
                                         const hashvet_match_options* options,
                                         struct ArrowArray* verdicts,
                                         hashvet_error** error);

// A stream of such arrays to one of verdicts, an array for an array, matched
// when it is asked for: memory is that of one array. `values` is moved: it is
// the verdicts' stream that releases it. When the function fails it stays the
// caller's. Each array is of one generation; timeout_ms is an array's. A stream
// that failed fails from then on, so that no end is mistaken for the last row.
// It keeps its lists when the matcher is closed. One thread at a time.
HASHVET_C_EXPORT int hashvet_match_arrow_stream(
    const hashvet_matcher* matcher, uint32_t kind,
    struct ArrowArrayStream* values, const hashvet_match_options* options,
    struct ArrowArrayStream* verdicts, hashvet_error** error);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // HASHVET_C_HASHVET_H_
