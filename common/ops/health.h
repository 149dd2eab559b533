/*
 * /metrics, /livez and /readyz on a loopback port, served by libmicrohttpd's
 * own thread.  Alive: the loop has beaten within its limit.
 */
#ifndef OPS_HEALTH_H
#define OPS_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct health;

/* port 0: any free one; health_port() says which. */
int health_open(struct health **health, int port, int beat_limit_ms, struct err *err) MUST_CHECK;
void health_close(struct health *health);
int health_port(const struct health *health);

/* From the worker's thread; NULL does nothing. */
void health_beat(struct health *health);
void health_ready(struct health *health, bool ready);

#endif
