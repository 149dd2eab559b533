/*
 * Errors are values on the caller's stack.  The text is cut, never overrun: a
 * sentence that does not fit is still better than none.
 */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int
err_set(struct err *err, enum err_class class, const char *format, ...)
{
	va_list ap;

	err->class = class;
	va_start(ap, format);
	vsnprintf(err->text, sizeof(err->text), format, ap);
	va_end(ap);
	return -1;
}

int
err_context(struct err *err, const char *format, ...)
{
	char text[sizeof(err->text)];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(text))
		snprintf(text + n, sizeof(text) - (size_t)n, ": %s", err->text);
	memcpy(err->text, text, sizeof(text));
	return -1;
}

int
err_errno(struct err *err, enum err_class class, const char *format, ...)
{
	const char *why = strerror(errno);
	char text[sizeof(err->text)];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return err_set(err, class, "%s: %s", text, why);
}

const char *
err_class_name(enum err_class class)
{
	switch (class) {
	case ERR_RETRY:
		return "retry";
	case ERR_REJECT:
		return "reject";
	case ERR_FATAL:
		return "fatal";
	case ERR_USAGE:
		return "usage";
	}
	return "?";
}

int
err_exit_status(const struct err *err)
{
	switch (err->class) {
	case ERR_REJECT:
		return 1;
	case ERR_USAGE:
		return 2;
	case ERR_RETRY:
	case ERR_FATAL:
		return 75; /* EX_TEMPFAIL of sysexits.h */
	}
	return 75;
}
