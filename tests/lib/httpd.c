#include "tests/lib/httpd.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <microhttpd.h>

#include "base/mem.h"

enum { MOST = 20000 };

static struct MHD_Daemon *server;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const struct httpd_answer *script;
static size_t script_size;
static struct httpd_answer (*handler)(const struct httpd_request *);
static struct httpd_request requests[MOST];
static size_t count;

static char *
header(struct MHD_Connection *c, const char *name)
{
	const char *value = MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);

	return value ? must_strdup(value) : NULL;
}

static ssize_t
half_a_body(void *arg, uint64_t at, char *bytes, size_t n)
{
	(void)arg;
	if (at > 0 || n == 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	bytes[0] = '{';
	return 1;
}

static enum MHD_Result
say(struct MHD_Connection *c, const struct httpd_answer *a)
{
	const char *body = a->body ? a->body : "";
	struct MHD_Response *response =
	    a->hang_up ? MHD_create_response_from_callback(1000, 16, half_a_body, NULL, NULL)
		       : MHD_create_response_from_buffer(strlen(body), (void *)body,
							 MHD_RESPMEM_MUST_COPY);
	enum MHD_Result done;

	if (a->retry_after)
		MHD_add_response_header(response, "Retry-After", a->retry_after);
	done = MHD_queue_response(c, (unsigned)a->status, response);
	MHD_destroy_response(response);
	return done;
}

static struct httpd_answer
next_answer(const struct httpd_request *r)
{
	struct httpd_answer a = { 200 };

	if (handler)
		return handler(r);
	if (script_size > 0) {
		a = *script++;
		script_size--;
	}
	return a;
}

static enum MHD_Result
take(void *arg, struct MHD_Connection *c, const char *path, const char *method,
     const char *version, const char *bytes, size_t *n, void **request)
{
	struct httpd_request *r = *request;
	struct httpd_answer a;

	(void)arg;
	(void)version;
	if (!r) {
		*request = must_alloc(sizeof(*r));
		return MHD_YES;
	}
	if (*n > 0) {
		r->body = must_realloc(r->body, r->size + *n + 1);
		memcpy(r->body + r->size, bytes, *n);
		r->size += *n;
		r->body[r->size] = '\0';
		*n = 0;
		return MHD_YES;
	}
	r->method = must_strdup(method);
	r->path = must_strdup(path);
	r->key = header(c, "Idempotency-Key");
	r->signature = header(c, "Newswire-Signature");
	r->event = header(c, "ce-id");
	r->encoding = header(c, "Content-Encoding");
	pthread_mutex_lock(&lock);
	a = next_answer(r);
	if (count < MOST)
		requests[count++] = *r;
	pthread_mutex_unlock(&lock);
	free(r);
	*request = NULL;
	if (a.delay_ms > 0)
		usleep((useconds_t)a.delay_ms * 1000);
	return say(c, &a);
}

/* A client that went away in the middle of its request. */
static void
forget_half(void *arg, struct MHD_Connection *c, void **request,
	    enum MHD_RequestTerminationCode how)
{
	struct httpd_request *r = *request;

	(void)arg;
	(void)c;
	(void)how;
	if (r) {
		free(r->body);
		free(r);
		*request = NULL;
	}
}

void
httpd_start(char *url, size_t size)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
				    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	const union MHD_DaemonInfo *port;

	server = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD |
				      MHD_USE_THREAD_PER_CONNECTION,
				  0, NULL, NULL, take, NULL, MHD_OPTION_SOCK_ADDR, &here,
				  MHD_OPTION_NOTIFY_COMPLETED, forget_half, NULL,
				  MHD_OPTION_END);
	port = server ? MHD_get_daemon_info(server, MHD_DAEMON_INFO_BIND_PORT) : NULL;
	if (!port) {
		fprintf(stderr, "no web server\n");
		exit(1);
	}
	snprintf(url, size, "http://127.0.0.1:%u", port->port);
}

void
httpd_stop(void)
{
	MHD_stop_daemon(server);
	httpd_forget();
}

void
httpd_script(const struct httpd_answer *answers, size_t n)
{
	pthread_mutex_lock(&lock);
	script = answers;
	script_size = n;
	pthread_mutex_unlock(&lock);
}

void
httpd_handler(struct httpd_answer (*h)(const struct httpd_request *))
{
	pthread_mutex_lock(&lock);
	handler = h;
	pthread_mutex_unlock(&lock);
}

size_t
httpd_count(void)
{
	size_t n;

	pthread_mutex_lock(&lock);
	n = count;
	pthread_mutex_unlock(&lock);
	return n;
}

const struct httpd_request *
httpd_request(size_t i)
{
	return &requests[i];
}

void
httpd_forget(void)
{
	pthread_mutex_lock(&lock);
	while (count > 0) {
		struct httpd_request *r = &requests[--count];
		char *const all[] = { r->method, r->path,     r->key,  r->signature,
				      r->event,  r->encoding, r->body };

		for (size_t i = 0; i < LENGTH(all); i++)
			free(all[i]);
	}
	script_size = 0;
	handler = NULL;
	pthread_mutex_unlock(&lock);
}
