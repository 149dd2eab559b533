/* A broker for the tests of one process: broker.sh with a directory of its own. */
#ifndef TESTS_BROKER_H
#define TESTS_BROKER_H

#include <stddef.h>

/*
 * start, stop, kill, restart.  `address`, if given, gets host:port.  A verb
 * that fails ends the process: there is nothing to test against.  "stop" also
 * removes the data.
 */
void broker(const char *verb, char *address, size_t size);

#endif
