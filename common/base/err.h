/*
 * An error says what becomes of the work in hand, and why, in one sentence.
 *
 * A function that can fail returns 0 or -1 and fills *err where the failure is
 * first seen; callers add context in front.  Nothing is allocated.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>

enum err_class {
	ERR_RETRY,  /* the world is unwell: the same work again later */
	ERR_REJECT, /* the record is bad: set it aside, go on */
	ERR_FATAL,  /* we are unwell: stop, the supervisor starts us again */
	ERR_USAGE,  /* wrong words or settings: no use in starting again */
};

struct err {
	enum err_class class;
	char text[512];
};

/* Both return -1, so that a caller may say `return err_set(...)`. */
int err_set(struct err *err, enum err_class class, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int err_context(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* As err_set(), with ": " and the text of errno at the end. */
int err_errno(struct err *err, enum err_class class, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "retry", "reject", "fatal", "usage". */
const char *err_class_name(enum err_class class);

/* The status that a program ends with after this error: 1, 2 or 75. */
int err_exit_status(const struct err *err);

#define MUST_CHECK __attribute__((warn_unused_result))

#endif
