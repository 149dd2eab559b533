/* Chooses the implementation, checks what is our bug, calls through. */
#include "bus/bus.h"

#include <assert.h>
#include <string.h>

static const struct bus_type *
type_of(const void *handle)
{
	return ((const struct bus_head *)handle)->type;
}

const void *
bus_header(const struct bus_record *r, const char *name, size_t *size)
{
	for (size_t i = r->header_count; i-- > 0;) {
		if (!strcmp(r->headers[i].name, name)) {
			if (size)
				*size = r->headers[i].size;
			return r->headers[i].value;
		}
	}
	return NULL;
}

size_t
bus_record_size(const struct bus_record *r)
{
	size_t size = r->key_size + r->value_size;

	for (size_t i = 0; i < r->header_count; i++)
		size += strlen(r->headers[i].name) + r->headers[i].size;
	return size;
}

/* Kafka's own: murmur2 of the key, as the Java client has it (org.apache.kafka.common.utils.Utils). */
uint32_t
bus_murmur2(const void *key, size_t n)
{
	const unsigned char *p = key;
	uint32_t m = 0x5bd1e995, h = 0x9747b28cu ^ (uint32_t)n;

	for (; n >= 4; n -= 4, p += 4) {
		uint32_t k = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
		    (uint32_t)p[3] << 24;

		k *= m;
		k ^= k >> 24;
		h = h * m ^ k * m;
	}
	if (n >= 3)
		h ^= (uint32_t)p[2] << 16;
	if (n >= 2)
		h ^= (uint32_t)p[1] << 8;
	if (n >= 1)
		h = (h ^ p[0]) * m;
	h = (h ^ h >> 13) * m;
	return h ^ h >> 15;
}

static bool
names_brokers(const struct bus_conf *conf)
{
	for (size_t i = 0; i < conf->kafka_count; i++)
		if ((!strcmp(conf->kafka[i].name, "bootstrap.servers") ||
			!strcmp(conf->kafka[i].name, "metadata.broker.list")) &&
		    *conf->kafka[i].value)
			return true;
	return false;
}

int
bus_open(struct bus **bus, const struct bus_conf *conf, struct err *err)
{
	if (names_brokers(conf))
		return bus_kafka_type.open(bus, conf, err);
	if (conf->kafka_count)
		return err_set(err, ERR_USAGE,
		    "[kafka] has settings but no bootstrap.servers; name the brokers, or remove "
		    "the section to use the embedded log");
	return bus_log_type.open(bus, conf, err);
}

void
bus_close(struct bus *bus)
{
	if (bus)
		type_of(bus)->close(bus);
}

const char *
bus_cluster(const struct bus *bus)
{
	return type_of(bus)->cluster(bus);
}

int
bus_topics(struct bus *bus, const struct bus_topic *topics, size_t n, bool dry,
    bus_say_f *say, void *arg, struct err *err)
{
	return type_of(bus)->topics(bus, topics, n, dry, say, arg, err);
}

int
bus_partitions(struct bus *bus, const char *topic, struct err *err)
{
	return type_of(bus)->partitions(bus, topic, err);
}

int
bus_offset(struct bus *bus, const char *topic, int partition, int64_t at, int64_t *offset,
    struct err *err)
{
	assert(at >= BUS_FIRST);
	return type_of(bus)->offset(bus, topic, partition, at, offset, err);
}

int
bus_committed(struct bus *bus, const char *group, const char *topic, int partition,
    int64_t *offset, struct err *err)
{
	return type_of(bus)->committed(bus, group, topic, partition, offset, err);
}

int
bus_lag(struct bus *bus, const char *group, const char *topic, int64_t *lag, struct err *err)
{
	return type_of(bus)->lag(bus, group, topic, lag, err);
}

int
bus_settled(struct bus *bus, const char *topic, bool *settled, struct err *err)
{
	return type_of(bus)->settled(bus, topic, settled, err);
}

