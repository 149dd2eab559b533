/*
 * What a rule may name: types, modes, contexts, sectors, states, groups of
 * states, places; read from the lexicon's tables once.  Never changes after
 * that.
 *
 * An actor or a place of a rule becomes codes, any of which an event's may
 * have: "PRK", a state; "/MIL", a sector; "PRK/MIL", both; "=kim jong un", a
 * name, folded.  What an event has becomes codes in the same way.
 */
#ifndef ALERT_CODES_H
#define ALERT_CODES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { CODE_BYTES = 160 };

struct codes;

struct codes *codes_new(const char *lexicon, struct err *err); /* gives; NULL on error */
void codes_free(struct codes *c);

enum code_kind { CODE_TYPE, CODE_MODE, CODE_CONTEXT, CODE_SECTOR, CODE_KINDS };

/* As the table writes it; NULL, ERR_USAGE with the nearest: there is none. */
const char *codes_find(const struct codes *c, enum code_kind kind, const char *text,
		       size_t n, struct err *err);

/*
 * North Korea, PRK, MIL, PRK/MIL, G7, G7/MIL, Kim Jong Un, "PRK" (that name and
 * no code).  ERR_USAGE: capitals that are no code.
 */
typedef void code_f(void *arg, const char *code);
int codes_actor(const struct codes *c, const char *text, size_t n, code_f *give,
		void *arg, struct err *err) MUST_CHECK;

/* The same without sectors. */
int codes_place(const struct codes *c, const char *text, size_t n, code_f *give,
		void *arg, struct err *err) MUST_CHECK;

/* "50.45 30.52", or the name of a place: the largest of that name. */
int codes_point(const struct codes *c, const char *text, size_t n, double *lat,
		double *lon, struct err *err) MUST_CHECK;

/* "=" and the folded name; cut where it is very long. */
void code_of_name(const char *name, size_t n, char code[CODE_BYTES]);

#endif
