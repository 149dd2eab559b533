#include "sink/kafka_place.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TEXT = 256 };

void
kafka_place_print(const struct kafka_place *p, struct buf *out)
{
	buf_printf(out,
		   "{\"cluster\":\"%s\",\"offset\":%" PRId64 ",\"epoch\":%" PRId64 "}",
		   p->cluster, p->offset, p->epoch);
}

int
kafka_place_parse(struct kafka_place *p, const char *text, size_t n, struct err *err)
{
	char copy[TEXT];
	int used = 0;

	*p = (struct kafka_place){ 0 };
	snprintf(copy, sizeof(copy), "%.*s", n < TEXT ? (int)n : TEXT - 1, text);
	if (n < TEXT && strlen(copy) == n)
		sscanf(copy,
		       "{\"cluster\":\"%79[^\"\\]\",\"offset\":%" SCNd64
		       ",\"epoch\":%" SCNd64 "}%n",
		       p->cluster, &p->offset, &p->epoch, &used);
	return used > 0 && !copy[used]
		   ? 0
		   : err_set(err, ERR_FATAL, "no position of a sink: %.100s", copy);
}
