#include "sink/manifest.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sink/files.h"

enum { LINE_MOST = 1024, CHUNK = 1 << 16, MANIFEST_CEILING = 256 << 20 };

void
manifest_print(const struct manifest_entry *e, struct buf *out)
{
	buf_printf(out,
		   "{\"file\":\"%s\",\"bytes\":%" PRId64 ",\"sha256\":\"%s\","
		   "\"records\":%" PRId64 ",\"first\":%" PRId64 ",\"last\":%" PRId64
		   ",\"from\":%" PRId64 ",\"to\":%" PRId64 "}\n",
		   e->file, e->bytes, e->sha256, e->records, e->first, e->last,
		   e->from_ms, e->to_ms);
}

int
manifest_parse(struct manifest_entry *e, const char *line, struct err *err)
{
	int used = 0;

	*e = (struct manifest_entry){ 0 };
	sscanf(line,
	       "{\"file\":\"%63[-0-9A-Za-z.]\",\"bytes\":%" SCNd64
	       ",\"sha256\":\"%64[0-9a-f]\",\"records\":%" SCNd64 ",\"first\":%" SCNd64
	       ",\"last\":%" SCNd64 ",\"from\":%" SCNd64 ",\"to\":%" SCNd64 "}%n",
	       e->file, &e->bytes, e->sha256, &e->records, &e->first, &e->last,
	       &e->from_ms, &e->to_ms, &used);
	return used > 0 && !line[used]
		   ? 0
		   : err_set(err, ERR_REJECT, "no line of a manifest: %.100s", line);
}

int
manifest_each(const char *path,
	      int (*take)(void *arg, const struct manifest_entry *e, struct err *err),
	      void *arg, struct err *err)
{
	struct buf text;
	bool there;
	int failed;

	buf_init(&text, MANIFEST_CEILING);
	failed = files_read(path, &text, &there, err);
	if (!failed && text.size > 0 && strlen(text.data) != text.size)
		failed = err_set(err, ERR_REJECT, "%s has bytes of 0", path);
	for (char *line = text.data, *end; !failed && line && (end = strchr(line, '\n'));
	     line = end + 1) {
		struct manifest_entry e;

		*end = '\0';
		failed = manifest_parse(&e, line, err) ? err_context(err, "%s", path)
						       : take(arg, &e, err);
	}
	buf_release(&text);
	return failed;
}

/* Where the last whole line ends: what a kill left behind it is written over. */
static int
find_end(const char *path, int64_t *end, struct err *err)
{
	char tail[LINE_MOST];
	FILE *f = fopen(path, "rbe");
	long size, n;
	int failed;

	*end = 0;
	if (!f)
		return errno == ENOENT
			   ? 0
			   : err_errno(err, ERR_RETRY, "cannot open %s", path);
	failed = fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0;
	n = failed ? 0 : size < LINE_MOST ? size : LINE_MOST;
	failed =
	    failed || fseek(f, -n, SEEK_END) || fread(tail, 1, (size_t)n, f) != (size_t)n;
	if (failed)
		err_errno(err, ERR_RETRY, "cannot read %s", path);
	fclose(f);
	if (failed)
		return -1;
	while (n > 0 && tail[n - 1] != '\n')
		n--;
	*end = size < LINE_MOST ? n : size - LINE_MOST + n;
	return 0;
}

int
manifest_add(const char *path, const struct manifest_entry *e, struct err *err)
{
	struct buf line;
	int64_t end;
	int failed;

	buf_init(&line, LINE_MOST);
	manifest_print(e, &line);
	failed = buf_check(&line, err) || find_end(path, &end, err) ||
		 files_write_at(path, end, line.data, line.size, err) ||
		 (end == 0 && files_sync_directory_of(path, err));
	buf_release(&line);
	return failed ? -1 : 0;
}

struct search {
	const char *file;
	bool found;
};

static int
is_it(void *arg, const struct manifest_entry *e, struct err *err)
{
	struct search *s = arg;

	(void)err;
	s->found = s->found || !strcmp(e->file, s->file);
	return 0;
}

int
manifest_has(const char *path, const char *file, bool *yes, struct err *err)
{
	struct search s = { .file = file };

	if (manifest_each(path, is_it, &s, err))
		return -1;
	*yes = s.found;
	return 0;
}

static void
print_digest(const unsigned char *digest, unsigned n, char *hex)
{
	assert(2 * n < MANIFEST_SHA);
	for (unsigned i = 0; i < n; i++)
		sprintf(hex + 2 * i, "%02x", digest[i]);
}

int
manifest_measure(const char *path, struct manifest_entry *e, bool *there, struct err *err)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *sha;
	FILE *f = fopen(path, "rbe");
	unsigned size;
	char *chunk;
	size_t n;
	int failed;

	*there = f != NULL;
	e->bytes = 0;
	if (!f)
		return errno == ENOENT
			   ? 0
			   : err_errno(err, ERR_RETRY, "cannot open %s", path);
	chunk = must_alloc(CHUNK);
	sha = EVP_MD_CTX_new();
	failed = !sha || !EVP_DigestInit_ex(sha, EVP_sha256(), NULL);
	while (!failed && (n = fread(chunk, 1, CHUNK, f)) > 0) {
		failed = !EVP_DigestUpdate(sha, chunk, n);
		e->bytes += (int64_t)n;
	}
	failed = failed || ferror(f) || !EVP_DigestFinal_ex(sha, digest, &size);
	if (!failed)
		print_digest(digest, size, e->sha256);
	else
		err_errno(err, ERR_RETRY, "cannot read %s", path);
	EVP_MD_CTX_free(sha);
	free(chunk);
	fclose(f);
	return failed ? -1 : 0;
}
