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

what_is_written_down_wrong_is_refused() {
	mkdir -p "$dir/tests/cases/wire/dev/tallinn"
	ln -s "$here/lexicon" "$dir/lexicon"
	printf 'Talks end\n\nTALLINN - The ministers met on Monday and met again on Tuesday.\n' \
		>"$dir/tests/cases/wire/dev/tallinn/in.txt"
	while IFS='|' read -r says events none; do
		printf '{"published": "2025-09-03", "events": [%s], "no_event_at": [%s]}' "$events" "$none" \
			>"$dir/tests/cases/wire/dev/tallinn/events.json"
		says "the score" "$(cd "$dir" && python3 "$here/tests/lib/score_events.py" --prove 2>&1 | tail -1)" "$says"
	done <<-'EOF'
		typed=1.000|{"sentence": "ministers met", "trigger": "met", "type": "CONSULT", "main": true}|"on Tuesday"
		no such type|{"sentence": "ministers met", "trigger": "met", "type": "MEET", "main": true}|
		no such type|{"sentence": "ministers met", "trigger": "met", "type": "CONSULT", "or": ["MEET"], "main": true}|
		no such mode of CONSULT|{"sentence": "ministers met", "trigger": "met", "type": "CONSULT", "mode": "riot", "main": true}|
		is 2 times in the text|{"sentence": "met", "trigger": "met", "type": "CONSULT", "main": true}|
		is 0 times in the text|{"sentence": "ministers met", "trigger": "met", "type": "CONSULT", "main": true}|"on Friday"
		is not in its sentence|{"sentence": "The ministers", "trigger": "met", "type": "CONSULT", "main": true}|
		overlaps with|{"sentence": "ministers met", "trigger": "met", "type": "CONSULT", "main": true}|"ministers met"
		one event is the main one|{"sentence": "ministers met", "trigger": "met", "type": "CONSULT"}|
	EOF
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
