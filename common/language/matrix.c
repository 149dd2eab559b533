/*
 * One loop, written for each width of vector: a pair of inputs is multiplied
 * with a pair of weights in each lane, and a lane is an output, so nothing has
 * to be summed across.  On x86 the widest that the machine has is chosen at
 * the first call; whole numbers give the same sums in any order.
 */
#include "language/matrix.h"

#include <stddef.h>
#include <string.h>

enum { GROUP = 16, ADD_GROUPS = 8 };

#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/*
 * VECTORS of type V hold a group of sixteen outputs; TOKENS inputs share each
 * weight that was read, which hides the latency of the sums too.
 */
#define LEAST(a, b) ((a) < (b) ? (a) : (b))

#define KERNEL(NAME, TARGET, V, VECTORS, TOKENS, LOAD, STORE, PAIR, MULTIPLY_ADD)        \
	TARGET static inline                                                             \
	    __attribute__((always_inline)) void NAME##_block(const struct matrix *m,     \
							     int g, const int16_t *x,    \
							     int tokens, int32_t *out)   \
	{                                                                                \
		const char *w =                                                          \
		    (const char *)(m->w + (ptrdiff_t)g * GROUP * m->columns);            \
		V sum[TOKENS][VECTORS];                                                  \
                                                                                         \
		UNROLL                                                                   \
		for (int i = 0; i < tokens; i++)                                         \
			UNROLL                                                           \
		for (int v = 0; v < VECTORS; v++)                                        \
			sum[i][v] = LOAD(                                                \
			    &(m->bias ? m->bias : no_bias)[(m->bias ? g * GROUP : 0) +   \
							   v * (GROUP / VECTORS)]);      \
		for (int k = 0; k < m->columns; k += 2, w += GROUP * 4)                  \
			UNROLL                                                           \
		for (int i = 0; i < tokens; i++) {                                       \
			int32_t pair;                                                    \
                                                                                         \
			memcpy(&pair, x + (ptrdiff_t)i * m->columns + k, 4);             \
			UNROLL                                                           \
			for (int v = 0; v < VECTORS; v++)                                \
				sum[i][v] = MULTIPLY_ADD(sum[i][v],                      \
							 LOAD(w + v * (64 / VECTORS)),   \
							 PAIR(pair));                    \
		}                                                                        \
		UNROLL                                                                   \
		for (int i = 0; i < tokens; i++)                                         \
			UNROLL                                                           \
		for (int v = 0; v < VECTORS; v++)                                        \
			STORE(&out[(ptrdiff_t)i * m->rows + g * GROUP +                  \
				   v * (GROUP / VECTORS)],                               \
			      sum[i][v]);                                                \
	}                                                                                \
                                                                                         \
	TARGET static void NAME##_times(const struct matrix *m, const int16_t *x, int n, \
					int32_t *out)                                    \
	{                                                                                \
		for (int g = 0; g < m->rows / GROUP; g++)                                \
			for (int i = 0; i < n; i += TOKENS) {                            \
				const int16_t *from = x + (ptrdiff_t)i * m->columns;     \
				int32_t *to = out + (ptrdiff_t)i * m->rows;              \
                                                                                         \
				/* What is left over goes in one block too. */           \
				switch (n - i) {                                         \
				case 1:                                                  \
					NAME##_block(m, g, from, 1, to);                 \
					break;                                           \
				case 2:                                                  \
					NAME##_block(m, g, from, LEAST(2, TOKENS), to);  \
					break;                                           \
				case 3:                                                  \
					NAME##_block(m, g, from, LEAST(3, TOKENS), to);  \
					break;                                           \
				case 4:                                                  \
					NAME##_block(m, g, from, LEAST(4, TOKENS), to);  \
					break;                                           \
				case 5:                                                  \
					NAME##_block(m, g, from, LEAST(5, TOKENS), to);  \
					break;                                           \
				case 6:                                                  \
					NAME##_block(m, g, from, LEAST(6, TOKENS), to);  \
					break;                                           \
				case 7:                                                  \
					NAME##_block(m, g, from, LEAST(7, TOKENS), to);  \
					break;                                           \
				default:                                                 \
					NAME##_block(m, g, from, TOKENS, to);            \
				}                                                        \
			}                                                                \
	}                                                                                \
	TARGET static void NAME##_add(const struct matrix *m, const int16_t *x,          \
				      int32_t *out)                                      \
	{                                                                                \
		enum { N = ADD_GROUPS / VECTORS };                                       \
                                                                                         \
		for (int g = 0; g < m->rows / GROUP; g += N) {                           \
			const char *w =                                                  \
			    (const char *)(m->w + (ptrdiff_t)g * GROUP * m->columns);    \
			ptrdiff_t next = (ptrdiff_t)GROUP * 2 * m->columns;              \
			V sum[N][VECTORS];                                               \
                                                                                         \
			UNROLL                                                           \
			for (int i = 0; i < N; i++)                                      \
				UNROLL                                                   \
			for (int v = 0; v < VECTORS; v++)                                \
				sum[i][v] =                                              \
				    LOAD(&out[(g + i) * GROUP + v * (GROUP / VECTORS)]); \
			for (int k = 0; k < m->columns; k += 2, w += GROUP * 4) {        \
				int32_t pair;                                            \
                                                                                         \
				memcpy(&pair, x + k, 4);                                 \
				UNROLL                                                   \
				for (int i = 0; i < N; i++)                              \
					UNROLL                                           \
				for (int v = 0; v < VECTORS; v++)                        \
					sum[i][v] =                                      \
					    MULTIPLY_ADD(sum[i][v],                      \
							 LOAD(w + i * next +             \
							      v * (64 / VECTORS)),       \
							 PAIR(pair));                    \
			}                                                                \
			UNROLL                                                           \
			for (int i = 0; i < N; i++)                                      \
				UNROLL                                                   \
			for (int v = 0; v < VECTORS; v++)                                \
				STORE(&out[(g + i) * GROUP + v * (GROUP / VECTORS)],     \
				      sum[i][v]);                                        \
		}                                                                        \
	}

