/*
 * What the trees say that somebody says: each verb, noun or adjective of
 * speech or thought with the words under it and who speaks.
 */
#ifndef LANGUAGE_SPEECH_H
#define LANGUAGE_SPEECH_H

#include "language/reader.h"
#include "language/walk.h"

struct saying {
	int cue;     /* token: said, according, claim */
	int speaker; /* token: the noun or name that heads who says it; -1 */
	int a, b;    /* tokens of what is said, [a, b) */
	bool is_deed; /* promised to go: the speaker's own doing, more than his words */
};

struct sayings {
	struct saying *items; /* in the order of their cues */
	size_t count, room;
	struct walk walk;
	struct reader *r;
	bool *in_marks; /* of each token: it stands between quotation marks */
};

/* All of a document.  Where the arena runs full they are as many as there was room for. */
void sayings_find(struct sayings *s);

/* Who says what stands beside a cue, where no tree tells what is said; -1. */
int speech_speaker(const struct sayings *s, int cue);
bool speech_is_cue(const struct sayings *s, int token); /* a verb of speech or thought */

#endif
