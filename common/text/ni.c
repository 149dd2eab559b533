#include "text/ni.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

void
ni_digest(const void *bytes, size_t n, unsigned char digest[NI_DIGEST])
{
	/* One for good: to make it anew costs more than a short text's sum. */
	static _Thread_local EVP_MD_CTX *sha;
	bool ok = true;

	if (!sha)
		ok = (sha = EVP_MD_CTX_new()) && EVP_DigestInit_ex(sha, EVP_sha256(), NULL);
	ok = ok && EVP_DigestInit_ex(sha, NULL, NULL) && EVP_DigestUpdate(sha, bytes, n) &&
	     EVP_DigestFinal_ex(sha, digest, NULL);
	assert(ok);
}

const char *
ni_hex(const void *bytes, size_t n, char *to)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++) {
		to[2 * i] = digits[p[i] >> 4];
		to[2 * i + 1] = digits[p[i] & 15];
	}
	to[2 * n] = '\0';
	return to;
}

const char *
ni_uri(const unsigned char digest[NI_DIGEST], char uri[NI_SIZE])
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	char *p = uri + 14;

	memcpy(uri, "ni:///sha-256;", 14);
	/* 32 bytes are 43 letters of six bits, the last two bits of which are 0. */
	for (int bit = 0; bit < NI_DIGEST * 8; bit += 6) {
		int i = bit / 8;
		uint32_t two = (uint32_t)digest[i] << 8;

		if (i + 1 < NI_DIGEST)
			two |= digest[i + 1];
		*p++ = letters[(two >> (10 - bit % 8)) & 63];
	}
	*p = '\0';
	return uri;
}
