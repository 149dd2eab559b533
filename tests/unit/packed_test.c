/* What was packed comes back, whatever the packing, and a cut is seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "record/packed.h"

enum { BYTES = 300000 };

static char path[] = "/tmp/newswire-packed-test.XXXXXX";
static char bytes[BYTES];

static void
store(const char *data, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* The whole file, `chunk` bytes at a time; -1: it is cut or damaged. */
static long
load(char *to, size_t room, size_t chunk)
{
	struct unpacker *u;
	struct err err;
	long n, all = 0;

	assert_int_equal(unpacker_open(&u, path, &err), 0);
	while ((n = unpacker_read(u, to + all, chunk, &err)) > 0) {
		all += n;
		assert_true((size_t)all + chunk <= room);
	}
	unpacker_close(u);
	if (n < 0)
		assert_int_equal(err.class, ERR_FATAL);
	return n < 0 ? -1 : all;
}

static void
pack_members(const struct packing *how, const size_t *sizes, struct buf *out)
{
	struct packer *p = packer_new(how, 0);
	const char *from = bytes;
	struct err err;

	for (; *sizes; from += *sizes++) {
		size_t before = out->size;

		assert_int_equal(packer_add(p, "forgotten", 9, out, &err), 0);
		packer_reset(p);
		out->size = before;
		for (size_t at = 0; at < *sizes; at += 7000)
			assert_int_equal(packer_add(p, from + at,
						    *sizes - at < 7000 ? *sizes - at
								       : 7000,
						    out, &err),
					 0);
		assert_int_equal(packer_end(p, out, &err), 0);
	}
	packer_free(p);
}

static void
members_of_any_size_come_back_as_one(void **state)
{
	static const size_t sizes[][4] = { { 1 },
					   { 5, 1, 6999 },
					   { 200000, 7000, 7001 } };
	static const size_t chunks[] = { 1, 4096, 70000 };
	static char back[BYTES + 70000];
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)("the news of the day"[i % 19] + (i * i % 251 == 0));
	buf_init(&out, 1 << 20);
	for (const struct packing *how = packings; how->name; how++)
		for (size_t i = 0; i < 3; i++)
			for (size_t c = 0; c < 3; c++) {
				size_t all = sizes[i][0] + sizes[i][1] + sizes[i][2];

				buf_reset(&out);
				pack_members(how, sizes[i], &out);
				store(out.data, out.size);
				assert_int_equal(load(back, sizeof(back), chunks[c]),
						 all);
				assert_memory_equal(back, bytes, all);
			}
	buf_release(&out);
}

static void
every_cut_is_seen(void **state)
{
	static const size_t sizes[] = { 700, 0 };
	static char back[4096];
	struct buf out;

	(void)state;
	buf_init(&out, 1 << 20);
	for (const struct packing *how = packings; how->name; how++) {
		if (!how->suffix[0])
			continue;
		buf_reset(&out);
		pack_members(how, sizes, &out);
		for (size_t n = 4; n < out.size; n++) {
			store(out.data, n);
			if (load(back, sizeof(back), 1000) != -1)
				fail_msg("%s cut after %zu of %zu bytes", how->name, n,
					 out.size);
		}
	}
	buf_release(&out);
}

static void
a_wrong_byte_is_seen(void **state)
{
	static const size_t sizes[] = { 700, 0 };
	static char back[4096];
	struct buf out;

	(void)state;
	buf_init(&out, 1 << 20);
	for (const struct packing *how = packings; how->name; how++) {
		if (!how->suffix[0])
			continue;
		buf_reset(&out);
		pack_members(how, sizes, &out);
		out.data[out.size - 6] ^= 1; /* of the data or its sum */
		store(out.data, out.size);
		assert_int_equal(load(back, sizeof(back), 1000), -1);
	}
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_of_any_size_come_back_as_one),
		cmocka_unit_test(every_cut_is_seen),
		cmocka_unit_test(a_wrong_byte_is_seen),
	};
	int fd = mkstemp(path), failed;

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
