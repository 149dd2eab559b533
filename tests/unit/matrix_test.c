#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "language/matrix.h"

enum { ROWS = 128, COLUMNS = 98, VECTORS = 11 };

static int16_t weight[ROWS][COLUMNS], packed[ROWS * COLUMNS], x[VECTORS][COLUMNS];
static int32_t bias[ROWS], out[VECTORS][ROWS], want[VECTORS][ROWS];

static void
fill(void)
{
	uint32_t s = 7;

	for (int r = 0; r < ROWS; r++) {
		bias[r] = (int32_t)(s = s * 1664525 + 1013904223) >> 8;
		for (int k = 0; k < COLUMNS; k++) {
			weight[r][k] = (int16_t)((s = s * 1664525 + 1013904223) >> 20);
			packed[(r / 16 * (COLUMNS / 2) + k / 2) * 32 + r % 16 * 2 +
			       k % 2] = weight[r][k];
		}
	}
	for (int i = 0; i < VECTORS; i++)
		for (int k = 0; k < COLUMNS; k++)
			x[i][k] =
			    (int16_t)((int32_t)(s = s * 1664525 + 1013904223) >> 20);
	for (int i = 0; i < VECTORS; i++)
		for (int r = 0; r < ROWS; r++) {
			want[i][r] = bias[r];
			for (int k = 0; k < COLUMNS; k++)
				want[i][r] += weight[r][k] * x[i][k];
		}
}

static void
products_are_those_of_plain_loops_on_every_machine(void **state)
{
	struct matrix m = { ROWS, COLUMNS, packed, bias };

	(void)state;
	for (int way = 1; way <= 3; way++) {
		if (!matrix_choose(way))
			continue;
		for (int n = 1; n <= VECTORS; n++) {
			memset(out, 0, sizeof out);
			matrix_times(&m, x[0], n, out[0]);
			assert_memory_equal(out, want, (size_t)n * sizeof out[0]);
		}
	}
}

static void
adding_begins_with_what_is_there(void **state)
{
	struct matrix m = { ROWS, COLUMNS, packed, NULL };

	(void)state;
	for (int way = 1; way <= 3; way++) {
		if (!matrix_choose(way))
			continue;
		memcpy(out[0], bias, sizeof bias);
		matrix_add(&m, x[0], out[0]);
		assert_memory_equal(out[0], want[0], sizeof want[0]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(products_are_those_of_plain_loops_on_every_machine),
		cmocka_unit_test(adding_begins_with_what_is_there),
	};

	fill();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
