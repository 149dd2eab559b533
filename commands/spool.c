/*
 * newswire spool: what became of each file, and how to have one taken again.
 * The state directory has a cache for every spool that was watched from it;
 * what is asked goes to the ledger's topic, where watch reads it.
 */
#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "bus/bus.h"
#include "ops/command.h"
#include "ops/stop.h"
#include "spool/inbox.h"
#include "spool/ledger.h"
#include "time/clock.h"

enum { TEXT = 4 * PATH_MAX, MAX_PENDING = 4096 };

struct spools {
	const struct program *program;
	char **names;
	size_t count;
};

/* ---- the spools of this state directory ---- */

static void
find_spools(struct spools *s, const struct program *program)
{
	char *start = must_printf("%s/ledger.%s.", program->state, program->prefix);
	char *pattern = must_printf("%s*.db", start);
	glob_t found;

	*s = (struct spools){ .program = program };
	if (!glob(pattern, 0, NULL, &found)) {
		s->names = must_alloc(found.gl_pathc * sizeof(*s->names));
		for (; s->count < found.gl_pathc; s->count++) {
			const char *name = found.gl_pathv[s->count] + strlen(start);

			s->names[s->count] =
			    must_printf("%.*s", (int)strlen(name) - 3, name);
		}
		globfree(&found);
	}
	free(start);
	free(pattern);
}

static void
free_spools(struct spools *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->names[i]);
	free(s->names);
}

static int
open_spool(const struct spools *s, const char *name, struct ledger **ledger,
	   struct err *err)
{
	struct ledger_conf conf = { .state = s->program->state,
				    .prefix = s->program->prefix,
				    .spool = name,
				    .look = true };

	return ledger_open(ledger, &conf, err);
}

/* ---- list ---- */

static void
print_line(const char *spool, const char *state, const struct ledger_file *f,
	   const char *path, size_t n, const char *reason)
{
	char text[TEXT];

	printf("%s\t%s\t", spool, state);
	if (f && f->uri)
		printf("%" PRId64 "\t", f->version);
	else
		printf("-\t");
	printf("%s\t%s", file_text(path, n, text, sizeof(text)),
	       f && f->uri ? f->uri : "-");
	printf("\t%s\n",
	       reason ? file_text(reason, strlen(reason), text, sizeof(text)) : "-");
}

static int
print_row(void *arg, const char *path, size_t n, const struct ledger_row *row)
{
	bool for_now = row->now != row->file.state || row->now == LEDGER_HELD ||
		       row->now == LEDGER_UNREADABLE;

	print_line(arg, ledger_state_name(row->now), &row->file, path, n,
		   for_now ? row->now_reason : row->file.reason);
	return 0;
}

static bool
is_known(void *arg, const char *path, size_t n, const struct file_stat *st)
{
	struct ledger_row row;
	struct err err;

	return ledger_find(arg, path, n, &row, &err) == 1 && row.has_stat &&
	       file_stat_equal(&row.stat, st);
}

/* What lies in the directory and was not dealt with as it stands. */
static int
print_pending(struct ledger *l, const char *name, const char *root, struct err *err)
{
	struct inbox_conf conf = { .path = root,
				   .max_pending = MAX_PENDING,
				   .once = true,
				   .known = is_known,
				   .arg = l };
	struct inbox_file file;
	struct inbox *inbox;
	struct arena arena;

	if (inbox_open(&inbox, &conf, err))
		return -1;
	arena_init(&arena, 2 * PATH_MAX);
	while (!stop_asked() && !inbox_is_empty(inbox) && !inbox_tick(inbox, err)) {
		while (inbox_next(inbox, &arena, &file)) {
			struct ledger_row row;
			bool has_row =
			    ledger_find(l, file.path, file.size, &row, err) == 1;

			print_line(name, "pending", has_row ? &row.file : NULL, file.path,
				   file.size, has_row ? "it has changed" : NULL);
			arena_reset(&arena);
		}
	}
	inbox_close(inbox);
	arena_release(&arena);
	return 0;
}

static int
list_one(const struct spools *s, const char *name, struct err *err)
{
	struct ledger *l;
	const char *root;
	int failed;

	if (open_spool(s, name, &l, err))
		return -1;
	root = ledger_root(l);
	root = root ? must_strdup(root) : NULL;
	failed = ledger_each(l, print_row, (void *)(uintptr_t)name, err);
	if (!failed && root && print_pending(l, name, root, err))
		fprintf(stderr, "newswire spool: %s\n", err->text); /* the list stands */
	free((void *)(uintptr_t)root);
	ledger_close(l);
	return failed;
}

static int
list(const struct spools *s, const char *wanted, struct err *err)
{
	bool found = false;

	for (size_t i = 0; i < s->count; i++) {
		if (wanted && strcmp(wanted, s->names[i]))
			continue;
		found = true;
		if (list_one(s, s->names[i], err))
			return -1;
	}
	if (wanted && !found)
		return err_set(err, ERR_USAGE,
			       "no spool '%s' was watched with the state directory %s",
			       wanted, s->program->state);
	return fflush(stdout) ? err_errno(err, ERR_RETRY, "standard output") : 0;
}

/* ---- retry ---- */

