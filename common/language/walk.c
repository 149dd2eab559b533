#include "language/walk.h"

#include <string.h>

enum {
	STEPS = 8,      /* that a walk upwards takes */
	CHILDREN = 256, /* looked at: the roots of a long sentence's pieces hang on one word */
};

static void
add_children(struct walk *s, int first, int end)
{
	for (int i = end - 1; i >= first; i--) {
		int head = s->t[i].head;

		s->begin[i] = first;
		s->end[i] = end;
		if (head < first || head >= end)
			continue;
		s->next[i] = s->child[head];
		s->child[head] = i;
	}
	/* Whoever reaches as far already has told those above it. */
	for (int i = first; i < end; i++)
		for (int up = s->t[i].head;
		     up >= first && up < end && (s->left[up] > i || s->right[up] < i);
		     up = s->t[up].head) {
			s->left[up] = s->left[up] < i ? s->left[up] : i;
			s->right[up] = s->right[up] > i ? s->right[up] : i;
		}
}

bool
walk_read(struct walk *s, const struct token *tokens, size_t count,
	    const struct sentence *sentences, size_t sentence_count, struct arena *arena)
{
	int **all[] = { &s->child, &s->next, &s->left, &s->right, &s->begin, &s->end };

	*s = (struct walk){ .t = tokens, .count = (int)count };
	for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
		int *a = *all[k] = arena_alloc(arena, count * sizeof(int) + 1);

		if (!a)
			return false;
		for (int i = 0; i < (int)count; i++)
			a[i] = k < 2 ? -1 : i;
	}
	for (size_t i = 0; i < sentence_count; i++)
		add_children(s, sentences[i].first,
			     sentences[i].first + sentences[i].count);
	return true;
}

bool
walk_is(const struct walk *s, int token, const char *relation)
{
	size_t n = strlen(relation);
	const char *r = s->t[token].deprel;

	return r && !strncmp(r, relation, n) && (!r[n] || r[n] == ':');
}

bool
walk_has(const struct walk *s, int token, const char *feature)
{
	const char *f = s->t[token].feats, *at = f ? strstr(f, feature) : NULL;

	return at && (at == f || at[-1] == '|');
}

bool
walk_under(const struct walk *s, int token, int above)
{
	for (int i = token; i >= s->begin[token]; i = s->t[i].head)
		if (i == above)
			return true;
	return false;
}

int
walk_child(const struct walk *s, int head, const char *relation)
{
	int left = CHILDREN;

	for (int c = s->child[head]; c >= 0 && left--; c = s->next[c])
		if (walk_is(s, c, relation))
			return c;
	return -1;
}

bool
walk_is_clause(const struct walk *s, int token)
{
	return !strcmp(s->t[token].upos, "VERB") || walk_child(s, token, "cop") >= 0 ||
	       walk_child(s, token, "nsubj") >= 0;
}

int
walk_clause(const struct walk *s, int token)
{
	int i = token;

	while (!walk_is_clause(s, i) && s->t[i].head >= 0)
		i = s->t[i].head;
	return i;
}

int
walk_relative(const struct walk *s, int token)
{
	int verb = walk_clause(s, token);

	if (!walk_has(s, token, "PronType=Rel"))
		return -1;
	for (int k = 0; k < STEPS && verb >= 0; k++, verb = s->t[verb].head)
		if (walk_is(s, verb, "acl") || walk_is(s, verb, "advcl:relcl"))
			return s->t[verb].head;
	return -1;
}

static int
own_subject(const struct walk *s, int verb)
{
	int subject = walk_child(s, verb, "nsubj"), who;

	if (subject < 0)
		return -1;
	who = walk_relative(s, subject);
	return who >= 0 ? who : subject;
}

static bool
is_passive(const struct walk *s, int verb)
{
	return walk_child(s, verb, "nsubj:pass") >= 0 ||
	       walk_child(s, verb, "aux:pass") >= 0;
}

static bool
is_lemma(const struct walk *s, int token, const char *lemma)
{
	return s->t[token].lemma && !strcmp(s->t[token].lemma, lemma);
}

int
walk_quoted(const struct walk *s, int verb)
{
	int object = walk_child(s, verb, "nsubj:pass");

	return object >= 0 ? object : walk_child(s, verb, "obj");
}

/* The mark of a clause that has its subject elsewhere. */
static bool
is_participle(const struct walk *s, int verb)
{
	return walk_has(s, verb, "VerbForm=Ger") ||
	       walk_has(s, verb, "VerbForm=Part") || walk_has(s, verb, "VerbForm=Inf");
}

static bool
follows_comma(const struct walk *s, int token)
{
	return token > s->begin[token] && !strcmp(s->t[token - 1].form, ",");
}

int
walk_subject(const struct walk *s, int verb)
{
	for (int k = 0; k < STEPS && verb >= 0; k++) {
		int head = s->t[verb].head, own = own_subject(s, verb);

		if (is_passive(s, verb) && !(k && walk_is(s, verb, "conj")))
			return k ? own : walk_child(s, verb, "obl:agent");
		if (own >= 0)
			return own;
		if (head < 0)
			return -1;
		if (walk_is(s, verb, "conj") || walk_is(s, verb, "xcomp")) {
			verb = head;
		} else if ((is_lemma(s, head, "quote") || is_lemma(s, head, "cite")) &&
			   is_participle(s, verb)) {
			return walk_quoted(s, head);
		} else if (walk_is(s, verb, "acl") && is_participle(s, verb)) {
			if (!follows_comma(s, verb))
				return head;
			verb = walk_clause(s, head);
			verb = verb == head ? s->t[head].head : verb;
		} else if (is_participle(s, verb) &&
			   (walk_is(s, verb, "advcl") || walk_is(s, verb, "parataxis"))) {
			verb = head;
		} else {
			return -1;
		}
	}
	return -1;
}
