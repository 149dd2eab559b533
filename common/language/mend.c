/*
 * What the net cannot have meant, by the rules of Universal Dependencies and
 * of written English: each function is one such class.  The net is asked what
 * it held next likeliest; nothing is known here of single words.
 */
#include "language/mend.h"

#include <string.h>

/* How much less the score of a finite verb may be: LAS and XPOS of EWT dev and GUM dev
 * are best between 4 and 16 million, where three in four of such sentences are read
 * right. */
enum { NEAR = 12000000 };

static const char *const finite[] = { "VBD", "VBZ", "VBP", "MD", NULL };
static const char *const bare[] = { "VB", NULL };
static const char *const done[] = { "VBN", NULL };
static const char *const clauses[] = { "advcl", "ccomp", "xcomp", "csubj", NULL };
static const char *const number[] = { "CD", NULL };
static const char *const nouns_and_numbers[] = { "CD", "NN", "NNS", "NNP", "NNPS", NULL };
static const char *const parted[] = { "case", "cc", "mark", "punct", NULL };
static const char *const adjective[] = { "JJ", NULL };
static const char *const many[] = { "NNS", NULL };
static const char *const proper[] = { "NNP", "NNPS", NULL };
static const char *const nouns[] = { "NN", "NNS", "NNP", "NNPS", "PRP", NULL };
static const char *const preposition[] = { "IN", NULL };
static const char *const verbal[] = { "VB", "VBD", "VBG", "VBN", "VBP", "VBZ", NULL };

static bool
is_tag(const struct mend *m, int place, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(m->tags[2 * m->tag[place] + 1], *names))
			return true;
	return false;
}

/* The likeliest of these tags there. */
static int
best_of(const struct mend *m, int place, const char *const *names)
{
	const int32_t *s = m->scores + (size_t)place * (size_t)m->stride;
	int best = -1;

	for (int k = 0; k < m->tag_count; k++)
		for (const char *const *n = names; *n; n++)
			if (!strcmp(m->tags[2 * k + 1], *n) &&
			    (best < 0 || s[k] > s[best]))
				best = k;
	return best;
}

static bool
is_relation(const struct token *t, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(t->deprel, *names))
			return true;
	return false;
}

static int
child_of(const struct mend *m, int head, const char *deprel)
{
	for (int i = 0; i < m->count; i++)
		if (m->t[i].head == head && !strcmp(m->t[i].deprel, deprel))
			return i;
	return -1;
}

static bool
has_children(const struct mend *m, int head)
{
	for (int i = 0; i < m->count; i++)
		if (m->t[i].head == head)
			return true;
	return false;
}

static bool
may_be_past(const struct mend *m, int place)
{
	const char *norm = m->t[place - 1].norm;
	size_t n = strlen(norm);

	return is_tag(m, place, done) ||
	       (is_tag(m, place, adjective) && n > 3 && !strcmp(norm + n - 2, "ed"));
}

/*
 * A sentence in running text has a finite verb.  "Ukraine swapped prisoners"
 * may look like prisoners of some kind to the net; where it saw no clause of a
 * finite verb at all, the place that is nearest to being one is it, and the
 * root.  0: all is well, or nothing is near.
 */
static int
missing_verb(const struct mend *m)
{
	int32_t limit = NEAR;
	int best = 0;

	if (strcmp(m->t[m->count - 1].norm, ".") || is_tag(m, 1, bare))
		return 0;
	for (int i = 1; i < m->count + 1; i++)
		if (is_tag(m, i, finite) && strcmp(m->t[i - 1].deprel, "amod") &&
		    strcmp(m->t[i - 1].deprel, "compound"))
			return 0;
	for (int i = 2; i < m->count + 1; i++) {
		const int32_t *s = m->scores + (size_t)i * (size_t)m->stride;
		int k = best_of(m, i, finite);
		int32_t less = s[m->tag[i]] - s[k];

		/* Ukraine swapped prisoners: right behind a noun */
		if (may_be_past(m, i) && is_tag(m, i - 1, nouns))
			less /= 3;
		/* Ghana votes on Saturday */
		if (is_tag(m, i, many) && is_tag(m, i - 1, proper))
			less /= 2;
		if (less < limit) {
			limit = less;
			best = i;
		}
	}
	return best;
}

