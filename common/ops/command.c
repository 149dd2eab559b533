#include "ops/command.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"

int
command_failed(const char *name, const struct err *err)
{
	fprintf(stderr, "newswire %s: %s\n", name, err->text);
	return err_exit_status(err);
}

const char *
program_user(void)
{
	const struct passwd *user = getpwuid(getuid());
	char host[256] = "";

	gethostname(host, sizeof(host) - 1);
	return must_keep(must_printf("%s@%s", user ? user->pw_name : "?", host));
}

const char *
program_name(const struct program *p, const char *name)
{
	return must_keep(must_printf("%s.%s", p->prefix, name));
}
