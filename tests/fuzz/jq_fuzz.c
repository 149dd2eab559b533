/*
 * Any bytes asked a question: JSON gets an answer, and the contrary question the
 * contrary answer; both are refused alike where there is none.
 */
#include <string.h>

#include "record/jq.h"
#include "record/json_check.h"
#include "tests/fuzz/fuzz.h"

enum { SHALLOW = 200 }; /* libjq reads 256 levels */

static struct jq_filter *
compiled(const char *program)
{
	struct jq_filter *f;
	struct err err;
	int failed = jq_filter_new(&f, program, &err);

	assert(!failed);
	return f;
}

/* Our own reader refuses half a surrogate too (record/field.c). */
static bool
has_surrogate(const char *text, size_t n)
{
	for (size_t i = 0; i + 2 < n; i++)
		if (text[i] == '\\' && text[i + 1] == 'u' && strchr("dD", text[i + 2]))
			return true;
	return false;
}

static bool
is_shallow(const char *text, size_t n)
{
	int brackets = 0;

	for (size_t i = 0; i < n; i++)
		brackets += text[i] == '[' || text[i] == '{';
	return brackets <= SHALLOW;
}

/*
 * libjq's stack is known to it by its end only, which LeakSanitizer does not
 * take for a reference.  What leaks shows in tests/unit/jq_test.c.
 */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libjq.so";
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct jq_filter *is, *is_not;
	const char *json = (const char *)data;
	struct err err, other;
	bool yes, no;
	int failed;

	if (!is) {
		is = compiled("[.. | strings] | any(length > 3)");
		is_not = compiled("[.. | strings] | any(length > 3) | not");
	}
	failed = jq_filter_ask(is, json, size, &yes, &err);
	assert(failed == jq_filter_ask(is_not, json, size, &no, &other));
	if (failed) {
		assert(err.class == ERR_REJECT && !strcmp(err.text, other.text));
		assert(!json_is_line(json, size) || !is_shallow(json, size) ||
		       has_surrogate(json, size));
	} else {
		assert(yes != no);
	}
	return 0;
}
