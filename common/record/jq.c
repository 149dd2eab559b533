/*
 * libjq, kept on a leash.  jq_next() runs until there is an output, which may
 * be never; but between two instructions it looks whether the program was
 * halted, and jq_halt() only sets a few words.  So a timer of this thread's
 * own processor time halts it from a signal handler: the time does not depend
 * on what else the machine does.  The same ticks look at the process's
 * resident pages.
 *
 * The trap: one instruction (a string times a billion) is not halted inside.
 * If the process dies of it, the worker's journal sets the record aside.
 */
#include "record/jq.h"

#include <fcntl.h>
#include <jq.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

enum { TICK_MS = 10, MAGIC = 0x6e776a71 };

enum end { END_ITSELF, END_TIME, END_MEMORY };

struct jq_filter {
	unsigned magic;
	jq_state *jq;
	timer_t timer;
	bool has_timer;
	int statm; /* /proc/self/statm: pages, in the handler without a malloc */
	long pages_at_start;
	volatile sig_atomic_t running, ended, ticks;
	char complaint[384]; /* of the compiler: the first one */
};

/* ---- the leash ---- */

/* Resident pages, the second number of statm; 0 if it cannot be read. */
static long
resident(const struct jq_filter *f)
{
	char text[128], *s = text;
	ssize_t n = pread(f->statm, text, sizeof(text) - 1, 0);
	long pages = 0;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	while (*s && *s != ' ')
		s++;
	while (*s == ' ')
		s++;
	while (*s >= '0' && *s <= '9')
		pages = 10 * pages + (*s++ - '0');
	return pages;
}

static void
on_tick(int signal, siginfo_t *info, void *context)
{
	struct jq_filter *f = info->si_value.sival_ptr;
	long most = ((long)JQ_FILTER_MB << 20) / sysconf(_SC_PAGESIZE);

	(void)signal;
	(void)context;
	if (info->si_code != SI_TIMER || f->magic != MAGIC || !f->running || f->ended)
		return;
	if (++f->ticks >= JQ_FILTER_CPU_MS / TICK_MS)
		f->ended = END_TIME;
	else if (resident(f) - f->pages_at_start > most)
		f->ended = END_MEMORY;
	if (f->ended && !jq_halted(f->jq))
		jq_halt(f->jq, jv_null(), jv_null());
}

static int
open_leash(struct jq_filter *f, struct err *err)
{
	struct sigaction act = { .sa_sigaction = on_tick,
				 .sa_flags = SA_SIGINFO | SA_RESTART };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
				  .sigev_signo = SIGRTMIN + 1,
				  .sigev_value.sival_ptr = f };

	event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	f->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	if (f->statm < 0)
		return err_errno(err, ERR_FATAL, "cannot read /proc/self/statm");
	if (sigaction(SIGRTMIN + 1, &act, NULL) ||
	    timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &f->timer))
		return err_errno(err, ERR_FATAL, "no timer for jq");
	f->has_timer = true;
	return 0;
}

static void
set_leash(struct jq_filter *f, bool on)
{
	struct timespec tick = { 0, on ? TICK_MS * 1000000L : 0 };
	struct itimerspec time = { tick, tick };

	if (on) {
		f->ended = END_ITSELF;
		f->ticks = 0;
		f->pages_at_start = resident(f);
	}
	f->running = on;
	if (timer_settime(f->timer, 0, &time, NULL))
		abort(); /* forked since: whoever forks makes a filter of its own */
}

/* ---- compiling ---- */

/*
 * libjq says "jq: error: WHAT at <top-level>, line 2:", a newline, that line
 * of the program, and then as many blanks as stand before the place in it.
 */
static void
complain(void *arg, jv message)
{
	struct jq_filter *f = arg;
	jv whole = jq_format_error(message);
	const char *text = jv_string_value(whole), *what = text, *at, *line, *hint;
	size_t n, blanks = 0;
	int number;

	if (!strncmp(what, "jq: error: ", 11))
		what += 11;
	at = strstr(what, " at <top-level>, line ");
	line = at ? strchr(at, '\n') : NULL;
	if (*f->complaint) {
		/* one is enough */
	} else if (line && sscanf(at, " at <top-level>, line %d", &number) == 1) {
		for (n = strlen(line); line[n - 1] == ' '; n--)
			blanks++;
		hint = strstr(what, " (Unix shell quoting issues?)");
		snprintf(f->complaint, sizeof(f->complaint), "line %d, column %zu: %.*s",
			 number, blanks + 1,
			 (int)((hint && hint < at ? hint : at) - what), what);
	} else {
		snprintf(f->complaint, sizeof(f->complaint), "%.*s",
			 (int)strcspn(what, "\n"), what);
	}
	jv_free(whole);
}

