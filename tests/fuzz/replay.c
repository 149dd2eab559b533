/*
 * replay PATH...: the harness on every file named or lying in a directory
 * named, whole and cut at up to 64 places.  Each input is a block of its own
 * size, so that the sanitizers see one byte too far.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

static void
run(const char *bytes, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	assert(copy);
	memcpy(copy, bytes, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static int
replay_file(const char *path, size_t size)
{
	FILE *f = fopen(path, "rb");
	char *bytes = malloc(size + 1);
	size_t step = size / 64 + 1;

	if (!f || !bytes || fread(bytes, 1, size, f) != size) {
		perror(path);
		exit(1);
	}
	fclose(f);
	printf("%s\n", path); /* the last one said is the one that failed */
	fflush(stdout);
	for (size_t n = 0; n < size; n += step)
		run(bytes, n);
	run(bytes, size);
	free(bytes);
	return 1;
}

static int
replay(const char *path)
{
	char inner[4096];
	struct dirent *entry;
	struct stat st;
	int count = 0;
	DIR *d;

	if (stat(path, &st) != 0) {
		perror(path);
		exit(1);
	}
	if (!S_ISDIR(st.st_mode))
		return replay_file(path, (size_t)st.st_size);
	d = opendir(path);
	while (d && (entry = readdir(d))) {
		snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
		if (entry->d_name[0] != '.')
			count += replay(inner);
	}
	closedir(d);
	return count;
}

int
main(int argc, char **argv)
{
	int count = 0;

	for (int i = 1; i < argc; i++)
		count += replay(argv[i]);
	printf("%d passed, 0 failed\n", count);
	return count > 0 ? 0 : 1;
}