int
bus_standing(struct bus *bus, const char *group, const char *topic, int64_t *at, int64_t *end,
    struct err *err)
{
	return type_of(bus)->standing(bus, group, topic, at, end, err);
}

int
bus_place(struct bus *bus, const char *group, const struct bus_position *positions, size_t n,
    struct err *err)
{
	return type_of(bus)->place(bus, group, positions, n, err);
}

int
bus_forget(struct bus *bus, const char *group, bool *known, struct err *err)
{
	return type_of(bus)->forget(bus, group, known, err);
}

int
bus_join(struct bus *bus, const struct bus_role *role, struct bus_member **member,
    struct err *err)
{
	assert(role->id && *role->id && (!role->group || role->topic_count));
	return type_of(bus)->join(bus, role, member, err);
}

int
bus_poll(struct bus_member *m, const struct bus_record **records, size_t *n, size_t max,
    int timeout_ms, struct err *err)
{
	assert(max > 0);
	*n = 0;
	return type_of(m)->member->poll(m, records, n, max, timeout_ms, err);
}

int
bus_begin(struct bus_member *m, struct err *err)
{
	return type_of(m)->member->begin(m, err);
}

int
bus_send(struct bus_member *m, const struct bus_record *r, struct err *err)
{
	size_t size = bus_record_size(r);

	if (size > BUS_MAX_RECORD)
		return err_set(err, ERR_REJECT, "a record of %zu bytes is over the limit of %d",
		    size, BUS_MAX_RECORD);
	return type_of(m)->member->send(m, r, err);
}

int
bus_commit(struct bus_member *m, const struct bus_position *positions, size_t n,
    struct err *err)
{
	return type_of(m)->member->commit(m, positions, n, err);
}

int
bus_abort(struct bus_member *m, struct err *err)
{
	return type_of(m)->member->abort(m, err);
}

int
bus_seek(struct bus_member *m, const struct bus_position *positions, size_t n,
    struct err *err)
{
	return type_of(m)->member->seek(m, positions, n, err);
}

int
bus_pause(struct bus_member *m, bool paused, struct err *err)
{
	return type_of(m)->member->pause(m, paused, err);
}

void
bus_leave(struct bus_member *m)
{
	if (m)
		type_of(m)->member->leave(m);
}

int
bus_read_open(struct bus *bus, const char *topic, struct bus_reader **reader,
    struct err *err)
{
	return type_of(bus)->read_open(bus, topic, reader, err);
}

int
bus_read_seek(struct bus_reader *r, int partition, int64_t offset, struct err *err)
{
	return type_of(r)->reader->seek(r, partition, offset, err);
}

int
bus_read_until(struct bus_reader *r, int partition, int64_t offset, struct err *err)
{
	assert(offset >= 0);
	return type_of(r)->reader->until(r, partition, offset, err);
}

int
bus_read(struct bus_reader *r, const struct bus_record **records, size_t *n, size_t max,
    int timeout_ms, bool *end, struct err *err)
{
	assert(max > 0);
	*n = 0;
	return type_of(r)->reader->read(r, records, n, max, timeout_ms, end, err);
}

void
bus_read_close(struct bus_reader *r)
{
	if (r)
		type_of(r)->reader->close(r);
}

int
bus_read_rest(struct bus_reader *r, bus_each_f *each, void *arg, struct err *err)
{
	enum { AT_ONCE = 1000, WAIT_MS = 100 };
	const struct bus_record *records;
	bool end = false;
	int result = 0;
	size_t n = 1;

	while (!end && !result) {
		result = bus_read(r, &records, &n, AT_ONCE, n ? 0 : WAIT_MS, &end, err);
		for (size_t i = 0; i < n && !result; i++)
			result = each(arg, &records[i], err);
	}
	return result;
}

int
bus_read_all(struct bus *bus, const char *topic, bus_each_f *each, void *arg,
    struct err *err)
{
	struct bus_reader *reader;
	int result;

	if (bus_read_open(bus, topic, &reader, err))
		return -1;
	result = bus_read_rest(reader, each, arg, err);
	bus_read_close(reader);
	return result;
}
