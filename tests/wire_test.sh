#!/bin/bash
# The events of tests/cases/wire are those of its texts, and their scorer can tell right from wrong.
set -uo pipefail
here=$PWD
. "$(dirname "$0")/lib/facts.sh"

score() { (cd "$here" && python3 tests/lib/score_events.py "$@" 2>&1 | tail -1); }

what_was_written_down_is_right_by_itself() {
	for part in dev kept; do
		says "$part" "$(score --part $part --prove)" "typed=1.000 precision=1.000 type_f1=1.000 triple_f1=1.000"
	done
}

what_says_nothing_has_found_nothing() {
	printf '%s\n' '#!/usr/bin/env python3' 'import json, sys' \
		'for l in sys.stdin: print(json.dumps({"article": json.loads(l), "events": []}))' >"$dir/none"
	chmod +x "$dir/none"
	says "the score" "$(score -- "$dir/none")" "found=0.000"
}

the_coder_finds_most_of_them() {
	says "the coder" "$(score -- "$NEWSWIRE" extract --lexicon "$here/lexicon" -)" "events-wire part=dev found=0."
}

begin() { :; }
facts
