#!/bin/bash
# newswire lexicon: its tables checked, tried and questioned, and a newsroom's own row without C.
set -uo pipefail
here=$PWD
. "$(dirname "$0")/lib/facts.sh"

own() { # a newsroom's copy of the lexicon
	cp -r "$here/lexicon" "$dir/own"
	export NEWSWIRE_NEWSWIRE_LEXICON=$dir/own
}
add() { printf '%b\n' "$1" >>"$dir/own/triggers.tsv"; }
article() { printf '%s\n' "$1" >"$dir/a.txt"; }
status() { "$@" >"$dir/said" 2>&1; echo $?; }

the_tables_are_whole_and_their_examples_hold() {
	export NEWSWIRE_NEWSWIRE_LEXICON=$here/lexicon
	says "check" "$(nw lexicon check)" "all tables are whole"
	says "test" "$(nw lexicon test)" "examples give their type, 0 do not"
}

a_newsroom_adds_a_trigger_without_a_compiler() {
	own
	article 'Denmark lampooned Sweden on Monday.'
	says "before" "$(nw lexicon why "$dir/a.txt" lampooned)" "no row of triggers.tsv has the word"
	add 'lampoon\tv\tsubject\tobject\tobject\tACCUSE/disapprove\t\t111\tDenmark *lampooned* Sweden.'
	says "after" "$(nw lexicon why "$dir/a.txt" lampoon)" "it is ACCUSE, by lampoon.accuse"
	says "by its place" "$(nw lexicon why "$dir/a.txt:10")" "lampoon.accuse: it fits"
	says "its examples" "$(nw lexicon test)" " 0 do not"
	says "the row" "$(nw lexicon show lampooned)" "ACCUSE/disapprove  needs object"
}

what_a_row_lacks_is_said() {
	own
	article 'The minister launched on Monday.'
	says "why" "$(nw lexicon why "$dir/a.txt" launch)" "it needs object"
}

a_wrong_cell_is_said_with_its_place() {
	own
	add 'lampoon\tv\tsubject\tobject\tobject\tACUSE\t\t111\tDenmark *lampooned* Sweden.'
	is "the status" "$(status nw lexicon check)" 2
	says "the place" "$(cat "$dir/said")" "triggers.tsv:$(wc -l <"$dir/own/triggers.tsv"): type"
}

an_example_that_fails_is_named() {
	own
	add 'lampoon\tv\tsubject\tobject\tobject\tACCUSE\t\t111\tDenmark *lampooned* on Monday.'
	is "the status" "$(status nw lexicon test)" 1
	says "the row" "$(cat "$dir/said")" "no event, and the row says ACCUSE"
}

a_question_without_sense_is_refused() {
	export NEWSWIRE_NEWSWIRE_LEXICON=$here/lexicon
	article 'Denmark praised Sweden.'
	is "no verb" "$(status nw lexicon)" 2
	is "no word" "$(status nw lexicon why "$dir/a.txt")" 2
	is "an unknown word" "$(status nw lexicon show zwicklow)" 1
	is "a word that is not there" "$(status nw lexicon why "$dir/a.txt" condemned)" 1
}

begin() { :; }
facts
