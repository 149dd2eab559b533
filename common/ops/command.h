/*
 * A command of the program: one file in commands/, producers/ or consumers/
 * that defines one `const struct command NAME_command`.  The Makefile writes
 * the list from the folders' contents.
 */
#ifndef OPS_COMMAND_H
#define OPS_COMMAND_H

#include "ops/conf.h"

struct program {
	struct conf *conf;
	const char *self;   /* path of the executable, to start workers with */
	const char *prefix; /* first part of every topic and group */
	const char *state;  /* directory; made at start */
	const char *log;    /* file of the embedded log */
	int64_t max_log_bytes; /* of it; senders wait above */
	const char *lexicon; /* directory */
	int verbosity;
};

struct command {
	const char *name, *args, *help; /* help: one line */
	const char *text;               /* the rest of --help: what it does, examples */
	const char *section;            /* its settings: [section] rows are flags too; NULL: none */
	const struct opt *opts;
	size_t conf_size;
	/* Prints the flags; run() reads them, since they depend on its words.  NULL: as opts. */
	void (*own_flags)(void);
	bool needs_state; /* the state directory is made before run() */
	/* conf is filled; argv[0 .. argc) is what is left after the flags.  Returns the exit status. */
	int (*run)(const struct program *program, void *conf, int argc, char **argv);
};

/* Prints the error and gives the status that belongs to it. */
int command_failed(const char *name, const struct err *err);

struct bus;
/* The bus that the configuration names (commands/ and workers share it). */
int program_bus(const struct program *program, struct bus **bus, struct err *err) MUST_CHECK;

/* The same for what keeps running: brokers that are down are waited for until told to stop. */
struct health;
int program_bus_wait(const struct program *program, struct health *health, struct bus **bus,
    struct err *err) MUST_CHECK;

/* Makes the state directory where it is not there; for a command without needs_state. */
int program_make_state(const struct program *program, struct err *err) MUST_CHECK;

/* "user@host": by whom something was done. */
const char *program_user(void);

/* "<prefix>.<name>", owned by the process. */
const char *program_name(const struct program *program, const char *name);

#endif
