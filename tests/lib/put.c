/*
 * put [--log FILE | --set KEY=VALUE]...: sends the records of its standard input, a line
 * of JSON each, in one transaction: {"topic", "key", "headers": {}, "value"}.  A value
 * that is a string is its bytes, another goes as JSON; what is null or absent is none.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/bus.h"
#include "ops/log.h"

enum { MAX_SETTINGS = 32, MAX_HEADERS = 64 };

static int
send_record(struct bus_member *m, const json_t *line, struct err *err)
{
	const json_t *key = json_object_get(line, "key"),
		     *value = json_object_get(line, "value");
	bool is_text = json_is_string(value) || !value || json_is_null(value);
	char *json = is_text ? NULL : json_dumps(value, JSON_COMPACT);
	struct bus_header headers[MAX_HEADERS];
	struct bus_record r = { .topic =
				    json_string_value(json_object_get(line, "topic")),
				.partition = -1,
				.key = json_string_value(key),
				.key_size = json_string_length(key),
				.value = json ? json : json_string_value(value),
				.value_size =
				    json ? strlen(json) : json_string_length(value),
				.headers = headers };
	const char *name;
	json_t *h;
	int failed;

	json_object_foreach(json_object_get(line, "headers"), name,
			    h) if (r.header_count < MAX_HEADERS)
	    headers[r.header_count++] =
		(struct bus_header){ name, json_string_value(h), json_string_length(h) };
	failed = r.topic ? bus_send(m, &r, err)
			 : err_set(err, ERR_USAGE, "a record without a topic");
	free(json);
	return failed;
}

static int
send_all(struct bus *bus, struct err *err)
{
	struct bus_role role = { .id = "put" };
	struct bus_member *m;
	json_error_t why;
	json_t *line;
	int failed = 0;

	if (bus_join(bus, &role, &m, err))
		return -1;
	failed = bus_begin(m, err);
	while (!failed && (line = json_loadf(stdin, JSON_DISABLE_EOF_CHECK, &why))) {
		failed = send_record(m, line, err);
		json_decref(line);
	}
	if (!failed && !feof(stdin))
		failed = err_set(err, ERR_USAGE, "%s", why.text);
	failed = failed || bus_commit(m, NULL, 0, err);
	bus_leave(m);
	return failed;
}

int
main(int argc, char **argv)
{
	struct bus_setting settings[MAX_SETTINGS];
	struct bus_conf conf = { .cluster = "put", .kafka = settings };
	struct bus *bus = NULL;
	struct err err;
	int i, failed;

	for (i = 1; i + 1 < argc; i += 2) {
		char *equals = strchr(argv[i + 1], '=');

		if (!strcmp(argv[i], "--log"))
			conf.log = argv[i + 1];
		else if (!strcmp(argv[i], "--set") && equals &&
			 conf.kafka_count < MAX_SETTINGS) {
			*equals = '\0';
			settings[conf.kafka_count++] =
			    (struct bus_setting){ argv[i + 1], equals + 1 };
		}
	}
	log_open("put", -1);
	failed = bus_open(&bus, &conf, &err) || send_all(bus, &err);
	if (failed)
		fprintf(stderr, "put: %s\n", err.text);
	bus_close(bus);
	return failed;
}
