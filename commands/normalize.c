/* normalize: files to articles, a line of JSON each, without a bus. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "format/articles.h"
#include "ops/command.h"
#include "ops/stop.h"
#include "record/json.h"

struct normalize_conf {
	int64_t max_file_bytes;
};

static const struct opt normalize_opts[] = {
	OPT(struct normalize_conf, max_file_bytes, "64000000", 1, 4000000000,
	    "a larger file is an error, inflated ones too"),
	{ 0 },
};

struct job {
	const char *path;
	struct buf line;
	int errors;
};

static int
write_line(struct buf *line, struct err *err)
{
	if (buf_check(line, err))
		return -1;
	if (fwrite(line->data, 1, line->size, stdout) != line->size ||
	    putchar('\n') == EOF)
		return err_errno(err, ERR_RETRY, "cannot write to standard output");
	return 0;
}

static int
print_article(void *arg, const struct parsed *parsed, struct err *err)
{
	struct job *job = arg;

	buf_reset(&job->line);
	json_open(&job->line, NULL, '{');
	json_text(&job->line, "file", job->path);
	if (parsed->member)
		json_text(&job->line, "member", parsed->member);
	buf_adds(&job->line, ",\"article\":");
	article_print(&parsed->article, &job->line);
	json_raw(&job->line, "meta", parsed->meta);
	json_close(&job->line, '}');
	return write_line(&job->line, err);
}

static int
print_error(struct job *job, const struct err *why, struct err *err)
{
	job->errors++;
	buf_reset(&job->line);
	json_open(&job->line, NULL, '{');
	json_text(&job->line, "file", job->path);
	json_open(&job->line, "error", '{');
	json_text(&job->line, "code", err_class_name(why->class));
	json_text(&job->line, "message", why->text);
	json_close(&job->line, '}');
	json_close(&job->line, '}');
	return write_line(&job->line, err);
}

static int
run(const struct program *program, void *arg, int argc, char **argv)
{
	const struct normalize_conf *conf = arg;
	size_t ceiling = (size_t)conf->max_file_bytes;
	struct job job = { 0 };
	struct arena arena;
	struct err err, why;
	int rc, i;

	if (argc == 0) {
		err_set(&err, ERR_USAGE, "name at least one file");
		return command_failed("normalize", &err);
	}
	if (format_open(program->lexicon, &err))
		return command_failed("normalize", &err);
	arena_init(&arena, 8 * ceiling + (16 << 20));
	buf_init(&job.line, 8 * ceiling + (1 << 20));
	for (i = 0; i < argc && !stop_asked(); i++) {
		job.path = argv[i];
		rc = articles_of_file(job.path, NULL, ceiling, &arena, print_article,
				      &job, &why);
		arena_reset(&arena);
		if (rc && print_error(&job, &why, &err))
			break;
	}
	buf_release(&job.line);
	arena_release(&arena);
	if (fflush(stdout) || ferror(stdout)) {
		err_errno(&err, ERR_RETRY, "cannot write to standard output");
		return command_failed("normalize", &err);
	}
	return job.errors > 0 || i < argc;
}

extern const struct command normalize_command;
const struct command normalize_command = {
	.name = "normalize",
	.args = "[--max-file-bytes N] FILE...",
	.help = "files to articles, a line of JSON each; no bus",
	.text = "Reads each FILE (gzipped or not) and writes one line for each article "
		"in it:\n"
		"  {\"file\": PATH, \"article\": {ninjs 1.6}, \"meta\": {...}}\n"
		"or {\"file\": PATH, \"error\": {\"code\", \"message\"}}.  Exits 1 if "
		"any file failed.\n\n"
		"  newswire normalize demo/*.txt | head -1",
	.section = "normalize",
	.opts = normalize_opts,
	.conf_size = sizeof(struct normalize_conf),
	.run = run,
};
