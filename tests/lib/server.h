/* A server for the tests of one process: tests/lib/NAME.sh with a directory of its own. */
#ifndef TESTS_SERVER_H
#define TESTS_SERVER_H

#include <stddef.h>

struct server {
	const char *name; /* of the script */
	char directory[64];
};

/*
 * start, stop, kill, restart.  `address`, if given, gets the script's line.  A
 * verb that fails ends the process: there is nothing to test against.  "stop"
 * also removes the data.
 */
void server(struct server *s, const char *verb, char *address, size_t size);

#endif
