/* Names for bytes (RFC 6920): ni:///sha-256; and the digest in base64url. */
#ifndef TEXT_NI_H
#define TEXT_NI_H

#include <stddef.h>

#define NI_DIGEST 32
#define NI_SIZE   (14 + 43 + 1)

void ni_digest(const void *bytes, size_t n, unsigned char digest[NI_DIGEST]);
/* 2 * n digits and NUL, in small letters. */
const char *ni_hex(const void *bytes, size_t n, char *to);
const char *ni_uri(const unsigned char digest[NI_DIGEST], char uri[NI_SIZE]);

#endif
