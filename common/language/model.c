/*
 * "newswire", the version, how many sections, the size of the whole and the
 * CRC-32 of all behind this head; then for each section its name, where it
 * begins and its size; then the sections, each at a multiple of 64.  Numbers
 * are little-endian, as every machine is that we build for.
 */
#include "language/model.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"

enum { VERSION_NOW = 1, ALIGN = 64, SECTIONS_MAX = 64 };

struct head {
	char magic[8];
	uint32_t version, sections;
	uint64_t size;
	uint32_t crc, reserved;
};

struct section {
	char name[16];
	uint64_t at, size;
};

struct model {
	const unsigned char *base;
	size_t size;
	char *path;
};

static int
model_check(const struct model *m, struct err *err)
{
	const struct head *h = (const struct head *)m->base;
	const struct section *s = (const struct section *)(h + 1);

	if (memcmp(h->magic, "newswire", 8) != 0)
		return err_set(err, ERR_USAGE, "%s is no model of newswire", m->path);
	if (h->version != VERSION_NOW)
		return err_set(
		    err, ERR_USAGE,
		    "%s is a model of version %u, this program reads version %d: "
		    "install the one that came with it",
		    m->path, h->version, VERSION_NOW);
	if (h->size != m->size)
		return err_set(err, ERR_USAGE,
			       "%s is cut short: %zu bytes of %llu; install it again",
			       m->path, m->size, (unsigned long long)h->size);
	if (h->crc != crc32_z(0, (const unsigned char *)(h + 1), m->size - sizeof *h))
		return err_set(err, ERR_USAGE,
			       "%s is damaged: its checksum differs; install it again",
			       m->path);
	if (h->sections > SECTIONS_MAX || sizeof *h + h->sections * sizeof *s > m->size)
		return err_set(err, ERR_USAGE, "%s: a wrong index", m->path);
	for (uint32_t i = 0; i < h->sections; i++)
		if (s[i].at % ALIGN || s[i].at > m->size || s[i].size > m->size - s[i].at)
			return err_set(err, ERR_USAGE, "%s: section %.16s is out of it",
				       m->path, s[i].name);
	return 0;
}

struct model *
model_open(const char *path, struct err *err)
{
	struct model *m;
	struct stat st;
	void *base = MAP_FAILED;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		err_set(err, ERR_USAGE,
			"cannot read the model %s: %s; it belongs to the lexicon: install "
			"that again",
			path, strerror(errno));
		return NULL;
	}
	if (fstat(fd, &st) == 0 && st.st_size < (off_t)sizeof(struct head)) {
		err_set(err, ERR_USAGE, "%s is cut short: %lld bytes; install it again",
			path, (long long)st.st_size);
		close(fd);
		return NULL;
	}
	base = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (base == MAP_FAILED) {
		err_errno(err, ERR_USAGE, "cannot map the model %s", path);
		return NULL;
	}
	m = must_alloc(sizeof *m);
	*m = (struct model){ base, (size_t)st.st_size, must_strdup(path) };
	if (model_check(m, err)) {
		model_close(m);
		return NULL;
	}
	return m;
}

void
model_close(struct model *m)
{
	if (!m)
		return;
	munmap((void *)(uintptr_t)m->base, m->size);
	free(m->path);
	free(m);
}

int
model_section(const struct model *m, const char *name, size_t least, const void **at,
	      size_t *size, struct err *err)
{
	const struct head *h = (const struct head *)m->base;
	const struct section *s = (const struct section *)(h + 1);

	for (uint32_t i = 0; i < h->sections; i++)
		if (!strncmp(s[i].name, name, sizeof s[i].name) && s[i].size >= least) {
			*at = m->base + s[i].at;
			*size = s[i].size;
			return 0;
		}
	return err_set(
	    err, ERR_USAGE,
	    "%s has no section %s that this program can use: install the model "
	    "that came with it",
	    m->path, name);
}

void
model_begin(struct model_builder *b)
{
	buf_init(&b->bytes, 1u << 30);
	buf_init(&b->index, 1u << 20);
	b->count = 0;
}

void
model_add(struct model_builder *b, const char *name, const void *bytes, size_t n)
{
	struct section s = { .at = b->bytes.size, .size = n };

	snprintf(s.name, sizeof s.name, "%s", name);
	buf_add(&b->index, &s, sizeof s);
	buf_add(&b->bytes, bytes, n);
	while (b->bytes.size % ALIGN)
		buf_addc(&b->bytes, 0);
	b->count++;
}

void
model_copy(struct model_builder *b, const struct model *m, const char *but)
{
	const struct head *h = (const struct head *)m->base;
	const struct section *s = (const struct section *)(h + 1);

	for (uint32_t i = 0; i < h->sections; i++) {
		char name[sizeof s[i].name + 1] = "";

		memcpy(name, s[i].name, sizeof s[i].name);
		if (strncmp(name, but, strlen(but)) != 0)
			model_add(b, name, m->base + s[i].at, s[i].size);
	}
}

