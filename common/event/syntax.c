#include "event/syntax.h"

#include <string.h>

/* A relation without a row of its own is that of its part before the colon. */
static const struct {
	const char *name;
	enum rel rel;
} rels[] = {
	{ "acl", REL_ACL },
	{ "acl:relcl", REL_RELCL },
	{ "advcl", REL_ADVCL },
	{ "advmod", REL_ADVMOD },
	{ "amod", REL_AMOD },
	{ "appos", REL_APPOS },
	{ "aux", REL_AUX },
	{ "aux:pass", REL_PASSIVE },
	{ "case", REL_CASE },
	{ "cc", REL_CC },
	{ "ccomp", REL_CCOMP },
	{ "compound", REL_COMPOUND },
	{ "compound:prt", REL_PRT },
	{ "conj", REL_CONJ },
	{ "cop", REL_COP },
	{ "csubj", REL_CSUBJ },
	{ "csubj:pass", REL_SUBJECT_PASSIVE },
	{ "det", REL_DET },
	{ "fixed", REL_FIXED },
	{ "flat", REL_FLAT },
	{ "iobj", REL_IOBJ },
	{ "mark", REL_MARK },
	{ "nmod", REL_NMOD },
	{ "nmod:desc", REL_DESC },
	{ "nmod:poss", REL_POSS },
	{ "nsubj", REL_NSUBJ },
	{ "nsubj:pass", REL_SUBJECT_PASSIVE },
	{ "nummod", REL_NUMMOD },
	{ "obj", REL_OBJ },
	{ "obl", REL_OBL },
	{ "obl:agent", REL_AGENT },
	{ "parataxis", REL_PARATAXIS },
	{ "punct", REL_PUNCT },
	{ "root", REL_ROOT },
	{ "xcomp", REL_XCOMP },
};

static enum rel
rel_of(const char *name)
{
	size_t base = name ? strcspn(name, ":") : 0;
	enum rel rel = REL_OTHER;

	for (size_t i = 0; name && i < sizeof(rels) / sizeof(rels[0]); i++) {
		if (!strcmp(rels[i].name, name))
			return rels[i].rel;
		if (strlen(rels[i].name) == base && !strncmp(rels[i].name, name, base))
			rel = rels[i].rel;
	}
	return rel;
}

static bool
is_in(const struct syntax *s, int token)
{
	return token >= s->first && token < s->first + s->count;
}

int
syntax_read(struct syntax *s, const struct token *tokens, int first, int count,
	    struct arena *arena, struct err *err)
{
	size_t n = (size_t)count + 1;

	*s = (struct syntax){ .tokens = tokens, .first = first, .count = count };
	s->rel = arena_alloc(arena, n);
	s->child = arena_alloc(arena, n * sizeof(*s->child));
	s->next = arena_alloc(arena, n * sizeof(*s->next));
	if (arena_check(arena, err))
		return -1;
	for (int i = 0; i < count; i++) {
		s->rel[i] = (unsigned char)rel_of(tokens[first + i].deprel);
		s->child[i] = s->next[i] = -1;
	}
	for (int i = count - 1; i >= 0; i--) {
		int head = tokens[first + i].head;

		if (!is_in(s, head) || head == first + i)
			continue;
		s->next[i] = s->child[head - first];
		s->child[head - first] = (short)i;
	}
	return 0;
}

int
syntax_rel(const struct syntax *s, int token)
{
	return is_in(s, token) ? s->rel[token - s->first] : REL_OTHER;
}

int
syntax_head(const struct syntax *s, int token)
{
	int head = is_in(s, token) ? s->tokens[token].head : -1;

	return is_in(s, head) ? head : -1;
}

int
syntax_first(const struct syntax *s, int token)
{
	int i = is_in(s, token) ? s->child[token - s->first] : -1;

	return i < 0 ? -1 : s->first + i;
}

int
syntax_next(const struct syntax *s, int dependent)
{
	int i = s->next[dependent - s->first];

	return i < 0 ? -1 : s->first + i;
}

int
syntax_child(const struct syntax *s, int token, int rel)
{
	int k = syntax_first(s, token);

	while (k >= 0 && syntax_rel(s, k) != rel)
		k = syntax_next(s, k);
	return k;
}

bool
syntax_is(const struct syntax *s, int token, const char *upos)
{
	return is_in(s, token) && s->tokens[token].upos &&
	       !strcmp(s->tokens[token].upos, upos);
}

bool
syntax_has(const struct syntax *s, int token, const char *xpos)
{
	return is_in(s, token) && s->tokens[token].xpos &&
	       !strcmp(s->tokens[token].xpos, xpos);
}
