/*
 * What brokers answer seldom, from librdkafka's mock cluster.  It knows
 * neither isolation nor fencing, so nothing here is about exactly-once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "base/mem.h"
#include "tests/lib/bus_steps.h"
#include "time/clock.h"

/* Keys of the protocol's requests. */
enum { PRODUCE = 0, ADD_OFFSETS = 25, ADD_PARTITIONS = 24, END_TXN = 26 };

static rd_kafka_t *owner;
static rd_kafka_mock_cluster_t *cluster;
static char brokers[128];
static struct bus_setting extra;

static void
conf_of(struct bus_conf *conf, bool quick)
{
	static struct bus_setting settings[] = {
		{ "bootstrap.servers", brokers },
		{ "transaction.timeout.ms", "3000" },
		{ NULL, NULL },
	};

	(void)quick;
	settings[2] = extra;
	*conf = (struct bus_conf){ .cluster = "test",
				   .kafka = settings,
				   .kafka_count = extra.name ? 3 : 2 };
}

static const struct bus_world mocked = { .conf = conf_of };

static int
start(void **state)
{
	char why[256];

	(void)state;
	steps_start(&mocked);
	owner = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof(why));
	assert_non_null(owner);
	cluster = rd_kafka_mock_cluster_new(owner, 1);
	assert_non_null(cluster);
	assert_int_equal(rd_kafka_mock_topic_create(cluster, "news", 1, 1), 0);
	snprintf(brokers, sizeof(brokers), "%s",
		 rd_kafka_mock_cluster_bootstraps(cluster));
	extra = (struct bus_setting){ NULL, NULL };
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	rd_kafka_mock_cluster_destroy(cluster);
	rd_kafka_destroy(owner);
	return 0;
}

static void
abort_it(struct bus_member *m)
{
	struct until u = WITHIN(30000);

	while (bus_abort(m, &err)) {
		CHECK(err.class == ERR_RETRY);
		wait_on(&u);
	}
}

static void
with_the_broker_down_a_commit_is_to_be_tried_again(void **state)
{
	struct bus *bus = bus_for(false);
	struct bus_member *m = sender(bus, "id", "news");

	(void)state;
	send_one(m, "news", -1, "k", "0");
	OK(bus_begin(m, &err));
	rd_kafka_mock_broker_set_down(cluster, 1);
	send_text(m, "news", -1, "k", "1");
	FAILS(bus_commit(m, NULL, 0, &err), ERR_RETRY);
	CHECK(strstr(err.text, brokers));
	rd_kafka_mock_broker_set_up(cluster, 1);
	abort_it(m);
	send_one(m, "news", -1, "k", "1");
	bus_leave(m);
	bus_close(bus);
}

/* A push of an error, what the commit then is, and that the next one is well. */
static const struct {
	const char *name;
	int request;
	rd_kafka_resp_err_t code;
	int times;
	bool fails;
	enum err_class class;
} answers[] = {
	{ "a coordinator on the move", END_TXN, RD_KAFKA_RESP_ERR_NOT_COORDINATOR, 3,
	  false, 0 },
	{ "a coordinator that loads", ADD_PARTITIONS,
	  RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, 3, false, 0 },
	{ "a former transaction not yet ended", ADD_PARTITIONS,
	  RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, 3, false, 0 },
	{ "a leader on the move", PRODUCE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, 3,
	  false, 0 },
	{ "too few replicas", PRODUCE, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, 3, false,
	  0 },
	{ "a state that is fatal to the producer", END_TXN,
	  RD_KAFKA_RESP_ERR_INVALID_TXN_STATE, 1, true, ERR_RETRY },
	{ "a producer that nobody knows", PRODUCE, RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID,
	  1, true, ERR_RETRY },
	{ "a number out of order", PRODUCE,
	  RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, 1, true, ERR_RETRY },
	{ "a topic with a lower limit", PRODUCE, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, 1,
	  true, ERR_USAGE },
	{ "no right to write", PRODUCE, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 1,
	  true, ERR_USAGE },
};

static void
push(size_t i)
{
	for (int k = 0; k < answers[i].times; k++)
		rd_kafka_mock_push_request_errors(cluster, (int16_t)answers[i].request, 1,
						  answers[i].code);
}

