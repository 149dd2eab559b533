/* A line that is read prints as one that reads the same. */
#include <string.h>

#include "sink/manifest.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct buf text, printed;
	struct manifest_entry e, again;
	struct err err;

	if (text.ceiling == 0) {
		buf_init(&text, 1 << 20);
		buf_init(&printed, 1024);
	}
	buf_reset(&text);
	buf_reset(&printed);
	buf_add(&text, data, size);
	if (buf_check(&text, &err) ||
	    manifest_parse(&e, text.data ? text.data : "", &err))
		return 0;
	manifest_print(&e, &printed);
	assert(!buf_check(&printed, &err) && printed.data[printed.size - 1] == '\n');
	printed.data[printed.size - 1] = '\0';
	assert(!manifest_parse(&again, printed.data, &err));
	assert(!memcmp(&e, &again, sizeof(e)));
	return 0;
}
