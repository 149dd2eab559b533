/* Any bytes go out as one line of JSON, as a name and as a value. */
#include "record/json.h"
#include "record/json_check.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct buf out, name;

	if (out.ceiling == 0) {
		buf_init(&out, 64 << 20);
		buf_init(&name, 64 << 20);
	}
	buf_reset(&out);
	buf_reset(&name);
	buf_addc(&name, 'n');
	buf_add(&name, data, size);
	json_open(&out, NULL, '{');
	json_text(&out, "text", name.data);
	json_bytes(&out, name.data, (const char *)data, size);
	json_close(&out, '}');
	assert(json_is_line(out.data, out.size));
	return 0;
}
