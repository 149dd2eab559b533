/* Apart from the loop, so that what prints or checks settings needs no bus. */
#include "work/worker.h"

static const struct opt worker_opts[] = {
	OPT(struct worker_conf, batch, "1000", 1, 100000,
	    "most records in one transaction"),
	OPT(struct worker_conf, commit_ms, "500", 1, 60000,
	    "a transaction ends after this time"),
	OPT(struct worker_conf, budget_ms, "60000", 100, 3600000,
	    "time for one record, after which the worker counts as hung"),
	OPT(struct worker_conf, drain_ms, "10000", 100, 600000,
	    "time to stop in when asked to"),
	OPT(struct worker_conf, health_port, "-1", -1, 65535,
	    "/metrics, /livez, /readyz on this loopback port; 0: any free one; -1: none"),
	OPT(struct worker_conf, slot, "-1", -1, 999,
	    "place in the group; -1: the first free one"),
	{ 0 },
};

const struct conf_section worker_section = {
	.name = "worker",
	.help = "every consumer: enrich, story, alert, sink",
	.opts = worker_opts
};
