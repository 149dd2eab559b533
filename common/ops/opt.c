/* Rows to fields and back.  Text in, text out: what is printed can be read in again. */
#include "ops/opt.h"

#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int
set_bool(const struct opt *o, bool *field, const char *text, struct err *err)
{
	static const char *const yes[] = { "true", "yes", "on", "1" };
	static const char *const no[] = { "false", "no", "off", "0" };

	for (size_t i = 0; i < LENGTH(yes); i++) {
		if (!strcasecmp(text, yes[i]) || !strcasecmp(text, no[i])) {
			*field = !strcasecmp(text, yes[i]);
			return 0;
		}
	}
	return err_set(err, ERR_USAGE, "%s: '%s' is neither true nor false", o->name, text);
}

static int
set_number(const struct opt *o, int64_t *number, const char *text, struct err *err)
{
	char *end;

	errno = 0;
	*number = strtoll(text, &end, 10);
	if (errno || end == text || *end)
		return err_set(err, ERR_USAGE, "%s: '%s' is no whole number", o->name, text);
	if ((o->min || o->max) && (*number < o->min || *number > o->max))
		return err_set(err, ERR_USAGE,
		    "%s: %" PRId64 " is outside %" PRId64 " .. %" PRId64, o->name, *number,
		    o->min, o->max);
	return 0;
}

int
opt_set(const struct opt *o, void *base, const char *text, struct err *err)
{
	void *field = (char *)base + o->offset;
	int64_t number = 0;
	char *end;

	switch (o->kind) {
	case OPT_BOOL:
		return set_bool(o, field, text, err);
	case OPT_INT:
		if (set_number(o, &number, text, err))
			return -1;
		if (number != (int)number)
			return err_set(err, ERR_USAGE, "%s: %s is too large", o->name, text);
		*(int *)field = (int)number;
		return 0;
	case OPT_LONG:
		if (set_number(o, &number, text, err))
			return -1;
		*(int64_t *)field = number;
		return 0;
	case OPT_DOUBLE:
		*(double *)field = strtod(text, &end);
		if (end == text || *end || !isfinite(*(double *)field))
			return err_set(err, ERR_USAGE, "%s: '%s' is no number", o->name, text);
		return 0;
	case OPT_STRING:
		*(const char **)field = g_intern_string(text);
		return 0;
	}
	return 0;
}

int
opt_defaults(const struct opt *o, void *base, struct err *err)
{
	for (; o && o->name; o++)
		if (o->value && opt_set(o, base, o->value, err))
			return -1;
	return 0;
}

const char *
opt_get(const struct opt *o, const void *base, char *buf, size_t size)
{
	const void *field = (const char *)base + o->offset;

	switch (o->kind) {
	case OPT_BOOL:
		return *(const bool *)field ? "true" : "false";
	case OPT_INT:
		snprintf(buf, size, "%d", *(const int *)field);
		return buf;
	case OPT_LONG:
		snprintf(buf, size, "%" PRId64, *(const int64_t *)field);
		return buf;
	case OPT_DOUBLE:
		snprintf(buf, size, "%.17g", *(const double *)field);
		return buf;
	case OPT_STRING:
		return *(const char *const *)field ? *(const char *const *)field : "";
	}
	return "";
}

/* Equal, with '-' and '_' alike. */
static bool
same_name(const char *a, const char *b, size_t n)
{
	for (; n; a++, b++, n--)
		if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
			return false;
	return !*b;
}

static void
print_rows(const struct opt *o, bool only_flag, FILE *out)
{
	for (; o && o->name; o++) {
		char flag[64];

		if (o->only_flag != only_flag)
			continue;
		snprintf(flag, sizeof(flag), "--%s", o->name);
		for (char *p = flag; *p; p++)
			if (*p == '_')
				*p = '-';
		fprintf(out, "  %-22s %s%s%s%s\n", flag, o->help, o->value ? " (" : "",
		    o->value ? o->value : "", o->value ? ")" : "");
	}
}

void
opt_print(const struct opt *opts, FILE *out)
{
	print_rows(opts, false, out);
}

void
opt_print_flags(const struct opt *opts, FILE *out)
{
	print_rows(opts, true, out);
}

bool
opt_has_flags(const struct opt *o)
{
	while (o && o->name && !o->only_flag)
		o++;
	return o && o->name;
}

const struct opt *
opt_find(const struct opt *o, const char *name)
{
	for (; o && o->name; o++)
		if (same_name(name, o->name, strlen(name)))
			return o;
	return NULL;
}

/* Levenshtein's distance, cut at 40 letters. */
static size_t
distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), row[41];

	if (n > 40 || m > 40)
		return 40;
	for (size_t j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t best = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[m];
}

const char *
opt_nearest(const char *word, const char *const *names, size_t n)
{
	size_t best = strlen(word) / 3 + 2;
	const char *name = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t d = distance(word, names[i]);

		if (d < best) {
			best = d;
			name = names[i];
		}
	}
	return name;
}

static int
unknown_flag(const struct opt *opts, const char *word, struct err *err)
{
	const char *names[64], *near;
	size_t n = 0;

	for (const struct opt *o = opts; o && o->name && n < LENGTH(names); o++)
		names[n++] = o->name;
	near = opt_nearest(word, names, n);
	return err_set(err, ERR_USAGE, "unknown flag --%s%s%s%s; see --help", word,
	    near ? "; did you mean --" : "", near ? near : "", near ? "?" : "");
}

/* One flag at argv[i]; *i moves over a value that stands apart. */
static int
flag(const struct opt *opts, void *base, int argc, char **argv, int *i, struct err *err)
{
	const char *word = argv[*i] + 2, *value = strchr(word, '=');
	char name[64];
	const struct opt *o;

	snprintf(name, sizeof(name), "%.*s", (int)(value ? value - word : 63), word);
	o = opt_find(opts, name);
	if (!o && !strncmp(name, "no-", 3) && (o = opt_find(opts, name + 3)) && o->kind == OPT_BOOL)
		return opt_set(o, base, "false", err);
	if (!o)
		return unknown_flag(opts, name, err);
	if (value)
		return opt_set(o, base, value + 1, err);
	if (o->kind == OPT_BOOL)
		return opt_set(o, base, "true", err);
	if (*i + 1 >= argc)
		return err_set(err, ERR_USAGE, "--%s needs a value", name);
	return opt_set(o, base, argv[++*i], err);
}

int
opt_flags(const struct opt *opts, void *base, int *argc, char **argv, struct err *err)
{
	int kept = 0;

	for (int i = 0; i < *argc; i++) {
		if (!strcmp(argv[i], "--")) {
			while (++i < *argc)
				argv[kept++] = argv[i];
			break;
		}
		if (strncmp(argv[i], "--", 2))
			argv[kept++] = argv[i];
		else if (flag(opts, base, *argc, argv, &i, err))
			return -1;
	}
	*argc = kept;
	argv[kept] = NULL;
	return 0;
}
