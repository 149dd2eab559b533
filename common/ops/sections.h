/*
 * Every section that the configuration may have.  A folder's section is a
 * `const struct conf_section NAME_section`, which the Makefile finds; a
 * command's own rows are the section it names.
 */
#ifndef OPS_SECTIONS_H
#define OPS_SECTIONS_H

#include "ops/conf.h"

extern const struct conf_section *const section_list[]; /* NULL-ended, generated */

/* All of them, *n, in the order of their names; owned by the process. */
const struct conf_section *const *sections_all(size_t *n);

#endif
