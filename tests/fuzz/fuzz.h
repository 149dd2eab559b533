/*
 * A harness is one file NAME_fuzz.c that defines this function: it asserts
 * what must hold for any bytes.  `make fuzz` gives it to libFuzzer; `make
 * check-fuzz` replays tests/fuzz/corpus/NAME/ with any compiler.  An input
 * that failed once goes into the corpus, named after what it shows.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
