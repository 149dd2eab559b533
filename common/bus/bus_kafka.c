/*
 * The log as Apache Kafka keeps it, by librdkafka 2.0.2 and later.
 *
 * Settings come in three layers: defaults of ours, [kafka] as the user wrote
 * it, and what exactly-once stands on, which nobody may change.  All reading
 * is read-committed and every record is sent in a transaction.
 */
#include "bus/bus_kafka.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/mem.h"
#include "ops/log.h"
#include "ops/stop.h"

/*
 * retry.backoff.ms trebles consume-process-produce in batches of a hundred;
 * reconnecting soon is what lets readers go on within 3 s of a restart.
 */
static const struct bus_setting common_defaults[] = {
	{ "client.id", "newswire" },         { "retry.backoff.ms", "10" },
	{ "reconnect.backoff.ms", "50" },    { "reconnect.backoff.max.ms", "1000" },
	{ "socket.nagle.disable", "true" },  { "socket.keepalive.enable", "true" },
	{ "log.connection.close", "false" }, { NULL, NULL },
};

/*
 * What lies ready in memory is bounded; a fetch holds more only for a record
 * that is bigger.  A full queue stops fetching for up to a second (before
 * librdkafka 2.2), so it holds about what one worker does in a second.  A
 * member's death is known after session and heartbeat together: within 12 s.
 */
const struct bus_setting kafka_consumer_defaults[] = {
	{ "session.timeout.ms", "10000" },
	{ "heartbeat.interval.ms", "1000" },
	{ "auto.offset.reset", "earliest" },
	{ "partition.assignment.strategy", "range" },
	{ "fetch.wait.max.ms", "100" },
	{ "fetch.error.backoff.ms", "100" },
	{ "max.partition.fetch.bytes", "1048576" },
	{ "queued.max.messages.kbytes", "16384" },
	{ NULL, NULL },
};

const struct bus_setting kafka_producer_defaults[] = {
	{ "transaction.timeout.ms", "15000" },
	{ "compression.codec", "lz4" },
	{ "linger.ms", "5" },
	{ "partitioner", "murmur2_random" },
	{ "queue.buffering.max.kbytes", "65536" },
	{ NULL, NULL },
};

/* What [kafka] may repeat but not change: `allowed` parted by blanks, "" for nothing. */
static const struct {
	const char *name, *allowed, *why;
} guarded[] = {
	{ "transactional.id", "",
	  "each worker has its own, so that a former owner is fenced" },
	{ "group.id", "", "each worker's group has its own name" },
	{ "group.instance.id", "", "each worker has its own, stable over restarts" },
	{ "enable.idempotence", "true", "a repeated request would double its records" },
	{ "acks", "all -1", "an acknowledged record could be lost" },
	{ "request.required.acks", "all -1", "an acknowledged record could be lost" },
	{ "isolation.level", "read_committed", "aborted records would be read" },
	{ "enable.auto.commit", "false", "positions commit together with records" },
	{ "enable.auto.offset.store", "false", "positions commit together with records" },
	{ "enable.partition.eof", "", "readers ask for it where they need it" },
	{ "auto.offset.reset", "earliest smallest beginning",
	  "records would be skipped" },
	{ "partition.assignment.strategy", "range roundrobin",
	  "before librdkafka 2.10 the others lose partitions" },
	{ "group.protocol", "classic",
	  "a worker keeps its place over a restart by its id" },
};