/* A path as watch knows it: links in its directory resolved, in itself not. */
static char *
resolve(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *directory =
	    must_printf("%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	char *real = realpath(directory, NULL), *whole = NULL;

	if (real)
		whole = must_printf("%s/%s", strcmp(real, "/") ? real : "",
				    slash ? slash + 1 : path);
	free(directory);
	free(real);
	return whole;
}

/* Its path below the root of a spool, or NULL. */
static const char *
below(const char *root, const char *path)
{
	size_t n = strlen(root);

	return !strncmp(root, path, n) && path[n] == '/' && path[n + 1] ? path + n + 1
									: NULL;
}

static int
ask(struct bus_member *member, const char *prefix, const char *spool, const char *path,
    struct err *err)
{
	struct ledger_request request = { .time_ms = wall_now().ms };
	struct buf key, value;
	struct bus_record r = { .partition = -1 };
	char *topic = must_printf("%s.ledger", prefix);
	int failed;

	buf_init(&key, 2 * PATH_MAX);
	buf_init(&value, 256);
	ledger_key_print(&key, 'r', spool, path, strlen(path));
	ledger_request_print(&request, &value);
	r.topic = topic;
	r.key = key.data;
	r.key_size = key.size;
	r.value = value.data;
	r.value_size = value.size;
	failed = bus_begin(member, err);
	if (!failed && (bus_send(member, &r, err) || bus_commit(member, NULL, 0, err))) {
		struct err other;

		failed = -1;
		(void)!bus_abort(member, &other);
	}
	buf_release(&key);
	buf_release(&value);
	free(topic);
	return failed;
}

enum { NOT_HERE, ASKED, OUT };

/* One of these, or -1. */
static int
retry_in(const struct spools *s, struct bus_member *member, const char *name,
	 const char *path, struct err *err)
{
	struct ledger *l;
	struct ledger_row row;
	struct stat st;
	struct file_stat now;
	const char *inside;
	int result = OUT;

	if (open_spool(s, name, &l, err))
		return -1;
	inside = ledger_root(l);
	inside = inside ? below(inside, path) : NULL;
	if (!inside || lstat(path, &st)) {
		ledger_close(l);
		return NOT_HERE;
	}
	now = file_stat(&st);
	if (ledger_find(l, inside, strlen(inside), &row, err) == 1 &&
	    row.now == LEDGER_PUBLISHED && file_stat_equal(&row.stat, &now))
		fprintf(stderr, "newswire spool: %s is published as it stands\n", path);
	else
		result = ask(member, s->program->prefix, name, inside, err) ? -1 : ASKED;
	ledger_close(l);
	return result;
}

static int
retry_one(const struct spools *s, struct bus_member *member, const char *path,
	  bool *asked, struct err *err)
{
	char *whole = resolve(path);
	int result = NOT_HERE;

	for (size_t i = 0; whole && !result && i < s->count; i++)
		result = retry_in(s, member, s->names[i], whole, err);
	free(whole);
	*asked = result == ASKED;
	if (result == NOT_HERE)
		fprintf(stderr,
			"newswire spool: nothing to do for %s: no such file in a spool "
			"that is watched with this state directory\n",
			path);
	else if (result == ASKED)
		printf("%s will be taken again\n", path);
	return result < 0 ? -1 : 0;
}

static int
retry_all(const struct spools *s, struct bus_member *member, int argc, char **argv,
	  bool *all, struct err *err)
{
	*all = true;
	for (int i = 0; i < argc; i++) {
		bool asked;

		if (retry_one(s, member, argv[i], &asked, err))
			return -1;
		*all &= asked;
	}
	return 0;
}

static int
retry(const struct spools *s, int argc, char **argv, bool *all, struct err *err)
{
	char *id = must_printf("%s.spool.%ld", s->program->prefix, (long)getpid());
	char *topic = must_printf("%s.ledger", s->program->prefix);
	const char *const sends[] = { topic };
	struct bus_role role = { .id = id, .sends = sends, .send_count = 1 };
	struct bus_member *member = NULL;
	struct bus *bus = NULL;
	int failed = program_bus(s->program, &bus, err) ||
		     bus_join(bus, &role, &member, err) ||
		     retry_all(s, member, argc, argv, all, err);

	bus_leave(member);
	bus_close(bus);
	free(id);
	free(topic);
	return failed;
}

static int
run(const struct program *program, void *conf, int argc, char **argv)
{
	struct spools s;
	struct err err;
	bool all = true;
	int failed;

	(void)conf;
	find_spools(&s, program);
	if (argc >= 1 && argc <= 2 && !strcmp(argv[0], "list"))
		failed = list(&s, argv[1], &err);
	else if (argc >= 2 && !strcmp(argv[0], "retry"))
		failed = retry(&s, argc - 1, argv + 1, &all, &err);
	else
		failed =
		    err_set(&err, ERR_USAGE, "say `list [SPOOL]` or `retry PATH...`");
	free_spools(&s);
	return failed ? command_failed("spool", &err) : !all;
}

extern const struct command spool_command;
const struct command spool_command = {
	.name = "spool",
	.args = "list [SPOOL] | retry PATH...",
	.help = "what became of each file; files to be taken again",
	.text = "list   one line a file, parted by tabs: spool, state, version, path, "
		"uri, reason.\n"
		"       States: published, skipped (was there before), rejected (in the "
		"dead\n"
		"       letters), held (a gzip that ends early), unreadable, pending.\n"
		"retry  has watch take files again that were rejected, skipped or could "
		"not be\n"
		"       read.  What is published as it stands stays as it is.\n\n"
		"    newswire spool list wires | grep rejected\n"
		"    newswire spool retry /var/spool/wires/bad.txt",
	.run = run,
};
