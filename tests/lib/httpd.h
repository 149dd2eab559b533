/*
 * A web server of the test's own process, which answers as it is told and
 * keeps what it was sent.  Thread-safe: it runs in threads of its own.
 */
#ifndef TESTS_HTTPD_H
#define TESTS_HTTPD_H

#include <stdbool.h>
#include <stddef.h>

/* What to say to the next request; each is taken once, then 200 again. */
struct httpd_answer {
	int status;
	const char *retry_after; /* NULL: no such header */
	const char *body;
	int delay_ms;
	bool hang_up; /* closes the connection in the middle of it */
};

struct httpd_request {
	char *method, *path, *key, *signature, *event, *encoding;
	char *body;
	size_t size;
};

void httpd_start(char *url, size_t size); /* ends the process if it cannot */
void httpd_stop(void);
void httpd_script(const struct httpd_answer *answers, size_t n); /* borrowed */
/* Called for each request instead of the script, under the lock; NULL: the script. */
void httpd_handler(struct httpd_answer (*handler)(const struct httpd_request *r));

size_t httpd_count(void);
const struct httpd_request *httpd_request(size_t i);
void httpd_forget(void); /* what was sent, and the rest of the script */

#endif
