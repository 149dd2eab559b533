/*
 * Gzipped JSON Lines: TOPIC/YYYY-MM-DDTHH/PARTITION-OFFSET.jsonl.gz, by the
 * hour of the record's timestamp and the first offset in the file.
 *
 * Every flush must be durable before the group's positions are committed, yet
 * a file for each flush would be thousands an hour at a low rate.  So a flush
 * appends one gzip member to an unfinished part (NAME.tmp, which no reader
 * takes for a file), syncs it, and then replaces the partition's position
 * file, which holds the next offset and the length of each part.  That rename
 * is the commit: whatever a killed flush left behind those lengths is cut off
 * by the next owner.  A part becomes a file, by a rename, when it is large,
 * full or old enough (roll_ms), when a newer hour has begun, or when the owner
 * changes; so a file is whole from the moment it can be seen.
 *
 * The trap: a former owner may sleep between any two instructions.  Nothing
 * is written but under the partition's lock and after a look at the epoch.
 */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"
#include "sink/archive.h"
#include "sink/files.h"
#include "sink/line.h"
#include "sink/place_file.h"
#include "sink/sink.h"
#include "time/clock.h"

enum {
	SPILL = 4 << 20,  /* compressed bytes of a batch that are kept in memory */
	CHUNK = 16 << 10, /* of the compressor's output */
	OPEN_PARTS = 2,   /* after a flush: clocks differ at the turn of an hour */
};

struct jsonl_conf {
	const char *path, *values;
	int level, roll_ms, roll_records;
	int64_t roll_bytes;
};

struct partition {
	char *topic, *directory;
	int number;
	int64_t epoch;
	struct place_file place;
	struct parts parts;
	struct part *current; /* whose gzip member is open in z; NULL: none */
	z_stream z;
	size_t pending; /* compressed bytes in memory */
};

struct jsonl {
	const struct jsonl_conf *conf;
	char *path, *cluster;
	struct sink *sink;
	bool bare;
	struct buf line;
	struct partition **partitions;
	size_t count;
};

static const struct opt jsonl_opts[] = {
	OPT(struct jsonl_conf, path, NULL, 0, 0, "directory (STATE/NAME)"),
	OPT(struct jsonl_conf, values, "lines", 0, 0,
	    "lines: of the log; bare: values alone, which cannot be replayed"),
	OPT(struct jsonl_conf, roll_ms, "30000", 0, 86400000,
	    "longest time before a record can be seen in a file"),
	OPT(struct jsonl_conf, roll_bytes, "67108864", 1, INT64_MAX,
	    "compressed size of a file"),
	OPT(struct jsonl_conf, roll_records, "100000", 1, INT32_MAX,
	    "most records in a file"),
	OPT(struct jsonl_conf, level, "6", 1, 9, "of the compression"),
	{ 0 },
};

static int
jsonl_open(void *state, const struct sink_start *start, struct err *err)
{
	struct jsonl *s = state;
	const struct jsonl_conf *conf = start->conf;

	s->conf = conf;
	s->cluster = must_strdup(start->cluster);
	s->sink = start->sink;
	s->path = conf->path && *conf->path
		      ? must_strdup(conf->path)
		      : must_printf("%s/%s", start->state, start->name);
	buf_init(&s->line, LINE_CEILING);
	if (line_format(conf->values, &s->bare, err) ||
	    files_make_directory(s->path, err))
		return err_context(err, "sink %s", start->name);
	return 0;
}

static struct partition *
find_partition(const struct jsonl *s, const char *topic, int number)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->partitions[i]->number == number &&
		    !strcmp(s->partitions[i]->topic, topic))
			return s->partitions[i];
	return NULL;
}

static char *
part_path(const struct partition *p, const struct part *part, const char *suffix)
{
	return must_printf("%s/%s/%d-%" PRId64 ".jsonl.gz%s", p->directory, part->hour,
			   p->number, part->first, suffix);
}

/* An unfinished part becomes a file.  Gone and published: a kill came after the rename.
 */
static int
publish_part(const struct partition *p, const struct part *part, struct err *err)
{
	char *aside = part_path(p, part, ".tmp"), *whole = part_path(p, part, "");
	struct stat st;
	int failed;

	if (stat(aside, &st))
		failed = errno != ENOENT
			     ? err_errno(err, ERR_RETRY, "cannot find %s", aside)
			 : access(whole, F_OK) ? 0
					       : files_sync_directory_of(whole, err);
	else if (st.st_size < part->bytes)
		failed = err_set(err, ERR_FATAL,
				 "%s has lost bytes that the disk had promised: %" PRId64
				 " of %" PRId64,
				 aside, (int64_t)st.st_size, part->bytes);
	else if (st.st_size > part->bytes && files_cut(aside, part->bytes, err))
		failed = -1;
	else
		failed =
		    part->bytes > 0 ? files_publish(aside, whole, err) : unlink(aside);
	free(aside);
	free(whole);
	return failed;
}

