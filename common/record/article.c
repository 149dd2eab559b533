/*
 * The rows are the standard's members in the standard's order.  A member of
 * the standard that has no row is checked for its kind and kept as it came.
 */
#include "record/article.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "record/article_member.h"
#include "record/field.h"
#include "record/json.h"
#include "record/tree.h"
#include "time/clock.h"

static const char standard[] =
    "{\"name\":\"ninjs\",\"version\":\"1.6\","
    "\"schema\":\"http://www.iptc.org/std/ninjs/ninjs-schema_1.6.json\"}";

static void
print_standard(const void *base, const char *name, struct buf *out)
{
	(void)base;
	json_raw(out, name, standard);
}

/* What follows 1.x, ninjs 2 and 3, has other names for the same things. */
static int
read_standard(void *base, struct cursor *c)
{
	struct slice s;
	const char *version;
	json_t *tree;
	bool is_other;

	(void)base;
	if (cursor_skip(c, &s))
		return -1;
	if (s.size == strlen(standard) && !memcmp(s.text, standard, s.size))
		return 0;
	if (!(tree = tree_load(s.text, s.size, c->err)))
		return err_context(c->err, "$standard");
	version = json_string_value(json_object_get(tree, "version"));
	is_other = !version || strncmp(version, "1.", 2) != 0;
	json_decref(tree);
	return is_other ? err_set(c->err, ERR_REJECT, "$standard is not ninjs 1") : 0;
}

static int
check_list(const char *name, json_t *list, struct err *err)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (!json_is_object(item))
			return err_set(err, ERR_REJECT, "%s[%zu] is no object", name, i);
	}
	if (tree_has_null(list))
		return err_set(err, ERR_REJECT, "%s holds a null", name);
	return 0;
}

static void
print_sources(const void *base, const char *name, struct buf *out)
{
	const struct article *a = base;

	if (a->infosources) {
		json_raw(out, name, a->infosources);
	} else if (a->infosource) {
		json_open(out, name, '[');
		json_open(out, NULL, '{');
		json_text(out, "name", a->infosource);
		json_close(out, '}');
		json_close(out, ']');
	}
}

static int
take_sources(struct article *a, json_t *list, struct cursor *c)
{
	json_t *first = json_array_get(list, 0), *name = json_object_get(first, "name");

	if (!json_is_array(list))
		return err_set(c->err, ERR_REJECT, "infosource is no list");
	if (check_list("infosource", list, c->err) != 0)
		return -1;
	if (json_is_string(name))
		a->infosource = arena_copy(c->arena, json_string_value(name),
					   json_string_length(name));
	if (json_is_string(name) && json_array_size(list) == 1 &&
	    json_object_size(first) == 1)
		return 0;
	return tree_text(&a->infosources, list, c->arena, c->err);
}

static int
read_sources(void *base, struct cursor *c)
{
	json_t *list = tree_read(c);
	int rc = list ? take_sources(base, list, c) : err_context(c->err, "infosource");

	json_decref(list);
	return rc;
}

static const struct field subject_fields[] = {
	TEXT_MAYBE(article_subject, name, "name"),
	TEXT_MAYBE(article_subject, rel, "rel"),
	TEXT_MAYBE(article_subject, scheme, "scheme"),
	TEXT_MAYBE(article_subject, code, "code"),
	TEXT_MAYBE(article_subject, creator, "creator"),
	REAL_MAYBE(article_subject, relevance, "relevance"),
	REAL_MAYBE(article_subject, confidence, "confidence"),
	{ 0 },
};

/* Members of ninjs 1.6 that we only pass on.  JSON_NULL: of any type. */
static const struct {
	const char *name;
	json_type type;
} passed_on[] = {
	{ "mimetype", JSON_STRING },
	{ "profile", JSON_STRING },
	{ "contentcreated", JSON_STRING },
	{ "expires", JSON_STRING },
	{ "copyrightnotice", JSON_STRING },
	{ "ednote", JSON_STRING },
	{ "genre", JSON_ARRAY },
	{ "person", JSON_ARRAY },
	{ "organisation", JSON_ARRAY },
	{ "place", JSON_ARRAY },
	{ "event", JSON_ARRAY },
	{ "object", JSON_ARRAY },
	{ "title", JSON_STRING },
	{ "charcount", JSON_INTEGER },
	{ "renditions", JSON_OBJECT },
	{ "associations", JSON_OBJECT },
	{ "altids", JSON_OBJECT },
	{ "trustindicator", JSON_ARRAY },
	{ "rightsinfo", JSON_OBJECT },
	{ "digitalsourcetype", JSON_NULL },
};

