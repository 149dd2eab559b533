/* CAMEO's codes of actors and GDELT's of countries, from ours. */
#ifndef RECORD_CAMEO_H
#define RECORD_CAMEO_H

#include "record/enriched.h"

/* Each "" where there is none; the actor's code is country, first type, group, other
 * types. */
struct cameo_actor {
	const char *country, *group, *types[3];
};

/* false: nothing of it has a code. */
bool cameo_actor(const struct actor *a, struct cameo_actor *code);

/* GDELT's classes: 1 verbal and 2 material cooperation, 3 verbal and 4 material conflict.
 */
int cameo_quad(const char *event_code);

/* FIPS 10-4, as GDELT has for places; "" if it has none. */
enum { CAMEO_FIPS = 3 };
void cameo_fips(const char *iso3, char code[CAMEO_FIPS]);

#endif
