/*
 * A topic of another cluster, on a real broker: each record once, whatever is
 * killed.  A kill takes a second or two here, since a new owner takes the ids
 * of all partitions; the drill in check-long makes 100 of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <librdkafka/rdkafka.h>

#include "base/mem.h"
#include "bus/bus.h"
#include "tests/lib/broker.h"
#include "tests/lib/sink_contract.h"
#include "tests/lib/sink_reader.h"
#include "time/clock.h"

extern const struct sink_type sink_kafka_type;

static char address[64], target[64];
static struct {
	const char *brokers, *target, *properties;
} settings = { address, target, NULL };
static struct bus *bus; /* open for a moment only: writers are forked */

static void
open_bus(void)
{
	const struct bus_setting kafka[] = { { "bootstrap.servers", address } };
	const struct bus_conf conf = { .kafka = kafka, .kafka_count = 1 };
	struct err err;

	OK(bus_open(&bus, &conf, &err));
}

static void
say_nothing(void *arg, const char *topic, const char *text)
{
	(void)arg, (void)topic, (void)text;
}

static void
make_topic(const char *name, int partitions)
{
	const struct bus_topic topic = { name, partitions, -1, false };
	struct err err;

	OK(bus_topics(bus, &topic, 1, false, say_nothing, NULL, &err));
}

/* The store was never there: another one. */
static void
wipe(void)
{
	static int n;

	snprintf(target, sizeof(target), "target-%d", ++n);
	open_bus();
	make_topic(target, 2);
	bus_close(bus);
}

/* The record says which it was. */
static int
look_at(void *arg, const struct bus_record *r, struct err *err)
{
	static const char mark[] = "\"was\":\"", again[] = "replayed ";
	char *value = must_printf("%.*s", (int)r->value_size, (const char *)r->value);
	char *was = strstr(value, mark);
	bool replayed;
	int p, i;

	(void)err;
	assert_non_null(was);
	was += strlen(mark);
	replayed = !strncmp(was, again, strlen(again));
	assert_int_equal(sscanf(was + (replayed ? strlen(again) : 0), "at %d/%d", &p, &i),
			 2);
	assert_int_equal(r->key_size, strlen(script[p][i].uri));
	assert_memory_equal(r->key, script[p][i].uri, r->key_size);
	assert_int_equal(r->header_count, replayed ? 2 : 1);
	sink_line_record(arg, p, script[p][i].record.offset + (replayed ? 2 * EACH : 0));
	free(value);
	return 0;
}

static void
look(struct buf *out)
{
	struct err err;

	open_bus();
	OK(bus_read_all(bus, target, look_at, out, &err));
	bus_close(bus);
}

static void
a_broker_that_dies_in_mid_batch_is_waited_for(void **state)
{
	struct how plain = { 0 };
	struct group *g = group_begin();
	struct reader r;
	struct bus_position positions[PARTITIONS];
	size_t n = 0;
	struct err err;
	int tries = 0;

	(void)state;
	OK(reader_open(&r, g, 5, plain, &err) || reader_claim(&r, &err));
	OK(reader_batch(&r, &err));
	while (n == 0)
		OK(reader_write_some(&r, positions, &n, &err));
	broker("kill", NULL, 0);
	reader_undo(&r);
	broker("restart", NULL, 0);
	while (!reader_is_done(&r)) {
		if (!reader_batch(&r, &err))
			continue;
		assert_int_equal(err.class, ERR_RETRY);
		assert_true(++tries < 200);
		reader_undo(&r);
		usleep(50000);
	}
	reader_close(&r);
	group_end(g, false, 0);
}

/* Keys keep their order, since each goes to one partition by one lane. */
static int
compare_order(void *arg, const struct bus_record *r, struct err *err)
{
	static int64_t last[PARTITIONS * EACH];
	int *seen = arg, p, i, uri;
	char *value = must_printf("%.*s", (int)r->value_size, (const char *)r->value);

	(void)err;
	assert_int_equal(sscanf(strstr(value, "\"was\""), "\"was\":\"at %d/%d", &p, &i),
			 2);
	uri = atoi(script[p][i].uri + strlen("urn:test:"));
	assert_true(*seen == 0 || last[uri] <= script[p][i].record.offset);
	last[uri] = script[p][i].record.offset;
	++*seen;
	free(value);
	return 0;
}

