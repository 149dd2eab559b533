/* What every command shares: names under the prefix, the bus of the configuration. */
#include <stdio.h>

#include "base/mem.h"
#include "bus/bus.h"
#include "ops/command.h"

int
command_failed(const char *name, const struct err *err)
{
	fprintf(stderr, "newswire %s: %s\n", name, err->text);
	return err_exit_status(err);
}

const char *
program_name(const struct program *p, const char *name)
{
	return must_printf("%s.%s", p->prefix, name);
}

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
