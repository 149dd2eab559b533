#include "ops/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "time/clock.h"

enum { PROGRESS_MS = 1000 };

static const char *program = "newswire";
static int level;
static bool has_progress; /* the cursor stands behind a line of it */
static struct mono progress_at;

void
log_open(const char *name, int verbosity)
{
	program = name;
	level = verbosity;
}

void
log_as(const char *name)
{
	program = name;
}

/* One write() a line, so that the lines of several processes do not mix. */
static void __attribute__((format(printf, 2, 0)))
say(const char *word, const char *format, va_list ap)
{
	char line[2048], when[WALL_TEXT];
	int saved = errno, n, m;

	n = snprintf(line, sizeof(line), "%s %s %s: ", wall_text(wall_now(), when), word, program);
	m = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, ap);
	if (m > 0)
		n += m < (int)sizeof(line) - n - 2 ? m : (int)sizeof(line) - n - 2;
	for (int i = 0; i < n; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?'; /* of a stranger's name or bytes: one line stays one */
	line[n++] = '\n';
	if (has_progress && write(STDERR_FILENO, "\r\033[K", 4) < 0)
		n = 0;
	has_progress = false;
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		n = 0; /* nobody to tell */
	errno = saved;
}

#define LOG(name, word, least)                                                                   \
	void name(const char *format, ...)                                                       \
	{                                                                                        \
		va_list ap;                                                                      \
		if (level < (least))                                                             \
			return;                                                                  \
		va_start(ap, format);                                                            \
		say(word, format, ap);                                                           \
		va_end(ap);                                                                      \
	}

LOG(log_debug, "debug", 1)
LOG(log_info, "info", 0)
LOG(log_warn, "warn", 0)
LOG(log_error, "error", -1)

bool
log_progress_due(void)
{
	static int is_terminal = -1;

	if (is_terminal < 0)
		is_terminal = isatty(STDERR_FILENO);
	return is_terminal && level >= 0 &&
	       (!progress_at.ms || mono_since(progress_at) >= PROGRESS_MS);
}

void
log_progress(const char *format, ...)
{
	char line[512] = "\r";
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line + 1, sizeof(line) - 8, format, ap);
	va_end(ap);
	n = 1 + (n < (int)sizeof(line) - 9 ? n : (int)sizeof(line) - 9);
	memcpy(line + n, "\033[K", 3);
	progress_at = mono_now();
	has_progress = write(STDERR_FILENO, line, (size_t)n + 3) > 0;
}

void
log_progress_end(void)
{
	if (has_progress && write(STDERR_FILENO, "\n", 1) < 0)
		return; /* nobody to tell */
	has_progress = false;
}
