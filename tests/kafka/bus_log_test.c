/* The contract, on the embedded log: one file for each test. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/bus_contract.h"

static char directory[] = "/tmp/bus_log_test.XXXXXX";
static char path[64];

static void
new_log(void)
{
	static int count;

	snprintf(path, sizeof(path), "%s/%d.log", directory, count++);
}

static void
conf_of(struct bus_conf *conf, bool quick)
{
	(void)quick;
	*conf = (struct bus_conf){ .log = path, .cluster = "test" };
}

static const struct bus_world embedded = {
	.start = new_log,
	.conf = conf_of,
	.takeover_ms = 3000,
};

static void
remove_directory(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", directory);
	if (system(command))
		fprintf(stderr, "%s stays\n", directory);
}

int
main(int argc, char **argv)
{
	int failed;

	if (!mkdtemp(directory))
		return 1;
	failed = bus_contract(&embedded, argc > 1 ? argv[1] : NULL);
	remove_directory();
	return failed;
}