static bool
is_word_of(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; (p = strstr(p, word)) != NULL; p += n)
		if ((p == list || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return n > 0;
	return false;
}

static int
check_settings(const struct bus_conf *conf, struct err *err)
{
	for (size_t i = 0; i < conf->kafka_count; i++) {
		const struct bus_setting *s = &conf->kafka[i];

		for (size_t k = 0; k < LENGTH(guarded); k++)
			if (!strcmp(s->name, guarded[k].name) &&
			    !is_word_of(guarded[k].allowed, s->value))
				return err_set(err, ERR_USAGE,
					       "[kafka] %s = %s would break "
					       "exactly-once: %s; remove it",
					       s->name, s->value, guarded[k].why);
	}
	return 0;
}

/* What becomes of the work in hand, and advice. */
static const struct {
	rd_kafka_resp_err_t code;
	enum err_class class;
	const char *advice;
} codes[] = {
	{ RD_KAFKA_RESP_ERR__FENCED, ERR_FATAL, "another process has this id" },
	{ RD_KAFKA_RESP_ERR_PRODUCER_FENCED, ERR_FATAL, "another process has this id" },
	{ RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, ERR_FATAL,
	  "another process has this id" },
	{ RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, ERR_FATAL,
	  "another process has this id" },
	{ RD_KAFKA_RESP_ERR__STATE, ERR_FATAL, "" },
	{ RD_KAFKA_RESP_ERR__INVALID_ARG, ERR_USAGE, "see [kafka]" },
	{ RD_KAFKA_RESP_ERR__AUTHENTICATION, ERR_USAGE, "see sasl.* in [kafka]" },
	{ RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, ERR_USAGE,
	  "see sasl.* in [kafka]" },
	{ RD_KAFKA_RESP_ERR__SSL, ERR_USAGE,
	  "see ssl.* and security.protocol in [kafka]" },
	{ RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, ERR_USAGE,
	  "allow this user to read, write and describe the topic" },
	{ RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, ERR_USAGE,
	  "allow this user to read the group" },
	{ RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, ERR_USAGE,
	  "allow this user IdempotentWrite, and Create for topics" },
	{ RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, ERR_USAGE,
	  "allow this user to write and describe the transactional id" },
	{ RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, ERR_USAGE,
	  "raise max.message.bytes of the topic; `newswire topics` says what differs" },
	{ RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, ERR_USAGE,
	  "raise max.message.bytes of the topic; `newswire topics` says what differs" },
	{ RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, ERR_USAGE, "see prefix in [newswire]" },
	{ RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, ERR_USAGE,
	  "see default.replication.factor of the brokers" },
	{ RD_KAFKA_RESP_ERR_INVALID_CONFIG, ERR_USAGE, "" },
	{ RD_KAFKA_RESP_ERR_POLICY_VIOLATION, ERR_USAGE, "" },
	{ RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT, ERR_USAGE,
	  "lower transaction.timeout.ms in [kafka]" },
	{ RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT, ERR_USAGE,
	  "the brokers allow no such session.timeout.ms" },
	{ RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, ERR_RETRY,
	  "is the clock right? see message.timestamp.before.max.ms and after.max.ms of the "
	  "topic" },
	{ RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, ERR_RETRY,
	  "`newswire topics` creates topics" },
	{ RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, ERR_RETRY,
	  "`newswire topics` creates topics" },
	{ RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, ERR_RETRY,
	  "`newswire topics` creates topics" },
	{ RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP, ERR_RETRY,
	  "stop its workers; one is forgotten session.timeout.ms after its end" },
	{ RD_KAFKA_RESP_ERR__TIMED_OUT, ERR_RETRY, "is the broker up?" },
	{ RD_KAFKA_RESP_ERR__TRANSPORT, ERR_RETRY, "is the broker up?" },
	{ RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, ERR_RETRY, "is the broker up?" },
};

int
kafka_err(struct kafka_handle *h, rd_kafka_resp_err_t code, const char *text,
	  struct err *err, const char *doing, ...)
{
	enum err_class class = ERR_RETRY;
	const char *advice = "";
	char what[256];
	va_list ap;

	va_start(ap, doing);
	vsnprintf(what, sizeof(what), doing, ap);
	va_end(ap);
	for (size_t i = 0; i < LENGTH(codes); i++)
		if (codes[i].code == code) {
			class = codes[i].class;
			advice = codes[i].advice;
		}
	err_set(err, class, "Kafka at %s: %s: %s%s%s%s%s%s", h->bus->brokers, what,
		text && *text ? text : rd_kafka_err2str(code), *advice ? "; " : "",
		advice, *h->trouble ? " (last: " : "", h->trouble,
		*h->trouble ? ")" : "");
	*h->trouble = 0;
	return -1;
}

/* One for the process: it has one cluster. */
static struct {
	bool is;
	struct mono since;
} silence;

void
kafka_silent(struct kafka_handle *h)
{
	if (silence.is)
		return;
	silence.is = true;
	silence.since = mono_now();
	log_warn("Kafka at %s does not answer; waits for it%s%s%s", h->bus->brokers,
		 *h->trouble ? " (last: " : "", h->trouble, *h->trouble ? ")" : "");
}

void
kafka_heard(struct kafka_handle *h)
{
	h->was_cut = h->down = false;
	if (!silence.is)
		return;
	silence.is = false;
	log_info("Kafka at %s answers again after %" PRId64 " ms", h->bus->brokers,
		 mono_since(silence.since));
}

bool
kafka_is_silent(void)
{
	return silence.is;
}

bool
kafka_answers(struct kafka_handle *h, int ms)
{
	const struct rd_kafka_metadata *md;

	if (rd_kafka_metadata(h->rk, 0, NULL, &md, ms))
		return false;
	rd_kafka_metadata_destroy(md);
	kafka_heard(h);
	return true;
}

int
kafka_slice(struct kafka_handle *h, rd_kafka_resp_err_t code, struct mono start, int ms)
{
	int64_t left = KAFKA_ASK_MS - mono_since(start);

	if (!code)
		kafka_heard(h);
	if (code != RD_KAFKA_RESP_ERR__TIMED_OUT && code != RD_KAFKA_RESP_ERR__TRANSPORT)
		return 0;
	rd_kafka_poll(h->rk, 0); /* for the reason */
	kafka_silent(h);
	if (left <= 0 || stop_asked())
		return 0;
	return 2 * ms < left ? 2 * ms : (int)left;
}

static bool
starts_with(const char *s, const char *start)
{
	return !strncmp(s, start, strlen(start));
}

/*
 * Lost connections come by on_error() as well and are said by whoever they
 * stop; that a setting is for the other kind of client follows from one
 * [kafka] for both.
 */
static void
on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
	bool expected =
	    starts_with(facility, "FAIL") || starts_with(facility, "ERROR") ||
	    (!strcmp(facility, "CONFWARN") && (strstr(text, "is a consumer property") ||
					       strstr(text, "is a producer property")));

	if (level <= LOG_WARNING && !expected)
		log_warn("kafka client=%s %s: %s", rd_kafka_name(rk), facility, text);
	else
		log_debug("kafka client=%s %s: %s", rd_kafka_name(rk), facility, text);
}