int
model_write(struct model_builder *b, const char *path, struct err *err)
{
	struct head h = { .magic = "newswire",
			  .version = VERSION_NOW,
			  .sections = (uint32_t)b->count };
	size_t front = (sizeof h + b->index.size + ALIGN - 1) / ALIGN * ALIGN;
	struct section *s = (struct section *)b->index.data;
	FILE *f;
	int rc = -1;

	if (buf_check(&b->bytes, err) || buf_check(&b->index, err))
		goto out;
	for (int i = 0; i < b->count; i++)
		s[i].at += front;
	while (sizeof h + b->index.size < front)
		buf_addc(&b->index, 0);
	h.size = front + b->bytes.size;
	h.crc = (uint32_t)crc32_z(0, (unsigned char *)b->index.data, b->index.size);
	h.crc = (uint32_t)crc32_z(h.crc, (unsigned char *)b->bytes.data, b->bytes.size);
	f = fopen(path, "wb");
	if (!f) {
		err_errno(err, ERR_RETRY, "cannot write %s", path);
		goto out;
	}
	fwrite(&h, sizeof h, 1, f);
	fwrite(b->index.data, b->index.size, 1, f);
	fwrite(b->bytes.data, b->bytes.size, 1, f);
	rc = ferror(f) ? -1 : 0;
	if (fclose(f) || rc)
		rc = err_errno(err, ERR_RETRY, "cannot write %s", path);
out:
	buf_release(&b->bytes);
	buf_release(&b->index);
	return rc;
}

int
keyed_open(struct keyed *k, const struct model *m, const char *name, struct err *err)
{
	const void *at = NULL;
	const uint32_t *p;
	size_t size = 0, least;
	uint32_t slots;

	if (model_section(m, name, 16, &at, &size, err))
		return -1;
	p = at;
	slots = p[0];
	*k = (struct keyed){
		.slots = p + 4, .mask = slots - 1, .count = p[1], .columns = (int)p[2]
	};
	k->rows = (const signed char *)(p + 4 + 2 * (size_t)slots);
	least = 16 + 8 * (size_t)slots + (size_t)k->count * (size_t)k->columns;
	if (slots == 0 || (slots & (slots - 1)) || p[2] > 4096 || size < least)
		return err_set(err, ERR_USAGE, "%s: a wrong table %s", m->path, name);
	return 0;
}

static uint32_t *
keyed_slots(const uint64_t *key, const uint32_t *value, uint32_t count, uint32_t *slots)
{
	uint32_t *slot;

	for (*slots = 64; *slots < count + count / 2;)
		*slots *= 2;
	slot = must_alloc(8 * (size_t)*slots);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = (uint32_t)key[i] & (*slots - 1);

		while (slot[2 * at + 1])
			at = (at + 1) & (*slots - 1);
		slot[2 * at] = (uint32_t)(key[i] >> 32);
		slot[2 * at + 1] = value ? value[i] + 1 : i + 1;
	}
	return slot;
}

void
keyed_add(struct model_builder *b, const char *name, const uint64_t *key,
	  const uint32_t *value, uint32_t count, const signed char *rows,
	  uint32_t row_count, int columns)
{
	uint32_t head[4] = { 0, row_count, (uint32_t)columns, 0 };
	uint32_t *slot = keyed_slots(key, value, count, &head[0]);
	struct buf section;

	buf_init(&section, 1u << 30);
	buf_add(&section, head, sizeof head);
	buf_add(&section, slot, 8 * (size_t)head[0]);
	buf_add(&section, rows, (size_t)row_count * (size_t)columns);
	model_add(b, name, section.data, section.size);
	buf_release(&section);
	free(slot);
}

int
classes_open(struct classes *c, const struct model *m, const char *name, struct err *err)
{
	const void *at = NULL;
	const uint32_t *p;
	size_t size = 0;
	uint32_t slots;

	if (model_section(m, name, 16, &at, &size, err))
		return -1;
	p = at;
	slots = p[0];
	*c = (struct classes){ .number = p + 4, .count = p[1], .mask = slots - 1 };
	if (slots == 0 || (slots & (slots - 1)) || c->count >= 1u << CLASS_BITS ||
	    size != 16 + 4 * ((size_t)c->count + slots))
		return err_set(err, ERR_USAGE, "%s: wrong classes", m->path);
	c->slots = p + 4 + c->count;
	return 0;
}

void
classes_build(struct classes *c, const uint64_t *key, const uint32_t *class,
	      uint32_t keys, const uint32_t *number, uint32_t count)
{
	uint32_t *slot, slots;

	for (slots = 64; slots < keys + keys / 3;)
		slots *= 2;
	slot = must_alloc(4 * (size_t)slots);
	for (uint32_t i = 0; i < keys; i++) {
		uint32_t at = (uint32_t)key[i] & (slots - 1);

		while (slot[at])
			at = (at + 1) & (slots - 1);
		slot[at] = (uint32_t)(key[i] >> (32 + CLASS_BITS)) << CLASS_BITS |
			   (class[i] + 1);
	}
	*c = (struct classes){ number, slot, count, slots - 1 };
}

void
classes_add(struct model_builder *b, const char *name, const struct classes *c)
{
	uint32_t head[4] = { c->mask + 1, c->count, 0, 0 };
	struct buf section;

	buf_init(&section, 1u << 30);
	buf_add(&section, head, sizeof head);
	buf_add(&section, c->number, 4 * (size_t)c->count);
	buf_add(&section, c->slots, 4 * ((size_t)c->mask + 1));
	model_add(b, name, section.data, section.size);
	buf_release(&section);
}

const char **
strings_open(const struct model *m, const char *name, int *count, struct err *err)
{
	const void *at = NULL;
	const char *p, *end, **list;
	size_t size = 0;
	int n = 0;

	if (model_section(m, name, 1, &at, &size, err))
		return NULL;
	p = at;
	end = p + size;
	if (end[-1] != '\0') {
		err_set(err, ERR_USAGE, "%s: a wrong list %s", m->path, name);
		return NULL;
	}
	for (const char *q = p; q < end; q += strlen(q) + 1)
		n++;
	list = must_alloc((size_t)n * sizeof *list);
	*count = n;
	for (int i = 0; i < n; i++, p += strlen(p) + 1)
		list[i] = p;
	return list;
}
