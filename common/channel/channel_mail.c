/* A mail for each alert, by libcurl's SMTP. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/mem.h"
#include "channel/mail.h"
#include "time/clock.h"

enum { MAIL_BYTES = 1 << 20, ADDRESS_BYTES = 256 };

struct mail_conf {
	const char *server, *from, *to, *user, *tls, *ca;
};

static const struct opt mail_opts[] = {
	OPT(struct mail_conf, server, "smtp://localhost", 0, 0,
	    "smtp://HOST:PORT, or smtps://HOST"),
	OPT(struct mail_conf, from, "", 0, 0, "address that it comes from"),
	OPT(struct mail_conf, to, "", 0, 0, "addresses that it goes to, by commas"),
	OPT(struct mail_conf, user, "", 0, 0, "NAME:PASSWORD"),
	OPT(struct mail_conf, tls, "try", 0, 0,
	    "of smtp://: try, need, none; smtps:// always has it"),
	OPT(struct mail_conf, ca, "", 0, 0,
	    "file of certificates to trust instead of the system's"),
	{ 0 },
};

struct mailer {
	struct mail_conf conf;
	CURL *curl;
	struct curl_slist *to;
	struct buf text;
	size_t read;
	char error[CURL_ERROR_SIZE];
};

static size_t
give_text(char *to, size_t one, size_t n, void *arg)
{
	struct mailer *m = arg;
	size_t left = m->text.size - m->read, room = one * n;

	n = left < room ? left : room;
	memcpy(to, m->text.data + m->read, n);
	m->read += n;
	return n;
}

/* No line break: it stands in a header. */
static int
check_address(const char *key, const char *address, struct err *err)
{
	const char *at = strchr(address, '@');

	if (at && at > address && at[1] && !strpbrk(address, "\r\n\t <>\""))
		return 0;
	return err_set(err, ERR_USAGE, "%s: '%s' is no address, as desk@example.org", key,
		       address);
}

static int
take_addresses(struct mailer *m, struct err *err)
{
	const char *list = m->conf.to;
	char address[ADDRESS_BYTES];

	if (check_address("from", m->conf.from, err))
		return -1;
	while (mail_next(&list, address, sizeof(address))) {
		if (check_address("to", address, err))
			return -1;
		m->to = curl_slist_append(m->to, address);
	}
	return m->to ? 0 : err_set(err, ERR_USAGE, "to: it has no address");
}

static int
take_tls(struct mailer *m, struct err *err)
{
	static const struct {
		const char *name;
		long use;
	} kinds[] = { { "try", CURLUSESSL_TRY },
		      { "need", CURLUSESSL_ALL },
		      { "none", CURLUSESSL_NONE } };

	for (size_t i = 0; i < LENGTH(kinds); i++)
		if (!strcmp(kinds[i].name, m->conf.tls)) {
			curl_easy_setopt(m->curl, CURLOPT_USE_SSL, kinds[i].use);
			return 0;
		}
	return err_set(err, ERR_USAGE, "tls: '%s' is none of try, need, none",
		       m->conf.tls);
}

static int
mail_open(void *state, const void *conf, int timeout_ms, struct err *err)
{
	struct mailer *m = state;
	CURL *c;

	m->conf = *(const struct mail_conf *)conf;
	buf_init(&m->text, MAIL_BYTES);
	if (strncasecmp(m->conf.server, "smtp://", 7) &&
	    strncasecmp(m->conf.server, "smtps://", 8))
		return err_set(err, ERR_USAGE, "server: give it as smtp://HOST:PORT");
	m->curl = c = curl_easy_init();
	if (!c)
		return err_set(err, ERR_FATAL, "libcurl does not start");
	curl_easy_setopt(c, CURLOPT_URL, m->conf.server);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, m->error);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, give_text);
	curl_easy_setopt(c, CURLOPT_READDATA, m);
	curl_easy_setopt(c, CURLOPT_MAIL_FROM, m->conf.from);
	if (*m->conf.user)
		curl_easy_setopt(c, CURLOPT_USERPWD, m->conf.user);
	if (*m->conf.ca)
		curl_easy_setopt(c, CURLOPT_CAINFO, m->conf.ca);
	if (take_addresses(m, err) || take_tls(m, err))
		return -1;
	curl_easy_setopt(c, CURLOPT_MAIL_RCPT, m->to);
	return 0;
}

/*
 * The server's last word says most: 4xx, later; 5xx, never.  Without one it
 * depends on whether the text can have left.
 */
static enum channel_answer
judge(const struct mailer *m, CURLcode code)
{
	long status = 0;

	curl_easy_getinfo(m->curl, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK)
		return CHANNEL_SENT;
	if (code == CURLE_LOGIN_DENIED || code == CURLE_USE_SSL_FAILED ||
	    code == CURLE_PEER_FAILED_VERIFICATION)
		return CHANNEL_AWAY; /* for the operator to mend */
	if (status >= 500 && status <= 599)
		return CHANNEL_REFUSED;
	return (status >= 400 && status <= 499) || !m->read ? CHANNEL_AWAY
							    : CHANNEL_UNKNOWN;
}

static enum channel_answer
mail_send(void *state, const struct letter *l, struct err *err)
{
	struct mailer *m = state;
	enum channel_answer answer;
	CURLcode code;

	buf_reset(&m->text);
	m->read = 0;
	m->error[0] = '\0';
	mail_print(l, m->conf.from, m->conf.to, wall_now().ms / 1000, &m->text);
	if (buf_check(&m->text, err))
		return CHANNEL_REFUSED;
	code = curl_easy_perform(m->curl);
	answer = judge(m, code);
	if (answer != CHANNEL_SENT)
		err_set(err, ERR_RETRY, "mail: %s",
			*m->error ? m->error : curl_easy_strerror(code));
	return answer;
}

static void
mail_close(void *state)
{
	struct mailer *m = state;

	curl_easy_cleanup(m->curl);
	curl_slist_free_all(m->to);
	buf_release(&m->text);
}

extern const struct channel_type channel_mail_type;
const struct channel_type channel_mail_type = {
	.name = "mail",
	.help = "a mail for each alert; at least once, or on_unknown = hold",
	.state_size = sizeof(struct mailer),
	.conf_size = sizeof(struct mail_conf),
	.opts = mail_opts,
	.open = mail_open,
	.send = mail_send,
	.close = mail_close,
};