static void
each_answer_has_its_class_and_the_next_batch_goes_through(void **state)
{
	struct bus *bus = bus_for(false);

	(void)state;
	for (size_t i = 0; i < LENGTH(answers); i++) {
		struct bus_member *m = sender(bus, answers[i].name, "news");

		fprintf(stderr, "case: %s\n", answers[i].name);
		push(i);
		OK(bus_begin(m, &err));
		send_text(m, "news", -1, "k", "0");
		if (answers[i].fails) {
			FAILS(bus_commit(m, NULL, 0, &err), answers[i].class);
			fprintf(stderr, "      %s\n", err.text);
			abort_it(m);
		} else {
			OK(bus_commit(m, NULL, 0, &err));
		}
		send_one(m, "news", -1, "k", "1");
		bus_leave(m);
	}
	bus_close(bus);
}

static void
what_was_polled_comes_again_when_the_abort_reached_no_broker(void **state)
{
	struct bus *bus = bus_for(false);
	struct bus_member *m = sender(bus, "feeder", "news"),
			  *c = consumer(bus, "id", "group", "news", "news");
	const struct bus_record *r;

	(void)state;
	send_one(m, "news", -1, "k", "0");
	CHECK(poll_some(c, &r, 10) == 1);
	OK(bus_begin(c, &err));
	send_text(c, "news", -1, "k", "1");
	rd_kafka_mock_broker_set_down(cluster, 1);
	FAILS(commit_after(c, r, 1), ERR_RETRY);
	FAILS(bus_abort(c, &err), ERR_RETRY);
	rd_kafka_mock_broker_set_up(cluster, 1);
	CHECK(poll_some(c, &r, 1) == 1);
	CHECK(r->offset == 0);
	bus_leave(c);
	bus_leave(m);
	bus_close(bus);
}

/*
 * That somebody else has the id is believed, unless the connection was lost:
 * then it may be said of our former self, and who holds the lock of the id takes
 * it again.
 */
static const struct {
	const char *name;
	bool cut, has_lock, holds_it;
	enum err_class class;
} fencings[] = {
	{ "out of the blue", false, false, false, ERR_FATAL },
	{ "out of the blue, with the lock", false, true, true, ERR_FATAL },
	{ "after a cut", true, false, false, ERR_RETRY },
	{ "after a cut, with the lock", true, true, true, ERR_RETRY },
	{ "after a cut, without the lock", true, true, false, ERR_FATAL },
};

static bool
holds(void *arg)
{
	return *(const bool *)arg;
}

static void
cut(void)
{
	struct until u = WITHIN(5000);
	struct mono start = mono_now();

	rd_kafka_mock_broker_set_down(cluster, 1);
	while (mono_since(start) < 500)
		wait_on(&u);
	rd_kafka_mock_broker_set_up(cluster, 1);
}

static void
only_after_a_cut_is_an_id_taken_again(void **state)
{
	static const char *const news = "news";
	struct bus *bus = bus_for(false);

	(void)state;
	for (size_t i = 0; i < LENGTH(fencings); i++) {
		bool held = fencings[i].holds_it;
		struct bus_role role = { .id = fencings[i].name,
					 .sends = &news,
					 .send_count = 1,
					 .is_ours = fencings[i].has_lock ? holds : NULL,
					 .arg = &held };
		struct bus_member *m;

		fprintf(stderr, "case: %s\n", fencings[i].name);
		OK(bus_join(bus, &role, &m, &err));
		send_one(m, "news", -1, "k", "0");
		OK(bus_begin(m, &err));
		send_text(m, "news", -1, "k", "1");
		if (fencings[i].cut)
			cut();
		rd_kafka_mock_push_request_errors(cluster, END_TXN, 1,
						  RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH);
		FAILS(bus_commit(m, NULL, 0, &err), fencings[i].class);
		fprintf(stderr, "      %s\n", err.text);
		if (fencings[i].class == ERR_RETRY) {
			abort_it(m);
			send_one(m, "news", -1, "k", "1");
		} else {
			FAILS(bus_abort(m, &err), ERR_FATAL);
		}
		bus_leave(m);
	}
	bus_close(bus);
}

