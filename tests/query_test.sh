#!/bin/sh
# `newswire query` from outside; what it may be asked is in tests/unit/query_test.c.
newswire=${NEWSWIRE:-build/newswire}
dir=$(mktemp -d) passed=0 failed=0
trap 'rm -rf "$dir"' EXIT

fact() {
	name=$1; shift
	if "$@" >"$dir/out" 2>&1; then passed=$((passed + 1)); else
		failed=$((failed + 1)); echo "FAILED: $name"; cat "$dir/out"
	fi
}

query() { "$newswire" query --config "$dir/conf" --state "$dir/state" "$@"; }
says() { # STATUS TEXT WORDS...: ends with STATUS and says TEXT, on either channel
	status=$1 text=$2; shift 2
	query "$@" >"$dir/said" 2>&1
	[ $? = "$status" ] && grep -qF -- "$text" "$dir/said" && return 0
	cat "$dir/said"; return 1
}
counts() { # N WORDS...: that many lines
	n=$1; shift
	query "$@" >"$dir/said" 2>&1 && [ "$(wc -l <"$dir/said")" = "$n" ] && return 0
	cat "$dir/said"; return 1
}
is_json() { query accused --format json | python3 -c 'import json, sys
rows = [json.loads(line) for line in sys.stdin]
assert rows and all(list(r) == ["date", "headline", "snippet", "events", "uri"] for r in rows)
assert all(isinstance(r["events"], list) for r in rows)'; }
is_csv() { query 'SELECT uri, headline, body FROM articles ORDER BY uri' --format csv | python3 -c 'import csv, sys
rows = list(csv.reader(sys.stdin))
assert len(rows) == 11 and all(len(r) == 3 for r in rows), rows
assert sum(r[2].count("\n") for r in rows) > 10'; }
fits() { # WIDTH WORDS...
	width=$1; shift
	COLUMNS=$width query "$@" | python3 -c "import sys, unicodedata
lines = sys.stdin.read().splitlines()
assert lines
for line in lines: assert len(line) <= $width, line"
}
is_empty() { [ "$(query "$@" 2>/dev/null | wc -c)" = 0 ]; }

: >"$dir/conf"
fact "before there is a store one is told how to get it" says 2 'newswire run DIR' geese
"$newswire" run --once --quiet --config "$dir/conf" --state "$dir/state" demo >/dev/null 2>&1
fact "words find articles" says 0 'Eleven fighters killed as Colombian army' colombian army
fact "with what happened in them" says 0 '- European Union, Canada imposed sanctions' myanmar sanctions
fact "words need no quotes, a phrase may have them" says 0 'clashes' '"colombian army"'
fact "an apostrophe is a letter of a word" says 0 'Myanmar' "myanmar's" military
fact "what is not there is said" says 0 'no article has these words' zeppelin
fact "on the other channel" is_empty zeppelin
fact "a limit holds for words" counts 1 accused --limit 1 --format json
fact "and for SQL" counts 4 'SELECT uri FROM articles' --limit 3
fact "without it SQL gives all" counts 11 'SELECT uri FROM articles'
fact "JSON is a line an article, its events a list" is_json
fact "CSV can be read again, lines in cells too" is_csv
fact "a table fits a wide terminal" fits 100 'SELECT date, who, did, whom, headline FROM who_did_what'
fact "and a narrow one" fits 40 'SELECT date, who, did, whom, headline FROM who_did_what'
fact "more columns than fit are stacked" fits 60 'SELECT * FROM articles'
fact "articles fit too" fits 50 myanmar
fact "the schema is listed, views first" says 0 'view who_did_what: each event as a sentence' --schema
fact "and fits" fits 60 --schema
fact "a view counts pairs" says 0 'Myanmar' 'SELECT DISTINCT recipient_country, recipient FROM actor_pairs'
fact "SQL that writes is refused" says 2 'a query only reads' 'DELETE FROM articles'
fact "a mistake in SQL says where to look" says 2 '--schema' 'SELECT nothing FROM articles'
fact "SELECT may be a word" says 0 'no article has these words' --words select committee
fact "an unknown format is refused" says 2 'none of table, csv, json' --format xml geese
fact "without a question one is told what to ask" says 2 'say words to look for'
fact "a reader that has seen enough ends it" sh -c "'$newswire' query --state '$dir/state' \
	'WITH RECURSIVE r(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM r) SELECT i FROM r' --format csv 2>'$dir/err' |
	head -1 && grep -q 'cannot write the answer' '$dir/err'"
printf '[sink files]\ntype = jsonl\n[sink store]\ntype = sqlite\npath = %s\n' "$dir/state/sqlite.db" >"$dir/conf"
fact "the first SQLite sink is asked, whatever its name" says 0 'Colombian army' colombian army
fact "another kind of sink cannot be" says 2 'only sqlite can be asked' --sink files geese
may_not_write() { # only root can become somebody else
	[ "$(id -u)" = 0 ] || return 0
	mkdir "$dir/closed" && cp "$dir/state/sqlite.db" "$newswire" "$dir/closed" && chmod 755 "$dir" "$dir/closed"
	setpriv --reuid=65534 --regid=65534 --clear-groups "$dir/closed/newswire" query --state "$dir/closed" \
		--path "$dir/closed/sqlite.db" x >"$dir/said" 2>&1
	[ $? = 2 ] && grep -q 'only by who may write its directory' "$dir/said" || { cat "$dir/said"; return 1; }
}
fact "who may not write its directory is told" may_not_write
fact "a file can be named" says 0 'Colombian' --path "$dir/state/sqlite.db" colombian

echo "$passed passed, $failed failed"
[ $failed = 0 ]
