#include "ops/command.h"

#include <stdio.h>

#include "base/mem.h"

int
command_failed(const char *name, const struct err *err)
{
	fprintf(stderr, "newswire %s: %s\n", name, err->text);
	return err_exit_status(err);
}

const char *
program_name(const struct program *p, const char *name)
{
	return must_keep(must_printf("%s.%s", p->prefix, name));
}
