#include "record/packed.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include "base/mem.h"

enum { CHUNK = 16 << 10, READ_BUFFER = 1 << 17, PLAIN_BUFFER = 1 << 17 };

enum { NONE, GZIP, ZSTD };

const struct packing packings[] = {
	[NONE] = { "none", "", 1, 1 },
	[GZIP] = { "gzip", ".gz", 6, 9 },
	[ZSTD] = { "zstd", ".zst", 3, 19 },
	{ 0 },
};

int
packing_find(const struct packing **how, const char *name, int level, struct err *err)
{
	for (const struct packing *p = packings; p->name; p++) {
		if (strcmp(p->name, name))
			continue;
		*how = p;
		return level <= p->most || p == &packings[NONE]
			   ? 0
			   : err_set(err, ERR_USAGE, "%s has levels 1 to %d, not %d",
				     name, p->most, level);
	}
	return err_set(err, ERR_USAGE, "compress is gzip, zstd or none, not '%s'", name);
}

/* ---- packing ---- */

struct packer {
	const struct packing *how;
	z_stream z;
	ZSTD_CCtx *zstd;
};

struct packer *
packer_new(const struct packing *how, int level)
{
	struct packer *p = must_alloc(sizeof(*p));

	*p = (struct packer){ .how = how };
	level = level ? level : how->usual;
	if (how == &packings[GZIP]) {
		int said = deflateInit2(&p->z, level, Z_DEFLATED, 15 + 16, 8,
					Z_DEFAULT_STRATEGY);

		assert(said == Z_OK); /* else no memory at the start */
	} else if (how == &packings[ZSTD]) {
		p->zstd = ZSTD_createCCtx();
		assert(p->zstd);
		ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, level);
		ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_checksumFlag, 1);
	}
	return p;
}

void
packer_free(struct packer *p)
{
	if (!p)
		return;
	if (p->how == &packings[GZIP])
		deflateEnd(&p->z);
	ZSTD_freeCCtx(p->zstd);
	free(p);
}

void
packer_reset(struct packer *p)
{
	if (p->how == &packings[GZIP])
		deflateReset(&p->z);
	else if (p->zstd)
		ZSTD_CCtx_reset(p->zstd, ZSTD_reset_session_only);
}

static int
add_gzip(struct packer *p, const void *bytes, size_t n, bool end, struct buf *out,
	 struct err *err)
{
	int said;

	p->z.next_in = (unsigned char *)(uintptr_t)bytes;
	p->z.avail_in = (unsigned)n;
	do {
		char *to = buf_reserve(out, CHUNK);

		if (!to)
			return buf_check(out, err);
		p->z.next_out = (unsigned char *)to;
		p->z.avail_out = CHUNK;
		said = deflate(&p->z, end ? Z_FINISH : Z_NO_FLUSH);
		assert(said == Z_OK || said == Z_STREAM_END || said == Z_BUF_ERROR);
		buf_added(out, CHUNK - p->z.avail_out);
	} while (p->z.avail_out == 0 && said != Z_STREAM_END);
	return 0;
}

static int
add_zstd(struct packer *p, const void *bytes, size_t n, bool end, struct buf *out,
	 struct err *err)
{
	ZSTD_inBuffer in = { bytes, n, 0 };
	size_t left;

