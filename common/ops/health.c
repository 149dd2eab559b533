/*
 * libmicrohttpd answers in a thread of its own, so that a loop that hangs is
 * seen from outside.  It reads two atomics and the counters, nothing else.
 */
#include "ops/health.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/metric.h"
#include "time/clock.h"

struct health {
	struct MHD_Daemon *daemon;
	_Atomic int64_t beat;
	_Atomic bool ready;
	int limit_ms, port;
};

static enum MHD_Result
reply(struct MHD_Connection *connection, unsigned status, const char *text, size_t n)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(n, (void *)(uintptr_t)text,
	    MHD_RESPMEM_MUST_COPY);
	enum MHD_Result done;

	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, "Content-Type", "text/plain; version=0.0.4; charset=utf-8");
	done = MHD_queue_response(connection, status, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result
metrics(struct MHD_Connection *connection)
{
	enum MHD_Result done;
	struct buf out;

	buf_init(&out, 1 << 20);
	metric_write(&out);
	done = reply(connection, MHD_HTTP_OK, out.data ? out.data : "", out.size);
	buf_release(&out);
	return done;
}

static enum MHD_Result
answer(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *data, size_t *size, void **state)
{
	struct health *h = arg;
	bool good;

	(void)version, (void)data, (void)size, (void)state;
	if (strcmp(method, "GET"))
		return reply(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET only\n", 9);
	if (!strcmp(url, "/metrics"))
		return metrics(connection);
	if (!strcmp(url, "/livez"))
		good = mono_now().ms - atomic_load(&h->beat) < h->limit_ms;
	else if (!strcmp(url, "/readyz"))
		good = atomic_load(&h->ready);
	else
		return reply(connection, MHD_HTTP_NOT_FOUND, "/metrics /livez /readyz\n", 24);
	return good ? reply(connection, MHD_HTTP_OK, "ok\n", 3)
		    : reply(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "not ok\n", 7);
}

int
health_open(struct health **health, int port, int beat_limit_ms, struct err *err)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct health *h = must_alloc(sizeof(*h));

	h->limit_ms = beat_limit_ms;
	atomic_store(&h->beat, mono_now().ms);
	h->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, (uint16_t)port, NULL, NULL,
	    answer, h, MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_END);
	if (!h->daemon) {
		free(h);
		return err_errno(err, ERR_USAGE, "cannot serve health on 127.0.0.1:%d", port);
	}
	h->port = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
	*health = h;
	return 0;
}

void
health_close(struct health *h)
{
	if (!h)
		return;
	MHD_stop_daemon(h->daemon);
	free(h);
}

int
health_port(const struct health *h)
{
	return h->port;
}

void
health_beat(struct health *h)
{
	if (h)
		atomic_store_explicit(&h->beat, mono_now().ms, memory_order_relaxed);
}

void
health_ready(struct health *h, bool ready)
{
	if (h)
		atomic_store_explicit(&h->ready, ready, memory_order_relaxed);
}
