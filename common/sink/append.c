/*
 * Every flush must be durable before the group's positions are committed, yet
 * a file for each flush would be thousands an hour at a low rate.  So a flush
 * appends one member to an unfinished part (NAME.tmp, which no reader
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

#include "base/mem.h"
#include "record/packed.h"
#include "sink/append.h"
#include "sink/archive.h"
#include "sink/files.h"
#include "sink/line.h"
#include "sink/place_file.h"
#include "time/clock.h"

enum {
	SPILL = 4 << 20, /* compressed bytes of a batch that are kept in memory */
	OPEN_PARTS = 2,  /* after a flush: clocks differ at the turn of an hour */
};

struct partition {
	char *topic, *directory;
	int number;
	int64_t epoch;
	struct place_file place;
	struct parts parts;
	struct part *current; /* whose member is open in the packer; NULL: none */
	struct packer *packer;
	size_t pending; /* compressed bytes in memory */
};

struct append {
	const struct append_conf *conf;
	const struct append_form *form;
	void *arg;
	const struct packing *packing;
	char suffix[SUFFIX_TEXT]; /* jsonl.gz */
	char *path, *cluster;
	struct sink *sink;
	struct buf lines; /* of one record */
	struct partition **partitions;
	size_t count;
};

char *
append_directory(const struct sink_start *start)
{
	const struct append_conf *conf = start->conf;

	return conf->path && *conf->path
		   ? must_strdup(conf->path)
		   : must_printf("%s/%s", start->state, start->name);
}

int
append_open(struct append **append, const struct append_form *form, void *arg,
	    const struct sink_start *start, struct err *err)
{
	const struct append_conf *conf = start->conf;
	struct append *s = must_alloc(sizeof(*s));

	*append = s;
	*s = (struct append){ .conf = conf,
			      .form = form,
			      .arg = arg,
			      .cluster = must_strdup(start->cluster),
			      .sink = start->sink,
			      .path = append_directory(start) };
	buf_init(&s->lines, LINE_CEILING);
	if (packing_find(&s->packing, conf->compress, conf->level, err) ||
	    files_make_directory(s->path, err))
		return err_context(err, "sink %s", start->name);
	snprintf(s->suffix, sizeof(s->suffix), "%s%s", form->suffix, s->packing->suffix);
	return 0;
}

static struct partition *
find_partition(const struct append *s, const char *topic, int number)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->partitions[i]->number == number &&
		    !strcmp(s->partitions[i]->topic, topic))
			return s->partitions[i];
	return NULL;
}

static void
forget_parts(struct partition *p)
{
	parts_release(&p->parts);
	packer_reset(p->packer);
	p->current = NULL;
	p->pending = 0;
}

/* Locked.  ERR_FATAL if another has it by now. */
static int
check_owner(const struct append *s, struct partition *p, struct err *err)
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
lock_as_owner(const struct append *s, struct partition *p, struct err *err)
{
	if (p->place.locked)
		return 0;
	return place_file_lock(&p->place, err) || check_owner(s, p, err) ? -1 : 0;
}

static int
add_partition(struct append *s, const struct sink_place *place, struct err *err)
{
	struct partition *p = must_alloc(sizeof(*p));

	s->partitions =
	    must_realloc(s->partitions, (s->count + 1) * sizeof(struct partition *));
	s->partitions[s->count++] = p;
	p->topic = must_strdup(place->topic);
	p->number = place->partition;
	p->directory = must_printf("%s/%s", s->path, place->topic);
	p->place.lock_fd = -1;
	p->packer = packer_new(s->packing, s->conf->level);
	return files_make_directory(p->directory, err) ||
		       place_file_open(&p->place, p->directory, p->number, err)
		   ? -1
		   : 0;
}

static void
remove_partition(struct append *s, struct partition *p)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->partitions[i] == p)
			s->partitions[i] = s->partitions[--s->count];
	place_file_close(&p->place);
	parts_release(&p->parts);
	packer_free(p->packer);
	free(p->topic);
	free(p->directory);
	free(p);
}

static int
end_parts(struct partition *p, struct parts *left, struct err *err)
{
	int failed = 0;

	for (size_t i = 0; !failed && i < left->count; i++)
		failed = part_publish(&left->items[i], p->directory, p->number, err);
	parts_release(left);
	return failed;
}

/* To the directory of this cluster, as locked as the former one was. */
static int
change_directory(const struct append *s, struct partition *p, struct err *err)
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
move_on(const struct append *s, struct partition *p, struct sink_place *now,
	struct parts *left, bool *there, struct err *err)
{
	struct sink_place moved = *now;
	struct parts none = { 0 };
	bool known;