static void
on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
	struct kafka_handle *h = opaque;

	(void)rk;
	if (code == RD_KAFKA_RESP_ERR__TRANSPORT ||
	    code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
		h->was_cut = true;
	if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
		h->down = true; /* its reason is a count; the one before says why */
	else
		snprintf(h->trouble, sizeof(h->trouble), "%s", reason);
}

static void
on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	struct kafka_handle *h = opaque;

	(void)rk;
	if (!m->err || h->undelivered)
		return;
	h->undelivered = m->err;
	snprintf(h->undelivered_topic, sizeof(h->undelivered_topic), "%s",
		 rd_kafka_topic_name(m->rkt));
}

static int
set_all(rd_kafka_conf_t *conf, const struct bus_setting *s, size_t n, struct err *err)
{
	char why[256];

	for (; n && s->name; n--, s++)
		if (rd_kafka_conf_set(conf, s->name, s->value, why, sizeof(why)) !=
		    RD_KAFKA_CONF_OK)
			return err_set(err, ERR_USAGE, "[kafka] %s = %s: %s", s->name,
				       s->value, why);
	return 0;
}

static bool
is_set(const struct bus *bus, const char *name)
{
	for (size_t i = 0; i < bus->setting_count; i++)
		if (!strcmp(bus->settings[i].name, name))
			return true;
	return false;
}

/* A record has failed before its transaction times out, so that the failure is ours to
 * see. */
static int
limit_delivery(rd_kafka_conf_t *conf, const struct bus *bus, struct err *err)
{
	char text[32];
	size_t n = sizeof(text);
	struct bus_setting s = { "message.timeout.ms", text };

	if (is_set(bus, "message.timeout.ms") || is_set(bus, "delivery.timeout.ms") ||
	    rd_kafka_conf_get(conf, "transaction.timeout.ms", text, &n) !=
		RD_KAFKA_CONF_OK)
		return 0;
	snprintf(text, sizeof(text), "%d", atoi(text) * 2 / 3);
	return set_all(conf, &s, 1, err);
}

static int
settle(rd_kafka_conf_t *conf, const struct bus *bus, bool sends,
       const struct bus_setting *ours, const struct bus_setting *fixed, struct err *err)
{
	char limit[16];
	struct bus_setting room[] = { { "message.max.bytes", limit } };

	snprintf(limit, sizeof(limit), "%d", KAFKA_MAX_BATCH);
	if (set_all(conf, common_defaults, SIZE_MAX, err) ||
	    (sends && set_all(conf, room, 1, err)) ||
	    set_all(conf, ours, SIZE_MAX, err) ||
	    set_all(conf, bus->settings, bus->setting_count, err) ||
	    set_all(conf, fixed, SIZE_MAX, err))
		return -1;
	return sends ? limit_delivery(conf, bus, err) : 0;
}

