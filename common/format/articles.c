#include "format/articles.h"

#include <string.h>

#include "format/read.h"

struct articles {
	const struct file *file;
	struct arena *arena;
	format_emit_f *emit;
	void *arg;
};

static int
name_article(struct articles *s, struct parsed *p, struct err *err)
{
	unsigned char digest[NI_DIGEST];
	char uri[NI_SIZE], *bytes;
	size_t n = p->member ? strlen(p->member) : 0;

	memcpy(digest, s->file->digest, sizeof(digest));
	if (p->member) {
		bytes = arena_alloc(s->arena, NI_DIGEST + 1 + n);
		if (!bytes)
			return arena_check(s->arena, err);
		memcpy(bytes, s->file->digest, NI_DIGEST);
		bytes[NI_DIGEST] = '\0';
		memcpy(bytes + NI_DIGEST + 1, p->member, n);
		ni_digest(bytes, NI_DIGEST + 1 + n, digest);
	}
	p->article.uri = arena_strdup(s->arena, ni_uri(digest, uri));
	return arena_check(s->arena, err);
}

static int
pass_on(void *arg, const struct parsed *parsed, struct err *err)
{
	struct articles *s = arg;
	struct parsed p = *parsed;

	if (!p.article.uri && name_article(s, &p, err))
		return -1;
	if (!p.article.pubstatus)
		p.article.pubstatus = "usable";
	return s->emit(s->arg, &p, err);
}

int
articles_of_file(const char *path, const char *published, size_t ceiling,
		 struct arena *arena, format_emit_f *emit, void *arg, struct err *err)
{
	struct file file;
	struct articles s = { &file, arena, emit, arg };
	int result = file_read(&file, path, ceiling, err);

	if (!result) {
		struct source source = { .spool = "",
					 .path = path,
					 .bytes = file.bytes.data,
					 .size = file.bytes.size,
					 .mtime_ms = file.mtime_ms,
					 .published = published };

		result = file.is_cut ? err_set(err, ERR_REJECT, "the gzip is cut short")
				     : format_parse(&source, arena, pass_on, &s, err);
	}
	file_release(&file);
	return result ? err_context(err, "%s", path) : 0;
}
