#include "record/gzip.h"

#include <limits.h>
#include <zlib.h>

/* One step: inflates a piece of what is left; zlib's verdict in *rc. */
static int
step(z_stream *z, size_t ceiling, struct buf *out, int *rc, struct err *err)
{
	unsigned char piece[16384];
	size_t got;

	z->next_out = piece;
	z->avail_out = sizeof(piece);
	*rc = inflate(z, Z_NO_FLUSH);
	got = sizeof(piece) - z->avail_out;
	if (got > ceiling - out->size)
		return err_set(err, ERR_REJECT, "inflates to more than %zu bytes", ceiling);
	buf_add(out, piece, got);
	return buf_check(out, err);
}

static int
inflate_all(z_stream *z, size_t ceiling, struct buf *out, bool *cut, struct err *err)
{
	int rc;

	for (;;) {
		if (step(z, ceiling, out, &rc, err) != 0)
			return -1;
		if (rc == Z_STREAM_END) {
			if (z->avail_in == 0)
				return 0;
			if (inflateReset(z) != Z_OK)
				return err_set(err, ERR_FATAL, "zlib: cannot reset");
			continue;
		}
		if (rc == Z_MEM_ERROR)
			return err_set(err, ERR_FATAL, "zlib: out of memory");
		if (rc != Z_OK && rc != Z_BUF_ERROR)
			return err_set(err, ERR_REJECT, "bad gzip: %s", z->msg ? z->msg : "?");
		/* Room left over means that zlib wants input, not room. */
		if (z->avail_in == 0 && z->avail_out != 0) {
			*cut = true;
			return err_set(err, ERR_REJECT, "truncated gzip");
		}
	}
}

int
gunzip(const void *in, size_t n, size_t ceiling, struct buf *out, bool *cut,
    struct err *err)
{
	z_stream z = {0};
	int rc;

	*cut = false;
	buf_reset(out);
	if (n > UINT_MAX)
		return err_set(err, ERR_REJECT, "gzip of more than %u bytes", UINT_MAX);
	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return err_set(err, ERR_FATAL, "zlib: cannot start");
	z.next_in = (Bytef *)in;
	z.avail_in = (uInt)n;
	rc = inflate_all(&z, ceiling, out, cut, err);
	inflateEnd(&z);
	return rc;
}
