// The structs of HASHVET_C_ABI 1 on 64-bit machines: what stands here may be
// added to and never changed. The initialisers fit their structs.

#include "hashvet/c/hashvet.h"

#define AT(type, field, offset)                     \
  _Static_assert(offsetof(type, field) == (offset), \
                 #type "." #field " has moved")
#define SIZE(type, size) \
  _Static_assert(sizeof(type) >= (size), #type " has shrunk")

_Static_assert(HASHVET_C_ABI == 1, "another ABI needs another file");

SIZE(hashvet_hash_options, 32);
AT(hashvet_hash_options, struct_size, 0);
AT(hashvet_hash_options, pdq_variant, 8);
AT(hashvet_hash_options, max_pixels, 16);
AT(hashvet_hash_options, max_input_bytes, 24);
AT(hashvet_hash_options, in_process, 32);
AT(hashvet_hash_options, kinds, 40);
AT(hashvet_hash_options, kind_count, 48);
AT(hashvet_hash_options, no_trim, 56);

SIZE(hashvet_decoder_options, 32);
AT(hashvet_decoder_options, struct_size, 0);
AT(hashvet_decoder_options, program, 8);
AT(hashvet_decoder_options, max_active, 16);
AT(hashvet_decoder_options, max_waiting, 20);
AT(hashvet_decoder_options, deadline_ms, 24);
AT(hashvet_decoder_options, require_confinement, 28);

SIZE(hashvet_picture_info, 40);
AT(hashvet_picture_info, struct_size, 0);
AT(hashvet_picture_info, outcome, 8);
AT(hashvet_picture_info, width, 12);
AT(hashvet_picture_info, height, 16);
AT(hashvet_picture_info, flags, 20);
AT(hashvet_picture_info, quality, 24);
AT(hashvet_picture_info, message, 32);

SIZE(hashvet_matcher_options, 88);
AT(hashvet_matcher_options, struct_size, 0);
AT(hashvet_matcher_options, snapshots, 8);
AT(hashvet_matcher_options, snapshot_count, 16);
AT(hashvet_matcher_options, directories, 24);
AT(hashvet_matcher_options, directory_count, 32);
AT(hashvet_matcher_options, policy_file, 40);
AT(hashvet_matcher_options, trusted_keys, 48);
AT(hashvet_matcher_options, publication, 56);
AT(hashvet_matcher_options, encryption_key, 64);
AT(hashvet_matcher_options, state_file, 72);
AT(hashvet_matcher_options, follow, 80);
AT(hashvet_matcher_options, threads, 84);

SIZE(hashvet_matcher_info, 56);
AT(hashvet_matcher_info, struct_size, 0);
AT(hashvet_matcher_info, generation, 8);
AT(hashvet_matcher_info, serving_since, 16);
AT(hashvet_matcher_info, entries, 24);
AT(hashvet_matcher_info, refusals, 32);
AT(hashvet_matcher_info, lists, 40);
AT(hashvet_matcher_info, refusal, 44);
AT(hashvet_matcher_info, self_test, 48);

SIZE(hashvet_match_options, 48);
AT(hashvet_match_options, struct_size, 0);
AT(hashvet_match_options, only_lists, 8);
AT(hashvet_match_options, only_list_count, 16);
AT(hashvet_match_options, use_max_distance, 24);
AT(hashvet_match_options, max_distance, 28);
AT(hashvet_match_options, as_it_is, 32);
AT(hashvet_match_options, timeout_ms, 36);
AT(hashvet_match_options, skip_no_match, 40);

SIZE(hashvet_verdict, 80);
AT(hashvet_verdict, struct_size, 0);
AT(hashvet_verdict, outcome, 8);
AT(hashvet_verdict, code, 12);
AT(hashvet_verdict, message, 16);
AT(hashvet_verdict, snapshot, 24);
AT(hashvet_verdict, generation, 32);
AT(hashvet_verdict, match_counts, 40);
AT(hashvet_verdict, not_sampled, 72);

SIZE(hashvet_match, 112);
AT(hashvet_match, struct_size, 0);
AT(hashvet_match, list, 8);
AT(hashvet_match, list_version, 16);
AT(hashvet_match, entry, 24);
AT(hashvet_match, category, 32);
AT(hashvet_match, category_scheme, 40);
AT(hashvet_match, opinion, 48);
AT(hashvet_match, action, 56);
AT(hashvet_match, kind, 64);
AT(hashvet_match, distance, 68);
AT(hashvet_match, orientation, 72);
AT(hashvet_match, query_quality, 76);
AT(hashvet_match, entry_quality, 80);
AT(hashvet_match, query_quality_known, 84);
AT(hashvet_match, entry_quality_known, 88);
AT(hashvet_match, variant, 96);
AT(hashvet_match, frame, 104);
AT(hashvet_match, over_black, 108);

// Another's promise: the Arrow C data and stream interfaces.
#define SAME(type, size) \
  _Static_assert(sizeof(struct type) == (size), #type " is not Arrow's")
SAME(ArrowSchema, 72);
AT(struct ArrowSchema, format, 0);
AT(struct ArrowSchema, name, 8);
AT(struct ArrowSchema, metadata, 16);
AT(struct ArrowSchema, flags, 24);
AT(struct ArrowSchema, n_children, 32);
AT(struct ArrowSchema, children, 40);
AT(struct ArrowSchema, dictionary, 48);
AT(struct ArrowSchema, release, 56);
AT(struct ArrowSchema, private_data, 64);
SAME(ArrowArray, 80);
AT(struct ArrowArray, length, 0);
AT(struct ArrowArray, null_count, 8);
AT(struct ArrowArray, offset, 16);
AT(struct ArrowArray, n_buffers, 24);
AT(struct ArrowArray, n_children, 32);
AT(struct ArrowArray, buffers, 40);
AT(struct ArrowArray, children, 48);
AT(struct ArrowArray, dictionary, 56);
AT(struct ArrowArray, release, 64);
AT(struct ArrowArray, private_data, 72);
SAME(ArrowArrayStream, 40);
AT(struct ArrowArrayStream, get_schema, 0);
AT(struct ArrowArrayStream, get_next, 8);
AT(struct ArrowArrayStream, get_last_error, 16);
AT(struct ArrowArrayStream, release, 24);
AT(struct ArrowArrayStream, private_data, 32);

const hashvet_hash_options hash_options = HASHVET_HASH_OPTIONS_INIT;
const hashvet_decoder_options decoder_options = HASHVET_DECODER_OPTIONS_INIT;
const hashvet_matcher_options matcher_options = HASHVET_MATCHER_OPTIONS_INIT;
const hashvet_match_options match_options = HASHVET_MATCH_OPTIONS_INIT;
