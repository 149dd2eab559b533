/*
 * Products of matrices, row by row in memory, for training alone: sizes n are
 * multiples of 16.  Blocks of 6 rows by 32 columns stay in registers.
 */
#ifndef TOOLS_GEMM_H
#define TOOLS_GEMM_H

typedef float v16 __attribute__((vector_size(64), aligned(4)));

#define GEMM_BLOCK(ROWS, COLUMNS, A_AT)                                               \
	do {                                                                          \
		v16 sum[ROWS][COLUMNS];                                               \
		for (int r = 0; r < ROWS; r++)                                        \
			for (int q = 0; q < COLUMNS; q++)                             \
				sum[r][q] = *(v16 *)(c + (i + r) * ldc + j + 16 * q); \
		for (int p = 0; p < k; p++) {                                         \
			v16 row[COLUMNS];                                             \
			for (int q = 0; q < COLUMNS; q++)                             \
				row[q] = *(const v16 *)(b + p * ldb + j + 16 * q);    \
			for (int r = 0; r < ROWS; r++)                                \
				for (int q = 0; q < COLUMNS; q++)                     \
					sum[r][q] += (A_AT)*row[q];                   \
		}                                                                     \
		for (int r = 0; r < ROWS; r++)                                        \
			for (int q = 0; q < COLUMNS; q++)                             \
				*(v16 *)(c + (i + r) * ldc + j + 16 * q) = sum[r][q]; \
	} while (0)

#define GEMM_BODY(A_AT)                                 \
	for (long j = 0; j < n; j += 32) {              \
		long i = 0;                             \
		if (j + 32 <= n) {                      \
			for (; i + 6 <= m; i += 6)      \
				GEMM_BLOCK(6, 2, A_AT); \
			for (; i < m; i++)              \
				GEMM_BLOCK(1, 2, A_AT); \
		} else {                                \
			for (; i + 6 <= m; i += 6)      \
				GEMM_BLOCK(6, 1, A_AT); \
			for (; i < m; i++)              \
				GEMM_BLOCK(1, 1, A_AT); \
		}                                       \
	}

/* c[m][n] += a[m][k] b[k][n] */
static inline void
gemm(long m, long n, long k, const float *a, long lda, const float *b, long ldb, float *c,
     long ldc)
{
	GEMM_BODY(a[(i + r) * lda + p])
}

/* c[m][n] += a[k][m] transposed, b[k][n] */
static inline void
gemm_t(long m, long n, long k, const float *a, long lda, const float *b, long ldb,
       float *c, long ldc)
{
	GEMM_BODY(a[p * lda + i + r])
}

#endif
