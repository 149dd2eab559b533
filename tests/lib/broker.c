#include "tests/lib/broker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[] = "/tmp/newswire-broker.XXXXXX";

static void
run(const char *command, char *line, int size)
{
	FILE *f = popen(command, "r");

	if (f && line && fgets(line, size, f))
		line[strcspn(line, "\n")] = 0;
	if (!f || pclose(f)) {
		fprintf(stderr, "failed: %s\n", command);
		exit(1);
	}
}

/* The script lies beside the sources; tests run from the top of the tree. */
void
broker(const char *verb, char *address, size_t size)
{
	char command[256];

	if (!strcmp(verb, "start") && !mkdtemp(directory)) {
		perror(directory);
		exit(1);
	}
	snprintf(command, sizeof(command), "OWNER=%d tests/lib/broker.sh %s %s",
		 (int)getpid(), verb, directory);
	run(command, address, (int)size);
	if (strcmp(verb, "stop"))
		return;
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	run(command, NULL, 0);
}
