/* A position that is read prints as one that reads the same. */
#include <string.h>

#include "sink/kafka_place.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct buf printed;
	struct kafka_place place, again;
	struct err err;

	if (printed.ceiling == 0)
		buf_init(&printed, 1024);
	buf_reset(&printed);
	if (kafka_place_parse(&place, (const char *)data, size, &err)) {
		assert(err.class == ERR_FATAL);
		return 0;
	}
	kafka_place_print(&place, &printed);
	assert(!buf_check(&printed, &err));
	assert(!kafka_place_parse(&again, printed.data, printed.size, &err));
	assert(!memcmp(&place, &again, sizeof(place)));
	return 0;
}
