/*
 * One event a line on stderr: time, level, program, text with key=value.  A
 * failure is logged once, by whoever decides its outcome; what happens for
 * every record is a counter, not a line.  All keep errno.
 */
#ifndef OPS_LOG_H
#define OPS_LOG_H

#include <stdbool.h>

void log_open(const char *program, int verbosity); /* 0: info and worse; 1: debug too; -1: errors */
void log_as(const char *program); /* which of several: kept, not copied */
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * How far it has come: one line where stderr is a terminal, rewritten once a
 * second, with what is logged above it.  Ask whether it is due before making it.
 */
bool log_progress_due(void);
void log_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_progress_end(void); /* leaves the line where it is */

#endif
