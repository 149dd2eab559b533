/* English inflection by rule, for words that no table of irregular forms lists. */
#ifndef EVENT_INFLECT_H
#define EVENT_INFLECT_H

#include <stddef.h>

#define FORM_TEXT 48

struct verb_forms {
	char s[FORM_TEXT], past[FORM_TEXT], done[FORM_TEXT], ing[FORM_TEXT];
};

/* A base longer than FORM_TEXT - 6 bytes is cut. */
void inflect_verb(const char *base, struct verb_forms *out);
void inflect_noun(const char *one, char many[FORM_TEXT]);

#endif
