// A list and some pictures, from C: what each picture is.
//
//   match_from_c LIST.hvs PICTURE…
//
// Exit: 0 nothing matched, 1 something did, 2 usage, 3 the list does not open,
// 4 some picture could not be judged and nothing matched.

#include <stdio.h>

#include "hashvet/c/hashvet.h"

static int Failed(hashvet_error* error, int exit_code) {
  fprintf(stderr, "match_from_c: %s\n", hashvet_error_message(error));
  hashvet_error_free(error);
  return exit_code;
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: match_from_c LIST.hvs PICTURE...\n");
    return 2;
  }
  hashvet_error* error = NULL;
  const char* const lists[] = {argv[1]};
  hashvet_matcher_options options = HASHVET_MATCHER_OPTIONS_INIT;
  options.snapshots = lists;
  options.snapshot_count = 1;
  hashvet_matcher* matcher = NULL;
  if (hashvet_matcher_open(&options, &matcher, &error) != HASHVET_OK) {
    return Failed(error, 3);
  }

  int matched = 0;
  int unjudged = 0;
  for (int i = 2; i < argc; ++i) {
    hashvet_picture* picture = NULL;
    hashvet_verdicts* verdicts = NULL;
    hashvet_verdict verdict = {.struct_size = sizeof verdict};
    // What fails here is this program or the memory; a picture that cannot be
    // read is an outcome.
    if (hashvet_hash_file(argv[i], NULL, &picture, &error) != HASHVET_OK ||
        hashvet_match_pictures(matcher, (const hashvet_picture* const*)&picture,
                               1, NULL, &verdicts, &error) != HASHVET_OK ||
        hashvet_verdict_get(verdicts, 0, &verdict, &error) != HASHVET_OK) {
      return Failed(error, 4);
    }
    printf("%s\t%s\n", hashvet_outcome_name(verdict.outcome), argv[i]);
    if (verdict.outcome == HASHVET_MATCH) ++matched;
    if (verdict.outcome >= HASHVET_UNDECODABLE) ++unjudged;
    for (size_t m = 0; m < verdict.match_counts[HASHVET_MATCHES]; ++m) {
      hashvet_match match = {.struct_size = sizeof match};
      if (hashvet_verdict_match(verdicts, 0, HASHVET_MATCHES, m, &match,
                                &error) != HASHVET_OK) {
        return Failed(error, 4);
      }
      printf("\t%s\t%s\t%s\n", match.list, match.entry, match.action);
    }
    hashvet_verdicts_free(verdicts);
    hashvet_picture_free(picture);
  }
  hashvet_matcher_close(matcher);
  return matched > 0 ? 1 : unjudged > 0 ? 4 : 0;
}