static void
forget_parts(struct partition *p)
{
	parts_release(&p->parts);
	deflateReset(&p->z);
	p->current = NULL;
	p->pending = 0;
}

/* Locked.  ERR_FATAL if another has it by now. */
static int
check_owner(const struct jsonl *s, struct partition *p, struct err *err)
{
	struct sink_place now = { .topic = p->topic, .partition = p->number };
	struct parts parts = { 0 };
	bool there;
	int failed = place_file_read(&p->place, s->cluster, &now, &parts, &there, err);

	parts_release(&parts);
	if (failed)
		return -1;
	return there && now.epoch == p->epoch ? 0 : sink_fenced(&now, err);
}

static int
lock_as_owner(const struct jsonl *s, struct partition *p, struct err *err)
{
	if (p->place.locked)
		return 0;
	return place_file_lock(&p->place, err) || check_owner(s, p, err) ? -1 : 0;
}

static int
add_partition(struct jsonl *s, const struct sink_place *place, struct err *err)
{
	struct partition *p = must_alloc(sizeof(*p));

	s->partitions =
	    must_realloc(s->partitions, (s->count + 1) * sizeof(struct partition *));
	s->partitions[s->count++] = p;
	p->topic = must_strdup(place->topic);
	p->number = place->partition;
	p->directory = must_printf("%s/%s", s->path, place->topic);
	p->place.lock_fd = -1;
	if (deflateInit2(&p->z, s->conf->level, Z_DEFLATED, 15 + 16, 8,
			 Z_DEFAULT_STRATEGY))
		return err_set(err, ERR_RETRY, "no memory for compressing");
	return files_make_directory(p->directory, err) ||
		       place_file_open(&p->place, p->directory, p->number, err)
		   ? -1
		   : 0;
}

static void
remove_partition(struct jsonl *s, struct partition *p)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->partitions[i] == p)
			s->partitions[i] = s->partitions[--s->count];
	place_file_close(&p->place);
	parts_release(&p->parts);
	deflateEnd(&p->z);
	free(p->topic);
	free(p->directory);
	free(p);
}

static int
end_parts(struct partition *p, struct parts *left, struct err *err)
{
	int failed = 0;

	for (size_t i = 0; !failed && i < left->count; i++)
		failed = publish_part(p, &left->items[i], err);
	parts_release(left);
	return failed;
}

/* To the directory of this cluster, as locked as the former one was. */
static int
change_directory(const struct jsonl *s, struct partition *p, struct err *err)
{
	place_file_unlock(&p->place);
	place_file_close(&p->place);
	free(p->directory);
	p->directory = must_printf("%s/%s.%s", s->path, p->topic, s->cluster);
	return files_make_directory(p->directory, err) ||
		       place_file_open(&p->place, p->directory, p->number, err) ||
		       place_file_lock(&p->place, err)
		   ? -1
		   : 0;
}

/*
 * Locked.  What lies here is of a log that was carried to this cluster: it is
 * ended and left as it is, since offsets begin anew, and names and replays go
 * by offsets.
 */
static int
move_on(const struct jsonl *s, struct partition *p, struct sink_place *now,
	struct parts *left, bool *there, struct err *err)
{
	struct sink_place moved = *now;
	struct parts none = { 0 };
	bool known;

	if (sink_former(s->sink, p->place.cluster, &moved, &known, err))
		return -1;
	if (!known)
		return place_file_foreign(&p->place, s->cluster, err);
	if (left->count && (end_parts(p, left, err) ||
			    place_file_write(&p->place, p->place.cluster, now, &none, err)))
		return -1;
	*now = (struct sink_place){ .topic = now->topic, .partition = now->partition };
	if (change_directory(s, p, err) ||
	    place_file_read(&p->place, s->cluster, now, left, there, err))
		return -1;
	if (!*there)
		now->offset = moved.offset;
	return 0;
}

/* Locked.  Reads how far the disk is, ends what was unfinished, writes the owner down. */
static int
settle(const struct jsonl *s, struct partition *p, struct sink_place *place,
       struct err *err)
{
	int64_t epoch = place->epoch;
	struct parts left = { 0 };
	struct sink_place now = { .topic = place->topic,
				  .partition = place->partition,
				  .offset = BUS_FIRST };
	bool there;
	int failed = place_file_read(&p->place, NULL, &now, &left, &there, err);

