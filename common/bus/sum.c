#include "bus/sum.h"

#include <assert.h>
#include <openssl/evp.h>
#include <string.h>

void
bus_sum_begin(struct bus_sum *s)
{
	int ok;

	s->context = EVP_MD_CTX_new();
	ok = s->context && EVP_DigestInit_ex(s->context, EVP_sha256(), NULL);
	assert(ok);
}

static void
add(struct bus_sum *s, const void *bytes, size_t n)
{
	uint64_t size = bytes ? n : UINT64_MAX;
	int ok = EVP_DigestUpdate(s->context, &size, sizeof(size)) &&
		 (!bytes || EVP_DigestUpdate(s->context, bytes, n));

	assert(ok);
}

void
bus_sum_add(struct bus_sum *s, const struct bus_record *r)
{
	uint64_t headers = r->header_count;

	add(s, r->key, r->key_size);
	add(s, r->value, r->value_size);
	add(s, &headers, sizeof(headers));
	for (size_t i = 0; i < r->header_count; i++) {
		add(s, r->headers[i].name, strlen(r->headers[i].name));
		add(s, r->headers[i].value, r->headers[i].size);
	}
}

void
bus_sum_end(struct bus_sum *s, unsigned char digest[BUS_SUM])
{
	int ok = EVP_DigestFinal_ex(s->context, digest, NULL);

	assert(ok);
	EVP_MD_CTX_free(s->context);
	s->context = NULL;
}
