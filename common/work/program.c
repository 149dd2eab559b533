/*
 * The bus that the configuration names (Kafka where [kafka] has brokers, else
 * the embedded log), and its topics.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "bus/bus.h"
#include "ops/command.h"
#include "ops/health.h"
#include "ops/log.h"
#include "ops/stop.h"
#include "work/topics.h"

enum { RETRY_MS = 500 };

int
program_bus(const struct program *p, struct bus **bus, struct err *err)
{
	size_t n;
	const struct conf_pair *pairs = conf_pairs(p->conf, "kafka", &n);
	struct bus_setting *kafka = must_alloc((n + 1) * sizeof(*kafka));
	struct bus_conf conf = { .log = p->log,
				 .cluster = p->prefix,
				 .kafka = kafka,
				 .kafka_count = n,
				 .max_log_bytes = p->max_log_bytes };
	int failed;

	for (size_t i = 0; i < n; i++)
		kafka[i] = (struct bus_setting){ pairs[i].name, pairs[i].value };
	failed = bus_open(bus, &conf, err);
	free(kafka);
	return failed;
}

/* On Kafka each try waits, and says so, for some seconds itself. */
int
program_bus_wait(const struct program *p, struct health *health, struct bus **bus,
		 struct err *err)
{
	for (bool said = false; program_bus(p, bus, err); said = true) {
		if (err->class != ERR_RETRY || stop_asked())
			return -1;
		if (!said)
			log_warn("waits: %s", err->text);
		health_beat(health);
		poll(NULL, 0, RETRY_MS);
	}
	return 0;
}

static void
warn(void *arg, const char *topic, const char *text)
{
	(void)arg;
	log_warn("topic %s: %s", topic, text);
}

static int
fill(const struct program *program, struct bus_topic topics[TOPICS], bool events,
     size_t *n, struct err *err)
{
	struct topics_conf conf;

	if (conf_fill(program->conf, topics_section.name, NULL, topics_section.opts,
		      &conf, err))
		return -1;
	*n = topics_fill(topics, program->prefix, &conf, events);
	return 0;
}

int
topics_make(const struct program *program, struct bus *bus, struct err *err)
{
	static struct bus_topic topics[TOPICS]; /* the names are the process's */
	bool events;
	size_t n;

	if (topics_have_events(program->conf, &events, err) ||
	    fill(program, topics, events, &n, err))
		return -1;
	return bus_topics(bus, topics, n, false, warn, NULL, err);
}

int
topics_make_events(const struct program *program, struct bus *bus, struct err *err)
{
	static struct bus_topic topics[TOPICS];
	size_t n;

	if (fill(program, topics, true, &n, err))
		return -1;
	return bus_topics(bus, &topics[n - 1], 1, false, warn, NULL, err);
}

/* mkdir -p, 0750: articles may be under embargo. */
int
program_make_state(const struct program *program, struct err *err)
{
	char *copy = must_strdup(program->state);

	for (char *p = copy + 1;; p++) {
		char c = *p;

		if (c && c != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0750) && errno != EEXIST) {
			err_errno(err, ERR_USAGE, "cannot make the state directory %s", copy);
			free(copy);
			return -1;
		}
		*p = c;
		if (!c)
			break;
	}
	free(copy);
	return 0;
}
