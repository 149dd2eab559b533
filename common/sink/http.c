/*
 * libcurl's easy interface; its progress call comes once a second or more and
 * is where we look at the time and say that we live.
 */
#include "sink/http.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/mem.h"

struct http {
	struct http_settings settings;
	CURL *curl;
	struct buf body;
	bool cut;
	char error[CURL_ERROR_SIZE];
};

static size_t
take_body(char *bytes, size_t one, size_t n, void *arg)
{
	struct http *h = arg;
	size_t room = h->settings.most_answer - h->body.size;

	(void)one;
	buf_add(&h->body, bytes, n < room ? n : room);
	h->cut = h->cut || n > room;
	return n;
}

int
http_check_url(const char *url, struct err *err)
{
	if (!strncasecmp(url, "http://", 7) || !strncasecmp(url, "https://", 8))
		return 0;
	return err_set(err, ERR_USAGE, "`url = %s`: give it as https://HOST/PATH", url);
}

static int
left_ms(const struct http *h)
{
	return h->settings.sink		? sink_left_ms(h->settings.sink)
	       : h->settings.timeout_ms ? h->settings.timeout_ms
					: HTTP_MS;
}

static int
look_at_time(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct http *h = arg;

	(void)a, (void)b, (void)c, (void)d;
	return left_ms(h) <= 0;
}

int
http_open(struct http **http, const struct http_settings *settings, struct err *err)
{
	struct http *h = must_alloc(sizeof(*h));
	CURL *c;

	h->settings = *settings;
	buf_init(&h->body, settings->most_answer + 1);
	h->curl = c = curl_easy_init();
	if (!c) {
		http_close(h);
		return err_set(err, ERR_FATAL, "libcurl does not start");
	}
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->error);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_USERAGENT, "newswire/" VERSION);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, h);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, look_at_time);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, h);
	curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "");
	if (settings->user && *settings->user) {
		curl_easy_setopt(c, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(c, CURLOPT_USERPWD, settings->user);
	}
	if (settings->ca && *settings->ca)
		curl_easy_setopt(c, CURLOPT_CAINFO, settings->ca);
	*http = h;
	return 0;
}

void
http_close(struct http *h)
{
	if (!h)
		return;
	curl_easy_cleanup(h->curl);
	buf_release(&h->body);
	free(h);
}

/* Scheme and host alone: the rest of a webhook's URL is often its secret. */
static void
print_host(const char *url, char *text, size_t size)
{
	const char *host = strstr(url, "://"), *end, *at;

	host = host ? host + 3 : url;
	end = host + strcspn(host, "/?#");
	at = memchr(host, '@', (size_t)(end - host));
	snprintf(text, size, "%.*s%.*s", (int)(at ? host - url : 0), url,
		 (int)(at ? end - at - 1 : end - url), at ? at + 1 : url);
}

static enum err_class
class_of(CURLcode code)
{
	switch ((int)code) {
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		return ERR_USAGE;
	default:
		return ERR_RETRY;
	}
}

static struct curl_slist *
list_of(const struct http *h, const char *const *headers)
{
	/* Without these a body over 1 MB waits a second for "100 Continue". */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	if (h->settings.header && *h->settings.header)
		list = curl_slist_append(list, h->settings.header);
	for (; headers && *headers; headers++)
		list = curl_slist_append(list, *headers);
	return list;
}

static void
describe(struct http *h, struct http_answer *answer)
{
	struct curl_header *header;
	curl_off_t seconds = 0;

	*answer = (struct http_answer){ .retry_after_ms = -1, .body = &h->body, .cut = h->cut };
	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &answer->status);
	if (!curl_easy_header(h->curl, "Retry-After", 0, CURLH_HEADER, -1, &header) &&
	    !curl_easy_getinfo(h->curl, CURLINFO_RETRY_AFTER, &seconds))
		answer->retry_after_ms = seconds < 86400 ? (int)seconds * 1000 : 86400000;
}

int
http_send(struct http *h, const char *method, const char *url, const char *const *headers,
	  const void *body, size_t n, struct http_answer *answer, struct err *err)
{
	struct curl_slist *list = list_of(h, headers);
	int left = left_ms(h);
	char host[128];
	CURLcode code;

	buf_reset(&h->body);
	h->cut = false;
	h->error[0] = '\0';
	curl_easy_setopt(h->curl, CURLOPT_URL, url);
	curl_easy_setopt(h->curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, list);
	curl_easy_setopt(h->curl, CURLOPT_TIMEOUT_MS, (long)(left > 0 ? left : 1));
	if (body) {
		curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)n);
		curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, body);
	} else {
		curl_easy_setopt(h->curl, CURLOPT_HTTPGET, 1L);
		curl_easy_setopt(h->curl, CURLOPT_NOBODY, (long)!strcmp(method, "HEAD"));
	}
	code = curl_easy_perform(h->curl);
	if (code == CURLE_OK)
		describe(h, answer);
	curl_slist_free_all(list);
	if (code == CURLE_OK)
		return 0;
	print_host(url, host, sizeof(host));
	return err_set(err, class_of(code), "%s: %s", host,
		       code == CURLE_ABORTED_BY_CALLBACK ? "no answer in time"
		       : *h->error			 ? h->error
							 : curl_easy_strerror(code));
}

const char *
http_words(const struct http_answer *answer, char *words, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < answer->body->size && n + 1 < size; i++) {
		unsigned char c = (unsigned char)answer->body->data[i];

		if (isprint(c))
			words[n++] = (char)c;
		else if (n > 0 && words[n - 1] != ' ')
			words[n++] = ' ';
	}
	words[n] = '\0';
	return words;
}
