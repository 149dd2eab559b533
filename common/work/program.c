/*
 * The bus that the configuration names (Kafka where [kafka] has brokers, else
 * the embedded log), and its topics.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "bus/bus.h"
#include "ops/command.h"
#include "ops/log.h"
#include "work/topics.h"

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

static void
warn(void *arg, const char *topic, const char *text)
{
	(void)arg;
	log_warn("topic %s: %s", topic, text);
}

int
topics_make(const struct program *program, struct bus *bus, struct err *err)
{
	static struct bus_topic topics[TOPICS]; /* the names are the process's */
	struct topics_conf conf;

	if (conf_fill(program->conf, topics_section.name, NULL, topics_section.opts,
		      &conf, err))
		return -1;
	topics_fill(topics, program->prefix, &conf);
	return bus_topics(bus, topics, TOPICS, false, warn, NULL, err);
}