int
kafka_start(struct kafka_handle *h, struct bus *bus, rd_kafka_type_t type,
	    const struct bus_setting *ours, const struct bus_setting *fixed,
	    const struct kafka_hooks *hooks, struct err *err)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[256];

	*h = (struct kafka_handle){ .bus = bus };
	if (settle(conf, bus, type == RD_KAFKA_PRODUCER, ours, fixed, err)) {
		rd_kafka_conf_destroy(conf);
		return -1;
	}
	rd_kafka_conf_set_log_cb(conf, on_log);
	rd_kafka_conf_set_error_cb(conf, on_error);
	rd_kafka_conf_set_opaque(conf, h);
	if (hooks && hooks->rebalance)
		rd_kafka_conf_set_rebalance_cb(conf, hooks->rebalance);
	if (hooks && hooks->deliveries)
		rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	h->rk = rd_kafka_new(type, conf, why, sizeof(why));
	if (h->rk)
		return 0;
	rd_kafka_conf_destroy(conf);
	return err_set(err, ERR_USAGE, "Kafka at %s: %s", bus->brokers, why);
}

void
kafka_stop(struct kafka_handle *h)
{
	if (!h->rk)
		return;
	if (rd_kafka_type(h->rk) == RD_KAFKA_PRODUCER)
		rd_kafka_purge(h->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	rd_kafka_destroy_flags(h->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	h->rk = NULL;
}

int64_t
kafka_setting(const struct kafka_handle *h, const char *name)
{
	char text[64];
	size_t n = sizeof(text);

	if (rd_kafka_conf_get(rd_kafka_conf(h->rk), name, text, &n) != RD_KAFKA_CONF_OK)
		return 0;
	return strtoll(text, NULL, 10);
}

static void
keep_settings(struct bus *bus, const struct bus_conf *conf)
{
	bus->settings = must_alloc((conf->kafka_count + 1) * sizeof(*bus->settings));
	for (size_t i = 0; i < conf->kafka_count; i++) {
		const struct bus_setting *s = &conf->kafka[i];

		bus->settings[i] =
		    (struct bus_setting){ must_strdup(s->name), must_strdup(s->value) };
		if (!strcmp(s->name, "bootstrap.servers") ||
		    !strcmp(s->name, "metadata.broker.list"))
			bus->brokers = (char *)bus->settings[i].value;
	}
	bus->setting_count = conf->kafka_count;
	bus->reader_group =
	    must_printf("%s.reader", conf->cluster ? conf->cluster : "newswire");
}

static void
bus_kafka_close(struct bus *bus)
{
	kafka_stop(&bus->ask);
	for (size_t i = 0; i < bus->setting_count; i++) {
		free((char *)bus->settings[i].name);
		free((char *)bus->settings[i].value);
	}
	free(bus->settings);
	free(bus->reader_group);
	for (size_t i = 0; i < bus->clean_count; i++)
		free(bus->clean[i].topic);
	free(bus->clean);
	if (bus->cluster)
		rd_kafka_mem_free(NULL, bus->cluster);
	free(bus);
}

static int
find_cluster(struct bus *bus, struct err *err)
{
	struct mono start = mono_now();
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;

	for (int ms = KAFKA_SLICE_MS; ms; ms = kafka_slice(&bus->ask, code, start, ms)) {
		bus->cluster = rd_kafka_clusterid(bus->ask.rk, ms);
		if (bus->cluster)
			code = RD_KAFKA_RESP_ERR_NO_ERROR;
	}
	return code ? kafka_err(&bus->ask, code, "no answer", err, "connect") : 0;
}

static int
bus_kafka_open(struct bus **out, const struct bus_conf *conf, struct err *err)
{
	static const struct bus_setting fixed[] = {
		{ "isolation.level", "read_committed" }, { NULL, NULL }
	};
	struct bus *bus;

	if (check_settings(conf, err))
		return -1;
	bus = must_alloc(sizeof(*bus));
	bus->head.type = &bus_kafka_type;
	keep_settings(bus, conf);
	if (kafka_start(&bus->ask, bus, RD_KAFKA_CONSUMER, kafka_consumer_defaults, fixed,
			NULL, err) ||
	    find_cluster(bus, err)) {
		bus_kafka_close(bus);
		return -1;
	}
	*out = bus;
	return 0;
}

static const char *
bus_kafka_cluster(const struct bus *bus)
{
	return bus->cluster;
}

const struct bus_type bus_kafka_type = {
	.name = "kafka",
	.open = bus_kafka_open,
	.close = bus_kafka_close,
	.cluster = bus_kafka_cluster,
	.topics = kafka_topics,
	.partitions = kafka_partitions,
	.offset = kafka_offset,
	.committed = kafka_committed,
	.lag = kafka_lag,
	.settled = kafka_settled,
	.standing = kafka_standing,
	.place = kafka_place_group,
	.forget = kafka_forget,
	.join = kafka_join,
	.read_open = kafka_read_open,
	.member = &kafka_member_type,
	.reader = &kafka_reader_type,
};
