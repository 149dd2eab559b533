/*
 * A call to a URL for each alert, with its id as the Idempotency-Key: whoever
 * takes one twice knows it by that.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "channel/words.h"
#include "sink/http.h"
#include "sink/sign.h"

enum { ANSWER = 4096, BODY = 1 << 20 };

struct webhook_conf {
	const char *url, *format, *template, *secret, *user, *header, *ca;
};

static const struct opt webhook_opts[] = {
	OPT(struct webhook_conf, url, "", 0, 0, "http(s)://HOST/PATH that is called"),
	OPT(struct webhook_conf, format, "json", 0, 0,
	    "json: the alert; slack, mattermost, discord, teams: as these take it; "
	    "template"),
	OPT(struct webhook_conf, template, "", 0, 0,
	    "with format = template: JSON in whose strings %{headline} and others "
	    "stand for parts of the alert"),
	OPT(struct webhook_conf, secret, "", 0, 0,
	    "signs each call: HMAC-SHA256 in Newswire-Signature"),
	OPT(struct webhook_conf, user, "", 0, 0,
	    "NAME:PASSWORD, for basic authentication"),
	OPT(struct webhook_conf, header, "", 0, 0,
	    "one more header, as \"Authorization: Bearer ...\""),
	OPT(struct webhook_conf, ca, "", 0, 0,
	    "file of certificates to trust instead of the system's"),
	{ 0 },
};

static const struct {
	const char *name, *template; /* NULL: the alert as it is */
} formats[] = {
	{ "json", NULL },
	{ "slack", "{\"text\":\"%{message}\"}" },
	{ "mattermost", "{\"text\":\"%{message}\"}" },
	{ "discord", "{\"content\":\"%{message}\"}" },
	{ "teams", "{\"type\":\"message\",\"attachments\":[{\"contentType\":"
		   "\"application/vnd.microsoft.card.adaptive\",\"content\":{\"type\":"
		   "\"AdaptiveCard\",\"version\":\"1.4\",\"body\":[{\"type\":"
		   "\"TextBlock\",\"wrap\":true,\"text\":\"%{message}\"}]}}]}" },
};

struct webhook {
	struct webhook_conf conf;
	const char *template;
	struct http *http;
	struct buf body;
};

static int
choose_format(struct webhook *w, struct err *err)
{
	if (!strcmp(w->conf.format, "template")) {
		w->template = w->conf.template;
		if (!*w->template)
			return err_set(err, ERR_USAGE,
				       "format = template needs a `template`, as "
				       "{\"text\": \"%%{message}\"}");
		return words_check(w->template, err);
	}
	for (size_t i = 0; i < LENGTH(formats); i++)
		if (!strcmp(formats[i].name, w->conf.format)) {
			w->template = formats[i].template;
			return 0;
		}
	return err_set(err, ERR_USAGE,
		       "format: '%s' is none of json, slack, mattermost, discord, teams, "
		       "template",
		       w->conf.format);
}

static int
webhook_open(void *state, const void *conf, int timeout_ms, struct err *err)
{
	struct webhook *w = state;
	struct http_settings settings = { .most_answer = ANSWER,
					  .timeout_ms = timeout_ms };

	w->conf = *(const struct webhook_conf *)conf;
	buf_init(&w->body, BODY);
	settings.user = w->conf.user;
	settings.header = w->conf.header;
	settings.ca = w->conf.ca;
	if (http_check_url(w->conf.url, err) || choose_format(w, err))
		return -1;
	return http_open(&w->http, &settings, err);
}

/* Statuses that say that this alert will never be taken; others may be mended. */
static bool
is_refusal(long status)
{
	return status == 400 || status == 406 || (status >= 411 && status <= 424) ||
	       (status >= 430 && status <= 499);
}

static enum channel_answer
webhook_send(void *state, const struct letter *l, struct err *err)
{
	struct webhook *w = state;
	char key[128], signature[SIGN_BYTES], words[160];
	const char *headers[4] = { "Content-Type: application/json", key };
	struct http_answer answer;

	buf_reset(&w->body);
	if (w->template)
		words_fill(w->template, l, &w->body);
	else
		buf_add(&w->body, l->json, l->size);
	if (buf_check(&w->body, err))
		return CHANNEL_REFUSED;
	snprintf(key, sizeof(key), "Idempotency-Key: %s", l->alert->id);
	if (*w->conf.secret)
		headers[2] =
		    sign_header(w->conf.secret, w->body.data, w->body.size, signature);
	if (http_send(w->http, "POST", w->conf.url, headers, w->body.data, w->body.size,
		      &answer, err))
		return err->class == ERR_USAGE ? CHANNEL_AWAY : CHANNEL_UNKNOWN;
	if (answer.status >= 200 && answer.status <= 299)
		return CHANNEL_SENT;
	err_set(err, ERR_RETRY, "the webhook answered %ld%s%s", answer.status,
		answer.body->size ? " " : "", http_words(&answer, words, sizeof(words)));
	return is_refusal(answer.status) ? CHANNEL_REFUSED : CHANNEL_AWAY;
}

static void
webhook_close(void *state)
{
	struct webhook *w = state;

	http_close(w->http);
	buf_release(&w->body);
}

extern const struct channel_type channel_webhook_type;
const struct channel_type channel_webhook_type = {
	.name = "webhook",
	.help = "a call to a URL for each alert, signed, with an Idempotency-Key",
	.takes_key = true,
	.state_size = sizeof(struct webhook),
	.conf_size = sizeof(struct webhook_conf),
	.opts = webhook_opts,
	.open = webhook_open,
	.send = webhook_send,
	.close = webhook_close,
};
