/* Which records of a batch go before what a store holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "sink/newest.h"

/* "u1 u2r": of the uri u version 1, then 2 by a replay. */
static size_t
read_candidates(const char *text, struct candidate *c, char names[][2], char versions[][2])
{
	size_t n = 0;

	for (; *text; n++) {
		names[n][0] = *text++;
		versions[n][0] = *text++;
		names[n][1] = versions[n][1] = '\0';
		c[n] = (struct candidate){ names[n], { versions[n], NULL, 1 }, *text == 'r',
					   false };
		text += strspn(text, "r ");
	}
	return n;
}

static void
the_newest_of_each_is_chosen(void **state)
{
	static const struct {
		const char *stands, *come, *win;
		const char *replaced; /* of each that stands, whether it is */
	} cases[] = {
		{ "", "", "", "" },
		{ "", "u1", "1", "" },
		{ "", "u1 u2 u1", "010", "" },
		{ "", "u2 u1 u2", "001", "" },
		{ "", "u1 v1", "11", "" },
		{ "u1", "u2", "1", "1" },
		{ "u2", "u1", "0", "0" },
		{ "u1", "u1", "1", "1" },
		{ "u1", "u1r", "0", "0" },
		{ "u1", "u2r", "1", "1" },
		{ "", "u1 u1r", "10", "" },
		{ "u3 v1", "u1 v2 u2 v3", "0001", "01" },
		{ "u1 v1", "w1", "1", "00" },
		{ "u1 u1", "u2", "1", "01" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char names[2][8][2], versions[2][8][2], win[8] = "", replaced[8] = "";
		struct candidate come[8], held[8];
		struct standing stands[8];
		size_t m = read_candidates(cases[i].stands, held, names[0], versions[0]);
		size_t n = read_candidates(cases[i].come, come, names[1], versions[1]);

		for (size_t k = 0; k < m; k++)
			stands[k] = (struct standing){ held[k].id, held[k].key, NULL };
		newest_choose(come, n, stands, m);
		for (size_t k = 0; k < n; k++)
			strcat(win, come[k].wins ? "1" : "0");
		for (size_t k = 0; k < m; k++)
			strcat(replaced, stands[k].by ? "1" : "0");
		if (strcmp(win, cases[i].win) || strcmp(replaced, cases[i].replaced))
			fail_msg("'%s' to '%s': %s %s", cases[i].come, cases[i].stands, win,
				 replaced);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_of_each_is_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
