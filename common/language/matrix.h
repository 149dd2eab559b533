/*
 * Products of whole numbers: the same sums on every machine and with every
 * compiler.  Activations are 16 bits wide with 10 of them behind the point,
 * weights 16 with 12; the writer of a model makes sure that no row's sum can
 * leave 32 bits.
 */
#ifndef LANGUAGE_MATRIX_H
#define LANGUAGE_MATRIX_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Weights lie as they are used: sixteen rows side by side, two columns of each
 * at a time: [rows / 16][columns / 2][16][2].
 */
struct matrix {
	int rows, columns; /* out, a multiple of 16; in, a multiple of 2 */
	const int16_t *w;
	const int32_t *bias; /* [rows], 22 bits behind the point; NULL: none */
};

/* out[i][row] = bias[row] + w[row] . x[i], for n vectors x of `columns` numbers. */
void matrix_times(const struct matrix *m, const int16_t *x, int n, int32_t *out);

/* out[row] += w[row] . x, without bias; rows: a multiple of 128. */
void matrix_add(const struct matrix *m, const int16_t *x, int32_t *out);

/*
 * Which of the machine's ways is taken: 1 SSE2, 2 AVX2, 3 AVX-512 VNNI, the
 * widest that there is unless a test says otherwise; elsewhere there is one.
 * False where the machine has no such way.
 */
bool matrix_choose(int way);

#endif
