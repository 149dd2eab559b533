#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "language/model.h"
#include "language/parser.h"

static char dir[] = "/tmp/model_test.XXXXXX", path[64];

enum { KEYS = 500 };
static uint64_t key[KEYS];

static uint64_t
mixed(uint64_t i)
{
	i = (i + 1) * 0x9e3779b97f4a7c15u;
	return (i ^ i >> 31) * 0xd6e8feb86659fd93u;
}

static void
write_model(void)
{
	static const uint32_t numbers[] = { 7, 70, 700 };
	uint32_t class[KEYS];
	signed char rows[KEYS * 2];
	struct model_builder b;
	struct classes c;
	struct err err;

	for (int i = 0; i < KEYS; i++) {
		key[i] = mixed((uint64_t)i);
		class[i] = (uint32_t)i % 3;
		rows[2 * i] = (signed char)i;
		rows[2 * i + 1] = (signed char)-i;
	}
	model_begin(&b);
	model_add(&b, "names", "one\0two\0", 8);
	keyed_add(&b, "keyed", key, NULL, KEYS, rows, KEYS, 2);
	classes_build(&c, key, class, KEYS, numbers, 3);
	classes_add(&b, "classes", &c);
	free((void *)(uintptr_t)c.slots);
	assert_int_equal(model_write(&b, path, &err), 0);
}

static void
what_was_written_is_found_again(void **state)
{
	struct err err;
	struct model *m;
	struct keyed k;
	struct classes c;
	const char **names;
	uint32_t number;
	int count;

	(void)state;
	write_model();
	m = model_open(path, &err);
	assert_non_null(m);
	names = strings_open(m, "names", &count, &err);
	assert_int_equal(count, 2);
	assert_string_equal(names[1], "two");
	assert_int_equal(keyed_open(&k, m, "keyed", &err), 0);
	assert_int_equal(classes_open(&c, m, "classes", &err), 0);
	for (int i = 0; i < KEYS; i++) {
		assert_int_equal(keyed_find(&k, key[i]), i);
		assert_int_equal(k.rows[2 * i + 1], (signed char)-i);
		assert_true(classes_find(&c, key[i], &number));
		assert_int_equal(number, i % 3 == 0 ? 7 : i % 3 == 1 ? 70 : 700);
	}
	for (int i = KEYS; i < 4 * KEYS; i++)
		assert_int_equal(keyed_find(&k, mixed((uint64_t)i)), -1);
	free(names);
	model_close(m);
}

static void
a_missing_section_is_said(void **state)
{
	struct err err;
	struct model *m;
	struct keyed k;

	(void)state;
	write_model();
	m = model_open(path, &err);
	assert_int_equal(keyed_open(&k, m, "nothing", &err), -1);
	assert_non_null(strstr(err.text, "no section nothing"));
	model_close(m);
	assert_null(parser_new(path, &err));
	assert_int_equal(err.class, ERR_USAGE);
}

static void
patch(long at, char byte)
{
	FILE *f = fopen(path, "r+b");

	fseek(f, at, SEEK_SET);
	fputc(byte, f);
	fclose(f);
}

static void
refused(const char *why)
{
	struct err err;

	assert_null(model_open(path, &err));
	assert_int_equal(err.class, ERR_USAGE);
	if (!strstr(err.text, why))
		fail_msg("\"%s\" does not say \"%s\"", err.text, why);
}

static void
a_wrong_file_is_refused_with_the_reason(void **state)
{
	struct stat st;

	(void)state;
	unlink(path);
	refused("cannot read the model");
	write_model();
	patch(0, 'N');
	refused("no model of newswire");
	write_model();
	patch(8, 99);
	refused("of version 99");
	write_model();
	stat(path, &st);
	patch(st.st_size - 70, 55);
	refused("checksum");
	write_model();
	assert_int_equal(truncate(path, st.st_size - 64), 0);
	refused("cut short");
	assert_int_equal(truncate(path, 10), 0);
	refused("is cut short");
	assert_int_equal(truncate(path, 0), 0);
	refused("is cut short");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_found_again),
		cmocka_unit_test(a_missing_section_is_said),
		cmocka_unit_test(a_wrong_file_is_refused_with_the_reason),
	};
	int rc;

	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof path, "%s/m", dir);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	rmdir(dir);
	return rc;
}