int
jq_filter_new(struct jq_filter **filter, const char *program, struct err *err)
{
	struct jq_filter *f = must_alloc(sizeof(*f));

	f->magic = MAGIC;
	f->statm = -1;
	f->jq = jq_init();
	if (!f->jq)
		err_set(err, ERR_FATAL, "no memory for jq");
	if (!f->jq || open_leash(f, err)) {
		jq_filter_free(f);
		return -1;
	}
	jq_set_error_cb(f->jq, complain, f);
	/* libjq 1.6 leaves these as malloc gave them. */
	jq_set_input_cb(f->jq, NULL, NULL);
	jq_set_debug_cb(f->jq, NULL, NULL);
	/* Without it an `import` ends the process: libjq 1.6 asserts that it is a list.
	 */
	jq_set_attr(f->jq, jv_string("JQ_LIBRARY_PATH"), jv_array());
	if (!jq_compile(f->jq, program)) {
		err_set(err, ERR_USAGE, "this is not jq: %s",
			*f->complaint ? f->complaint : program);
		jq_filter_free(f);
		return -1;
	}
	*filter = f;
	return 0;
}

void
jq_filter_free(struct jq_filter *f)
{
	if (!f)
		return;
	if (f->has_timer)
		timer_delete(f->timer);
	if (f->statm >= 0)
		close(f->statm);
	if (f->jq)
		jq_teardown(&f->jq);
	f->magic = 0;
	free(f);
}

/* ---- asking ---- */

/* Why there is no output: the program's own error, or a bound.  None: it said nothing. */
static int
no_output(struct jq_filter *f, jv invalid, struct err *err)
{
	jv why = jv_invalid_get_msg(invalid);
	int failed = 0;

	if (f->ended == END_TIME)
		failed = err_set(err, ERR_REJECT,
				 "jq ran for %d ms on this record and was stopped",
				 JQ_FILTER_CPU_MS);
	else if (f->ended == END_MEMORY)
		failed = err_set(err, ERR_REJECT,
				 "jq took %d MB for this record and was stopped",
				 JQ_FILTER_MB);
	else if (jq_halted(f->jq))
		failed = err_set(err, ERR_REJECT, "the jq program halted itself");
	else if (jv_get_kind(why) == JV_KIND_STRING)
		failed = err_set(err, ERR_REJECT, "jq: %.300s", jv_string_value(why));
	else if (jv_is_valid(why) && jv_get_kind(why) != JV_KIND_NULL)
		failed = err_set(err, ERR_REJECT, "jq: an error that is no text");
	jv_free(why);
	return failed;
}

/* Not jv_parse_sized(): its error prints the text as if it ended in NUL. */
static jv
parse(const char *json, size_t n)
{
	struct jv_parser *parser = jv_parser_new(0);
	jv value, next;

	jv_parser_set_buf(parser, json, (int)n, 0);
	value = jv_parser_next(parser);
	if (jv_is_valid(value)) {
		next = jv_parser_next(parser);
		if (jv_is_valid(next) || jv_invalid_has_msg(jv_copy(next))) {
			jv_free(value);
			value = jv_invalid_with_msg(jv_string("more than one value"));
		}
		jv_free(next);
	}
	jv_parser_free(parser);
	return value;
}

static int
read_value(jv *value, const char *json, size_t n, struct err *err)
{
	jv why;

	*value = json ? parse(json, n) : jv_null();
	if (jv_is_valid(*value))
		return 0;
	why = jv_invalid_get_msg(*value);
	err_set(err, ERR_REJECT, "not JSON: %.200s",
		jv_get_kind(why) == JV_KIND_STRING ? jv_string_value(why) : "no value");
	jv_free(why);
	return -1;
}

int
jq_filter_ask(struct jq_filter *f, const char *json, size_t n, bool *yes, struct err *err)
{
	jv value, first;
	int failed = 0;

	if (read_value(&value, json, n, err))
		return -1;
	set_leash(f, true);
	jq_start(f->jq, value, 0);
	first = jq_next(f->jq);
	set_leash(f, false);
	*yes = jv_is_valid(first) && jv_get_kind(first) != JV_KIND_FALSE &&
	       jv_get_kind(first) != JV_KIND_NULL;
	if (jv_is_valid(first))
		jv_free(first);
	else
		failed = no_output(f, first, err);
	return failed;
}
