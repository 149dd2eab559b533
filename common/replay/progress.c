#include "replay/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { SHOW_MS = 1000 };

static long
offsets_done(const struct replay_state *s, long *all)
{
	long done = 0;

	*all = 0;
	for (size_t i = 0; i < s->place_count; i++) {
		done += s->places[i].next - s->places[i].from;
		*all += s->places[i].end - s->places[i].from;
	}
	return done;
}

long
progress_share(const struct replay_state *s)
{
	long all, done = offsets_done(s, &all);

	return all ? done * 10000 / all : 10000;
}

void
progress_begin(struct progress *p, const struct replay_state *s)
{
	long all;

	*p = (struct progress){ .begun = mono_now(),
				.shown = mono_now(),
				.done_before = offsets_done(s, &all),
				.read_before = s->read,
				.is_terminal = isatty(STDERR_FILENO) };
}

/* 3725 s is 1:02:05. */
static const char *
span(int64_t s, char text[32])
{
	if (s >= 3600)
		snprintf(text, 32, "%" PRId64 ":%02d:%02d", s / 3600, (int)(s / 60 % 60),
			 (int)(s % 60));
	else
		snprintf(text, 32, "%d:%02d", (int)(s / 60), (int)(s % 60));
	return text;
}

void
progress_show(struct progress *p, const struct replay_state *s, const char *group,
	      int64_t lag, bool last)
{
	long all, done = offsets_done(s, &all), now = done - p->done_before,
		  share = progress_share(s);
	int64_t ms = mono_since(p->begun);
	char text[32];

	if (!p->is_terminal || (!last && mono_since(p->shown) < SHOW_MS))
		return;
	p->shown = mono_now();
	fprintf(stderr, "\rreplay %s: %ld.%ld %%, %ld read, %ld sent", s->id, share / 100,
		share / 10 % 10, s->read, s->sent);
	if (ms > 0)
		fprintf(stderr, ", %" PRId64 "/s",
			(s->read - p->read_before) * 1000 / ms);
	if (now > 0 && done < all)
		fprintf(stderr, ", ends in %s",
			span((all - done) * ms / now / 1000, text));
	if (group)
		fprintf(stderr, ", %s is %" PRId64 " behind", group, lag);
	fputs(last ? "\033[K\n" : "\033[K", stderr);
}
