/* Records are views of librdkafka's messages, which keep what they were fetched with
 * alive. */
#include "bus/bus_kafka.h"

#include <stdlib.h>

#include "base/mem.h"

void
kafka_batch_reset(struct kafka_batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		rd_kafka_message_destroy(b->messages[i]);
	b->count = b->bytes = 0;
}

void
kafka_batch_release(struct kafka_batch *b)
{
	kafka_batch_reset(b);
	free(b->messages);
	free(b->records);
	free(b->headers);
}

void
kafka_batch_add(struct kafka_batch *b, rd_kafka_message_t *message)
{
	if (b->count == b->room) {
		b->room = b->room ? 2 * b->room : 64;
		b->messages = must_realloc(b->messages, b->room * sizeof(*b->messages));
		b->records = must_realloc(b->records, b->room * sizeof(*b->records));
	}
	b->messages[b->count++] = message;
	b->bytes += message->len + message->key_len;
}

static size_t
count_headers(const struct kafka_batch *b)
{
	size_t n = 0;
	rd_kafka_headers_t *headers;

	for (size_t i = 0; i < b->count; i++)
		if (!rd_kafka_message_headers(b->messages[i], &headers))
			n += rd_kafka_header_cnt(headers);
	return n;
}

static size_t
take_headers(const rd_kafka_message_t *m, struct bus_header *to)
{
	rd_kafka_headers_t *headers;
	size_t n = 0;

	if (rd_kafka_message_headers(m, &headers))
		return 0;
	while (
	    !rd_kafka_header_get_all(headers, n, &to[n].name, &to[n].value, &to[n].size))
		n++;
	return n;
}

static void
take_record(const rd_kafka_message_t *m, struct bus_record *r, struct bus_header *headers)
{
	rd_kafka_timestamp_type_t type;

	*r = (struct bus_record){
		.topic = rd_kafka_topic_name(m->rkt),
		.partition = m->partition,
		.offset = m->offset,
		.time_ms = rd_kafka_message_timestamp(m, &type),
		.key = m->key,
		.key_size = m->key_len,
		.value = m->payload,
		.value_size = m->len,
		.headers = headers,
		.header_count = take_headers(m, headers),
	};
}

void
kafka_batch_finish(struct kafka_batch *b)
{
	size_t n = count_headers(b) + 1,
	       used = 0; /* one more: the last look finds none */

	if (n > b->header_room) {
		b->header_room = 2 * n;
		b->headers =
		    must_realloc(b->headers, b->header_room * sizeof(*b->headers));
	}
	for (size_t i = 0; i < b->count; i++) {
		take_record(b->messages[i], &b->records[i], b->headers + used);
		used += b->records[i].header_count;
	}
}
