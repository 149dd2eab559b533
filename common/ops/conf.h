/*
 * The configuration: one INI file (GKeyFile), then the environment
 * (NEWSWIRE_<SECTION>_<KEY>), then flags.  Read once at start; lives as long
 * as the process.
 */
#ifndef OPS_CONF_H
#define OPS_CONF_H

#include "base/err.h"
#include "ops/opt.h"

struct conf;

/* What a section may hold.  `[sink NAME]` is the section "sink" with `named`. */
struct conf_section {
	const char *name, *help;
	bool named;
	bool open; /* any key: [kafka] goes to librdkafka unchanged */
	const struct opt *opts;
	/*
	 * Further rows, which depend on the key `type` (without it: on the section's
	 * name); *rows may be set to NULL.  ERR_USAGE: no such type.  NULL: none.
	 */
	int (*of_type)(const char *type, const struct opt **rows, struct err *err);
};

struct conf_pair {
	const char *name, *value;
};

/*
 * path NULL: NEWSWIRE_CONFIG, ./newswire.conf, /etc/newswire/newswire.conf, or
 * none.  A file that was named must exist.
 */
int conf_open(struct conf **conf, const char *path, struct err *err) MUST_CHECK;
void conf_close(struct conf *conf);
const char *conf_path(const struct conf *conf); /* NULL: no file */

/* Defaults, file and environment into base.  `name` NULL for [section], else [section
 * name]. */
int conf_fill(const struct conf *conf, const char *section, const char *name,
	      const struct opt *opts, void *base, struct err *err) MUST_CHECK;
bool conf_has(const struct conf *conf, const char *section, const char *name);

/* The key's text, from the environment or else the file; NULL: neither has it. */
enum conf_source { CONF_NONE, CONF_FILE, CONF_ENVIRONMENT };
const char *conf_text(const struct conf *conf, const char *section, const char *name,
		      const char *key, enum conf_source *source);

/* The names of all [section NAME], in the file's order; *n of them. */
const char *const *conf_names(const struct conf *conf, const char *section, size_t *n);

/* All pairs of an open section, the file's first, then the environment's. */
const struct conf_pair *
conf_pairs(const struct conf *conf, const char *section, size_t *n);

/* The tables of the section's rows; either may be NULL. */
int conf_rows(const struct conf *conf, const struct conf_section *section,
	      const char *name, const struct opt *rows[2], struct err *err) MUST_CHECK;

/* Unknown sections and keys of the file are errors, with the nearest right name. */
int conf_check(const struct conf *conf, const struct conf_section *const *sections,
	       size_t n, struct err *err) MUST_CHECK;

/* So are variables NEWSWIRE_... that no section reads. */
int conf_check_environment(const struct conf *conf,
			   const struct conf_section *const *sections, size_t n,
			   struct err *err) MUST_CHECK;

#endif