	if (sink_former(s->sink, p->place.cluster, &moved, &known, err))
		return -1;
	if (!known)
		return place_file_foreign(&p->place, s->cluster, err);
	if (left->count &&
	    (end_parts(p, left, err) ||
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
settle(const struct append *s, struct partition *p, struct sink_place *place,
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
		failed = archive_last(p->directory, p->topic, p->number, s->form->suffix,
				      &now.offset, err);
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
claim_partition(struct append *s, struct sink_place *place, struct err *err)
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

int
append_claim(void *state, struct sink_place *places, size_t n, struct err *err)
{
	struct append *s = *(struct append **)state;
	for (size_t i = 0; i < n; i++)
		if (claim_partition(s, &places[i], err))
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
	char *path = part_path(part, p->directory, p->number, ".tmp"),
	     *slash = strrchr(path, '/');
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
drain_all(const struct append *s, struct partition *p, struct err *err)
{
	for (size_t i = 0; i < p->parts.count; i++) {
		struct part *part = &p->parts.items[i];

		if (part->out.size > 0 &&
		    (lock_as_owner(s, p, err) || drain(p, part, err)))
			return -1;
	}
	return 0;
}

static int
pack(struct partition *p, const void *bytes, size_t n, struct err *err)
{
	struct buf *out = &p->current->out;
	size_t before = out->size;
	int failed = packer_add(p->packer, bytes, n, out, err);

	p->pending += out->size - before;
	return failed;
}

static int
end_member(struct partition *p, struct err *err)
{
	struct buf *out;
	size_t before;
	int failed;

	if (!p->current)
		return 0;
	out = &p->current->out;
	before = out->size;
	failed = packer_end(p->packer, out, err);
	p->pending += out->size - before;
	p->current = NULL;
	return failed;
}

/* Makes the part of that hour the current one. */
static int
turn_to(const struct append *s, struct partition *p, const struct bus_record *r,
	struct err *err)
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
	if (i > 0) {
		p->current = &p->parts.items[i - 1];
		return 0;
	}
	p->current = parts_add(&p->parts, hour, s->suffix, r->offset);
	return s->form->head ? pack(p, s->form->head, strlen(s->form->head), err) : 0;
}

static void
count_record(struct part *part, const struct bus_record *r)
{
	part->records++;
	part->last = r->offset;
	if (r->time_ms < part->from_ms)
		part->from_ms = r->time_ms;
	if (r->time_ms > part->to_ms)
		part->to_ms = r->time_ms;
}

int
append_write(void *state, const struct bus_record *r, bool stored, struct err *err)
{
	struct append *s = *(struct append **)state;
	struct partition *p = find_partition(s, r->topic, r->partition);

	buf_reset(&s->lines);
	if (s->form->print(s->arg, r, &s->lines, err) || buf_check(&s->lines, err))
		return -1;
	if (stored || s->lines.size == 0)
		return 0;
	if (turn_to(s, p, r, err) || pack(p, s->lines.data, s->lines.size, err))
		return -1;
	count_record(p->current, r);
	return p->pending > SPILL ? drain_all(s, p, err) : 0;
}

static bool
is_due(const struct append *s, const struct partition *p, const struct part *part)
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
publish_due(const struct append *s, struct partition *p, bool all, struct err *err)
{
	for (size_t i = p->parts.count; i-- > 0;) {
		if (!all && !is_due(s, p, &p->parts.items[i]))
			continue;
		if (part_publish(&p->parts.items[i], p->directory, p->number, err))
			return -1;
		parts_remove(&p->parts, i);
	}
	return 0;
}

static int
commit_partition(const struct append *s, struct partition *p,
		 const struct sink_place *place, struct err *err)
{
	if (lock_as_owner(s, p, err) || end_member(p, err) || drain_all(s, p, err) ||
	    place_file_write(&p->place, s->cluster, place, &p->parts, err))
		return -1;
	for (size_t i = 0; i < p->parts.count; i++)
		p->parts.items[i].bytes = p->parts.items[i].size;
	return publish_due(s, p, false, err);
}

void
append_undo(void *state)
{
	struct append *s = *(struct append **)state;
	for (size_t i = 0; i < s->count; i++) {
		forget_parts(s->partitions[i]);
		place_file_unlock(&s->partitions[i]->place);
	}
}

/* A former owner has nothing to publish: the next one did. */
static int
publish_partition(const struct append *s, struct partition *p, bool all, struct err *err)
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

int
append_tick(void *state, struct err *err)
{
	struct append *s = *(struct append **)state;
	for (size_t i = 0; i < s->count; i++)
		if (publish_partition(s, s->partitions[i], false, err))
			return -1;
	return 0;
}

int
append_flush(void *state, const struct sink_place *places, size_t n, struct err *err)
{
	struct append *s = *(struct append **)state;
	for (size_t i = 0; i < n; i++) {
		struct partition *p =
		    find_partition(s, places[i].topic, places[i].partition);
		int failed = commit_partition(s, p, &places[i], err);

		place_file_unlock(&p->place);
		if (failed)
			return -1;
	}
	return append_tick(state,
			   err); /* a partition that rests has its parts in time too */
}

void
append_close(void *state)
{
	struct append *s = *(struct append **)state;
	struct err err;

	if (!s)
		return;
	while (s->count > 0) {
		publish_partition(s, s->partitions[0], true, &err);
		remove_partition(s, s->partitions[0]);
	}
	free(s->partitions);
	buf_release(&s->lines);
	free(s->path);
	free(s->cluster);
	free(s);
}