/* headline_main, body_xhtml, description_caption: the standard leaves the end open. */
static bool
is_open_name(const char *name)
{
	static const char *const starts[] = { "headline_", "description_", "body_" };
	size_t n;

	for (size_t i = 0; i < LENGTH(starts); i++) {
		n = strlen(starts[i]);
		if (strncmp(name, starts[i], n) != 0 || !name[n])
			continue;
		for (name += n; isalnum((unsigned char)*name) || *name == '_'; name++)
			;
		return !*name;
	}
	return false;
}

static int
check_passed_on(const char *name, json_t *value, struct err *err)
{
	json_type want = JSON_STRING;
	size_t i = 0;

	if (!is_open_name(name)) {
		while (i < LENGTH(passed_on) && strcmp(passed_on[i].name, name) != 0)
			i++;
		if (i == LENGTH(passed_on))
			return err_set(err, ERR_REJECT,
				       "\"%.40s\" is no member of ninjs 1.6", name);
		want = passed_on[i].type;
	}
	if (want != JSON_NULL && json_typeof(value) != want)
		return err_set(err, ERR_REJECT, "%s is of the wrong type", name);
	return check_list(name, value, err);
}

static int
read_other(void *base, const struct slice *name, struct cursor *c)
{
	json_t **rest = c->others, *value;
	char *key = arena_copy(c->arena, name->text, name->size);

	(void)base;
	if (!key)
		return arena_check(c->arena, c->err);
	if (!*rest && !(*rest = json_object()))
		return err_set(c->err, ERR_FATAL, "no memory for a record");
	if (json_object_get(*rest, key))
		return err_set(c->err, ERR_REJECT, "JSON: \"%.40s\" twice", key);
	value = tree_read(c);
	if (!value || check_passed_on(key, value, c->err)) {
		json_decref(value);
		return -1;
	}
	return json_object_set_new(*rest, key, value)
		   ? err_set(c->err, ERR_FATAL, "no memory for a record")
		   : 0;
}

/* The inside of an object's text, for another object. */
static void
print_others(const void *base, const char *name, struct buf *out)
{
	const char *object = ((const struct article *)base)->rest, *from, *end;

	(void)name;
	if (!object)
		return;
	from = object + 1 + strspn(object + 1, " \t\r\n");
	end = strrchr(object, '}');
	assert(object[0] == '{' && end);
	if (from == end)
		return;
	buf_addc(out, ',');
	buf_add(out, from, (size_t)(end - from));
}

static const struct field fields[] = {
	CUSTOM_MAYBE("$standard", print_standard, read_standard),
	TEXT(article, uri, "uri"),
	TEXT_MAYBE(article, type, "type"),
	TEXT_MAYBE(article, representationtype, "representationtype"),
	TEXT_MAYBE(article, version, "version"),
	TEXT_MAYBE(article, firstcreated, "firstcreated"),
	TEXT_MAYBE(article, versioncreated, "versioncreated"),
	TEXT_MAYBE(article, embargoed, "embargoed"),
	TEXT_MAYBE(article, pubstatus, "pubstatus"),
	INT_MAYBE(article, urgency, "urgency", 0),
	TEXT_MAYBE(article, copyrightholder, "copyrightholder"),
	TEXT_MAYBE(article, usageterms, "usageterms"),
	TEXT_MAYBE(article, language, "language"),
	LIST_MAYBE(article, subjects, subject_count, struct article_subject, "subject",
		   subject_fields),
	CUSTOM_MAYBE("infosource", print_sources, read_sources),
	TEXT_MAYBE(article, byline, "byline"),
	TEXT_MAYBE(article, headline, "headline"),
	TEXT_MAYBE(article, slugline, "slugline"),
	TEXT_MAYBE(article, located, "located"),
	INT_MAYBE(article, wordcount, "wordcount", -1),
	TEXT_MAYBE(article, body_text, "body_text"),
	TEXT_MAYBE(article, body_html, "body_html"),
	OTHERS(print_others, read_other),
	{ 0 },
};

