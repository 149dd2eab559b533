/* powercut DIR SEED: takes back what was not synced; prints how many writes that were. */
#include "tests/torture/powercut.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct entry {
	struct undo undo;
	char *bytes;
};

static size_t
read_entries(const char *path, struct entry **entries)
{
	FILE *f = fopen(path, "r");
	struct entry e;
	size_t n = 0;

	*entries = NULL;
	while (f && fread(&e.undo, sizeof(e.undo), 1, f) == 1) {
		e.bytes = malloc((size_t)e.undo.size + 1);
		if (fread(e.bytes, 1, (size_t)e.undo.size, f) != (size_t)e.undo.size)
			break; /* the kill came within the record: its write was not made */
		*entries = realloc(*entries, (n + 1) * sizeof(**entries));
		(*entries)[n++] = e;
	}
	if (f)
		fclose(f);
	return n;
}

static void
take_back(const struct entry *e, bool cut)
{
	int fd;

	if (e->undo.kind == UNDO_RENAME) {
		/* Killed before the rename, there is nothing to take back. */
		if (access(e->undo.path, F_OK) && !rename(e->undo.to, e->undo.path) && *e->undo.saved &&
		    link(e->undo.saved, e->undo.to))
			perror(e->undo.to);
		return;
	}
	fd = open(e->undo.path, O_WRONLY);
	if (fd < 0)
		return; /* it was removed later */
	if (pwrite(fd, e->bytes, (size_t)e->undo.size, e->undo.offset) != e->undo.size)
		perror(e->undo.path);
	if (cut && ftruncate(fd, e->undo.file_size))
		perror(e->undo.path);
	close(fd);
}

int
main(int argc, char **argv)
{
	DIR *d = argc == 3 ? opendir(argv[1]) : NULL;
	const struct dirent *f;
	size_t all = 0, back = 0;

	if (!d) {
		fprintf(stderr, "usage: powercut DIR SEED\n");
		return 2;
	}
	srand((unsigned)atoi(argv[2]));
	while ((f = readdir(d))) {
		bool everything = rand() % 2;
		struct entry *entries;
		char path[4096];
		size_t n;

		if (*f->d_name == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], f->d_name);
		n = read_entries(path, &entries);
		all += n;
		for (size_t i = n; i-- > 0;)
			if (everything || rand() % 2) {
				take_back(&entries[i], everything);
				back++;
			}
		unlink(path);
	}
	closedir(d);
	printf("%zu of %zu unsynced writes taken back\n", back, all);
	return 0;
}