static void
a_full_queue_waits_for_room(void **state)
{
	struct bus *bus;
	struct bus_member *m;

	(void)state;
	extra = (struct bus_setting){ "queue.buffering.max.messages", "10" };
	bus = bus_for(false);
	m = sender(bus, "id", "news");
	OK(bus_begin(m, &err));
	for (int i = 0; i < 500; i++)
		send_text(m, "news", -1, "k", "v");
	OK(bus_commit(m, NULL, 0, &err));
	OK(bus_begin(m, &err));
	rd_kafka_mock_broker_set_down(cluster, 1);
	for (int i = 0; i < 10; i++)
		send_text(m, "news", -1, "k", "v");
	FAILS(bus_send(m,
		       &(struct bus_record){ .topic = "news",
					     .partition = -1,
					     .value = "v",
					     .value_size = 1 },
		       &err),
	      ERR_RETRY);
	rd_kafka_mock_broker_set_up(cluster, 1);
	abort_it(m);
	send_one(m, "news", -1, "k", "1");
	bus_leave(m);
	bus_close(bus);
}

static const struct {
	const char *name, *value;
} refused[] = {
	{ "enable.idempotence", "false" },
	{ "acks", "1" },
	{ "request.required.acks", "0" },
	{ "isolation.level", "read_uncommitted" },
	{ "enable.auto.commit", "true" },
	{ "enable.auto.offset.store", "true" },
	{ "auto.offset.reset", "latest" },
	{ "partition.assignment.strategy", "cooperative-sticky" },
	{ "partition.assignment.strategy", "range,cooperative-sticky" },
	{ "transactional.id", "mine" },
	{ "group.id", "mine" },
	{ "group.instance.id", "mine" },
	{ "no.such.setting", "1" },
	{ "linger.ms", "soon" },
	{ "message.timeout.ms", "60000" }, /* longer than the transaction */
};

static void
a_setting_that_would_break_the_promise_is_refused_with_the_reason(void **state)
{
	struct bus_conf conf;
	struct bus_member *m;
	struct bus *bus;

	(void)state;
	for (size_t i = 0; i < LENGTH(refused); i++) {
		struct bus_role role = { .id = "id" };

		fprintf(stderr, "case: %s = %s\n", refused[i].name, refused[i].value);
		extra = (struct bus_setting){ refused[i].name, refused[i].value };
		conf_of(&conf, false);
		if (!bus_open(&bus, &conf, &err)) {
			FAILS(bus_join(bus, &role, &m, &err), ERR_USAGE);
			bus_close(bus);
		}
		CHECK(err.class == ERR_USAGE);
		CHECK(strstr(err.text, refused[i].name));
	}
}

static const struct {
	const char *name, *value;
} accepted[] = {
	{ "acks", "all" },
	{ "acks", "-1" },
	{ "enable.idempotence", "true" },
	{ "auto.offset.reset", "smallest" },
	{ "compression.codec", "gzip" },
	{ "linger.ms", "50" },
	{ "session.timeout.ms", "20000" },
	{ "message.max.bytes", "2000000" },
	{ "fetch.max.bytes", "20000000" },
	{ "client.id", "desk" },
};

static void
any_other_setting_is_the_users(void **state)
{
	struct bus_member *m;
	struct bus *bus;

	(void)state;
	for (size_t i = 0; i < LENGTH(accepted); i++) {
		fprintf(stderr, "case: %s = %s\n", accepted[i].name, accepted[i].value);
		extra = (struct bus_setting){ accepted[i].name, accepted[i].value };
		bus = bus_for(false);
		m = sender(bus, "id", "news");
		send_one(m, "news", -1, "k", "v");
		bus_leave(m);
		bus_close(bus);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    with_the_broker_down_a_commit_is_to_be_tried_again, start, stop),
		cmocka_unit_test_setup_teardown(
		    each_answer_has_its_class_and_the_next_batch_goes_through, start,
		    stop),
		cmocka_unit_test_setup_teardown(
		    what_was_polled_comes_again_when_the_abort_reached_no_broker, start,
		    stop),
		cmocka_unit_test_setup_teardown(only_after_a_cut_is_an_id_taken_again,
						start, stop),
		cmocka_unit_test_setup_teardown(a_full_queue_waits_for_room, start, stop),
		cmocka_unit_test_setup_teardown(
		    a_setting_that_would_break_the_promise_is_refused_with_the_reason,
		    start, stop),
		cmocka_unit_test_setup_teardown(any_other_setting_is_the_users, start,
						stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
