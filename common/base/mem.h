/*
 * Memory that lives as long as the process: settings, lexicons, automata.
 * There is no way on without it, so these end the program (status 75).
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *must_alloc(size_t size); /* zeroed; gives */
void *must_realloc(void *p, size_t size);
char *must_strdup(const char *s); /* gives; NULL for NULL */
char *must_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* p is the process's from here on: nobody frees it, and leak checkers see that this is meant. */
void *must_keep(void *p); /* takes; the same again */

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#endif
