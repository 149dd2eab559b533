/* Settings of [alert], and the file of rules as a running worker takes it. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "channel/channel.h"
#include "spool/whole.h"
#include "work/alert_worker.h"

enum { FILE_MB = 64 };

const struct opt alert_opts[] = {
	OPT(struct alert_conf, rules, "", 0, 0, "file of rules; SIGHUP: read again"),
	OPT(struct alert_conf, keep_days, "7", 1, 3650,
	    "days that is remembered what was told"),
	FLAG(struct alert_conf, test, NULL,
	     "this file of rules on the articles of FILE..."),
	FLAG(struct alert_conf, channel, NULL,
	     "sends the alerts of this channel: a section [channel NAME]"),
	FLAG(struct alert_conf, only_fires, "false", "not what the other rules lack"),
	{ 0 },
};

static int
take(struct rules **rules, const char *path, const struct whole *w,
     const struct codes *codes, struct err *err)
{
	switch (w->what) {
	case WHOLE_READ:
		return rules_read(rules, path, w->bytes.data ? w->bytes.data : "",
				  w->bytes.size, codes, err);
	case WHOLE_LARGE:
		return err_set(err, ERR_USAGE, "%s: more than %d MB", path, FILE_MB);
	case WHOLE_BUSY:
		return err_set(err, ERR_RETRY, "%s: %s; send SIGHUP when it is done",
			       path, w->why);
	case WHOLE_GONE:
		return err_set(err, ERR_USAGE, "%s: it is not there", path);
	case WHOLE_UNREADABLE:
	case WHOLE_ODD:
		break;
	}
	return err_set(err, ERR_USAGE, "%s: %s", path, w->why);
}

static int
check_channels(const struct rules *rules, const char *path, const struct conf *conf,
	       struct err *err)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *r = &rules->items[i];
		const char *last = r->escalate.channel;
		int failed = last && channel_known(conf, last, err);

		for (size_t k = 0; !failed && k < r->channels.count; k++)
			failed = channel_known(conf, r->channels.items[k], err);
		if (failed)
			return err_context(err, "%s:%d: [%s]", path, r->line, r->name);
	}
	return 0;
}

int
alert_rules_open(struct rules **rules, const char *path, const struct codes *codes,
		 const struct conf *conf, struct err *err)
{
	char *real = realpath(path, NULL), *slash = real ? strrchr(real, '/') : NULL;
	struct whole w;
	int root, failed;

	if (!real)
		return err_errno(err, ERR_USAGE, "%s", path);
	*slash = '\0';
	root = open(*real ? real : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0) {
		err_errno(err, ERR_USAGE, "%s", path);
		free(real);
		return -1;
	}
	whole_init(&w, (size_t)FILE_MB << 20);
	failed = whole_read(&w, root, slash + 1, NULL, err) ||
		 take(rules, path, &w, codes, err);
	whole_release(&w);
	close(root);
	free(real);
	if (failed)
		return -1;
	if (!check_channels(*rules, path, conf, err))
		return 0;
	rules_free(*rules);
	return -1;
}
