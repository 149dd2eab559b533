/*
 * A short name for content: the first half of a SHA-256, in hex.  In a file
 * of its own since libcrypto brings the kernel's struct timex with it.
 */
#ifndef EVENT_DIGEST_H
#define EVENT_DIGEST_H

#include <stddef.h>

#define DIGEST_TEXT 33

struct digest;

struct digest *digest_new(void);
void digest_add(struct digest *d, const void *bytes, size_t n);
void digest_end(struct digest *d, char hex[DIGEST_TEXT]); /* takes d */

#endif