static void
records_of_a_key_keep_their_order(void **state)
{
	struct group *g = group_begin();
	int seen = 0;
	struct err err;

	(void)state;
	OK(reader_run(g, 3, (struct how){ 0 }, &err));
	open_bus();
	OK(bus_read_all(bus, target, compare_order, &seen, &err));
	bus_close(bus);
	assert_int_equal(seen, PARTITIONS * EACH);
	group_end(g, false, 0);
}

/* A topic that takes no large record. */
static void
make_small_topic(void)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_NewTopic_t *topic;
	rd_kafka_queue_t *q;
	rd_kafka_t *rk;
	char why[256];

	rd_kafka_conf_set(conf, "bootstrap.servers", address, why, sizeof(why));
	rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	assert_non_null(rk);
	q = rd_kafka_queue_new(rk);
	topic = rd_kafka_NewTopic_new("small", 1, 1, why, sizeof(why));
	rd_kafka_NewTopic_set_config(topic, "max.message.bytes", "1000000");
	rd_kafka_CreateTopics(rk, &topic, 1, NULL, q);
	rd_kafka_event_destroy(rd_kafka_queue_poll(q, 20000));
	rd_kafka_NewTopic_destroy(topic);
	rd_kafka_queue_destroy(q);
	rd_kafka_destroy(rk);
}

static void
what_cannot_work_is_said(void **state)
{
	static const char *const files[] = { "no setting\n", "no.such.setting = 1\n" };
	static const struct {
		const char *brokers, *target;
		int file; /* -1: none; 2: one that is not there */
		const char *topic, *says;
	} cases[] = {
		{ NULL, "x", -1, "t", "say brokers = HOST:PORT" },
		{ address, NULL, -1, "t", "target = TOPIC" },
		{ address, "no-such-topic", -1, "t", "make it, with max.message.bytes" },
		{ address, "small", -1, "t", "has max.message.bytes = 1000000" },
		{ address, "big", -1, "big", "it would never end" },
		{ address, "big", 0, "t", "line 1: no NAME=VALUE" },
		{ address, "big", 1, "t", "no.such.setting" },
		{ address, "big", 2, "t", "properties: cannot open" },
	};
	char path[] = "/tmp/newswire-kafka-test.XXXXXX", *cluster;
	int fd = mkstemp(path);
	struct err err;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	open_bus();
	cluster = must_strdup(bus_cluster(bus));
	make_topic("big", 1);
	bus_close(bus);
	make_small_topic();
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct sink_start start = {
			.name = "a", .state = ".", .cluster = cluster, .conf = &settings
		};
		struct bus_position p = { cases[i].topic, 0, 0 };
		struct sink *s;
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		if (cases[i].file == 0 || cases[i].file == 1)
			fputs(files[cases[i].file], f);
		fclose(f);
		settings.brokers = cases[i].brokers;
		settings.target = cases[i].target;
		settings.properties = cases[i].file < 0    ? NULL
				      : cases[i].file == 2 ? "/nowhere/properties"
							   : path;
		err.text[0] = '\0';
		if (!sink_open(&s, &sink_kafka_type, &start, &err)) {
			assert_int_equal(sink_claim(s, &p, 1, &err), -1);
			sink_close(s);
		}
		if (!strstr(err.text, cases[i].says))
			fail_msg("'%s' does not say '%s'", err.text, cases[i].says);
		assert_int_equal(err.class, ERR_USAGE);
	}
	settings.brokers = address;
	settings.target = target;
	settings.properties = NULL;
	unlink(path);
	free(cluster);
}

static int
start(void **state)
{
	static const struct sink_subject subject = { .type = &sink_kafka_type,
						     .conf = &settings,
						     .wipe = wipe,
						     .look = look,
						     .tries = 100,
						     .takes_any = true };

	(void)state;
	sink_subject = &subject;
	broker("start", address, sizeof(address));
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	broker("stop", NULL, 0);
	return 0;
}

int
main(int argc, char **argv)
{
	char few[3][8] = { "", "--kills", "20" }, *args[] = { few[0], few[1], few[2] };
	const struct CMUnitTest tests[] = {
		SINK_APPEND_CONTRACT,
		cmocka_unit_test(a_former_owner_stores_nothing),
		cmocka_unit_test(
		    what_is_stored_of_a_log_goes_on_where_that_was_carried_to),
		cmocka_unit_test(a_broker_that_dies_in_mid_batch_is_waited_for),
		cmocka_unit_test(records_of_a_key_keep_their_order),
		cmocka_unit_test(what_cannot_work_is_said),
	};

	sink_contract_arguments(LENGTH(args), args);
	sink_contract_arguments(argc, argv);
	return cmocka_run_group_tests(tests, start, stop);
}
