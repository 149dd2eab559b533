/*
 * tap [--log FILE | --set KEY=VALUE]... TOPIC...: prints what is on the topics now, one
 * record a line, as tests read it.  A value that is JSON stands as JSON, other UTF-8 as a
 * string, the rest as {"base64": ...}; so do keys and headers.  --set goes to librdkafka.
 *
 * tap ... [--hold MS] --send FILE TOPIC: puts the lines of a log in FILE on the topic, as
 * they are, and commits them after so long.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus/bus.h"
#include "ops/log.h"
#include "sink/line.h"

enum { MAX_SETTINGS = 32, WAIT_MS = 100 };

static void
print_base64(const unsigned char *p, size_t n)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	fputs("{\"base64\":\"", stdout);
	for (size_t i = 0; i < n; i += 3) {
		unsigned left = n - i > 2 ? 3 : (unsigned)(n - i);
		unsigned v = (unsigned)p[i] << 16 |
			     (left > 1 ? (unsigned)p[i + 1] << 8 : 0) |
			     (left > 2 ? p[i + 2] : 0);

		putchar(digits[v >> 18]);
		putchar(digits[v >> 12 & 63]);
		putchar(left > 1 ? digits[v >> 6 & 63] : '=');
		putchar(left > 2 ? digits[v & 63] : '=');
	}
	fputs("\"}", stdout);
}

static void
print_text(const void *bytes, size_t n)
{
	json_t *s = bytes ? json_stringn(bytes, n) : json_null();

	if (s)
		json_dumpf(s, stdout, JSON_ENCODE_ANY);
	else
		print_base64(bytes, n);
	json_decref(s);
}

/* As it came, so that numbers keep their digits; a line break between tokens is a blank.
 */
static void
print_value(const char *bytes, size_t n)
{
	json_error_t why;
	json_t *parsed = bytes ? json_loadb(bytes, n, JSON_ALLOW_NUL, &why) : NULL;

	if (!parsed) {
		print_text(bytes, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		putchar(bytes[i] == '\n' || bytes[i] == '\r' ? ' ' : bytes[i]);
	json_decref(parsed);
}

static void
print_record(const struct bus_record *r)
{
	printf("{\"topic\":\"%s\",\"partition\":%d,\"offset\":%lld,\"timestamp\":%lld,"
	       "\"key\":",
	       r->topic, r->partition, (long long)r->offset, (long long)r->time_ms);
	print_text(r->key, r->key_size);
	fputs(",\"headers\":{", stdout);
	for (size_t i = 0; i < r->header_count; i++) {
		if (i)
			putchar(',');
		print_text(r->headers[i].name, strlen(r->headers[i].name));
		putchar(':');
		print_text(r->headers[i].value, r->headers[i].size);
	}
	fputs("},\"value\":", stdout);
	print_value(r->value, r->value_size);
	fputs("}\n", stdout);
}

static int
print_topic(struct bus *bus, const char *topic, struct err *err)
{
	const struct bus_record *records;
	struct bus_reader *reader;
	bool end = false;
	int failed = 0;
	size_t n = 1;

	if (bus_read_open(bus, topic, &reader, err))
		return -1;
	while (!failed && !end) {
		failed = bus_read(reader, &records, &n, 1000, n ? 0 : WAIT_MS, &end, err);
		for (size_t i = 0; !failed && i < n; i++)
			print_record(&records[i]);
	}
	bus_read_close(reader);
	return failed;
}

static int
send_line(struct bus_member *m, const char *topic, const char *line, size_t n,
	  struct arena *arena, struct err *err)
{
	struct bus_record r;

	arena_reset(arena);
	if (line_parse(&r, line, n, arena, err))
		return -1;
	r.topic = topic;
	r.partition = -1;
	return bus_send(m, &r, err);
}

static int
send_file(struct bus *bus, const char *path, const char *topic, int hold_ms, struct err *err)
{
	struct bus_role role = { .id = "tap", .sends = &topic, .send_count = 1 };
	FILE *f = fopen(path, "r");
	struct bus_member *m = NULL;
	struct arena arena;
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int failed;

	if (!f)
		return err_errno(err, ERR_USAGE, "%s", path);
	arena_init(&arena, 64 << 20);
	failed = bus_join(bus, &role, &m, err) || bus_begin(m, err);
	while (!failed && (n = getline(&line, &room, f)) > 0)
		failed = send_line(m, topic, line, (size_t)n - 1, &arena, err);
	if (!failed && hold_ms)
		usleep((unsigned)hold_ms * 1000);
	failed = failed || bus_commit(m, NULL, 0, err);
	bus_leave(m);
	arena_release(&arena);
	free(line);
	fclose(f);
	return failed;
}

static int
failed(const struct err *err)
{
	fprintf(stderr, "tap: %s\n", err->text);
	return err_exit_status(err);
}

int
main(int argc, char **argv)
{
	struct bus_setting settings[MAX_SETTINGS];
	struct bus_conf conf = { .cluster = "tap", .kafka = settings };
	const char *send = NULL;
	int hold_ms = 0;
	struct bus *bus;
	struct err err;
	int i;

	for (i = 1; i + 1 < argc && !strncmp(argv[i], "--", 2); i += 2) {
		char *equals = strchr(argv[i + 1], '=');

		if (!strcmp(argv[i], "--log")) {
			conf.log = argv[i + 1];
		} else if (!strcmp(argv[i], "--send")) {
			send = argv[i + 1];
		} else if (!strcmp(argv[i], "--hold")) {
			hold_ms = atoi(argv[i + 1]);
		} else if (!strcmp(argv[i], "--set") && equals &&
			   conf.kafka_count < MAX_SETTINGS) {
			*equals = '\0';
			settings[conf.kafka_count++] =
			    (struct bus_setting){ argv[i + 1], equals + 1 };
		} else {
			break;
		}
	}
	if (i == argc || !strncmp(argv[i], "--", 2)) {
		fprintf(stderr,
			"usage: tap [--log FILE | --set KEY=VALUE]... [--hold MS] [--send FILE] "
			"TOPIC...\n");
		return 2;
	}
	log_open("tap", -1);
	if (bus_open(&bus, &conf, &err))
		return failed(&err);
	while (i < argc && !(send ? send_file(bus, send, argv[i], hold_ms, &err)
				  : print_topic(bus, argv[i], &err)))
		i++;
	bus_close(bus);
	if (i < argc)
		return failed(&err);
	return fflush(stdout) ? 1 : 0;
}
