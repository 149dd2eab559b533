/* The contract, on a real Apache Kafka that this test starts. */
#include "tests/lib/broker.h"
#include "tests/lib/bus_contract.h"

#include <stddef.h>

static char brokers[64];

static void
conf_of(struct bus_conf *conf, bool quick)
{
	static const struct bus_setting settings[] = {
		{ "bootstrap.servers", brokers },
		{ "session.timeout.ms",
		  "6000" }, /* the least that brokers take by default */
		{ "heartbeat.interval.ms", "200" },
	};

	*conf = (struct bus_conf){ .cluster = "test",
				   .kafka = settings,
				   .kafka_count = quick ? 3 : 1 };
}

static void
restart(void)
{
	broker("restart", brokers, sizeof(brokers));
}

static const struct bus_world kafka = {
	.conf = conf_of,
	.restart = restart,
	.takeover_ms = 12000,
};

int
main(int argc, char **argv)
{
	int failed;

	broker("start", brokers, sizeof(brokers));
	failed = bus_contract(&kafka, argc > 1 ? argv[1] : NULL);
	broker("stop", NULL, 0);
	return failed;
}
