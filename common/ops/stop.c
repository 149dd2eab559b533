#include "ops/stop.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

static volatile sig_atomic_t stopping, reloading;

static void
on_signal(int signal)
{
	if (signal == SIGHUP)
		reloading = 1;
	else
		stopping = 1;
}

void
stop_open(void)
{
	struct sigaction act = { .sa_handler = on_signal }; /* no SA_RESTART: waits end */

	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	act.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &act, NULL);
}

bool
stop_asked(void)
{
	return stopping;
}

bool
reload_asked(void)
{
	bool asked = reloading;

	reloading = 0;
	return asked;
}

/* The supervisor gives its pid, in case it died before prctl() took hold. */
void
stop_with_parent(void)
{
	const char *parent = getenv("NEWSWIRE_SUPERVISOR");

	if (!parent)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != atoi(parent))
		_exit(75);
}
