/* Kafka by bare librdkafka: transactions out, committed records in. */
#include "tests/bench/hops.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct kafka {
	rd_kafka_t *in, *out;
	const char *brokers, *prefix;
};

/* Without one a commit learns of its deliveries by looking every 10 ms. */
static void
delivered(rd_kafka_t *rk, const rd_kafka_message_t *m, void *arg)
{
	(void)rk;
	(void)arg;
	if (m->err)
		stop(rd_kafka_err2str(m->err));
}

static void
set(rd_kafka_conf_t *c, const char *name, const char *value)
{
	char why[256];

	if (rd_kafka_conf_set(c, name, value, why, sizeof(why)))
		stop(why);
}

static rd_kafka_t *
client(const struct kafka *k, rd_kafka_type_t type, const char *id)
{
	static const char *const of_sender[][2] = {
		{ "acks", "all" },    { "compression.codec", "lz4" },
		{ "linger.ms", "0" }, { "retry.backoff.ms", "10" },
		{ NULL, NULL },
	};
	static const char *const of_reader[][2] = {
		{ "auto.offset.reset", "earliest" },
		{ "enable.auto.commit", "false" },
		{ "isolation.level", "read_committed" },
		{ NULL, NULL },
	};
	bool sends = type == RD_KAFKA_PRODUCER;
	const char *const(*settings)[2] = sends ? of_sender : of_reader;
	rd_kafka_conf_t *c = rd_kafka_conf_new();
	char why[256];
	rd_kafka_t *rk;

	set(c, "bootstrap.servers", k->brokers);
	set(c, "socket.nagle.disable", "true");
	set(c, sends ? "transactional.id" : "group.id", id);
	for (size_t i = 0; settings[i][0]; i++)
		set(c, settings[i][0], settings[i][1]);
	if (sends)
		rd_kafka_conf_set_dr_msg_cb(c, delivered);
	rk = rd_kafka_new(type, c, why, sizeof(why));
	if (!rk)
		stop(why);
	return rk;
}

static void
must(rd_kafka_error_t *e)
{
	if (e)
		stop(rd_kafka_error_string(e));
}

static void
start_sending(struct kafka *k, const char *id)
{
	const struct rd_kafka_metadata *metadata;
	char *name = must_printf("%s.%s", k->prefix, id);

	k->out = client(k, RD_KAFKA_PRODUCER, name);
	must(rd_kafka_init_transactions(k->out, 30000));
	if (rd_kafka_metadata(k->out, 1, NULL, &metadata, 10000))
		stop("no metadata");
	free(name);
}

static void
start_reading(struct kafka *k, const char *topic, const char *group)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	char *name = must_printf("%s.%s", k->prefix, group);

	k->in = client(k, RD_KAFKA_CONSUMER, name);
	rd_kafka_poll_set_consumer(k->in);
	free(name);
	name = must_printf("%s.%s", k->prefix, topic);
	rd_kafka_topic_partition_list_add(list, name, RD_KAFKA_PARTITION_UA);
	if (rd_kafka_subscribe(k->in, list))
		stop(name);
	rd_kafka_topic_partition_list_destroy(list);
	free(name);
}

static void
kafka_begin(void *to)
{
	must(rd_kafka_begin_transaction(((struct kafka *)to)->out));
}

static void
kafka_put(void *to, const char *topic, const char *key, const void *value, size_t size)
{
	struct kafka *k = to;
	char name[256];

	snprintf(name, sizeof(name), "%s.%s", k->prefix, topic);
	if (rd_kafka_producev(k->out, RD_KAFKA_V_TOPIC(name),
			      RD_KAFKA_V_KEY(key, strlen(key)),
			      RD_KAFKA_V_VALUE((void *)(uintptr_t)value, size),
			      RD_KAFKA_V_HEADER("h", filler, HEADER_BYTES),
			      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END))
		stop("not sent");
}

static void
kafka_commit(void *to)
{
	must(rd_kafka_commit_transaction(((struct kafka *)to)->out, -1));
}

struct read_messages {
	rd_kafka_message_t *items[MOST];
	size_t count;
	rd_kafka_topic_partition_list_t *after;
};

/* One at least, and what else is there. */
static void
read_messages(struct kafka *k, struct read_messages *r)
{
	r->count = 0;
	r->after = rd_kafka_topic_partition_list_new(MOST);
	while (r->count < MOST) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(k->in, r->count ? 0 : 100);

		if (!m && r->count)
			break;
		if (!m || m->err) {
			if (m)
				rd_kafka_message_destroy(m);
			continue;
		}
		r->items[r->count++] = m;
		rd_kafka_topic_partition_list_del(r->after, rd_kafka_topic_name(m->rkt),
						  m->partition);
		rd_kafka_topic_partition_list_add(r->after, rd_kafka_topic_name(m->rkt),
						  m->partition)
		    ->offset = m->offset + 1;
	}
}

static void
free_messages(struct read_messages *r)
{
	while (r->count > 0)
		rd_kafka_message_destroy(r->items[--r->count]);
	rd_kafka_topic_partition_list_destroy(r->after);
}

static void
copy_kafka(struct kafka *k)
{
	struct read_messages r;
	size_t size;

	for (;; free_messages(&r)) {
		rd_kafka_consumer_group_metadata_t *group;

		read_messages(k, &r);
		kafka_begin(k);
		for (size_t i = 0; i < r.count; i++) {
			size = grow(r.items[i]->payload, r.items[i]->len);
			kafka_put(k, "enriched", "key", filler, size);
		}
		group = rd_kafka_consumer_group_metadata(k->in);
		must(rd_kafka_send_offsets_to_transaction(k->out, r.after, group, -1));
		rd_kafka_consumer_group_metadata_destroy(group);
		kafka_commit(k);
	}
}

static void
store_kafka(struct kafka *k, struct db *d)
{
	struct read_messages r;

	for (;; free_messages(&r)) {
		read_messages(k, &r);
		db_begin(d);
		for (size_t i = 0; i < r.count; i++)
			insert_row(d, r.items[i]->payload, r.items[i]->len / GROWTH);
		for (int i = 0; i < r.after->cnt; i++)
			set_position(d, r.after->elems[i].topic,
				     r.after->elems[i].partition,
				     r.after->elems[i].offset);
		db_commit(d);
	}
}

void
run_kafka(const char *spool, const char *sink, const char *brokers, const char *prefix)
{
	struct kafka k = { .brokers = brokers, .prefix = prefix };
	const struct taker take = { kafka_begin, kafka_put, kafka_commit, &k };
	struct db rows;

	if (start()) {
		db_open(&rows, sink, row_tables);
		start_reading(&k, "enriched", "store");
		store_kafka(&k, &rows);
	}
	if (start()) {
		start_sending(&k, "copy");
		start_reading(&k, "articles", "copy");
		copy_kafka(&k);
	}
	if (start()) {
		start_sending(&k, "watch");
		watch(spool, &take);
	}
}
