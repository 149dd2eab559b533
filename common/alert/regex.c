/*
 * Without the just-in-time compiler: it counts its steps otherwise, so that
 * whether a rule gives up would depend on the machine.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "alert/regex.h"

#include <pcre2.h>
#include <stdlib.h>

#include "base/mem.h"

struct regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;
};

/* Of "/.../" and the letters behind it. */
static int
read_options(const char *text, size_t n, size_t *size, uint32_t *options, size_t *at,
	     struct err *err)
{
	size_t end = n;

	while (end > 1 && text[end - 1] != '/')
		end--;
	*at = 0;
	if (n < 2 || text[0] != '/' || end < 2)
		return err_set(err, ERR_USAGE, "a pattern stands between two /");
	*size = end - 2;
	if (!*size)
		return err_set(err, ERR_USAGE, "an empty pattern");
	*options = PCRE2_UTF | PCRE2_UCP;
	for (*at = end; *at < n; ++*at) {
		if (text[*at] != 'i')
			return err_set(err, ERR_USAGE,
				       "behind a pattern stands i, for small and capital "
				       "letters alike, or nothing");
		*options |= PCRE2_CASELESS;
	}
	return 0;
}

int
regex_new(struct regex **regex, const char *text, size_t n, size_t *at, struct err *err)
{
	struct regex *r;
	PCRE2_UCHAR why[128];
	PCRE2_SIZE where;
	uint32_t options;
	size_t size;
	int code;

	if (read_options(text, n, &size, &options, at, err))
		return -1;
	r = must_alloc(sizeof(*r));
	r->code = pcre2_compile((PCRE2_SPTR)text + 1, size, options, &code, &where, NULL);
	if (!r->code) {
		free(r);
		pcre2_get_error_message(code, why, sizeof(why));
		*at = where + 1;
		return err_set(err, ERR_USAGE, "no pattern: %s", (const char *)why);
	}
	r->data = pcre2_match_data_create_from_pattern(r->code, NULL);
	r->limits = pcre2_match_context_create(NULL);
	if (!r->data || !r->limits) {
		regex_free(r);
		return err_set(err, ERR_FATAL, "no memory for a pattern");
	}
	pcre2_set_match_limit(r->limits, REGEX_STEPS);
	pcre2_set_heap_limit(r->limits, REGEX_HEAP_KIB);
	*regex = r;
	return 0;
}

void
regex_free(struct regex *r)
{
	if (!r)
		return;
	pcre2_code_free(r->code);
	pcre2_match_data_free(r->data);
	pcre2_match_context_free(r->limits);
	free(r);
}

enum regex_answer
regex_ask(const struct regex *r, const char *text, size_t n)
{
	int rc = pcre2_match(r->code, (PCRE2_SPTR)text, n, 0, PCRE2_NO_UTF_CHECK, r->data,
			     r->limits);

	return rc >= 0 ? REGEX_YES : rc == PCRE2_ERROR_NOMATCH ? REGEX_NO : REGEX_GAVE_UP;
}