	do {
		ZSTD_outBuffer to = { buf_reserve(out, CHUNK), CHUNK, 0 };

		if (!to.dst)
			return buf_check(out, err);
		left = ZSTD_compressStream2(p->zstd, &to, &in,
					    end ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
			return err_set(err, ERR_RETRY, "cannot compress: %s",
				       ZSTD_getErrorName(left));
		buf_added(out, to.pos);
	} while (end ? left > 0 : in.pos < in.size);
	return 0;
}

int
packer_add(struct packer *p, const void *bytes, size_t n, struct buf *out,
	   struct err *err)
{
	if (p->how == &packings[GZIP])
		return add_gzip(p, bytes, n, false, out, err);
	if (p->how == &packings[ZSTD])
		return add_zstd(p, bytes, n, false, out, err);
	buf_add(out, bytes, n);
	return buf_check(out, err);
}

int
packer_end(struct packer *p, struct buf *out, struct err *err)
{
	int failed = 0;

	if (p->how == &packings[GZIP])
		failed = add_gzip(p, "", 0, true, out, err);
	else if (p->how == &packings[ZSTD])
		failed = add_zstd(p, "", 0, true, out, err);
	packer_reset(p);
	return failed;
}

/* ---- and back ---- */

struct unpacker {
	char *path;
	gzFile gz; /* plain bytes too; NULL: Zstandard, below */
	FILE *file;
	ZSTD_DCtx *zstd;
	char *chunk, *plain;
	size_t at, have; /* in plain */
	ZSTD_inBuffer in;
	bool within; /* a member */
};

/* A pipe cannot be read twice: what comes through one is gzip or plain. */
static bool
is_zstd(const char *path)
{
	static const unsigned char magic[] = { 0x28, 0xB5, 0x2F, 0xFD };
	unsigned char start[sizeof(magic)];
	struct stat st;
	FILE *f = stat(path, &st) || !S_ISREG(st.st_mode) ? NULL : fopen(path, "rbe");
	bool yes = f && fread(start, 1, sizeof(start), f) == sizeof(start) &&
		   !memcmp(start, magic, sizeof(magic));

	if (f)
		fclose(f);
	return yes;
}

int
unpacker_open(struct unpacker **unpacker, const char *path, struct err *err)
{
	struct unpacker *u = must_alloc(sizeof(*u));

	*u = (struct unpacker){ .path = must_strdup(path) };
	if (is_zstd(path)) {
		u->file = fopen(path, "rbe");
		u->zstd = ZSTD_createDCtx();
		u->chunk = must_alloc(READ_BUFFER);
		u->plain = must_alloc(PLAIN_BUFFER);
		assert(u->zstd);
	} else {
		u->gz = gzopen(path, "rbe");
	}
	*unpacker = u;
	if (u->file || u->gz)
		return u->gz ? gzbuffer(u->gz, READ_BUFFER) : 0;
	err_errno(err, ERR_RETRY, "cannot open %s", path);
	unpacker_close(u);
	*unpacker = NULL;
	return -1;
}

void
unpacker_close(struct unpacker *u)
{
	if (!u)
		return;
	if (u->gz)
		gzclose(u->gz);
	if (u->file)
		fclose(u->file);
	ZSTD_freeDCtx(u->zstd);
	free(u->chunk);
	free(u->plain);
	free(u->path);
	free(u);
}

static int
is_damaged(const struct unpacker *u, const char *why, struct err *err)
{
	return err_set(err, ERR_FATAL, "%s is cut or damaged: %s", u->path, why);
}

/* zlib says of a cut file only that it is at its end. */
static long
read_gzip(struct unpacker *u, void *to, size_t n, struct err *err)
{
	int got = gzread(u->gz, to, (unsigned)n), code;
	const char *text;

	if (got > 0)
		return got;
	text = gzerror(u->gz, &code);
	if (code == Z_ERRNO)
		return err_errno(err, ERR_RETRY, "cannot read %s", u->path);
	return code ? is_damaged(u, text, err) : 0;
}

/*
 * Into a buffer of one size: what libzstd finds wrong in a frame depends on the
 * room that it is given, and is not to depend on how much our caller reads.
 */
static long
decompress(struct unpacker *u, struct err *err)
{
	ZSTD_outBuffer out = { u->plain, PLAIN_BUFFER, 0 };

	while (out.pos == 0) {
		size_t said;

		if (u->in.pos == u->in.size) {
			u->in.src = u->chunk;
			u->in.size = fread(u->chunk, 1, READ_BUFFER, u->file);
			u->in.pos = 0;
			if (u->in.size == 0 && ferror(u->file))
				return err_errno(err, ERR_RETRY, "cannot read %s",
						 u->path);
		}
		if (u->in.size == 0 && !u->within)
			return 0;
		said = ZSTD_decompressStream(u->zstd, &out, &u->in);
		if (ZSTD_isError(said))
			return is_damaged(u, ZSTD_getErrorName(said), err);
		if (u->in.size == 0 && out.pos == 0)
			return is_damaged(u, "it ends within a member", err);
		u->within = said != 0;
	}
	return (long)out.pos;
}

static long
read_zstd(struct unpacker *u, void *to, size_t n, struct err *err)
{
	if (u->at == u->have) {
		long got = decompress(u, err);

		if (got <= 0)
			return got;
		u->at = 0;
		u->have = (size_t)got;
	}
	n = n < u->have - u->at ? n : u->have - u->at;
	memcpy(to, u->plain + u->at, n);
	u->at += n;
	return (long)n;
}

long
unpacker_read(struct unpacker *u, void *to, size_t n, struct err *err)
{
	return u->gz ? read_gzip(u, to, n, err) : read_zstd(u, to, n, err);
}
