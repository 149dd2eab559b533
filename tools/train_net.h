#ifndef TOOLS_TRAIN_NET_H
#define TOOLS_TRAIN_NET_H

#include <stddef.h>

enum { LAYERS = 2, THREADS = 2 };
#ifndef NET_HIDDEN
#define NET_HIDDEN 96
#endif
#ifndef NET_PARTS
#define NET_PARTS 78
#endif
enum { NET_INPUT = 50 + NET_PARTS, NET_ARC = 96, NET_RELATION = 96, NET_FAR = 16 };
struct tensor {
	size_t at;
	int rows, columns;
};

struct net {
	struct tensor words, parts; /* trained rows; see row_of_word */
	struct tensor wx[LAYERS][2], wh[LAYERS][2], b[LAYERS][2];
	struct tensor tag, tag_b, arc_h, arc_hb, arc_d, arc_db, arc_u, arc_v, far;
	struct tensor rel_h, rel_d, rel_b, rel, rel_ob;
	size_t size;
	float *w, *mean, *m1, *m2, *turned; /* turned: the matrices transposed */
	float *grad[THREADS];
	int *row_of_word;
	int tags, relations;
	long step;
};

/* head before: 0-7, after: 8-15 */
static inline int
net_distance(int word, int head)
{
	int far = head > word ? head - word : word - head, k;
	if (head == 0)
		return 7;
	k = far <= 3 ? far - 1 : far <= 5 ? 3 : far <= 8 ? 4 : far <= 14 ? 5 : 6;
	return head > word ? 8 + k : k;
}
#endif
