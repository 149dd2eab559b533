/* libcrypto's SHA-256, whose failures are failures of the machine. */
#include "event/digest.h"

#include <assert.h>
#include <openssl/evp.h>

struct digest *
digest_new(void)
{
	EVP_MD_CTX *sha = EVP_MD_CTX_new();

	assert(sha && EVP_DigestInit_ex(sha, EVP_sha256(), NULL));
	return (struct digest *)sha;
}

void
digest_add(struct digest *d, const void *bytes, size_t n)
{
	EVP_DigestUpdate((EVP_MD_CTX *)d, bytes, n);
}

void
digest_end(struct digest *d, char hex[DIGEST_TEXT])
{
	unsigned char sum[EVP_MAX_MD_SIZE];

	EVP_DigestFinal_ex((EVP_MD_CTX *)d, sum, NULL);
	EVP_MD_CTX_free((EVP_MD_CTX *)d);
	for (int i = 0; i < DIGEST_TEXT - 1; i++)
		hex[i] = "0123456789abcdef"[i % 2 ? sum[i / 2] & 15 : sum[i / 2] >> 4];
	hex[DIGEST_TEXT - 1] = '\0';
}