static const int32_t no_bias[GROUP] __attribute__((aligned(64)));

#if defined(__x86_64__) && !defined(MATRIX_PLAIN) /* so that a test may have the other \
						   */
#include <immintrin.h>

#define LOAD128(p)         _mm_loadu_si128((const __m128i *)(const void *)(p))
#define STORE128(p, v)     _mm_storeu_si128((__m128i *)(void *)(p), v)
#define MADD128(sum, a, b) _mm_add_epi32(sum, _mm_madd_epi16(a, b))
#define LOAD256(p)         _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define STORE256(p, v)     _mm256_storeu_si256((__m256i *)(void *)(p), v)
#define MADD256(sum, a, b) _mm256_add_epi32(sum, _mm256_madd_epi16(a, b))
#define LOAD512(p)         _mm512_loadu_si512((const void *)(p))
#define STORE512(p, v)     _mm512_storeu_si512((void *)(p), v)
#define AVX2               __attribute__((target("avx2")))
#define VNNI               __attribute__((target("avx512f,avx512bw,avx512vnni")))

KERNEL(sse2, , __m128i, 4, 2, LOAD128, STORE128, _mm_set1_epi32, MADD128)
KERNEL(avx2, AVX2, __m256i, 2, 4, LOAD256, STORE256, _mm256_set1_epi32, MADD256)
KERNEL(vnni, VNNI, __m512i, 1, 8, LOAD512, STORE512, _mm512_set1_epi32,
       _mm512_dpwssd_epi32)

static int chosen; /* 0: not yet; any thread finds the same */

static bool
machine_has(int way)
{
	switch (way) {
	case 3:
		return __builtin_cpu_supports("avx512vnni") &&
		       __builtin_cpu_supports("avx512bw");
	case 2:
		return __builtin_cpu_supports("avx2");
	default:
		return way == 1;
	}
}

bool
matrix_choose(int way)
{
	if (machine_has(way))
		chosen = way;
	return chosen == way;
}

static int
width(void)
{
	if (!chosen)
		chosen = machine_has(3) ? 3 : machine_has(2) ? 2 : 1;
	return chosen;
}

#define CHOOSE(WHAT, ...)                 \
	switch (width()) {                \
	case 3:                           \
		vnni_##WHAT(__VA_ARGS__); \
		return;                   \
	case 2:                           \
		avx2_##WHAT(__VA_ARGS__); \
		return;                   \
	default:                          \
		sse2_##WHAT(__VA_ARGS__); \
	}

#elif defined(__aarch64__) && defined(__ARM_NEON) && !defined(MATRIX_PLAIN)
#include <arm_neon.h>

static inline int32x4_t
madd_neon(int32x4_t sum, int32x4_t w, int32x4_t pair)
{
	int16x8_t a = vreinterpretq_s16_s32(w), b = vreinterpretq_s16_s32(pair);

	return vaddq_s32(sum, vpaddq_s32(vmull_s16(vget_low_s16(a), vget_low_s16(b)),
					 vmull_high_s16(a, b)));
}

#define LOADNEON(p)       vld1q_s32((const int32_t *)(const void *)(p))
#define STORENEON(p, v)   vst1q_s32((int32_t *)(void *)(p), v)
KERNEL(neon, , int32x4_t, 4, 4, LOADNEON, STORENEON, vdupq_n_s32, madd_neon)
#define CHOOSE(WHAT, ...) neon_##WHAT(__VA_ARGS__);

bool
matrix_choose(int way)
{
	return way == 1;
}

#else

/* Sixteen outputs as the compiler likes them. */
struct sixteen {
	int32_t v[GROUP];
};

static inline struct sixteen
load16(const void *p)
{
	struct sixteen s;

	memcpy(&s, p, sizeof s);
	return s;
}

static inline struct sixteen
multiply_add(struct sixteen sum, struct sixteen w, int32_t pair)
{
	int16_t x[2], y[2 * GROUP];

	memcpy(x, &pair, sizeof x);
	memcpy(y, &w, sizeof y);
	for (int i = 0; i < GROUP; i++)
		sum.v[i] += y[2 * i] * x[0] + y[2 * i + 1] * x[1];
	return sum;
}

#define STORE16(p, s)     memcpy(p, &(s), sizeof(s))
#define SAME(pair)        (pair)
KERNEL(plain, , struct sixteen, 1, 1, load16, STORE16, SAME, multiply_add)
#define CHOOSE(WHAT, ...) plain_##WHAT(__VA_ARGS__);

bool
matrix_choose(int way)
{
	return way == 1;
}

#endif

void
matrix_times(const struct matrix *m, const int16_t *x, int n, int32_t *out)
{
	CHOOSE(times, m, x, n, out);
}

void
matrix_add(const struct matrix *m, const int16_t *x, int32_t *out)
{
	CHOOSE(add, m, x, out);
}
