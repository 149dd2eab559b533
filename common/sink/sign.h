/* A call that cannot be forged or played again: its time and body under a secret. */
#ifndef SINK_SIGN_H
#define SINK_SIGN_H

#include <stddef.h>

enum { SIGN_BYTES = 160 };

/* "Newswire-Signature: t=SECONDS,v1=HEX": HMAC-SHA256 of SECONDS.BODY, as Stripe does it.
 */
const char *
sign_header(const char *secret, const void *body, size_t n, char header[SIGN_BYTES]);

#endif
