/* The bus that the configuration names: Kafka where [kafka] has brokers, else the embedded log. */
#include "base/mem.h"
#include "bus/bus.h"
#include "ops/command.h"

int
program_bus(const struct program *p, struct bus **bus, struct err *err)
{
	size_t n;
	const struct conf_pair *pairs = conf_pairs(p->conf, "kafka", &n);
	struct bus_setting *kafka = must_alloc((n + 1) * sizeof(*kafka));
	struct bus_conf conf = { .log = p->log, .cluster = p->prefix, .kafka = kafka,
		.kafka_count = n, .max_log_bytes = p->max_log_bytes };

	for (size_t i = 0; i < n; i++)
		kafka[i] = (struct bus_setting){ pairs[i].name, pairs[i].value };
	return bus_open(bus, &conf, err);
}
