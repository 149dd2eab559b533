/*
 * A disk that forgets: what a process has written and not yet synced can be
 * taken back after it was killed.  powercut.so (LD_PRELOAD) keeps, for each
 * file under POWERCUT_ROOT, what its unsynced writes replaced, in one file a
 * file in POWERCUT_DIR; fsync() and fdatasync() drop it.  `powercut DIR SEED`
 * is the power cut: it puts back all that was not synced, or a random part of
 * it, since a disk writes in any order.
 */
#ifndef TORTURE_POWERCUT_H
#define TORTURE_POWERCUT_H

#include <stdint.h>

enum undo_kind { UNDO_BYTES, UNDO_RENAME };

struct undo {
	enum undo_kind kind;
	char path[512], to[512]; /* UNDO_RENAME: it was moved from path to `to` */
	char saved[512];	 /* where what was called `to` before lies now; empty: nothing was */
	int64_t offset, size, file_size; /* size of what follows; of the file before */
};

#endif
