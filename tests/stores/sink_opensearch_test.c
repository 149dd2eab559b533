/* A real OpenSearch that is killed, and a server that only says it is one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/mem.h"
#include "sink/http.h"
#include "tests/lib/httpd.h"
#include "tests/lib/server.h"
#include "tests/lib/sink_alone.h"
#include "tests/lib/sink_contract.h"
#include "time/clock.h"

extern const struct sink_type sink_opensearch_type;

static struct server one = { "opensearch" };
static char url[64];
static struct opensearch_settings {
	const char *url, *index, *user, *header, *ca;
	int64_t roll_documents;
} settings = { url, "news", "", "", "", 0 };

/* ---- what a reader sees ---- */

/* NULL: 404. */
static json_t *
ask(const char *method, const char *path, const char *body)
{
	static const char *const headers[] = { "Content-Type: application/json", NULL };
	struct http_settings how = { .most_answer = 16 << 20 };
	struct http *h;
	struct http_answer a;
	struct err err;
	char where[400];
	int64_t began = mono_now().ms;
	json_t *said;

	snprintf(where, sizeof(where), "%s%s", url, path);
	if (http_open(&h, &how, &err))
		fail_msg("%s", err.text);
	/* 503: the request of a writer that was killed makes an index just now. */
	do {
		if (http_send(h, method, where, headers, body, body ? strlen(body) : 0, &a,
			      &err))
			fail_msg("%s", err.text);
	} while (a.status == 503 && mono_now().ms - began < 30000);
	said = a.status == 404 ? NULL : json_loadb(a.body->data, a.body->size, 0, NULL);
	if (a.status != 404 && (a.status > 299 || !said))
		fail_msg("%s %s: %ld %.300s", method, path, a.status, a.body->data);
	http_close(h);
	return said;
}

static void
tell(const char *method, const char *path, const char *body)
{
	json_decref(ask(method, path, body));
}

static void
wipe(void)
{
	tell("DELETE", "/news-*?expand_wildcards=all", NULL);
	tell("DELETE", "/_index_template/news", NULL);
}

static const char *
member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static void
look_at(const json_t *source, struct buf *out)
{
	const json_t *article = json_object_get(source, "article");
	const json_t *events = json_object_get(source, "events"), *event;
	int actors = 0;
	size_t i;

	if (json_is_true(json_object_get(json_object_get(source, "nw"), "withdrawn"))) {
		sink_line_tombstone(out, member(article, "uri"), member(article, "version"));
		return;
	}
	json_array_foreach(events, i, event)
		actors += (int)(json_array_size(json_object_get(event, "actor")) +
				json_array_size(json_object_get(event, "recipient")));
	sink_line_article(out, member(article, "uri"), member(article, "version"),
			  member(article, "headline"), (int)json_array_size(events), actors);
}

static void
look(struct buf *out)
{
	json_t *said, *hits, *hit;
	size_t i;

	tell("POST", "/news-*/_refresh", NULL);
	said = ask("GET", "/news-*/_search?size=1000", NULL);
	hits = json_object_get(json_object_get(said, "hits"), "hits");
	json_array_foreach(hits, i, hit)
		look_at(json_object_get(hit, "_source"), out);
	json_decref(said);
}

/* What a question to the alias finds. */
static int
count(const char *query)
{
	char path[200];
	json_t *said;
	int n;

	tell("POST", "/news-*/_refresh", NULL);
	snprintf(path, sizeof(path), "/news/_count?q=%s", query);
	said = ask("GET", path, NULL);
	n = (int)json_integer_value(json_object_get(said, "count"));
	json_decref(said);
	return n;
}

static struct sink *
open_with(const struct opensearch_settings *conf)
{
	return alone_ready(&sink_opensearch_type, conf, 20000);
}

static struct sink *
open_sink(void)
{
	return open_with(&settings);
}

static int
store(struct sink *s, int64_t offset, const struct sink_article *a, struct err *err)
{
	return alone_write_article(s, offset, a, err) || alone_flush(s, offset + 1, err)
		   ? -1
		   : 0;
}

#define EARLY "2026-11-24T08:00:00Z"
static const struct sink_article first = { "u:1", "1", EARLY, "Harbour strike", 2, 1 },
				 second = { "u:1", "2", EARLY, "Harbour strike ends", 1, 1 },
				 gone = { "u:1", "3", EARLY, NULL, 0, 1, true },
				 other = { "u:2", "1", EARLY, "Other news", 1, 1 };

/* ---- */

static void
the_alias_shows_the_newest_and_nothing_that_was_withdrawn(void **state)
{
	struct sink *s;
	struct err err;

	(void)state;
	wipe();
	s = open_sink();
	must(store(s, 0, &second, &err), &err);
	must(store(s, 1, &first, &err), &err);
	assert_int_equal(count("article.headline:ends"), 1);
	assert_int_equal(count("article.headline:harbour"), 1);
	must(store(s, 2, &gone, &err), &err);
	must(store(s, 3, &second, &err), &err);
	must(store(s, 4, &other, &err), &err);
	assert_int_equal(count("*"), 1);
	sink_close(s);
}