/* A clause with a subject of its own, and nothing that puts it under another. */
static bool
is_whole_clause(const struct mend *m, int verb)
{
	static const char *const under[] = { "mark", "cop", NULL };
	static const char *const relative[] = { "WDT", "WP", "WP$", "WRB", NULL };
	bool is_finite = is_tag(m, verb + 1, finite), has_subject = false;

	if (!is_tag(m, verb + 1, verbal) || is_relation(&m->t[verb], clauses))
		return false;
	for (int i = 0; i < m->count; i++) {
		if (m->t[i].head != verb)
			continue;
		if (is_relation(&m->t[i], under) || is_tag(m, i + 1, relative))
			return false;
		is_finite |= is_tag(m, i + 1, finite);
		has_subject |= !strncmp(m->t[i].deprel, "nsubj", 5) && i < verb;
	}
	return is_finite && has_subject;
}

/*
 * "Two dozen people were killed" may be a dozen to the net, of people who
 * were.  Where no verb is the root, the one verb with a subject is.  0: none.
 */
static int
main_verb(const struct mend *m)
{
	int root = 0, found = 0;

	while (root < m->count && m->t[root].head >= 0)
		root++;
	if (root == m->count || strcmp(m->t[m->count - 1].norm, ".") ||
	    is_tag(m, root + 1, verbal) || child_of(m, root, "cop") >= 0)
		return 0;
	for (int i = 0; i < m->count; i++)
		if (is_whole_clause(m, i)) {
			if (found)
				return 0;
			found = i + 1;
		}
	return found;
}

/* What a verb that was none to the net has beside it without a preposition. */
static void
name_arguments(const struct mend *m, int verb)
{
	static const char *const theirs[] = { "nsubj", "nsubj:pass", "obj",
					      "dep",   "appos",      "compound",
					      "list",  "parataxis",  "obl:unmarked",
					      NULL };
	bool has_object = false, has_subject = child_of(m, verb, "nsubj:pass") >= 0;

	for (int i = 0; i < m->count; i++) {
		if (m->t[i].head != verb || !is_relation(&m->t[i], theirs) ||
		    !is_tag(m, i + 1, nouns) || child_of(m, i, "case") >= 0)
			continue;
		if (i < verb && !has_subject) {
			m->t[i].deprel = "nsubj";
			has_subject = true;
		} else if (i > verb && !has_object) {
			m->t[i].deprel = "obj";
			has_object = true;
		}
	}
}

/* resume relations: what has an object is a verb. */
static void
make_verb(const struct mend *m, int place)
{
	const int32_t *s = m->scores + (size_t)place * (size_t)m->stride;
	int k = best_of(m, place, verbal);

	if (!is_tag(m, place, verbal) && s[m->tag[place]] - s[k] < NEAR)
		m->tag[place] = k;
}

/* "had", in quotes, "fulfilled": an auxiliary has no words of its own in UD. */
static void
free_auxiliaries(const struct mend *m)
{
	static const char *const leaves[] = { "aux", "aux:pass", "cop", NULL };

	for (int i = 0; i < m->count; i++)
		while (m->t[i].head >= 0 && is_relation(&m->t[m->t[i].head], leaves))
			m->t[i].head = m->t[m->t[i].head].head;
}

/* A ferry carrying traders capsized: the second subject is what the first one carries. */
static void
give_object(const struct mend *m)
{
	static const char *const ing[] = { "VBG", NULL };

	for (int i = 0; i < m->count; i++) {
		int first = m->t[i].head;

		if (strcmp(m->t[i].deprel, "acl") || !is_tag(m, i + 1, ing) ||
		    first < 0 || first > i || strncmp(m->t[first].deprel, "nsubj", 5) ||
		    child_of(m, i, "obj") >= 0)
			continue;
		for (int k = i + 1; k < m->t[first].head; k++)
			if (m->t[k].head == m->t[first].head &&
			    !strncmp(m->t[k].deprel, "nsubj", 5)) {
				m->t[k].head = i;
				m->t[k].deprel = "obj";
				break;
			}
	}
}

