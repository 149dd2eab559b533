/* gzip (RFC 1952): any number of members, one after the other. */
#ifndef RECORD_GZIP_H
#define RECORD_GZIP_H

#include "base/buf.h"

/*
 * Inflates into out, which the caller has initialised.  ERR_REJECT: no gzip,
 * bad checksum, more than ceiling bytes, or cut short; *cut is true for the
 * last alone, since a file still being written looks the same.
 */
int gunzip(const void *in, size_t n, size_t ceiling, struct buf *out, bool *cut,
    struct err *err) MUST_CHECK;

#endif
