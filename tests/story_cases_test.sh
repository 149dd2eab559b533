#!/bin/bash
# The stories of tests/cases/story are what its table says, and their scorer can tell right from wrong.
set -uo pipefail
here=$PWD
. "$(dirname "$0")/lib/facts.sh"

score() { python3 "$here/tests/lib/score_stories.py" "$@" 2>&1; }
last() { score "$@" | tail -1; }

# A command whose record of the article a, the n-th, has the story and the rest that are given.
answer() { # STORY
	printf '%s\n' '#!/usr/bin/env python3' 'import json, sys' 'read = [json.loads(l) for l in sys.stdin]' \
		'def say(a, **story): print(json.dumps({"article": a, "story": story}))' "$@" >"$dir/answer"
	chmod +x "$dir/answer"
}

what_was_written_down_is_right_by_itself() {
	says dev "$(last --prove)" "bcubed_f1=1.0000 bcubed_p=1.0000 bcubed_r=1.0000 copies=6/6 versions=6/6"
	says kept "$(last --part kept --prove)" "bcubed_f1=1.0000 bcubed_p=1.0000 bcubed_r=1.0000"
}

each_alone_is_precise_and_all_in_one_complete() {
	answer 'for a in read: say(a, id=a["uri"])'
	says alone "$(last -- "$dir/answer")" "bcubed_p=1.0000 bcubed_r=0.4"
	answer 'for a in read: say(a, id="1")'
	says one "$(last -- "$dir/answer")" "bcubed_p=0.0848 bcubed_r=1.0000"
}

no_answer_stands_alone() {
	answer 'for a in read[:1]: say(a, id="1")'
	says alone "$(last -- "$dir/answer")" "bcubed_p=1.0000 bcubed_r=0.4"
}

what_is_stated_last_counts() {
	answer 'for a in read: say(a, id="1")' 'for a in read: say(a, id=a["uri"])'
	says alone "$(last -- "$dir/answer")" "bcubed_p=1.0000 bcubed_r=0.4"
}

versions_are_told_by_uri_and_number() {
	answer 'for a in read: n = int(a["version"]); say(a, id="1", version_of="%s#%d" % (a["uri"], n - 1) if n > 1 else None)'
	says right "$(last -- "$dir/answer")" "copies=0/6 versions=6/6"
	answer 'for a in read: say(a, id="1", version_of=a["uri"])'
	says wrong "$(last -- "$dir/answer")" "versions=0/6"
	says wrong "$(score -- "$dir/answer")" "version  told 40, right  0, of  6: precision 0.000"
}

a_copy_is_told_by_what_it_is_of() {
	answer 'for n, a in enumerate(read): say(a, id="1", copy_of=read[n - 1]["uri"] if n else None)'
	says wrong "$(score -- "$dir/answer")" "copy     told 39, right  2, of  6"
}

wrong_pairs_are_shown_but_not_those_kept_apart() {
	answer 'for a in read: say(a, id="1")'
	says dev "$(score --show -- "$dir/answer")" \
		"joined 0303-0918-andes-quake.txt 0306-0410-pacific-sulawesi-quake.txt [peru-quake sulawesi-quake]"
	says dev "$(score --show -- "$dir/answer")" \
		"copy 0303-1710-valley-peru-earthquake.txt: said None, is copy:0303-1440-andes-quake.txt"
	says kept "$(score --part kept --show -- "$dir/answer")" "the kept part is not shown"
}

a_failed_command_has_no_score() {
	says failed "$(last -- 'cat >/dev/null; exit 3')" "status 3"
	answer 'say({"uri": "urn:x:1", "version": "1"}, id="1")'
	says stranger "$(last -- "$dir/answer")" "urn:x:1, which it was not sent"
}

# The table with a line changed by sed.
with() {
	rm -rf "$dir/tests"
	mkdir -p "$dir/tests/lib" && cp -r "$here/tests/cases" "$dir/tests/" &&
		cp "$here/tests/lib/score_stories.py" "$dir/tests/lib/" &&
		sed -i "$1" "$dir/tests/cases/story/dev/stories.tsv"
	python3 "$dir/tests/lib/score_stories.py" --prove 2>&1
}

a_wrong_table_is_refused() {
	says unlisted "$(with '/sulawesi-quake.txt\t/d; /copy:0306-0410/d')" "not in stories.tsv"
	says disorder "$(with '2{h;d}; 3G')" "no text"
	says second "$(with 's/other$/first/')" "is it the first of"
	says "not one" "$(with 's/copy:.*/other/')" "is it a copy of"
	says copy "$(with 's/other$/copy:0302-1240-meridian-vasconcelos-obituary.txt/')" "too little of"
	says word "$(with 's/other$/others/')" "'others' is no relation"
}

counting_words_is_not_enough() {
	says plain "$(last --tfidf 0.12)" "bcubed_f1=0.7"
}

begin() { :; }
facts
