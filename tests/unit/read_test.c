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
#include <zlib.h>

#include "base/mem.h"
#include "format/read.h"

static char dir[] = "/tmp/newswire-read-XXXXXX";

static int
enter(void **state)
{
	(void)state;
	return !mkdtemp(dir) || chdir(dir);
}

static int
leave(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "chmod -R u+rwx %s; rm -r %s", dir, dir);
	return system(command);
}

static void
put(const char *name, const void *bytes, size_t n)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static size_t
pack(const void *bytes, size_t n, unsigned char *to, size_t room)
{
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, 0), Z_OK);
	z.next_in = (Bytef *)bytes;
	z.avail_in = (uInt)n;
	z.next_out = to;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	n = z.total_out;
	deflateEnd(&z);
	return n;
}

static void
make_files(void)
{
	unsigned char packed[4096];
	static const char zeros[100000];
	size_t n = pack("packed text", 11, packed, sizeof(packed));

	put("plain", "plain text", 10);
	put("empty", "", 0);
	put("at-the-ceiling", zeros, 1000);
	put("past-the-ceiling", zeros, 1001);
	put("packed.txt", packed, n);
	put("cut.gz", packed, n - 1);
	put("magic-only", packed, 2);
	packed[n - 5] ^= 1;
	put("corrupt.gz", packed, n);
	put("bomb.gz", packed, pack(zeros, sizeof(zeros), packed, sizeof(packed)));
	assert_int_equal(mkdir("directory.txt", 0700), 0);
	assert_int_equal(mkfifo("fifo.txt", 0600), 0);
	assert_int_equal(symlink("nowhere", "dangling.txt"), 0);
	assert_int_equal(symlink("loop.txt", "loop.txt"), 0);
	assert_int_equal(symlink("plain", "link.txt"), 0);
}

static void
each_thing_at_a_path_has_its_outcome(void **state)
{
	static const struct {
		const char *path, *text, *error;
		bool is_cut;
	} rows[] = {
		{ "plain", "plain text", NULL, false },
		{ "link.txt", "plain text", NULL, false },
		{ "packed.txt", "packed text", NULL, false },
		{ "empty", "", NULL, false },
		{ "past-the-ceiling", NULL, "past-the-ceiling is larger than 1000 bytes",
		  false },
		{ "bomb.gz", NULL, "inflates to more than 1000 bytes", false },
		{ "cut.gz", NULL, "truncated gzip", true },
		{ "magic-only", NULL, "truncated gzip", true },
		{ "corrupt.gz", NULL, "bad gzip", false },
		{ "directory.txt", NULL, "directory.txt is a directory", false },
		{ "fifo.txt", NULL, "fifo.txt is a FIFO", false },
		{ "/dev/null", NULL, "/dev/null is a device", false },
		{ "dangling.txt", NULL, "No such file", false },
		{ "loop.txt", NULL, "symbolic links", false },
		{ "absent.txt", NULL, "No such file", false },
	};
	struct file f;
	struct err err;

	(void)state;
	make_files();
	for (size_t i = 0; i < LENGTH(rows); i++) {
		int rc = file_read(&f, rows[i].path, 1000, &err);

		if (rc != (rows[i].error ? -1 : 0))
			fail_msg("%s: %s", rows[i].path, rc ? err.text : "was read");
		assert_int_equal(f.is_cut, rows[i].is_cut);
		if (rc) {
			assert_int_equal(err.class, ERR_REJECT);
			if (!strstr(err.text, rows[i].error))
				fail_msg("%s: %s", rows[i].path, err.text);
		} else {
			assert_int_equal(f.bytes.size, strlen(rows[i].text));
			assert_memory_equal(f.bytes.data ? f.bytes.data : "",
					    rows[i].text, f.bytes.size);
			assert_true(f.mtime_ms > 1600000000000);
		}
		file_release(&f);
	}
	assert_int_equal(file_read(&f, "at-the-ceiling", 1000, &err), 0);
	assert_int_equal(f.bytes.size, 1000);
	file_release(&f);
}

static void
an_unreadable_file_is_rejected(void **state)
{
	struct file f;
	struct err err;

	(void)state;
	if (!geteuid())
		skip(); /* root reads everything */
	put("secret", "x", 1);
	assert_int_equal(chmod("secret", 0), 0);
	assert_int_equal(file_read(&f, "secret", 1000, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
	file_release(&f);
}

/* The example of RFC 6920, section 8.1. */
static void
a_name_is_the_digest_in_base64url(void **state)
{
	unsigned char digest[NI_DIGEST];
	char uri[NI_SIZE];

	(void)state;
	ni_digest("Hello World!", 12, digest);
	assert_string_equal(ni_uri(digest, uri),
			    "ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_thing_at_a_path_has_its_outcome),
		cmocka_unit_test(an_unreadable_file_is_rejected),
		cmocka_unit_test(a_name_is_the_digest_in_base64url),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