	if (!failed && there && strcmp(p->place.cluster, s->cluster))
		failed = move_on(s, p, &now, &left, &there, err);
	if (!failed && !there)
		failed =
		    archive_last(p->directory, p->topic, p->number, &now.offset, err);
	if (!failed && epoch && now.epoch != epoch)
		failed = sink_fenced(&now, err);
	failed = failed || end_parts(p, &left, err);
	parts_release(&left);
	if (failed)
		return -1;
	place->offset = now.offset;
	place->epoch = p->epoch = epoch ? epoch : now.epoch + 1;
	return place_file_write(&p->place, s->cluster, place, &p->parts, err);
}

static int
claim_partition(struct jsonl *s, struct sink_place *place, struct err *err)
{
	struct partition *p = find_partition(s, place->topic, place->partition);
	int failed;

	if (strchr(place->topic, '/') || place->topic[0] == '.')
		return err_set(err, ERR_FATAL, "topic '%s' makes no directory",
			       place->topic);
	if (!p) {
		if (add_partition(s, place, err)) {
			remove_partition(s, s->partitions[s->count - 1]);
			return -1;
		}
		p = s->partitions[s->count - 1];
	}
	forget_parts(p);
	failed = place_file_lock(&p->place, err) || settle(s, p, place, err);
	place_file_unlock(&p->place);
	return failed ? -1 : 0;
}

static int
jsonl_claim(void *state, struct sink_place *places, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (claim_partition(state, &places[i], err))
			return -1;
	return 0;
}

static void
hour_of(int64_t time_ms, char hour[HOUR_TEXT])
{
	static const int64_t last = INT64_C(253402300799000); /* of the year 9999 */
	time_t seconds = (time_t)((time_ms < 0      ? 0
				   : time_ms > last ? last
						    : time_ms) /
				  1000);
	struct tm tm;

	strftime(hour, HOUR_TEXT, "%Y-%m-%dT%H", gmtime_r(&seconds, &tm));
}

/* Locked.  What is in memory goes behind what is durable, and stays doubtful until the
 * commit. */
static int
drain(struct partition *p, struct part *part, struct err *err)
{
	char *path = part_path(p, part, ".tmp"), *slash = strrchr(path, '/');
	int failed = 0;

	if (part->is_new && part->size == 0) {
		*slash = '\0';
		failed = files_make_directory(path, err);
		*slash = '/';
	}
	failed = failed ||
		 files_write_at(path, part->size, part->out.data, part->out.size, err) ||
		 (part->is_new && files_sync_directory_of(path, err));
	if (!failed) {
		part->is_new = false;
		part->size += (int64_t)part->out.size;
		p->pending -= part->out.size;
		buf_reset(&part->out);
	}
	free(path);
	return failed ? -1 : 0;
}

static int
drain_all(const struct jsonl *s, struct partition *p, struct err *err)
{
	for (size_t i = 0; i < p->parts.count; i++) {
		struct part *part = &p->parts.items[i];

		if (part->out.size > 0 &&
		    (lock_as_owner(s, p, err) || drain(p, part, err)))
			return -1;
	}
	return 0;
}

/* Compresses into the current part; Z_FINISH ends its member. */
static int
compress_line(struct partition *p, const char *bytes, size_t n, int how, struct err *err)
{
	struct part *part = p->current;
	int said;

	p->z.next_in = (unsigned char *)bytes;
	p->z.avail_in = (unsigned)n;
	do {
		char *to = buf_reserve(&part->out, CHUNK);
		size_t made;

		if (!to)
			return buf_check(&part->out, err);
		p->z.next_out = (unsigned char *)to;
		p->z.avail_out = CHUNK;
		said = deflate(&p->z, how);
		assert(said == Z_OK || said == Z_STREAM_END || said == Z_BUF_ERROR);
		made = CHUNK - p->z.avail_out;
		buf_added(&part->out, made);
		p->pending += made;
	} while (p->z.avail_out == 0 && said != Z_STREAM_END);
	if (how != Z_FINISH)
		return 0;
	deflateReset(&p->z);
	p->current = NULL;
	return 0;
}

static int
end_member(struct partition *p, struct err *err)
{
	return p->current ? compress_line(p, NULL, 0, Z_FINISH, err) : 0;
}

/* Makes the part of that hour the current one. */
static int
turn_to(struct partition *p, const struct bus_record *r, struct err *err)
{
	char hour[HOUR_TEXT];
	size_t i = p->parts.count;

	hour_of(r->time_ms, hour);
	if (p->current && !strcmp(p->current->hour, hour))
		return 0;
	if (end_member(p, err))
		return -1;
	while (i > 0 && strcmp(p->parts.items[i - 1].hour, hour))
		i--;
	p->current =
	    i > 0 ? &p->parts.items[i - 1] : parts_add(&p->parts, hour, r->offset);
	return 0;
}