/* filed it on Monday arguing ...: what a preposition opens is no subject of a participle.
 */
static void
free_subjects(const struct mend *m)
{
	static const char *const ing[] = { "VBG", NULL };

	for (int i = 0; i < m->count; i++) {
		int verb = m->t[i].head;

		if (verb <= i || strcmp(m->t[i].deprel, "nsubj") ||
		    !is_tag(m, verb + 1, ing) || m->t[verb].head < 0 ||
		    m->t[verb].head > i || child_of(m, verb, "aux") >= 0 ||
		    child_of(m, i, "case") < 0 || child_of(m, i, "case") > i)
			continue;
		m->t[i].head = m->t[verb].head;
		m->t[i].deprel = "obl";
	}
}

/* Both are subjects of one verb, or objects, or owners of one noun. */
static bool
is_twin(const struct mend *m, int a, int b)
{
	static const char *const once[] = { "nsubj", "nsubj:pass", "obj", "nmod:poss",
					    NULL };

	return m->t[a].head >= 0 && m->t[a].head == m->t[b].head &&
	       is_relation(&m->t[a], once) && !strncmp(m->t[a].deprel, m->t[b].deprel, 3);
}

/*
 * Two dozen people, leader Kim: of two subjects side by side the first belongs
 * to the second; of scientists in Entebbe the second to the first, and of Ana
 * Lima's brother.
 */
static void
join_twins(const struct mend *m)
{
	for (int i = 0; i < m->count; i++) {
		bool is_subject = !strncmp(m->t[i].deprel, "nsubj", 5);
		int next = i + 1;

		if (m->t[i].head < 0 || !is_tag(m, i + 1, nouns_and_numbers))
			continue;
		while (next < m->count && m->t[next].head > next &&
		       m->t[next].head != m->t[i].head &&
		       !is_relation(&m->t[next], parted))
			next = m->t[next].head; /* over what opens the second */
		if (next < m->count && !strcmp(m->t[next].deprel, "case") &&
		    m->t[next].head > next)
			next = m->t[next].head;
		if (next >= m->count || !is_twin(m, i, next) ||
		    !is_tag(m, next + 1, is_subject ? nouns : proper))
			continue;
		if (is_subject && child_of(m, next, "case") >= 0) {
			m->t[next].head = i;
			m->t[next].deprel = "nmod";
		} else if (!strcmp(m->t[i].deprel, "nmod:poss")) {
			for (int k = 0; k < m->count; k++) /* 's */
				if (m->t[k].head == next && k > next)
					m->t[k].head = i;
			m->t[next].head = i;
			m->t[next].deprel = "flat";
		} else {
			m->t[i].head = next;
			m->t[i].deprel = is_tag(m, i + 1, number)      ? "nummod"
					 : is_tag(m, next + 1, proper) ? "nmod:desc"
								       : "compound";
		}
	}
}

/* the chief of staff, Gen. Aziz: a name behind a comma explains, it tells nothing. */
static void
explain_name(const struct mend *m)
{
	for (int i = 1; i < m->count; i++) {
		int head = m->t[i].head, first = i;

		if (strcmp(m->t[i].deprel, "parataxis") || head < 0 || head > i ||
		    !is_tag(m, i + 1, proper) || !is_tag(m, head + 1, nouns) ||
		    child_of(m, i, "nsubj") >= 0 || child_of(m, i, "cop") >= 0)
			continue;
		while (first > 0 && m->t[first - 1].head == i &&
		       strcmp(m->t[first - 1].norm, ","))
			first--;
		if (first > 0 && !strcmp(m->t[first - 1].norm, ","))
			m->t[i].deprel = "appos";
	}
}

