/*
 * What one process can see of the contract.  Each test has its own topics and
 * ids, so that they can share one broker.
 */
#include "tests/lib/bus_contract.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "tests/lib/bus_steps.h"
#include "time/clock.h"

struct said {
	int count;
	char text[1024];
};

static void
say(void *arg, const char *topic, const char *text)
{
	struct said *s = arg;
	size_t n = strlen(s->text);

	s->count++;
	snprintf(s->text + n, sizeof(s->text) - n, "%s: %s\n", topic, text);
}

static void
topics_are_created_once_and_what_differs_is_said(void **state)
{
	struct bus *bus = bus_for(false);
	struct bus_topic t[2] = { { fresh("news"), 3, 86400000, false },
				  { fresh("ledger"), 2, -1, true } };
	struct said said = { 0 };

	(void)state;
	CHECK(bus_partitions(bus, t[0].name, &err) == 0);
	OK(bus_topics(bus, t, 2, true, say, &said, &err));
	CHECK(said.count == 2 && strstr(said.text, "is missing"));
	CHECK(bus_partitions(bus, t[0].name, &err) == 0);
	said = (struct said){ 0 };
	OK(bus_topics(bus, t, 1, false, say, &said, &err));
	OK(bus_topics(bus, t, 2, false, say, &said, &err));
	OK(bus_topics(bus, t, 2, false, say, &said, &err));
	CHECK(said.count == 0);
	CHECK(bus_partitions(bus, t[0].name, &err) == 3);
	CHECK(bus_partitions(bus, t[1].name, &err) == 2);
	t[0].partitions = 4;
	t[0].retention_ms = 3600000;
	t[1].compacted = false;
	OK(bus_topics(bus, t, 2, false, say, &said, &err));
	CHECK(said.count == 3);
	CHECK(strstr(said.text, "partitions") && strstr(said.text, "3600000") &&
	      strstr(said.text, "compact"));
	CHECK(bus_partitions(bus, t[0].name, &err) == 3);
	bus_close(bus);
}

static void
a_log_has_a_name_that_stays(void **state)
{
	struct bus *one = bus_for(false), *two = bus_for(false);

	(void)state;
	CHECK(strlen(bus_cluster(one)) > 8);
	assert_string_equal(bus_cluster(one), bus_cluster(two));
	bus_close(one);
	bus_close(two);
}

static const struct {
	const char *name, *key, *value;
	size_t key_size, value_size, header_count;
	struct bus_header headers[4];
} records[] = {
	{ "plain", "key", "value", 3, 5, 1, { { "a", "b", 1 } } },
	{ "no key", NULL, "value", 0, 5, 0, { { 0 } } },
	{ "an empty key", "", "value", 0, 5, 0, { { 0 } } },
	{ "a tombstone", "key", NULL, 3, 0, 1, { { "why", "gone", 4 } } },
	{ "an empty value", "key", "", 3, 0, 0, { { 0 } } },
	{ "NUL bytes everywhere", "k\0\1", "\0v\0", 3, 3, 1, { { "h", "\0x\0", 3 } } },
	{ "a header twice, one empty, one null",
	  "key",
	  "v",
	  3,
	  1,
	  4,
	  { { "h", "1", 1 }, { "h", "2", 1 }, { "e", "", 0 }, { "n", NULL, 0 } } },
	{ "bytes that are no text",
	  "\xff\xfe",
	  "\x80\xc0",
	  2,
	  2,
	  1,
	  { { "\xc3\xa9", "\xff", 1 } } },
};

static void
check_bytes(const void *got, size_t n, const void *want, size_t m)
{
	CHECK(n == m && !got == !want);
	if (want)
		assert_memory_equal(got, want, m);
}

static void
check_record(const struct bus_record *r, size_t i)
{
	fprintf(stderr, "case: %s\n", records[i].name);
	check_bytes(r->key, r->key_size, records[i].key, records[i].key_size);
	check_bytes(r->value, r->value_size, records[i].value, records[i].value_size);
	CHECK(r->header_count == records[i].header_count);
	for (size_t h = 0; h < r->header_count; h++) {
		assert_string_equal(r->headers[h].name, records[i].headers[h].name);
		check_bytes(r->headers[h].value, r->headers[h].size,
			    records[i].headers[h].value, records[i].headers[h].size);
	}
}

static void
what_is_sent_comes_back_byte_for_byte(void **state)
{
	struct bus *bus = bus_for(false);
	const char *topic = topic_of(bus, "bytes", 1);
	struct bus_member *m = sender(bus, fresh("id"), topic);
	int64_t before = wall_now().ms;
	struct until u = WITHIN(10000);
	struct bus_reader *reader;
	const struct bus_record *r;
	size_t n, seen = 0;
	bool end = false;

	(void)state;
	OK(bus_begin(m, &err));
	for (size_t i = 0; i < LENGTH(records); i++) {
		struct bus_record out = { topic,
					  -1,
					  0,
					  0,
					  records[i].key,
					  records[i].key_size,
					  records[i].value,
					  records[i].value_size,
					  records[i].headers,
					  records[i].header_count };

		OK(bus_send(m, &out, &err));
	}
	OK(bus_commit(m, NULL, 0, &err));
	OK(bus_read_open(bus, topic, &reader, &err));
	while (!end || seen < LENGTH(records)) {
		OK(bus_read(reader, &r, &n, 3, 100, &end, &err));
		wait_on(&u);
		for (; n; n--, r++, seen++) {
			CHECK(r->partition == 0 && r->offset == (int64_t)seen);
			CHECK(r->time_ms >= before && r->time_ms <= wall_now().ms);
			assert_string_equal(r->topic, topic);
			check_record(r, seen);
		}
	}
	CHECK(seen == LENGTH(records));
	bus_read_close(reader);
	bus_leave(m);
	bus_close(bus);
}

