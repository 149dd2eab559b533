#include "sink/sign.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/buf.h"
#include "time/clock.h"

const char *
sign_header(const char *secret, const void *body, size_t n, char header[SIGN_BYTES])
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	struct buf text;
	char time[24];
	unsigned size = 0;
	int at = snprintf(time, sizeof(time), "%" PRId64 ".", wall_now().ms / 1000);

	buf_init(&text, n + sizeof(time));
	buf_add(&text, time, (size_t)at);
	buf_add(&text, body, n);
	HMAC(EVP_sha256(), secret, (int)strlen(secret), (unsigned char *)text.data,
	     text.size, sum, &size);
	buf_release(&text);
	at = snprintf(header, SIGN_BYTES, "Newswire-Signature: t=%.*s,v1=", at - 1, time);
	for (unsigned i = 0; i < size; i++)
		at += snprintf(header + at, SIGN_BYTES - (size_t)at, "%02x", sum[i]);
	return header;
}
