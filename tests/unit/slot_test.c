/* Places in a group, on files of a directory of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "work/slot.h"

static char directory[] = "/tmp/slot_test.XXXXXX";
static struct err err;

static void
slots_are_taken_in_order_and_freed(void **state)
{
	struct slot a, b, c;

	(void)state;
	assert_int_equal(slot_claim(&a, directory, "g", -1, &err), 0);
	assert_int_equal(slot_claim(&b, directory, "g", -1, &err), 0);
	assert_int_equal(a.number, 0);
	assert_int_equal(b.number, 1);
	assert_int_equal(slot_claim(&c, directory, "g", 1, &err), -1);
	assert_int_equal(err.class, ERR_USAGE);
	slot_release(&a);
	assert_int_equal(slot_claim(&c, directory, "g", -1, &err), 0);
	assert_int_equal(c.number, 0);
	slot_release(&b);
	slot_release(&c);
}

static void
a_slot_whose_file_was_removed_or_replaced_is_held_no_longer(void **state)
{
	struct slot a, b;

	(void)state;
	assert_int_equal(slot_claim(&a, directory, "h", -1, &err), 0);
	assert_true(slot_is_held(&a));
	assert_int_equal(unlink(a.path), 0);
	assert_false(slot_is_held(&a));
	assert_int_equal(slot_claim(&b, directory, "h", 0, &err), 0);
	assert_false(slot_is_held(&a));
	assert_true(slot_is_held(&b));
	slot_release(&a);
	slot_release(&b);
	assert_false(slot_is_held(&b));
}

static int
start(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int
stop(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_are_taken_in_order_and_freed),
		cmocka_unit_test(
		    a_slot_whose_file_was_removed_or_replaced_is_held_no_longer),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