static void
an_article_stays_in_its_index_when_the_next_has_begun(void **state)
{
	struct opensearch_settings small = settings;
	struct sink *s;
	struct err err;
	json_t *said;

	(void)state;
	wipe();
	small.roll_documents = 1;
	s = open_with(&small);
	must(store(s, 0, &first, &err), &err);
	tell("POST", "/news-*/_refresh", NULL);
	must(sink_tick(s, &err), &err);
	must(store(s, 1, &second, &err), &err);
	must(store(s, 2, &other, &err), &err);
	sink_close(s);
	assert_int_equal(count("*"), 2);
	said = ask("GET", "/news-000001/_count", NULL);
	assert_int_equal(json_integer_value(json_object_get(said, "count")), 1);
	json_decref(said);
	said = ask("GET", "/news-000002/_count", NULL);
	assert_int_equal(json_integer_value(json_object_get(said, "count")), 1);
	json_decref(said);
}

static void
a_node_that_dies_in_mid_batch_is_waited_for(void **state)
{
	struct sink *s;
	struct err err;

	(void)state;
	wipe();
	s = open_sink();
	must(store(s, 0, &first, &err), &err);
	must(alone_write_article(s, 1, &second, &err), &err);
	server(&one, "kill", NULL, 0);
	assert_int_equal(alone_flush(s, 2, &err), -1);
	assert_int_equal(err.class, ERR_RETRY);
	sink_undo(s);
	assert_int_equal(store(s, 1, &second, &err), -1);
	assert_int_equal(err.class, ERR_RETRY);
	sink_undo(s);
	server(&one, "restart", NULL, 0);
	must(alone_write_article(s, 1, &second, &err), &err);
	must(alone_write_article(s, 2, &other, &err), &err);
	must(alone_flush(s, 3, &err), &err);
	sink_close(s);
	assert_int_equal(count("*"), 2);
	assert_int_equal(count("article.headline:ends"), 1);
}

static void
a_document_that_the_index_refuses_costs_its_record_only(void **state)
{
	struct sink *s;
	struct err err;

	(void)state;
	wipe();
	s = open_sink();
	must(store(s, 0, &first, &err), &err);
	/* Somebody changed the mapping. */
	tell("PUT", "/news-000001/_mapping",
	     "{\"properties\":{\"article\":{\"properties\":{\"body_text\":{\"type\":\"text\"},"
	     "\"wordcount\":{\"type\":\"integer\"}}}}}");
	tell("PUT", "/_index_template/news",
	     "{\"index_patterns\":[\"news-*\"],\"template\":{\"aliases\":{\"news\":{}},"
	     "\"mappings\":{\"_meta\":{\"newswire\":1},\"dynamic\":false,\"properties\":{"
	     "\"article\":{\"properties\":{\"headline\":{\"type\":\"long\"}}}}}}}");
	sink_close(s);
	tell("DELETE", "/news-000001", NULL);
	s = open_sink();
	must(alone_write_article(s, 1, &(struct sink_article){ "u:3", "1", EARLY, "12", 1, 1 }, &err),
	     &err);
	must(alone_write_article(s, 2, &other, &err), &err);
	must(alone_flush(s, 3, &err), &err);
	sink_close(s);
	assert_int_equal(count("*"), 1);
	assert_memory_equal(alone_refused(), "2: OpenSearch: 400 mapper_parsing_exception", 43);
}

static void
a_template_of_a_newer_newswire_is_left_alone(void **state)
{
	struct sink *s;
	struct err err;

	(void)state;
	wipe();
	tell("PUT", "/_index_template/news",
	     "{\"index_patterns\":[\"news-*\"],\"template\":{\"mappings\":{\"_meta\":{"
	     "\"newswire\":99}}}}");
	s = open_sink();
	assert_int_equal(store(s, 0, &first, &err), -1);
	assert_int_equal(err.class, ERR_USAGE);
	assert_non_null(strstr(err.text, "by a newer newswire (version 99"));
	sink_close(s);
	wipe();
}

/* ---- a server that says what we want ---- */

static const char *bulk_answer;
static int bulk_status;

static struct httpd_answer
play(const struct httpd_request *r)
{
	if (!strncmp(r->path, "/_index_template", 16))
		return (struct httpd_answer){ *r->method == 'G' ? 404 : 200, NULL, "{}" };
	if (!strncmp(r->path, "/_cluster", 9))
		return (struct httpd_answer){ 200, NULL, "{}" };
	if (!strncmp(r->path, "/_alias", 7))
		return (struct httpd_answer){ 200, NULL, "{\"news-000001\":{}}" };
	if (!strncmp(r->path, "/_mget", 6))
		return (struct httpd_answer){ 200, NULL,
					      "{\"docs\":[{\"found\":false},{\"found\":false}]}" };
	return (struct httpd_answer){ bulk_status, NULL, bulk_answer };
}