/* From Kafka's own UtilsTest.java, so that every client agrees on a key's place. */
static const struct {
	const char *key;
	int32_t hash;
} murmur[] = {
	{ "21", -973932308 },
	{ "foobar", -790332482 },
	{ "a-little-bit-long-string", -985981536 },
	{ "a-little-bit-longer-string", -1486304829 },
	{ "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971 },
	{ "abc", 479470107 },
};

static void
a_key_has_the_partition_that_the_java_client_gives_it(void **state)
{
	struct bus *bus = bus_for(false);
	const char *topic = topic_of(bus, "keys", 7);
	struct bus_member *m = sender(bus, fresh("id"), topic);
	static struct seen s;

	(void)state;
	OK(bus_begin(m, &err));
	for (size_t i = 0; i < LENGTH(murmur); i++)
		send_text(m, topic, -1, murmur[i].key, "");
	send_text(m, topic, 5, "abc", "where it was told");
	OK(bus_commit(m, NULL, 0, &err));
	see(bus, topic, LENGTH(murmur) + 1, &s);
	CHECK(s.count == LENGTH(murmur) + 1);
	for (size_t i = 0; i < s.count; i++) {
		size_t k = 0;

		if (*s.items[i].value) {
			CHECK(s.items[i].partition == 5);
			continue;
		}
		while (strcmp(murmur[k].key, s.items[i].key))
			k++;
		CHECK(s.items[i].partition == (murmur[k].hash & 0x7fffffff) % 7);
	}
	bus_leave(m);
	bus_close(bus);
}

static void
aborted_and_open_transactions_are_not_seen(void **state)
{
	struct bus *bus = bus_for(false);
	const char *topic = topic_of(bus, "open", 1);
	struct bus_member *one = sender(bus, fresh("one"), topic);
	struct bus_member *two = sender(bus, fresh("two"), topic);
	static struct seen s;

	(void)state;
	OK(bus_begin(one, &err));
	send_text(one, topic, -1, "k", "aborted");
	OK(bus_abort(one, &err));
	send_one(one, topic, -1, "k", "0");
	OK(bus_begin(one, &err));
	OK(bus_begin(two, &err));
	send_text(two, topic, -1, "k", "2");
	send_text(one, topic, -1, "k", "1");
	see(bus, topic, 1, &s);
	check_each_once(&s, 1);
	OK(bus_commit(one, NULL, 0, &err));
	OK(bus_commit(two, NULL, 0, &err));
	see(bus, topic, 3, &s);
	check_each_once(&s, 3);
	bus_leave(one);
	OK(bus_begin(two, &err));
	send_text(two, topic, -1, "k", "left open");
	bus_leave(two);
	see(bus, topic, 3, &s);
	check_each_once(&s, 3);
	bus_close(bus);
}

static void
a_second_owner_of_an_id_fences_the_first(void **state)
{
	struct bus *bus = bus_for(false);
	const char *topic = topic_of(bus, "fence", 1), *id = fresh("id");
	struct bus_member *one = sender(bus, id, topic), *two;
	static struct seen s;

	(void)state;
	send_one(one, topic, -1, "k", "0");
	OK(bus_begin(one, &err));
	send_text(one, topic, -1, "k", "of a former owner");
	two = sender(bus, id, topic);
	FAILS(bus_commit(one, NULL, 0, &err), ERR_FATAL);
	send_one(two, topic, -1, "k", "1");
	bus_leave(one);
	send_one(two, topic, -1, "k", "2");
	bus_leave(two);
	see(bus, topic, 3, &s);
	check_each_once(&s, 3);
	bus_close(bus);
}

static void
a_second_consumer_of_an_id_fences_the_first(void **state)
{
	struct bus *bus = bus_for(true);
	const char *topic = topic_of(bus, "in", 1), *out = topic_of(bus, "out", 1);
	const char *id = fresh("id"), *group = fresh("group");
	struct bus_member *one, *two, *m = sender(bus, fresh("id"), topic);
	const struct bus_record *r;
	static struct seen s;
	size_t n;

	(void)state;
	send_one(m, topic, -1, "k", "0");
	one = consumer(bus, id, group, topic, out);
	n = poll_some(one, &r, 10);
	OK(bus_begin(one, &err));
	send_text(one, out, -1, "k", "0");
	two = consumer(bus, id, group, topic, out);
	FAILS(commit_after(one, r, n), ERR_FATAL);
	n = poll_some(two, &r, 10);
	OK(bus_begin(two, &err));
	send_text(two, out, -1, "k", "0");
	OK(commit_after(two, r, n));
	see(bus, out, 1, &s);
	check_each_once(&s, 1);
	bus_leave(one);
	bus_leave(two);
	bus_leave(m);
	bus_close(bus);
}

static void
send_numbers(struct bus_member *m, const char *topic, int from, int to)
{
	char text[16];

	OK(bus_begin(m, &err));
	for (int i = from; i < to; i++) {
		snprintf(text, sizeof(text), "%d", i);
		send_text(m, topic, -1, text, text);
	}
	OK(bus_commit(m, NULL, 0, &err));
}

static int
number_of(const struct bus_record *r)
{
	char text[16] = "";

	CHECK(r->value_size < sizeof(text));
	memcpy(text, r->value, r->value_size);
	return atoi(text);
}

/* The next value is n and nothing is between. */
static void
expect(struct bus_member *m, int n)
{
	const struct bus_record *r;

	poll_some(m, &r, 1);
	if (number_of(r) != n)
		fprintf(stderr, "%d instead of %d\n", number_of(r), n);
	CHECK(number_of(r) == n);
}

static void
an_abort_gives_the_same_records_again(void **state)
{
	struct bus *bus = bus_for(true);
	const char *topic = topic_of(bus, "again", 1);
	struct bus_member *m = sender(bus, fresh("id"), topic), *c;
	const struct bus_record *r;

	(void)state;
	send_numbers(m, topic, 0, 6);
	c = consumer(bus, fresh("id"), fresh("group"), topic, NULL);
	expect(c, 0);
	expect(c, 1);
	OK(bus_begin(c, &err));
	OK(bus_abort(c, &err));
	expect(c, 0);
	poll_some(c, &r, 1);
	CHECK(number_of(r) == 1);
	OK(bus_begin(c, &err));
	OK(commit_after(c, r, 1));
	expect(c, 2);
	expect(c, 3);
	OK(bus_abort(c, &err)); /* of no transaction: rewinds all the same */
	expect(c, 2);
	bus_leave(c);
	bus_leave(m);
	bus_close(bus);
}

static void
a_seek_goes_to_any_place(void **state)
{
	struct bus *bus = bus_for(true);
	const char *topic = topic_of(bus, "seek", 1), *group = fresh("group");
	struct bus_member *m = sender(bus, fresh("id"), topic), *c;
	struct bus_position at = { topic, 0, 0 };
	int64_t offset;

	(void)state;
	send_numbers(m, topic, 0, 50);
	c = consumer(bus, fresh("id"), group, topic, NULL);
	for (int i = 0; i < 10; i++)
		expect(c, i);
	at.offset = 3;
	OK(bus_seek(c, &at, 1, &err));
	expect(c, 3);
	at.offset = 40;
	OK(bus_seek(c, &at, 1, &err));
	expect(c, 40);
	expect(c, 41);
	at.offset = BUS_FIRST;
	OK(bus_seek(c, &at, 1, &err));
	expect(c, 0);
	OK(bus_committed(bus, group, topic, 0, &offset, &err));
	CHECK(offset == -1);
	bus_leave(c);
	bus_leave(m);
	bus_close(bus);
}

static int
begin_at_seven(void *arg, struct bus_position *p, size_t n, struct err *e)
{
	(void)e;
	*(int64_t *)arg = p->offset;
	CHECK(n == 1 && p->partition == 0);
	p->offset = 7;
	return 0;
}

static void
assigned_may_say_where_to_start(void **state)
{
	struct bus *bus = bus_for(true);
	const char *topic = topic_of(bus, "start", 1), *group = fresh("group"),
		   *id = fresh("id");
	struct bus_member *m = sender(bus, fresh("id"), topic), *c;
	int64_t given = 0;
	struct bus_role role = { .id = id,
				 .group = group,
				 .topics = &topic,
				 .topic_count = 1,
				 .assigned = begin_at_seven,
				 .arg = &given };
	const struct bus_record *r;
	size_t n;

	(void)state;
	send_numbers(m, topic, 0, 12);
	OK(bus_join(bus, &role, &c, &err));
	expect(c, 7);
	CHECK(given == BUS_FIRST);
	expect(c, 8);
	OK(bus_abort(c, &err));
	n = poll_some(c, &r, 1);
	CHECK(number_of(r) == 7);
	OK(bus_begin(c, &err));
	OK(commit_after(c, r, n));
	bus_leave(c);
	OK(bus_join(bus, &role, &c, &err));
	expect(c, 7);
	CHECK(given == 8);
	bus_leave(c);
	bus_leave(m);
	bus_close(bus);
}

static void
a_paused_member_gets_nothing_and_then_all(void **state)
{
	struct bus *bus = bus_for(true);
	const char *topic = topic_of(bus, "pause", 1);
	struct bus_member *m = sender(bus, fresh("id"), topic), *c;
	const struct bus_record *r;
	size_t n;

	(void)state;
	send_numbers(m, topic, 0, 20);
	c = consumer(bus, fresh("id"), fresh("group"), topic, NULL);
	expect(c, 0);
	expect(c, 1);
	for (int round = 0; round < 3; round++) {
		OK(bus_pause(c, true, &err));
		OK(bus_pause(c, true, &err));
		for (int i = 0; i < 5; i++) {
			OK(bus_poll(c, &r, &n, 10, 50, &err));
			CHECK(n == 0);
		}
		OK(bus_pause(c, false, &err));
		OK(bus_pause(c, false, &err));
		expect(c, 2 + 2 * round);
		expect(c, 3 + 2 * round);
	}
	OK(bus_pause(c, true, &err));
	OK(bus_abort(c, &err));
	OK(bus_poll(c, &r, &n, 10, 100, &err));
	CHECK(n == 0);
	OK(bus_pause(c, false, &err));
	for (int i = 0; i < 20; i++)
		expect(c, i);
	bus_leave(c);
	bus_leave(m);
	bus_close(bus);
}

static int
note_assigned(void *arg, struct bus_position *p, size_t n, struct err *e)
{
	(void)p;
	(void)e;
	*(size_t *)arg += n;
	return 0;
}

static void
note_revoked(void *arg, const struct bus_position *p, size_t n)
{
	(void)p;
	*(size_t *)arg -= n;
}

/* Both are polled for as long as the first has so many partitions. */
static void
poll_while_has(struct bus_member *first, struct bus_member *second, const size_t *has,
	       size_t n)
{
	struct until u = WITHIN(15000);
	const struct bus_record *r;
	size_t none;

	for (; *has == n; wait_on(&u)) {
		OK(bus_poll(first, &r, &none, 10, 0, &err));
		if (second)
			OK(bus_poll(second, &r, &none, 10, 0, &err));
	}
}

/* The pause ends while nothing is assigned. */
static void
partitions_lost_in_a_pause_are_read_when_they_come_back(void **state)
{
	struct bus *bus = bus_for(true);
	const char *topic = topic_of(bus, "lost", 2), *group = fresh("group"),
		   *id = fresh("id");
	struct bus_member *m = sender(bus, fresh("id"), topic), *c, *other;
	size_t has = 0;
	struct bus_role role = { .id = id,
				 .group = group,
				 .topics = &topic,
				 .topic_count = 1,
				 .assigned = note_assigned,
				 .revoked = note_revoked,
				 .arg = &has };
	const struct bus_record *r;
	size_t n, seen = 0;
	struct until u;

	(void)state;
	OK(bus_join(bus, &role, &c, &err));
	poll_while_has(c, NULL, &has, 0);
	OK(bus_pause(c, true, &err));
	other = consumer(bus, fresh("id"), group, topic, NULL);
	poll_while_has(c, other, &has, 2);
	OK(bus_pause(c, false, &err));
	poll_while_has(c, other, &has, 0);
	for (int p = 0; p < 2; p++)
		send_one(m, topic, p, "k", "0");
	for (u = WITHIN(15000); !seen; wait_on(&u)) {
		OK(bus_poll(c, &r, &seen, 10, 0, &err));
		OK(bus_poll(other, &r, &n, 10, 0, &err));
	}
	bus_leave(other);
	bus_leave(c);
	bus_leave(m);
	bus_close(bus);
}

static int64_t
offset_at(struct bus *bus, const char *topic, int64_t at)
{
	int64_t offset;

	OK(bus_offset(bus, topic, 0, at, &offset, &err));
	return offset;
}

/* A commit is seen a moment after it returned. */
static int64_t
end_after(struct bus *bus, const char *topic, int64_t before)
{
	struct until u = WITHIN(5000);
	int64_t end;

	while ((end = offset_at(bus, topic, BUS_END)) <= before)
		wait_on(&u);
	return end;
}

static void
offsets_are_found_by_first_end_and_time(void **state)
{
	struct bus *bus = bus_for(false);
	const char *topic = topic_of(bus, "times", 1);
	struct bus_member *m = sender(bus, fresh("id"), topic);
	struct until u = WITHIN(2000);
	int64_t between, end;

	(void)state;
	CHECK(offset_at(bus, topic, BUS_FIRST) == 0);
	CHECK(offset_at(bus, topic, BUS_END) == 0);
	CHECK(offset_at(bus, topic, 1000) == 0);
	send_numbers(m, topic, 0, 5);
	end = end_after(bus, topic, 4);
	do {
		wait_on(&u);
		between = wall_now().ms;
	} while (offset_at(bus, topic, between) != end);
	send_numbers(m, topic, 5, 8);
	end_after(bus, topic, end);
	CHECK(offset_at(bus, topic, between) == end);
	CHECK(offset_at(bus, topic, 0) == 0);
	CHECK(offset_at(bus, topic, wall_now().ms + 3600000) ==
	      offset_at(bus, topic, BUS_END));
	end = offset_at(bus, topic, BUS_END);
	OK(bus_begin(m, &err));
	send_text(m, topic, -1, "k", "open");
	CHECK(offset_at(bus, topic, BUS_END) == end);
	OK(bus_abort(m, &err));
	CHECK(bus_offset(bus, fresh("none"), 0, BUS_END, &end, &err) == -1);
	bus_leave(m);
	bus_close(bus);
}

static int64_t
lag_of(struct bus *bus, const char *group, const char *topic)
{
	struct until u = WITHIN(20000);
	int64_t lag;

	while (bus_lag(bus, group, topic, &lag, &err)) { /* the first group's coordinator may be slow */
		CHECK(err.class == ERR_RETRY);
		wait_on(&u);
	}
	return lag;
}

/* Commits and what groups committed are seen a moment later. */
static void
lag_becomes(struct bus *bus, const char *group, const char *topic, bool nothing)
{
	struct until u = WITHIN(5000);

	while ((lag_of(bus, group, topic) == 0) != nothing)
		wait_on(&u);
}

static void
lag_is_nothing_when_all_is_read(void **state)
{
	struct bus *bus = bus_for(true);
	const char *topic = topic_of(bus, "lag", 3), *group = fresh("group");
	struct bus_member *m = sender(bus, fresh("id"), topic), *c;
	const struct bus_record *r;

	(void)state;
	CHECK(lag_of(bus, group, topic) == 0);
	for (int i = 0; i < 10; i++)
		send_numbers(m, topic, i, i + 1);
	lag_becomes(bus, group, topic, false);
	c = consumer(bus, fresh("id"), group, topic, NULL);
	for (size_t read = 0, n; read < 10; read += n) {
		CHECK(lag_of(bus, group, topic) >= 1);
		n = poll_some(c, &r, 4);
		OK(bus_begin(c, &err));
		OK(commit_after(c, r, n));
	}
	lag_becomes(bus, group, topic, true);
	for (int i = 0; i < 5; i++) {
		OK(bus_begin(m, &err));
		send_text(m, topic, i % 3, "k", "aborted");
		OK(bus_abort(m, &err));
		CHECK(lag_of(bus, group, topic) == 0);
	}
	send_numbers(m, topic, 10, 11);
	lag_becomes(bus, group, topic, false);
	bus_leave(c);
	bus_leave(m);
	bus_close(bus);
}

static bool
is_settled(struct bus *bus, const char *topic)
{
	bool settled;

	OK(bus_settled(bus, topic, &settled, &err));
	return settled;
}

static void
settles(struct bus *bus, const char *topic)
{
	for (struct until u = WITHIN(5000); !is_settled(bus, topic);)
		wait_on(&u);
}

static void
settled_is_a_topic_whose_transactions_ended(void **state)
{
	struct bus *bus = bus_for(true);
	const char *topic = topic_of(bus, "settled", 3);
	struct bus_member *m = sender(bus, fresh("id"), topic);
	bool settled;

	(void)state;
	CHECK(is_settled(bus, topic));
	for (int i = 1; i <= 20; i++) {
		OK(bus_begin(m, &err));
		send_text(m, topic, 0, "k", "v");
		OK(bus_commit(m, NULL, 0, &err));
		settles(bus, topic);
		CHECK(offset_at(bus, topic, BUS_END) == (world->restart ? 2 : 1) * i);
	}
	/* The embedded log writes a transaction as a whole; a broker record by record, with
	 * a mark at its end. */
	OK(bus_begin(m, &err));
	send_text(m, topic, 0, "k", "open");
	for (struct until u = WITHIN(5000); world->restart && is_settled(bus, topic);)
		wait_on(&u);
	OK(bus_abort(m, &err));
	settles(bus, topic);
	CHECK(bus_settled(bus, fresh("none"), &settled, &err) == 0 && settled);
	bus_leave(m);
	bus_close(bus);
}

/* How far the group is from the end becomes so much, give or take what is counted along. */
static void
standing_becomes(struct bus *bus, const char *group, const char *topic, int64_t left,
		 int64_t slack)
{
	struct until u = WITHIN(5000);
	int64_t at, end;

	do {
		wait_on(&u);
		OK(bus_standing(bus, group, topic, &at, &end, &err));
		CHECK(at >= 0);
	} while (end - at < left || end - at > left + slack);
}

static void
where_a_group_stands_is_summed_over_the_partitions(void **state)
{
	struct bus *bus = bus_for(true);
	const char *topic = topic_of(bus, "standing", 3), *group = fresh("group");
	struct bus_member *m = sender(bus, fresh("id"), topic), *c;
	const struct bus_record *r;
	int64_t at, end, before;

	(void)state;
	CHECK(lag_of(bus, group, topic) == 0);
	OK(bus_standing(bus, group, topic, &at, &end, &err));
	CHECK(at == -1 && end == 0);
	send_numbers(m, topic, 0, 10);
	lag_becomes(bus, group, topic, false);
	OK(bus_standing(bus, group, topic, &at, &end, &err));
	CHECK(at == -1 && end >= 10 && end <= 13);
	c = consumer(bus, fresh("id"), group, topic, NULL);
	for (size_t read = 0, n; read < 10; read += n) {
		n = poll_some(c, &r, 1);
		OK(bus_begin(c, &err));
		OK(commit_after(c, r, n));
		if (read == 0)
			standing_becomes(bus, group, topic, 9, 3);
	}
	standing_becomes(bus, group, topic, 0, 3);
	OK(bus_standing(bus, group, topic, &before, &end, &err));
	send_numbers(m, topic, 10, 17);
	standing_becomes(bus, group, topic, 7, 6);
	OK(bus_standing(bus, group, topic, &at, &end, &err));
	CHECK(at == before);
	OK(bus_standing(bus, group, fresh("none"), &at, &end, &err));
	CHECK(at == -1 && end == 0);
	bus_leave(c);
	bus_leave(m);
	bus_close(bus);
}

static void
check_big(const char *topic, struct bus *bus, const char *value, size_t n)
{
	struct bus_member *c = consumer(bus, fresh("id"), fresh("group"), topic, NULL);
	const struct bus_record *r;

	poll_some(c, &r, 10);
	CHECK(r->value_size == n && !memcmp(r->value, value, n));
	bus_leave(c);
}

static void
a_big_record_goes_through_and_one_over_the_limit_is_refused(void **state)
{
	static const size_t sizes[] = { 5 << 20, BUS_MAX_RECORD - 100, BUS_MAX_RECORD };
	struct bus *bus = bus_for(true);
	char *value = must_alloc(BUS_MAX_RECORD + 1);
	struct bus_record r = { .partition = -1, .value = value };
	static struct seen s;

	(void)state;
	for (size_t i = 0; i < BUS_MAX_RECORD;
	     i++) /* no two blocks alike: it will not compress */
		value[i] = (char)((i * 2654435761u) >> 13 ^ i >> 7);
	for (size_t i = 0; i < LENGTH(sizes); i++) {
		struct bus_member *m;

		r.topic = topic_of(bus, "big", 1);
		r.value_size = sizes[i];
		m = sender(bus, fresh("id"), r.topic);
		OK(bus_begin(m, &err));
		OK(bus_send(m, &r, &err));
		OK(bus_commit(m, NULL, 0, &err));
		check_big(r.topic, bus, value, sizes[i]);
		r.value_size = BUS_MAX_RECORD + 1;
		r.topic = topic_of(bus, "over", 1);
		OK(bus_begin(m, &err));
		FAILS(bus_send(m, &r, &err), ERR_REJECT);
		send_text(m, r.topic, -1, "k", "0");
		OK(bus_commit(m, NULL, 0, &err));
		see(bus, r.topic, 1, &s);
		check_each_once(&s, 1);
		bus_leave(m);
	}
	free(value);
	bus_close(bus);
}

enum { MANY = 100000 };

static void
send_many(struct bus_member *m, const char *topic)
{
	char text[300];
	struct bus_record r = { .topic = topic,
				.value = text,
				.value_size = sizeof(text) };
	struct mono start = mono_now();

	memset(text, 'x', sizeof(text));
	for (int i = 0; i < MANY; i += 1000) {
		OK(bus_begin(m, &err));
		for (int k = i; k < i + 1000; k++) {
			snprintf(text, 16, "%d", k);
			r.partition = k % 4;
			OK(bus_send(m, &r, &err));
		}
		OK(bus_commit(m, NULL, 0, &err));
	}
	fprintf(stderr, "%d sent in batches of 1000 in %" PRId64 " ms\n", MANY,
		mono_since(start));
}

static void
a_hundred_thousand_records_keep_their_order(void **state)
{
	struct bus *bus = bus_for(true);
	const char *topic = topic_of(bus, "many", 4);
	struct bus_member *m = sender(bus, fresh("id"), topic), *c;
	int next[4] = { 0, 1, 2, 3 }, seen = 0;
	int64_t last[4] = { -1, -1, -1, -1 };
	const struct bus_record *r;
	struct mono start;

	(void)state;
	send_many(m, topic);
	c = consumer(bus, fresh("id"), fresh("group"), topic, NULL);
	start = mono_now();
	while (seen < MANY) {
		size_t n = poll_some(c, &r, 1000), k;

		for (k = 0; k < n; k++) {
			int p = r[k].partition;

			CHECK(atoi(r[k].value) == next[p] && r[k].offset > last[p]);
			next[p] += 4;
			last[p] = r[k].offset;
		}
		OK(bus_begin(c, &err));
		OK(commit_after(c, r, n));
		seen += (int)n;
	}
	fprintf(stderr, "read and committed in %" PRId64 " ms\n", mono_since(start));
	bus_leave(c);
	bus_leave(m);
	bus_close(bus);
}

enum { STATE_KEYS = 10, STATE_VERSIONS = 30 };

static void
send_versions(struct bus_member *m, const char *topic)
{
	char key[8], value[16];

	for (int version = 0; version < STATE_VERSIONS; version++) {
		OK(bus_begin(m, &err));
		for (int k = 0; k < STATE_KEYS; k++) {
			snprintf(key, sizeof(key), "%d", k);
			snprintf(value, sizeof(value), "%d/%d", k, version);
			send_text(m, topic, -1, key, value);
		}
		OK(bus_commit(m, NULL, 0, &err));
	}
	send_one(m, topic, -1, "9", NULL);
}

static bool
has_newest(const struct seen *s)
{
	char newest[STATE_KEYS][80] = { "" }, value[16];

	for (size_t i = 0; i < s->count; i++)
		strcpy(newest[atoi(s->items[i].key)], s->items[i].value);
	for (int k = 0; k < STATE_KEYS - 1; k++) {
		snprintf(value, sizeof(value), "%d/%d", k, STATE_VERSIONS - 1);
		if (strcmp(newest[k], value))
			return false;
	}
	return !strcmp(newest[9], "(null)") || !*newest[9];
}

static void
a_compacted_topic_read_to_its_end_has_the_newest_of_each_key(void **state)
{
	struct bus *bus = bus_for(false);
	const char *topic = compacted_topic_of(bus, "state", 3);
	struct bus_member *m = sender(bus, fresh("id"), topic);
	struct until u = WITHIN(5000);
	static struct seen s;

	(void)state;
	send_versions(m, topic);
	for (see(bus, topic, 10, &s); !has_newest(&s); see(bus, topic, 10, &s))
		wait_on(&u); /* for the last commit to be seen */
	bus_leave(m);
	bus_close(bus);
}

/* Reads on until the end is said and at least so many have come: how many did. */
static size_t
read_to_end(struct bus_reader *reader, size_t least)
{
	const struct bus_record *r;
	struct until u = WITHIN(10000);
	size_t n, all = 0;
	bool end = false;

	while (!end || all < least) {
		OK(bus_read(reader, &r, &n, 7, 20, &end, &err));
		all += n;
		wait_on(&u);
	}
	return all;
}

/* The offset of the n-th record of a partition, from 0: markers have offsets too. */
static int64_t
offset_of(struct bus *bus, const char *topic, int partition, int n)
{
	struct bus_reader *reader;
	const struct bus_record *r;
	struct until u = WITHIN(10000);
	int64_t offset = -1;
	size_t count;
	bool end;

	OK(bus_read_open(bus, topic, &reader, &err));
	while (offset < 0) {
		OK(bus_read(reader, &r, &count, 7, 20, &end, &err));
		for (size_t i = 0; i < count; i++)
			if (r[i].partition == partition && n-- == 0)
				offset = r[i].offset;
		wait_on(&u);
	}
	bus_read_close(reader);
	return offset;
}

static void
a_reader_sees_the_end_each_time(void **state)
{
	struct bus *bus = bus_for(false);
	const char *topic = topic_of(bus, "end", 4);
	struct bus_member *m = sender(bus, fresh("id"), topic);
	struct bus_reader *reader;

	(void)state;
	OK(bus_read_open(bus, topic, &reader, &err));
	CHECK(read_to_end(reader, 0) == 0);
	for (size_t i = 0; i < 20; i++) {
		send_numbers(m, topic, (int)i, 2 * (int)i + 1);
		CHECK(read_to_end(reader, i + 1) == i + 1);
		CHECK(read_to_end(reader, 0) == 0);
	}
	OK(bus_begin(m, &err));
	send_text(m, topic, 1, "k", "aborted");
	OK(bus_abort(m, &err));
	CHECK(read_to_end(reader, 0) == 0);
	bus_read_close(reader);
	bus_leave(m);
	bus_close(bus);
}

static void
a_reader_that_asks_for_no_end_takes_what_has_come(void **state)
{
	struct bus *bus = bus_for(false);
	const char *topic = topic_of(bus, "far", 4);
	struct bus_member *m = sender(bus, fresh("id"), topic);
	struct until u = WITHIN(10000);
	const struct bus_record *r;
	struct bus_reader *reader;
	struct mono start;
	size_t n, seen = 0;

	(void)state;
	OK(bus_read_open(bus, topic, &reader, &err));
	CHECK(read_to_end(reader, 0) == 0);
	send_numbers(m, topic, 0, 8);
	for (; seen < 8; wait_on(&u), seen += n)
		OK(bus_read(reader, &r, &n, 3, 0, NULL, &err));
	CHECK(seen == 8);
	start = mono_now();
	for (int i = 0; i < 100; i++) {
		OK(bus_read(reader, &r, &n, 3, 0, NULL, &err));
		CHECK(n == 0);
	}
	fprintf(stderr, "a hundred looks in %" PRId64 " ms\n", mono_since(start));
	CHECK(mono_since(start) < 1000);
	send_numbers(m, topic, 8, 9);
	CHECK(read_to_end(reader, 1) == 1);
	bus_read_close(reader);
	bus_leave(m);
	bus_close(bus);
}

static void
a_reader_seeks_in_one_partition(void **state)
{
	struct bus *bus = bus_for(false);
	const char *topic = topic_of(bus, "reader", 2);
	struct bus_member *m = sender(bus, fresh("id"), topic);
	struct bus_reader *reader;

	(void)state;
	OK(bus_begin(m, &err));
	for (int i = 0; i < 20; i++)
		send_text(m, topic, i % 2, NULL, "x");
	OK(bus_commit(m, NULL, 0, &err));
	OK(bus_read_open(bus, topic, &reader, &err));
	CHECK(read_to_end(reader, 20) == 20);
	OK(bus_read_seek(reader, 1, 6, &err));
	CHECK(read_to_end(reader, 4) == 4);
	OK(bus_read_seek(reader, 0, 0, &err));
	CHECK(read_to_end(reader, 10) == 10);
	OK(bus_read_seek(reader, 0, BUS_FIRST, &err));
	OK(bus_read_seek(reader, 1, BUS_END, &err));
	CHECK(read_to_end(reader, 10) == 10);
	bus_read_close(reader);
	bus_leave(m);
	bus_close(bus);
}

/* As a copy into the topic that it reads: what comes after the ends were fixed is not seen. */
static void
a_reader_ends_where_it_is_told(void **state)
{
	struct bus *bus = bus_for(false);
	const char *topic = topic_of(bus, "until", 3);
	struct bus_member *m = sender(bus, fresh("id"), topic);
	struct bus_reader *reader;
	struct until u = WITHIN(10000);
	int64_t end, fourth;

	(void)state;
	for (int i = 0; i < 30; i++)
		send_one(m, topic, i % 3, NULL, "x");
	fourth = offset_of(bus, topic, 0, 4);
	do {
		OK(bus_offset(bus, topic, 1, BUS_END, &end, &err));
		wait_on(&u);
	} while (end < 10);
	OK(bus_read_open(bus, topic, &reader, &err));
	OK(bus_read_until(reader, 0, fourth, &err));
	OK(bus_read_until(reader, 1, end, &err));
	OK(bus_read_until(reader, 2, 0, &err));
	for (int i = 0; i < 9; i++)
		send_one(m, topic, i % 3, NULL, "later");
	CHECK(read_to_end(reader, 14) == 14);
	CHECK(read_to_end(reader, 0) == 0);
	send_one(m, topic, 0, NULL, "later still");
	CHECK(read_to_end(reader, 0) == 0);
	OK(bus_read_seek(reader, 0, BUS_FIRST, &err));
	CHECK(read_to_end(reader, 4) == 4);
	OK(bus_read_until(reader, 0, fourth + 1, &err));
	CHECK(read_to_end(reader, 1) == 1);
	FAILS(bus_read_until(reader, 3, 1, &err), ERR_USAGE);
	bus_read_close(reader);
	bus_leave(m);
	bus_close(bus);
}

/* As a replay at the speed of the log, which lets itself see a little more each time. */
static void
a_reader_whose_ends_move_goes_on(void **state)
{
	enum { EACH = 40 };
	struct bus *bus = bus_for(false);
	const char *topic = topic_of(bus, "moving", 2);
	struct bus_member *m = sender(bus, fresh("id"), topic);
	struct bus_reader *reader;
	struct until u = WITHIN(10000);
	int64_t end[2];
	int read = 0;

	(void)state;
	for (int i = 0; i < 2 * EACH; i++)
		send_one(m, topic, i % 2, NULL, "x");
	do {
		OK(bus_offset(bus, topic, 0, BUS_END, &end[0], &err));
		OK(bus_offset(bus, topic, 1, BUS_END, &end[1], &err));
		wait_on(&u);
	} while (end[0] < EACH || end[1] < EACH);
	OK(bus_read_open(bus, topic, &reader, &err));
	for (int64_t at = 0; at <= end[0] || at <= end[1]; at++) {
		OK(bus_read_until(reader, 0, at < end[0] ? at : end[0], &err));
		OK(bus_read_until(reader, 1, at / 2 * 2 < end[1] ? at / 2 * 2 : end[1], &err));
		read += read_to_end(reader, 0);
	}
	OK(bus_read_until(reader, 1, end[1], &err));
	read += read_to_end(reader, 0);
	CHECK(read == 2 * EACH);
	bus_read_close(reader);
	bus_leave(m);
	bus_close(bus);
}

/* A toy that keeps sums in memory and states each in the transaction that changed it. */
enum { TOY_KEYS = 3, TOY_RECORDS = 24, TOY_BATCH = 4 };

struct toy {
	struct bus_member *m;
	const char *out;
	int sums[TOY_KEYS];
	int step, abort_at,
	    aborts; /* each batch is aborted at its first step, its second ... */
};

static bool
aborts_here(struct toy *t, const int *before)
{
	if (t->step++ != t->abort_at)
		return false;
	OK(bus_abort(t->m, &err));
	memcpy(t->sums, before, sizeof(t->sums));
	t->abort_at++;
	t->aborts++;
	return true;
}

/* One batch, unless it is aborted: how many records are done. */
static size_t
toy_batch(struct toy *t)
{
	const struct bus_record *r;
	int before[TOY_KEYS];
	size_t n = poll_some(t->m, &r, TOY_BATCH);

	memcpy(before, t->sums, sizeof(before));
	t->step = 0;
	if (aborts_here(t, before))
		return 0;
	OK(bus_begin(t->m, &err));
	if (aborts_here(t, before))
		return 0;
	for (size_t i = 0; i < n; i++) {
		int v = number_of(&r[i]), k = v % TOY_KEYS;
		char key[8], value[16];

		t->sums[k] += v;
		snprintf(key, sizeof(key), "%d", k);
		snprintf(value, sizeof(value), "%d", t->sums[k]);
		send_text(t->m, t->out, 0, key, value);
		if (aborts_here(t, before))
			return 0;
	}
	OK(commit_after(t->m, r, n));
	t->abort_at = 0;
	return n;
}

static void
a_stateful_consumer_aborted_at_every_step_ends_with_right_sums(void **state)
{
	struct bus *bus = bus_for(true);
	const char *in = topic_of(bus, "in", 1);
	struct bus_member *m = sender(bus, fresh("id"), in);
	struct toy toy = { .out = topic_of(bus, "sums", 1) };
	int sums[TOY_KEYS] = { 0 }, stated[TOY_KEYS] = { 0 };
	size_t done = 0;
	static struct seen s;

	(void)state;
	for (int i = 0; i < TOY_RECORDS; i++)
		sums[i % TOY_KEYS] += i;
	send_numbers(m, in, 0, TOY_RECORDS);
	toy.m = consumer(bus, fresh("id"), fresh("group"), in, toy.out);
	while (done < TOY_RECORDS)
		done += toy_batch(&toy);
	CHECK(done == TOY_RECORDS && toy.aborts >= TOY_RECORDS / TOY_BATCH * 6);
	see(bus, toy.out, TOY_RECORDS, &s);
	CHECK(s.count == TOY_RECORDS);
	for (size_t i = 0; i < s.count; i++)
		stated[atoi(s.items[i].key)] = atoi(s.items[i].value);
	for (int k = 0; k < TOY_KEYS; k++)
		CHECK(stated[k] == sums[k]);
	bus_leave(toy.m);
	bus_leave(m);
	bus_close(bus);
}

static void
a_forgotten_group_has_no_positions(void **state)
{
	struct bus *bus = bus_for(true);
	const char *topic = topic_of(bus, "forget", 1), *group = fresh("group");
	struct bus_member *m = sender(bus, fresh("id"), topic), *c;
	struct until u = WITHIN(20000);
	const struct bus_record *r;
	int64_t offset;
	bool known;

	(void)state;
	send_numbers(m, topic, 0, 4);
	OK(bus_committed(bus, group, topic, 0, &offset, &err));
	CHECK(offset == -1);
	c = consumer(bus, fresh("id"), group, topic, NULL);
	poll_some(c, &r, 1);
	OK(bus_begin(c, &err));
	OK(commit_after(c, r, 1));
	while (offset != 1) {
		OK(bus_committed(bus, group, topic, 0, &offset, &err));
		wait_on(&u);
	}
	CHECK(bus_forget(bus, group, &known, &err) == -1); /* it has a member */
	bus_leave(c);
	while (bus_forget(bus, group, &known, &err))
		wait_on(&u);
	CHECK(known);
	OK(bus_committed(bus, group, topic, 0, &offset, &err));
	CHECK(offset == -1);
	OK(bus_forget(bus, group, &known, &err));
	CHECK(!known);
	bus_leave(m);
	bus_close(bus);
}

static int64_t
committed_at(struct bus *bus, const char *group, const char *topic, int partition)
{
	int64_t offset = -2;

	OK(bus_committed(bus, group, topic, partition, &offset, &err));
	return offset;
}

static void
a_group_without_members_is_put_anywhere(void **state)
{
	struct bus *bus = bus_for(true);
	const char *topic = topic_of(bus, "place", 2), *group = fresh("group");
	struct bus_member *m = sender(bus, fresh("id"), topic), *c;
	struct bus_position p[] = { { topic, 0, 3 }, { topic, 1, 0 } };
	struct until u = WITHIN(60000);
	const struct bus_record *r;

	(void)state;
	OK(bus_begin(m, &err));
	for (int i = 0; i < 5; i++)
		send_text(m, topic, 0, "k", (char[]){ (char)('0' + i), 0 });
	OK(bus_commit(m, NULL, 0, &err));
	while (bus_place(bus, group, p, 2, &err)) { /* the first group's coordinator may be slow */
		CHECK(err.class == ERR_RETRY);
		wait_on(&u);
	}
	CHECK(committed_at(bus, group, topic, 0) == 3);
	CHECK(committed_at(bus, group, topic, 1) == 0);
	p[0].offset = 2;
	OK(bus_place(bus, group, p, 1, &err));
	CHECK(committed_at(bus, group, topic, 0) == 2);
	CHECK(committed_at(bus, group, topic, 1) == 0);
	c = consumer(bus, fresh("id"), group, topic, NULL);
	poll_some(c, &r, 1);
	CHECK(r->offset == 2 && !memcmp(r->value, "2", 1));
	CHECK(bus_place(bus, group, p, 1, &err) == -1); /* it has a member */
	bus_leave(c);
	p[0].offset = 4;
	while (bus_place(bus, group, p, 1, &err))
		wait_on(&u);
	CHECK(committed_at(bus, group, topic, 0) == 4);
	bus_leave(m);
	bus_close(bus);
}

static int
begin_at_nine(void *arg, struct bus_position *p, size_t n, struct err *e)
{
	(void)arg;
	(void)e;
	for (; n; n--, p++)
		p->offset = 9;
	return 0;
}

/* The group's own, and one that a sink says: neither is of the topic that is there. */
static void
a_position_beyond_the_end_is_fatal_and_says_what_to_do(void **state)
{
	struct bus *bus = bus_for(true);
	const char *topic = topic_of(bus, "beyond", 1), *group = fresh("group");
	struct bus_member *m = sender(bus, fresh("id"), topic), *c;
	struct bus_position at = { topic, 0, 9 };
	struct bus_role role = { .id = fresh("id"),
				 .group = group,
				 .topics = &topic,
				 .topic_count = 1 };
	struct until u = WITHIN(60000);
	const struct bus_record *r;
	size_t n;

	(void)state;
	send_numbers(m, topic, 0, 4);
	for (int own = 0; own < 2; own++) {
		at.offset = own ? 0 : 9;
		role.assigned = own ? begin_at_nine : NULL;
		while (bus_place(bus, group, &at, 1, &err))
			wait_on(&u);
		OK(bus_join(bus, &role, &c, &err));
		while (!bus_poll(c, &r, &n, 10, 100, &err)) {
			CHECK(n == 0);
			wait_on(&u);
		}
		CHECK(err.class == ERR_FATAL && strstr(err.text, "topics forget"));
		bus_leave(c);
	}
	bus_leave(m);
	bus_close(bus);
}

static void
a_seek_in_a_partition_that_went_is_passed_over(void **state)
{
	struct bus *bus = bus_for(true);
	const char *topic = topic_of(bus, "went", 1), *group = fresh("group"),
		   *id = fresh("id");
	struct bus_member *m = sender(bus, fresh("id"), topic), *c;
	struct bus_position at[] = { { topic, 0, 2 }, { topic, 7, 1 } };

	(void)state;
	send_numbers(m, topic, 0, 4);
	c = consumer(bus, id, group, topic, NULL);
	expect(c, 0);
	OK(bus_seek(c, at, LENGTH(at), &err));
	expect(c, 2);
	at[0].offset = 9;
	FAILS(bus_seek(c, at, 1, &err), ERR_FATAL);
	bus_leave(c);
	bus_leave(m);
	bus_close(bus);
}

static struct bus_member *
time_keeper(struct bus *bus, const char *topic)
{
	struct bus_role role = {
		.id = fresh("id"), .sends = &topic, .send_count = 1, .keeps_time = true
	};
	struct bus_member *m;

	OK(bus_join(bus, &role, &m, &err));
	return m;
}

static void
only_who_says_so_sends_with_the_time_that_a_record_bears(void **state)
{
	struct bus *bus = bus_for(false);
	const char *topic = topic_of(bus, "keeps", 1);
	struct bus_member *keeper = time_keeper(bus, topic),
			  *other = sender(bus, fresh("id"), topic);
	struct bus_record r = { .topic = topic, .value = "x", .value_size = 1 };
	const int64_t then = wall_now().ms - 3 * 86400000;
	struct until u = WITHIN(30000);
	const struct bus_record *got;
	struct bus_reader *reader;
	int64_t times[2];
	size_t found = 0, n;
	bool end;

	(void)state;
	r.time_ms = then;
	OK(bus_begin(keeper, &err));
	OK(bus_send(keeper, &r, &err));
	OK(bus_commit(keeper, NULL, 0, &err));
	OK(bus_begin(other, &err));
	OK(bus_send(other, &r, &err));
	OK(bus_commit(other, NULL, 0, &err));
	OK(bus_read_open(bus, topic, &reader, &err));
	for (; found < 2; wait_on(&u)) {
		OK(bus_read(reader, &got, &n, 2, 100, &end, &err));
		for (size_t i = 0; i < n; i++)
			times[found++] = got[i].time_ms;
	}
	CHECK(times[0] == then);
	CHECK(times[1] > then + 86400000);
	bus_read_close(reader);
	bus_leave(keeper);
	bus_leave(other);
	bus_close(bus);
}

static void
a_transaction_may_be_empty(void **state)
{
	struct bus *bus = bus_for(false);
	const char *topic = topic_of(bus, "empty", 1);
	struct bus_member *m = sender(bus, fresh("id"), topic);
	static struct seen s;

	(void)state;
	OK(bus_begin(m, &err));
	OK(bus_commit(m, NULL, 0, &err));
	OK(bus_begin(m, &err));
	OK(bus_abort(m, &err));
	send_one(m, topic, -1, NULL, "0");
	see(bus, topic, 1, &s);
	check_each_once(&s, 1);
	bus_leave(m);
	bus_close(bus);
}

static struct bus_member *
lone_consumer(struct bus *bus, const char *group, const char *topic)
{
	struct bus_role role = { .id = fresh("id"),
				 .group = group,
				 .topics = &topic,
				 .topic_count = 1,
				 .alone = true };
	struct bus_member *m;

	OK(bus_join(bus, &role, &m, &err));
	return m;
}

/* Reads and commits with both until so many have come; gives whose they were, as bits. */
static unsigned
read_with_both(struct bus_member *const both[2], size_t wanted)
{
	struct until u = WITHIN(30000);
	unsigned whose = 0;

	for (size_t got = 0; got < wanted; wait_on(&u))
		for (unsigned i = 0; i < 2; i++) {
			const struct bus_record *r;
			size_t n = 0;

			if (!both[i])
				continue;
			if (bus_poll(both[i], &r, &n, 100, 50, &err)) {
				CHECK(err.class == ERR_RETRY);
				continue;
			}
			if (!n)
				continue;
			OK(bus_begin(both[i], &err));
			OK(commit_after(both[i], r, n));
			whose |= 1U << i;
			got += n;
		}
	return whose;
}

/* Of members that are alone one has all partitions, also when it goes. */
static void
one_of_a_group_reads_all_and_the_next_takes_over(void **state)
{
	struct bus *bus = bus_for(true);
	const char *topic = topic_of(bus, "lone", 4), *group = fresh("group");
	struct bus_member *m = sender(bus, fresh("id"), topic), *both[2] = { NULL, NULL };
	unsigned whose;

	(void)state;
	both[0] = lone_consumer(bus, group, topic);
	for (int p = 0; p < 4; p++)
		send_one(m, topic, p, "k", "v");
	CHECK(read_with_both(both, 4) == 1);
	both[1] = lone_consumer(bus, group, topic);
	for (int round = 0; round < 3; round++) {
		for (int p = 0; p < 4; p++)
			send_one(m, topic, p, "k", "v");
		whose = read_with_both(both, 4);
	}
	CHECK(whose == 1 || whose == 2);
	bus_leave(both[whose - 1]);
	both[whose - 1] = NULL;
	for (int p = 0; p < 4; p++)
		send_one(m, topic, p, "k", "v");
	CHECK(read_with_both(both, 4) == (whose ^ 3U));
	bus_leave(both[whose == 1]);
	bus_leave(m);
	bus_close(bus);
}

static const struct CMUnitTest alone[] = {
	cmocka_unit_test(topics_are_created_once_and_what_differs_is_said),
	cmocka_unit_test(a_log_has_a_name_that_stays),
	cmocka_unit_test(what_is_sent_comes_back_byte_for_byte),
	cmocka_unit_test(a_key_has_the_partition_that_the_java_client_gives_it),
	cmocka_unit_test(aborted_and_open_transactions_are_not_seen),
	cmocka_unit_test(a_transaction_may_be_empty),
	cmocka_unit_test(a_second_owner_of_an_id_fences_the_first),
	cmocka_unit_test(a_second_consumer_of_an_id_fences_the_first),
	cmocka_unit_test(an_abort_gives_the_same_records_again),
	cmocka_unit_test(a_seek_goes_to_any_place),
	cmocka_unit_test(assigned_may_say_where_to_start),
	cmocka_unit_test(a_paused_member_gets_nothing_and_then_all),
	cmocka_unit_test(partitions_lost_in_a_pause_are_read_when_they_come_back),
	cmocka_unit_test(offsets_are_found_by_first_end_and_time),
	cmocka_unit_test(lag_is_nothing_when_all_is_read),
	cmocka_unit_test(settled_is_a_topic_whose_transactions_ended),
	cmocka_unit_test(where_a_group_stands_is_summed_over_the_partitions),
	cmocka_unit_test(a_big_record_goes_through_and_one_over_the_limit_is_refused),
	cmocka_unit_test(a_hundred_thousand_records_keep_their_order),
	cmocka_unit_test(a_compacted_topic_read_to_its_end_has_the_newest_of_each_key),
	cmocka_unit_test(a_reader_sees_the_end_each_time),
	cmocka_unit_test(a_reader_that_asks_for_no_end_takes_what_has_come),
	cmocka_unit_test(a_reader_seeks_in_one_partition),
	cmocka_unit_test(a_reader_ends_where_it_is_told),
	cmocka_unit_test(a_reader_whose_ends_move_goes_on),
	cmocka_unit_test(a_stateful_consumer_aborted_at_every_step_ends_with_right_sums),
	cmocka_unit_test(a_forgotten_group_has_no_positions),
	cmocka_unit_test(a_group_without_members_is_put_anywhere),
	cmocka_unit_test(a_position_beyond_the_end_is_fatal_and_says_what_to_do),
	cmocka_unit_test(a_seek_in_a_partition_that_went_is_passed_over),
	cmocka_unit_test(one_of_a_group_reads_all_and_the_next_takes_over),
	cmocka_unit_test(only_who_says_so_sends_with_the_time_that_a_record_bears),
};

static int
start(void **state)
{
	(void)state;
	memset(common, 0, sizeof(*common));
	if (world->start)
		world->start();
	return 0;
}

int
bus_contract(const struct bus_world *w, const char *only)
{
	size_t more, n = LENGTH(alone);
	const struct CMUnitTest *drills = bus_drills(&more);
	struct CMUnitTest *tests = must_alloc((n + more) * sizeof(*tests));
	int failed;

	steps_start(w);
	if (only)
		cmocka_set_test_filter(only);
	memcpy(tests, alone, sizeof(alone));
	memcpy(tests + n, drills, more * sizeof(*tests));
	for (size_t i = 0; i < n + more; i++)
		tests[i].setup_func = start;
	failed = _cmocka_run_group_tests("bus", tests, n + more, NULL, NULL);
	free(tests);
	return failed;
}
