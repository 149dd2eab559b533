#include "tests/lib/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
run(const char *command, char *line, int size)
{
	FILE *f = popen(command, "r");
	char nobody[256];

	if (f && fgets(line ? line : nobody, line ? size : (int)sizeof(nobody), f) && line)
		line[strcspn(line, "\n")] = 0;
	if (!f || pclose(f)) {
		fprintf(stderr, "failed: %s\n", command);
		exit(1);
	}
}

/* The script lies beside the sources; tests run from the top of the tree. */
void
server(struct server *s, const char *verb, char *address, size_t size)
{
	char command[256];

	if (!strcmp(verb, "start")) {
		snprintf(s->directory, sizeof(s->directory), "/tmp/newswire-%s.XXXXXX",
			 s->name);
		if (!mkdtemp(s->directory)) {
			perror(s->directory);
			exit(1);
		}
	}
	snprintf(command, sizeof(command), "OWNER=%d tests/lib/%s.sh %s %s",
		 (int)getpid(), s->name, verb, s->directory);
	run(command, address, (int)size);
	if (strcmp(verb, "stop"))
		return;
	snprintf(command, sizeof(command), "rm -rf %s", s->directory);
	run(command, NULL, 0);
}