static int
jsonl_write(void *state, const struct bus_record *r, bool stored, struct err *err)
{
	struct jsonl *s = state;
	struct partition *p = find_partition(s, r->topic, r->partition);

	if (stored)
		return 0;
	buf_reset(&s->line);
	line_print(r, s->bare, &s->line);
	if (buf_check(&s->line, err) || turn_to(p, r, err) ||
	    compress_line(p, s->line.data, s->line.size, Z_NO_FLUSH, err))
		return -1;
	p->current->records++;
	return p->pending > SPILL ? drain_all(s, p, err) : 0;
}

static bool
is_due(const struct jsonl *s, const struct partition *p, const struct part *part)
{
	const struct part *newest = part;

	for (size_t i = 0; i < p->parts.count; i++)
		if (strcmp(p->parts.items[i].hour, newest->hour) > 0)
			newest = &p->parts.items[i];
	return part->bytes >= s->conf->roll_bytes ||
	       part->records >= s->conf->roll_records ||
	       mono_now().ms - part->born_ms >= s->conf->roll_ms ||
	       (newest != part && p->parts.count > OPEN_PARTS);
}

/* Locked.  What is published here stands in the position file until the next commit:
 * harmless. */
static int
publish_due(const struct jsonl *s, struct partition *p, bool all, struct err *err)
{
	for (size_t i = p->parts.count; i-- > 0;) {
		if (!all && !is_due(s, p, &p->parts.items[i]))
			continue;
		if (publish_part(p, &p->parts.items[i], err))
			return -1;
		parts_remove(&p->parts, i);
	}
	return 0;
}

static int
commit_partition(const struct jsonl *s, struct partition *p,
		 const struct sink_place *place, struct err *err)
{
	if (lock_as_owner(s, p, err) || end_member(p, err) || drain_all(s, p, err) ||
	    place_file_write(&p->place, s->cluster, place, &p->parts, err))
		return -1;
	for (size_t i = 0; i < p->parts.count; i++)
		p->parts.items[i].bytes = p->parts.items[i].size;
	return publish_due(s, p, false, err);
}

static void
jsonl_undo(void *state)
{
	struct jsonl *s = state;

	for (size_t i = 0; i < s->count; i++) {
		forget_parts(s->partitions[i]);
		place_file_unlock(&s->partitions[i]->place);
	}
}

/* A former owner has nothing to publish: the next one did. */
static int
publish_partition(const struct jsonl *s, struct partition *p, bool all, struct err *err)
{
	int failed = 0;
	bool due = false;

	for (size_t i = 0; i < p->parts.count; i++)
		due = due || all || is_due(s, p, &p->parts.items[i]);
	if (!due)
		return 0;
	if (!lock_as_owner(s, p, err))
		failed = publish_due(s, p, all, err);
	else if (err->class == ERR_FATAL)
		forget_parts(p);
	else
		failed = -1;
	place_file_unlock(&p->place);
	return failed;
}

static int
jsonl_tick(void *state, struct err *err)
{
	struct jsonl *s = state;

	for (size_t i = 0; i < s->count; i++)
		if (publish_partition(s, s->partitions[i], false, err))
			return -1;
	return 0;
}

static int
jsonl_flush(void *state, const struct sink_place *places, size_t n, struct err *err)
{
	struct jsonl *s = state;

	for (size_t i = 0; i < n; i++) {
		struct partition *p =
		    find_partition(s, places[i].topic, places[i].partition);
		int failed = commit_partition(s, p, &places[i], err);

		place_file_unlock(&p->place);
		if (failed)
			return -1;
	}
	return jsonl_tick(s, err); /* a partition that rests has its parts in time too */
}

static void
jsonl_close(void *state)
{
	struct jsonl *s = state;
	struct err err;

	while (s->count > 0) {
		publish_partition(s, s->partitions[0], true, &err);
		remove_partition(s, s->partitions[0]);
	}
	free(s->partitions);
	buf_release(&s->line);
	free(s->path);
	free(s->cluster);
}

const struct sink_type sink_jsonl_type;
const struct sink_type sink_jsonl_type = {
	.name = "jsonl",
	.help = "gzipped JSON Lines in files by topic and hour, each record once",
	.kind = SINK_APPEND,
	.effect = SINK_IDEMPOTENT,
	.state_size = sizeof(struct jsonl),
	.conf_size = sizeof(struct jsonl_conf),
	.opts = jsonl_opts,
	.open = jsonl_open,
	.claim = jsonl_claim,
	.write = jsonl_write,
	.flush = jsonl_flush,
	.undo = jsonl_undo,
	.tick = jsonl_tick,
	.close = jsonl_close,
};
