#include "record/story.h"

const struct field story_fields[] = {
	TEXT(story, id, "id"),
	TEXT_NULL(story, headline, "headline"),
	TEXT_NULL(story, first, "first"),
	TEXT_NULL(story, last, "last"),
	INT(story, articles, "articles"),
	INT(story, sources, "sources"),
	BOOL(story, new, "new"),
	TEXT_NULL(story, version_of, "version_of"),
	TEXT_NULL(story, copy_of, "copy_of"),
	REAL(story, similarity, "similarity"),
	NAMES(story, why, "why"),
	{ 0 },
};