/* threatened to strike: behind "to" a verb in its base form is an infinitive. */
static void
open_infinitive(const struct mend *m)
{
	static const struct {
		const char *noun, *clause;
	} rows[] = { { "obl", "xcomp" }, { "nmod", "acl" }, { "obj", "xcomp" } };

	for (int i = 0; i + 1 < m->count; i++) {
		struct token *verb = &m->t[i + 1];

		if (strcmp(m->t[i].norm, "to") || strcmp(m->t[i].deprel, "case") ||
		    m->t[i].head != i + 1 || !is_tag(m, i + 2, bare))
			continue;
		m->t[i].deprel = "mark";
		for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++)
			if (!strcmp(verb->deprel, rows[k].noun)) {
				verb->deprel = rows[k].clause;
				break;
			}
	}
}

/* capsized off Lagos: what looks like a part of the verb opens the noun behind it. */
static void
open_with_particle(const struct mend *m)
{
	static const char *const particle[] = { "compound:prt", NULL };
	static const char *const oblique[] = { "obl", "obl:unmarked", NULL };

	for (int i = 0; i + 1 < m->count; i++) {
		int noun = i + 1;

		if (!is_relation(&m->t[i], particle))
			continue;
		while (m->t[noun].head > noun && m->t[noun].head < m->count &&
		       !is_relation(&m->t[noun], parted))
			noun = m->t[noun].head;
		if (m->t[noun].head == m->t[i].head &&
		    is_relation(&m->t[noun], oblique) && is_tag(m, noun + 1, nouns) &&
		    child_of(m, noun, "case") < 0) {
			m->t[i].head = noun;
			m->t[i].deprel = "case";
		}
	}
}

/* to Beijing to witness it: the first "to" hangs on what is witnessed to the net. */
static int
noun_of_first_to(const struct mend *m, int to)
{
	int verb = m->t[to].head, noun = -1;

	for (int i = to + 1; i < verb; i++) {
		if (!strcmp(m->t[i].norm, "to") && m->t[i].head == verb && noun >= 0)
			return noun;
		if (noun < 0 && (m->t[i].head < to || m->t[i].head >= verb))
			noun = i;
	}
	return -1;
}

/* a trip to Beijing: what opens a noun is no mark of an infinitive, and the noun no
 * clause. */
static void
open_noun(const struct mend *m, int place)
{
	static const struct {
		const char *clause, *noun;
	} rows[] = { { "acl", "nmod" }, { "advcl", "obl" }, { "xcomp", "obl" } };
	struct token *to = &m->t[place - 1], *noun;
	int first;

	if (strcmp(to->norm, "to") || strcmp(to->deprel, "mark") || to->head < 0 ||
	    has_children(m, place - 1))
		return;
	first = noun_of_first_to(m, place - 1);
	if (first >= 0)
		to->head = first;
	/* to work: more often a verb, whatever its tag */
	if (!is_tag(m, to->head + 1, to->head == place ? proper : nouns))
		return;
	noun = &m->t[to->head];
	m->tag[place] = best_of(m, place, preposition);
	to->deprel = "case";
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (!strcmp(noun->deprel, rows[i].clause))
			noun->deprel = rows[i].noun;
	for (int i = to->head + 1; i < m->count; i++)
		if (m->t[i].head == to->head && !strcmp(m->t[i].deprel, "xcomp") &&
		    noun->head >= 0) {
			m->t[i].head = noun->head;
			m->t[i].deprel =
			    is_tag(m, noun->head + 1, nouns) ? "acl" : "advcl";
		}
}

void
mend_tree(struct mend *m)
{
	for (int i = 0; i < m->count; i++)
		if (!strcmp(m->t[i].deprel, "obj"))
			make_verb(m, m->t[i].head + 1);
	for (int place = 1; place <= m->count; place++)
		open_noun(m, place);
	free_auxiliaries(m);
	free_subjects(m);
	give_object(m);
	join_twins(m);
	explain_name(m);
	open_infinitive(m);
	open_with_particle(m);
}

bool
mend_is_finite(const struct mend *m, int place)
{
	return is_tag(m, place, finite);
}

int
mend_root(struct mend *m)
{
	int verb = missing_verb(m);

	if (!verb)
		return main_verb(m);
	m->tag[verb] = best_of(m, verb, finite);
	return verb;
}

void
mend_clause(struct mend *m, int place)
{
	if (is_tag(m, place, finite))
		name_arguments(m, place - 1);
}
