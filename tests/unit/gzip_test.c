#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <zlib.h>

#include "record/gzip.h"

static size_t
pack(const char *s, size_t n, unsigned char *to, size_t room)
{
	z_stream z = {0};

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, 0), Z_OK);
	z.next_in = (Bytef *)s;
	z.avail_in = (uInt)n;
	z.next_out = to;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	n = z.total_out;
	deflateEnd(&z);
	return n;
}

static void
members_are_joined(void **state)
{
	unsigned char in[256];
	struct buf out;
	struct err err;
	bool cut;
	size_t n;

	(void)state;
	n = pack("one ", 4, in, sizeof(in));
	n += pack("two", 3, in + n, sizeof(in) - n);
	buf_init(&out, 4096);
	assert_int_equal(gunzip(in, n, 7, &out, &cut, &err), 0);
	assert_string_equal(out.data, "one two");
	assert_int_equal(gunzip(in, n, 6, &out, &cut, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
	assert_false(cut);
	buf_release(&out);
}

static void
every_cut_is_seen_as_a_cut(void **state)
{
	unsigned char in[256];
	struct buf out;
	struct err err;
	bool cut;
	size_t n, i;

	(void)state;
	n = pack("a line of news", 14, in, sizeof(in));
	buf_init(&out, 4096);
	for (i = 0; i < n; i++) {
		assert_int_equal(gunzip(in, i, 4096, &out, &cut, &err), -1);
		assert_true(cut);
	}
	in[n - 8] ^= 1; /* the checksum */
	assert_int_equal(gunzip(in, n, 4096, &out, &cut, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
	assert_false(cut);
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_joined),
		cmocka_unit_test(every_cut_is_seen_as_a_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