/* 2026-11-24T08:15:00Z, perhaps with a fraction: readers may rely on UTC. */
static bool
is_time(const char *text)
{
	static const char shape[] = "0000-00-00T00:00:00";
	const char *p = text;
	struct wall t;

	for (const char *s = shape; *s; s++, p++) {
		if (*s == '0' ? !isdigit((unsigned char)*p) : *p != *s)
			return false;
	}
	if (p[0] == '.' && isdigit((unsigned char)p[1]))
		p += 1 + strspn(p + 1, "0123456789");
	return strcmp(p, "Z") == 0 && wall_parse(&t, text) == 0;
}

static int
check_time(const char *name, const char *text, struct err *err)
{
	if (!text || is_time(text))
		return 0;
	return err_set(err, ERR_REJECT, "%s is \"%.40s\", no time in UTC", name, text);
}

static int
check_word(const char *name, const char *text, const char *const *words, size_t n,
	   struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (!text || strcmp(text, words[i]) == 0)
			return 0;
	}
	return err_set(err, ERR_REJECT, "%s is \"%.40s\"", name, text);
}

static int
check_values(const struct article *a, struct err *err)
{
	static const char *const status[] = { "usable", "withheld", "canceled" };
	static const char *const representation[] = { "complete", "incomplete" };
	static const char *const type[] = { "text",      "audio",    "video",
					    "picture",   "graphic",  "composite",
					    "component", "planning", "event" };

	if (!*a->uri)
		return err_set(err, ERR_REJECT, "uri is empty");
	if (a->urgency > 9)
		return err_set(err, ERR_REJECT, "urgency is %d", a->urgency);
	if (check_word("pubstatus", a->pubstatus, status, LENGTH(status), err) != 0 ||
	    check_word("representationtype", a->representationtype, representation,
		       LENGTH(representation), err) != 0 ||
	    check_word("type", a->type, type, LENGTH(type), err) != 0 ||
	    check_time("firstcreated", a->firstcreated, err) != 0 ||
	    check_time("versioncreated", a->versioncreated, err) != 0)
		return -1;
	return check_time("embargoed", a->embargoed, err);
}

/* What has a row, and in rest the text of what has none. */
static int
read_members(struct article *a, struct cursor *c)
{
	void *others = c->others;
	json_t *rest = NULL;
	int rc;

	c->others = &rest;
	rc = fields_read(fields, a, c);
	if (!rc && rest)
		rc = tree_text(&a->rest, rest, c->arena, c->err);
	c->others = others;
	json_decref(rest);
	return rc;
}

int
article_read(struct article *a, struct cursor *c)
{
	*a = (struct article){ 0 };
	if (read_members(a, c) || arena_check(c->arena, c->err) ||
	    check_values(a, c->err))
		return -1;
	if (!a->type)
		a->type = "text";
	if (!a->pubstatus)
		a->pubstatus = "usable";
	return 0;
}

int
article_parse(struct article *a, const char *json, size_t n, struct arena *arena,
	      struct err *err)
{
	struct cursor c;

	cursor_init(&c, json, n, arena, err);
	return article_read(a, &c) || cursor_end(&c) ? -1 : 0;
}

void
article_print_as(const struct article *a, const char *name, struct buf *out)
{
	struct article whole = *a;

	if (!whole.type)
		whole.type = "text";
	if (!whole.pubstatus)
		whole.pubstatus = "usable";
	json_open(out, name, '{');
	fields_print(fields, &whole, out);
	json_close(out, '}');
}

void
article_print(const struct article *a, struct buf *out)
{
	article_print_as(a, NULL, out);
}

bool
article_is_withdrawn(const struct article *a)
{
	return a->pubstatus && (strcmp(a->pubstatus, "canceled") == 0 ||
				strcmp(a->pubstatus, "withheld") == 0);
}
