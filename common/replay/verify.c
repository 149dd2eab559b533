#include "replay/verify.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/stop.h"
#include "replay/source.h"
#include "time/clock.h"

enum { BATCH = 1000, READ_MS = 200, LATE_MS = 10000 };

struct verify {
	const struct replay_job *job;
	const struct replay_state *state;
	EVP_MD_CTX *digest;
	struct verify_pair *pairs;
	int partitions;
	long meant, found;
};

static int
stopped(struct err *err)
{
	return err_set(err, ERR_RETRY, "stopped before it was verified");
}

/* ---- the digest of a record: what must be the same ---- */

static void
add_bytes(EVP_MD_CTX *digest, const void *bytes, size_t n)
{
	int64_t size = bytes ? (int64_t)n : -1;

	EVP_DigestUpdate(digest, &size, sizeof(size));
	if (bytes)
		EVP_DigestUpdate(digest, bytes, n);
}

static void
add_record(struct verify *v, struct verify_sum *sum, const struct bus_record *r)
{
	unsigned char out[EVP_MAX_MD_SIZE];
	uint64_t half[2];

	EVP_DigestInit_ex(v->digest, EVP_sha256(), NULL);
	add_bytes(v->digest, r->key, r->key_size);
	add_bytes(v->digest, r->value, r->value_size);
	for (size_t i = 0; i < r->header_count; i++) {
		const struct bus_header *h = &r->headers[i];

		if (!strcmp(h->name, "nw-replay"))
			continue;
		add_bytes(v->digest, h->name, strlen(h->name));
		add_bytes(v->digest, h->value, h->size);
	}
	EVP_DigestFinal_ex(v->digest, out, NULL);
	memcpy(half, out, sizeof(half));
	sum->count++;
	sum->high += half[0];
	sum->low += half[1];
}

/* ---- what was meant ---- */

static int
target_of(const struct verify *v, const struct bus_record *r)
{
	if (!r->key)
		return r->partition % v->partitions;
	return (int)((bus_murmur2(r->key, r->key_size) & 0x7fffffff) %
		     (uint32_t)v->partitions);
}

static int
read_source(struct verify *v, struct source *s, struct err *err)
{
	const struct bus_record *r;
	bool end = false, meant;
	size_t n = 1;

	while (!(end && n == 0) && !stop_asked()) {
		if (s->type->read(s->state, &r, &n, BATCH, READ_MS, &end, err))
			return -1;
		for (size_t i = 0; i < n; i++) {
			if (filter_ask(v->job->filter, &r[i], &meant, err)) {
				if (err->class != ERR_REJECT)
					return -1;
				meant = false; /* it was left out */
			}
			if (!meant)
				continue;
			v->meant++;
			add_record(v, &v->pairs[target_of(v, &r[i])].meant, &r[i]);
		}
	}
	return stop_asked() ? stopped(err) : 0;
}

/* As far as it was read: with a limit that is not all. */
static int
sum_source(struct verify *v, struct err *err)
{
	const struct replay_state *state = v->state;
	struct source_start start = { v->job->bus, v->job->line.source, v->job->from_ms,
				      v->job->to_ms };
	struct replay_place *p = must_alloc((state->place_count + 1) * sizeof(*p));
	struct source s = { 0 };
	int failed = source_open(&s, &start, err);

	for (size_t i = 0; i < state->place_count; i++) {
		p[i] = state->places[i];
		p[i].end = p[i].next;
		p[i].next = p[i].from;
	}
	failed = failed || s.type->check(s.state, p, state->place_count, err) ||
		 s.type->begin(s.state, p, state->place_count, err) ||
		 read_source(v, &s, err);
	source_close(&s);
	free(p);
	return failed ? -1 : 0;
}

/* ---- what is there ---- */

static bool
is_ours(const struct verify *v, const struct bus_record *r)
{
	size_t n;
	const void *mark = bus_header(r, "nw-replay", &n);

	return mark && replay_mark_is(mark, n, v->state->id);
}

/* A commit is seen a moment after it returned. */
static int
read_target(struct verify *v, struct bus_reader *reader, struct err *err)
{
	struct mono start = mono_now();
	const struct bus_record *r;
	bool end = false;
	size_t n;

	while ((!end || (v->found < v->meant && mono_since(start) < LATE_MS)) &&
	       !stop_asked()) {
		if (bus_read(reader, &r, &n, BATCH, READ_MS, &end, err))
			return -1;
		for (size_t i = 0; i < n; i++) {
			if (!is_ours(v, &r[i]))
				continue;
			v->found++;
			add_record(v, &v->pairs[r[i].partition].found, &r[i]);
		}
		if (n > 0)
			start = mono_now();
	}
	return stop_asked() ? stopped(err) : 0;
}

static int
seek(struct verify *v, struct bus_reader *reader, struct err *err)
{
	const struct replay_state *s = v->state;

	for (size_t i = 0; i < s->start_count; i++) {
		int64_t first;

		if (bus_offset(v->job->bus, s->line.into, s->starts[i].partition,
			       BUS_FIRST, &first, err))
			return -1;
		if (first > s->starts[i].offset)
			return err_set(err, ERR_USAGE,
				       "cannot be verified any more: retention has begun "
				       "to take what it wrote to %s/%d",
				       s->line.into, s->starts[i].partition);
		if (bus_read_seek(reader, s->starts[i].partition, s->starts[i].offset,
				  err))
			return -1;
	}
	return 0;
}

static int
sum_target(struct verify *v, struct err *err)
{
	struct bus_reader *reader;
	int failed;

	if (bus_read_open(v->job->bus, v->state->line.into, &reader, err))
		return -1;
	failed = seek(v, reader, err) || read_target(v, reader, err);
	bus_read_close(reader);
	return failed ? -1 : 0;
}

static bool
is_equal(const struct verify_pair *p)
{
	return p->meant.count == p->found.count && p->meant.high == p->found.high &&
	       p->meant.low == p->found.low;
}

int
replay_verify(const struct replay_job *job, const struct replay_state *state,
	      struct verify_pair **pairs, size_t *n, struct err *err)
{
	struct verify v = { .job = job, .state = state };
	int failed;

	v.partitions = bus_partitions(job->bus, state->line.into, err);
	if (v.partitions <= 0)
		return v.partitions < 0 ? -1
					: err_set(err, ERR_USAGE, "topic %s has gone",
						  state->line.into);
	v.digest = EVP_MD_CTX_new();
	v.pairs = must_alloc((size_t)v.partitions * sizeof(*v.pairs));
	failed = sum_source(&v, err) || sum_target(&v, err);
	for (int i = 0; i < v.partitions; i++)
		v.pairs[i].equal = is_equal(&v.pairs[i]);
	EVP_MD_CTX_free(v.digest);
	*pairs = v.pairs;
	*n = (size_t)v.partitions;
	if (!failed)
		return 0;
	free(v.pairs);
	return -1;
}
