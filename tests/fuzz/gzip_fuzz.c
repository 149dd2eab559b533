/*
 * The ceiling holds; what inflates is whole, so that without its last byte
 * it is a cut; and one byte under its size as a ceiling refuses it.
 */
#include "record/gzip.h"
#include "tests/fuzz/fuzz.h"

enum { CEILING = 1 << 20 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct buf out;
	struct err err;
	size_t inflated;
	bool cut;

	if (out.ceiling == 0)
		buf_init(&out, CEILING);
	if (gunzip(data, size, CEILING, &out, &cut, &err) != 0) {
		assert(err.class == ERR_REJECT && out.size <= CEILING);
		return 0;
	}
	inflated = out.size;
	assert(!cut && inflated <= CEILING);
	assert(gunzip(data, size - 1, CEILING, &out, &cut, &err) == -1 && cut);
	if (inflated > 0)
		assert(gunzip(data, size, inflated - 1, &out, &cut, &err) == -1 && !cut);
	assert(gunzip(data, size, inflated, &out, &cut, &err) == 0);
	return 0;
}
