/* Texts of a test put through the language core: opened once, all of it in one arena. */
#ifndef TESTS_READING_H
#define TESTS_READING_H

#include "language/language.h"

extern struct language *language;
extern struct arena arena; /* 64 MiB; a reading empties it */

/* For cmocka_run_group_tests(). */
int reading_open(void **state);
int reading_close(void **state);

/* Fails the test where the text cannot be read. */
void reading(const struct article *a, struct document *d);

#endif
