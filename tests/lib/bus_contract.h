/*
 * What every bus promises, as tests that any bus can be put through: see
 * bus/bus.h for the words.  A bus under test is one `struct bus_world`.
 */
#ifndef TESTS_BUS_CONTRACT_H
#define TESTS_BUS_CONTRACT_H

#include "bus/bus.h"

struct bus_world {
	void (*start)(
	    void); /* before each test: a new log, where that is cheap; may be NULL */
	/* How to open it; quick: with sessions and heartbeats as short as the log allows.
	 */
	void (*conf)(struct bus_conf *conf, bool quick);
	void (*restart)(void); /* kill -9 the broker and start it; NULL: there is none */
	int takeover_ms;       /* what a killed member had has a new owner by then */
};

/* Gives the number of failed tests.  only: a name with * for any letters, or NULL for
 * all. */
int bus_contract(const struct bus_world *world, const char *only);

#endif
