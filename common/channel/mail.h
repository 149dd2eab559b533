/*
 * An alert as a mail (RFC 5322, MIME): what comes from outside is encoded, so
 * that nothing in it can be a header or end the text.
 */
#ifndef CHANNEL_MAIL_H
#define CHANNEL_MAIL_H

#include "channel/words.h"

/* date_s: seconds of the epoch.  Lines end in CR LF. */
void mail_print(const struct letter *l, const char *from, const char *to, int64_t date_s,
		struct buf *out);

/* The next address of a list parted by commas, without blanks; false: no more. */
bool mail_next(const char **list, char *address, size_t size);

#endif
