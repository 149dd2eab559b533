/* What pronouns and titles stand for: the texts are ours, in tests/cases/coref. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/lib/readings.h"


/* "= he: Ana Lima" */
static void
print(const struct document *d, struct buf *out)
{
	for (size_t i = 0; i < d->token_count; i++) {
		const struct token *t = &d->tokens[i], *to;

		if (t->refers < 0)
			continue;
		to = &d->tokens[t->refers];
		buf_printf(out, "= %s: %s\n", t->norm,
			   to->entity < 0 ? to->form
					  : d->entities[to->entity].span.text);
	}
}

static void
check(const char *name)
{
	char path[100];
	int bad, count;

	snprintf(path, sizeof path, "tests/cases/coref/%s.txt", name);
	bad = readings_check(path, "=", print, &count);
	assert_true(count > 20);
	if (bad)
		fail_msg("%s: %d of %d are read otherwise", path, bad, count);
}

static void
pronouns_stand_for_names(void **state)
{
	(void)state;
	check("pronouns");
}

static void
titles_stand_for_names(void **state)
{
	(void)state;
	check("titles");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pronouns_stand_for_names),
		cmocka_unit_test(titles_stand_for_names),
	};

	return cmocka_run_group_tests(tests, reading_open, reading_close);
}
