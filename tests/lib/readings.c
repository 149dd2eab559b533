#include "tests/lib/readings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct text {
	struct buf headline, body, wanted;
};

static void
line(struct text *t, const char *text, const char *marks)
{
	bool is_wanted = strchr(marks, *text) && text[1] == ' ';
	struct buf *b = is_wanted ? &t->wanted : &t->body;

	if (!is_wanted && !strncmp(text, "= ", 2)) {
		buf_adds(&t->headline, text + 2);
		return;
	}
	if (!is_wanted && b->size)
		buf_adds(b, "\n");
	buf_adds(b, text);
	if (is_wanted)
		buf_adds(b, "\n");
}

static int
check(const struct text *t, readings_print *print)
{
	struct article a = { .uri = "urn:test",
			     .language = "en",
			     .pubstatus = "usable",
			     .versioncreated = "2026-11-20T00:00:00Z",
			     .headline = t->headline.size ? t->headline.data : NULL,
			     .body_text = t->body.size ? t->body.data : "" };
	const char *wanted = t->wanted.size ? t->wanted.data : "";
	struct document d;
	struct buf got;
	int bad;

	buf_init(&got, 1 << 20);
	reading(&a, &d);
	print(&d, &got);
	bad = strcmp(got.size ? got.data : "", wanted) != 0;
	if (bad)
		fprintf(stderr, "%s\n%s  got\n%s  wanted\n%s\n",
			a.headline ? a.headline : "", a.body_text,
			got.size ? got.data : "", wanted);
	buf_release(&got);
	return bad;
}

int
readings_check(const char *path, const char *marks, readings_print *print, int *count)
{
	FILE *f = fopen(path, "r");
	struct text t;
	char *text = NULL;
	size_t room = 0;
	ssize_t n = 0;
	int bad = f ? 0 : 1;

	*count = 0;
	buf_init(&t.headline, 1 << 16);
	buf_init(&t.body, 1 << 16);
	buf_init(&t.wanted, 1 << 16);
	while (f && n >= 0) {
		n = getline(&text, &room, f);
		if (n > 0)
			text[strcspn(text, "\n")] = '\0';
		if (n > 1 && *text != '#') {
			line(&t, text, marks);
		} else if (n <= 1 && t.body.size + t.headline.size) {
			bad += check(&t, print);
			++*count;
			buf_reset(&t.headline);
			buf_reset(&t.body);
			buf_reset(&t.wanted);
		}
	}
	free(text);
	buf_release(&t.headline);
	buf_release(&t.body);
	buf_release(&t.wanted);
	if (f)
		fclose(f);
	return bad;
}
