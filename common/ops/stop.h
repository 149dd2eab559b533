/* SIGTERM and SIGINT set a flag; blocking calls return with EINTR.  SIGHUP sets another. */
#ifndef OPS_STOP_H
#define OPS_STOP_H

#include <stdbool.h>

void stop_open(void); /* installs the handlers, ignores SIGPIPE */
bool stop_asked(void);
bool reload_asked(void); /* once for each SIGHUP */
void stop_with_parent(void); /* children die with their supervisor */

#endif
