/* Is this text JSON?  For bytes of others that go into our lines as they are. */
#ifndef RECORD_JSON_CHECK_H
#define RECORD_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * One value of RFC 8259 on one line: no newline in it, valid UTF-8, nested at
 * most 512 deep.  Makes no tree and takes no memory.
 */
bool json_is_line(const char *json, size_t n);

#endif
