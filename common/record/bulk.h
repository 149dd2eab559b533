/*
 * What OpenSearch and Elasticsearch answer to _mget, _bulk and questions on
 * names, read without a tree.  Texts are the arena's or NULL.  An answer that
 * is none of theirs is ERR_RETRY: something stands between us and the store.
 */
#ifndef RECORD_BULK_H
#define RECORD_BULK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* A document that was asked for by its id, in the order of the questions. */
struct bulk_found {
	const char *index;
	bool found;
	int64_t seq_no, primary_term; /* as `if_seq_no` and `if_primary_term` want them */
	const char *version, *versioncreated;
	int64_t epoch;
	const char *log; /* the partition it came from, and its offset there */
	int64_t offset;
	const char *error; /* its type */
};

/* What became of one line of a _bulk. */
struct bulk_result {
	int64_t status;
	const char *type, *reason; /* of an error */
};

int bulk_read_found(const char *json, size_t n, struct arena *arena,
		    struct bulk_found *found, size_t most, size_t *count,
		    struct err *err) MUST_CHECK;
int bulk_read_results(const char *json, size_t n, struct arena *arena,
		      struct bulk_result *results, size_t most, size_t *count,
		      struct err *err) MUST_CHECK;

/* The names of an object's members: of the indices behind an alias. */
int bulk_read_names(const char *json, size_t n, struct arena *arena, const char **names,
		    size_t most, size_t *count, struct err *err) MUST_CHECK;

/* The number of this name at any depth, -1 if there is none. */
int bulk_read_number(const char *json, size_t n, const char *name, int64_t *number,
		     struct arena *arena, struct err *err) MUST_CHECK;

#endif
