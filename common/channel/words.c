#include "channel/words.h"

#include <string.h>

#include "base/mem.h"
#include "record/json.h"

enum { PART_BYTES = 256 << 10 };

/* ---- for a person ---- */

void
words_subject(const struct letter *l, struct buf *out)
{
	const struct alert *a = l->alert;

	if (l->maybe_repeated)
		buf_adds(out, "(possibly repeated) ");
	buf_printf(out, "[%s] %s", a->priority, a->rule);
	if (a->kind != ALERT_MATCH)
		buf_printf(out, ", %s", alert_kinds[a->kind]);
	if (a->headline)
		buf_printf(out, ": %s", a->headline);
	else if (a->why.count)
		buf_printf(out, ": %s", a->why.items[0]);
}

static void
add_event(const struct alert_event *e, struct buf *out)
{
	buf_printf(out, "\n%s", e->type);
	if (e->actor)
		buf_printf(out, ": %s", e->actor);
	if (e->recipient)
		buf_printf(out, " -> %s", e->recipient);
	if (e->place)
		buf_printf(out, ", %s", e->place);
	if (e->date)
		buf_printf(out, ", %s", e->date);
	if (e->casualties > 0)
		buf_printf(out, ", %d dead or injured", e->casualties);
}

void
words_message(const struct letter *l, struct buf *out)
{
	const struct alert *a = l->alert;

	words_subject(l, out);
	if (a->event)
		add_event(a->event, out);
	if (a->story)
		buf_printf(out, "\narticles: %d, sources: %d", a->articles, a->sources);
	for (size_t i = 0; i < a->why.count; i++)
		buf_printf(out, "%s%s", i ? "; " : "\nwhy: ", a->why.items[i]);
	for (size_t i = 0; i < a->item_count; i++)
		buf_printf(out, "\n- %s %s", a->items[i].time,
			   a->items[i].headline ? a->items[i].headline : "");
	if (a->more)
		buf_printf(out, "\nand %d more", a->more);
}

/* ---- templates ---- */

enum word {
	WORD_MESSAGE,
	WORD_SUBJECT,
	WORD_ID,
	WORD_KIND,
	WORD_RULE,
	WORD_PRIORITY,
	WORD_TIME,
	WORD_STORY,
	WORD_URI,
	WORD_HEADLINE,
	WORD_ARTICLES,
	WORD_SOURCES,
	WORD_WHY,
	WORD_TYPE,
	WORD_ACTOR,
	WORD_RECIPIENT,
	WORD_PLACE,
	WORD_DATE,
	WORDS,
};
static const char *const names[WORDS] = {
	"message", "subject", "id",    "kind",      "rule",     "priority",
	"time",    "story",   "uri",   "headline",  "articles", "sources",
	"why",     "type",    "actor", "recipient", "place",    "date",
};

static enum word
find(const char *name, size_t n)
{
	for (int i = 0; i < WORDS; i++)
		if (strlen(names[i]) == n && !strncmp(names[i], name, n))
			return (enum word)i;
	return WORDS;
}

static void
add_word(enum word w, const struct letter *l, struct buf *out)
{
	const struct alert *a = l->alert;
	const struct alert_event *e = a->event;
	const char *text = NULL;

	switch (w) {
	case WORD_MESSAGE:
		words_message(l, out);
		break;
	case WORD_SUBJECT:
		words_subject(l, out);
		break;
	case WORD_ID:
		text = a->id;
		break;
	case WORD_KIND:
		text = alert_kinds[a->kind];
		break;
	case WORD_RULE:
		text = a->rule;
		break;
	case WORD_PRIORITY:
		text = a->priority;
		break;
	case WORD_TIME:
		text = a->time;
		break;
	case WORD_STORY:
		text = a->story;
		break;
	case WORD_URI:
		text = a->uri;
		break;
	case WORD_HEADLINE:
		text = a->headline;
		break;
	case WORD_ARTICLES:
		buf_printf(out, "%d", a->articles);
		break;
	case WORD_SOURCES:
		buf_printf(out, "%d", a->sources);
		break;
	case WORD_WHY:
		for (size_t i = 0; i < a->why.count; i++)
			buf_printf(out, "%s%s", i ? "; " : "", a->why.items[i]);
		break;
	case WORD_TYPE:
		text = e ? e->type : NULL;
		break;
	case WORD_ACTOR:
		text = e ? e->actor : NULL;
		break;
	case WORD_RECIPIENT:
		text = e ? e->recipient : NULL;
		break;
	case WORD_PLACE:
		text = e ? e->place : NULL;
		break;
	case WORD_DATE:
		text = e ? e->date : NULL;
		break;
	case WORDS:
		break;
	}
	if (text)
		buf_adds(out, text);
}

/* As json_text() writes it, without its quotation marks. */
static void
add_escaped(const struct buf *text, struct buf *out)
{
	struct buf quoted;

	buf_init(&quoted, 6 * text->size + 16);
	json_bytes(&quoted, NULL, text->data ? text->data : "", text->size);
	buf_add(out, quoted.data + 1, quoted.size - 2);
	buf_release(&quoted);
}

void
words_fill(const char *template, const struct letter *l, struct buf *out)
{
	const char *at, *end;
	struct buf part;

	buf_init(&part, PART_BYTES);
	while ((at = strstr(template, "%{")) && (end = strchr(at, '}'))) {
		buf_add(out, template, (size_t)(at - template));
		buf_reset(&part);
		add_word(find(at + 2, (size_t)(end - at - 2)), l, &part);
		add_escaped(&part, out);
		template = end + 1;
	}
	buf_adds(out, template);
	buf_release(&part);
}

int
words_check(const char *template, struct err *err)
{
	const char *at, *end;
	char all[256] = "";

	for (int i = 0; i < WORDS; i++)
		strcat(strcat(all, i ? ", " : ""), names[i]);
	for (; (at = strstr(template, "%{")); template = end + 1) {
		end = strchr(at, '}');
		if (!end)
			return err_set(err, ERR_USAGE, "template: %%{ without its }");
		if (find(at + 2, (size_t)(end - at - 2)) == WORDS)
			return err_set(err, ERR_USAGE, "template: no %.*s}; there are %s",
				       (int)(end - at), at, all);
	}
	return 0;
}