static void
each_answer_decides_over_its_document(void **state)
{
	static const struct {
		int status;
		const char *bulk;
		int failed;
		enum err_class class;
		const char *says, *refused;
	} cases[] = {
		{ 200,
		  "{\"errors\":false,\"items\":[{\"create\":{\"status\":201}},{\"create\":{"
		  "\"status\":201}}]}",
		  0, ERR_RETRY, "", "" },
		{ 200,
		  "{\"errors\":true,\"items\":[{\"create\":{\"status\":201}},{\"create\":{"
		  "\"status\":429,\"error\":{\"type\":\"rejected\",\"reason\":\"queue full\"}}}]}",
		  -1, ERR_RETRY, "1 of 2 documents wait: OpenSearch: 429 rejected: queue full", "" },
		{ 200,
		  "{\"errors\":true,\"items\":[{\"create\":{\"status\":409,\"error\":{}}},"
		  "{\"create\":{\"status\":400,\"error\":{\"type\":\"mapper\",\"reason\":\"x\"}}}]}",
		  -1, ERR_RETRY, "1 of 2 documents wait", "1: OpenSearch: 400 mapper: x\n" },
		{ 200, "{\"items\":[]}", -1, ERR_RETRY, "answered for 0 of 2", "" },
		{ 200, "<html>proxy</html>", -1, ERR_RETRY, "cannot be read", "" },
		{ 200, "{\"items\":[{\"create\":{\"status\":", -1, ERR_RETRY, "cannot be read", "" },
		{ 429, "{}", -1, ERR_RETRY, "429", "" },
		{ 503, "{}", -1, ERR_RETRY, "503", "" },
		{ 502, "Bad\r\ngateway\x1b[2J", -1, ERR_RETRY, "502 Bad gateway [2J", "" },
	};
	struct opensearch_settings conf = settings;
	char where[64];
	struct err err;

	(void)state;
	httpd_start(where, sizeof(where));
	conf.url = where;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct sink *s = open_with(&conf);
		int failed;

		httpd_forget();
		httpd_handler(play);
		bulk_answer = cases[i].bulk;
		bulk_status = cases[i].status;
		must(alone_write_article(s, 0, &first, &err), &err);
		must(alone_write_article(s, 1, &other, &err), &err);
		err.text[0] = '\0';
		failed = alone_flush(s, 2, &err);
		if (failed != cases[i].failed || (failed && err.class != cases[i].class) ||
		    !strstr(err.text, cases[i].says) || strcmp(alone_refused(), cases[i].refused))
			fail_msg("case %zu: %d '%s' '%s'", i, failed, err.text,
				 alone_refused());
		sink_close(s);
	}
	httpd_stop();
}

static void
who_is_not_let_in_is_told_what_to_do(void **state)
{
	static const struct httpd_answer no = { 401, NULL, "{\"error\":\"no\"}" };
	struct opensearch_settings conf = settings;
	char where[64];
	struct sink *s;
	struct err err;

	(void)state;
	httpd_start(where, sizeof(where));
	conf.url = where;
	httpd_script(&no, 1);
	s = open_with(&conf);
	assert_int_equal(store(s, 0, &first, &err), -1);
	assert_int_equal(err.class, ERR_USAGE);
	assert_non_null(strstr(err.text, "give the sink a `user`"));
	sink_close(s);
	conf.index = "News*";
	assert_null(alone_open(&sink_opensearch_type, &conf, 20000, &err));
	assert_int_equal(err.class, ERR_USAGE);
	httpd_stop();
}

static int
begin_all(void **state)
{
	static struct sink_subject subject = { .type = &sink_opensearch_type,
					       .conf = &settings,
					       .wipe = wipe,
					       .look = look,
					       .tries = 200 };

	(void)state;
	server(&one, "start", url, sizeof(url));
	sink_subject = &subject;
	return 0;
}

static int
end_all(void **state)
{
	(void)state;
	server(&one, "stop", NULL, 0);
	alone_end();
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_answer_decides_over_its_document),
		cmocka_unit_test(who_is_not_let_in_is_told_what_to_do),
		cmocka_unit_test(the_alias_shows_the_newest_and_nothing_that_was_withdrawn),
		cmocka_unit_test(an_article_stays_in_its_index_when_the_next_has_begun),
		cmocka_unit_test(a_document_that_the_index_refuses_costs_its_record_only),
		cmocka_unit_test(a_template_of_a_newer_newswire_is_left_alone),
		cmocka_unit_test(a_node_that_dies_in_mid_batch_is_waited_for),
		SINK_STATE_CONTRACT,
		cmocka_unit_test(a_former_owner_changes_nothing_newer),
	};

	sink_contract_arguments(argc, argv);
	return cmocka_run_group_tests(tests, begin_all, end_all);
}
