#!/bin/bash
# dlq_test.sh: dead letters of a whole line, on the embedded log or with BROKER=HOST:PORT on
# Kafka: each stage that sets aside, what is said of its letters, and the way back.  (What a
# kill does to the way back is in tests/kafka/dlq_test.c.)
set -uo pipefail
NEWSWIRE=$(realpath "${NEWSWIRE:-build/newswire}")
TAP=$(realpath "${TAP:-build/tests/tap}") PUT=$(realpath "${PUT:-build/tests/put}")
top=$(mktemp -d /tmp/dlq_test.XXXXXX)
state=$top/state in=$top/in passed=0 failed=0
trap 'rm -rf "$top"' EXIT
mkdir -p "$in"
export NEWSWIRE_NEWSWIRE_PREFIX=d NEWSWIRE_NEWSWIRE_STATE=$state NEWSWIRE_CONFIG=$top/conf
cat >"$top/conf" <<-END
	[sink db]
	type = sqlite
	[sink files]
	type = jsonl
	path = $top/files
END
bus=(--log "$state/log.db")
if [ -n "${BROKER-}" ]; then
	export NEWSWIRE_KAFKA_BOOTSTRAP_SERVERS=$BROKER
	bus=(--set "bootstrap.servers=$BROKER")
fi

fact() { # NAME COMMAND...
	local name=$1; shift
	if "$@" >"$top/out" 2>&1; then passed=$((passed + 1)); else
		failed=$((failed + 1)); echo "FAILED: $name"; head -20 "$top/out"
	fi
}
dlq() { "$NEWSWIRE" dlq "$@"; }
line() { "$NEWSWIRE" run --once --quiet "$in" >"$top/run" 2>&1; }
topic() { "$TAP" "${bus[@]}" "d.$1"; }
put() { "$PUT" "${bus[@]}"; }
id_of() { dlq list --which all "$@" | cut -f 1 | head -1; }
says() { # TEXT COMMAND...: some line of what it prints has the text
	local text=$1; shift
	"$@" >"$top/said" 2>&1
	grep -qF -- "$text" "$top/said" || { cat "$top/said"; return 1; }
}
count() { # N COMMAND...: it prints so many lines
	local n=$1; shift
	"$@" >"$top/said" 2>&1
	[ "$(wc -l <"$top/said")" = "$n" ] || { cat "$top/said"; return 1; }
}
status() { # N COMMAND...
	local want=$1; shift
	"$@"; local got=$?
	[ $got = "$want" ] || { echo "status $got, not $want"; return 1; }
}
in_db() { # URI: how often the SQLite sink has it
	python3 -c 'import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM articles WHERE uri = ?", sys.argv[2:]).fetchone()[0])' \
		"$state/db.db" "$1"
}
is() { [ "$1" = "$2" ] || { echo "$1 is not $2"; return 1; }; }
in_files() { find "$top/files" -name '*.gz' | xargs -r zcat | grep -cF -- "$1"; }

# ---- a line with a letter of each stage ----

printf 'Harbour strike ends\n\nLISBON, March 3 - Dockers in Lisbon returned to work on Tuesday, their union said.\n' >"$in/good.txt"
printf '\177ELF\0\0' >"$in/bad.txt"
line
fact "a line on good files and bad ones" test -e "$state/db.db"
put <<-'END'
	{"topic": "d.articles", "key": "u:broken", "headers": {"ce_source": "/d/in", "nw-meta": "\u001b]0;title\u0007"}, "value": "{\u001b[2J"}
	{"topic": "d.enriched", "key": "u:shape", "headers": {"nw-spool": "in"}, "value": {"article": 7}}
END
line

fact "each stage has one" count 3 dlq list
fact "and they are counted" count 4 dlq stats
fact "by stage and reason" says "$(printf 'sink.db\treject\t1\t0\t0')" dlq stats
fact "by stage" count 1 dlq list --stage enrich
fact "a stage's family" count 1 dlq list --stage sink
fact "which is no other's beginning" count 0 dlq list --stage sin
fact "by reason" count 3 dlq list --reason reject
fact "by source, be it the spool or ce_source" count 1 dlq list --source /d/in
fact "by source, a spool" count 2 dlq list --source in
fact "by topic" count 1 dlq list --topic d.enriched
fact "by time: since then" count 3 dlq list --from 2020-01-01
fact "by time: before" count 0 dlq list --to 2020-01-01T00:00:00Z
fact "all that is given must hold" count 0 dlq list --stage enrich --topic d.enriched
fact "a time that is none is said" status 2 dlq list --from yesterday
fact "a state that is none is said" status 2 dlq list --which old

broken=$(id_of --stage enrich) shape=$(id_of --stage sink.db) file=$(id_of --stage watch)
fact "a letter is shown by the beginning of its ID" says "letter $broken" dlq show "${broken:0:6}"
fact "where it came from" says "from     d.articles/" dlq show "$broken"
fact "its headers" says 'nw-meta: \x1b]0;title\x07' dlq show "$broken"
fact "its bytes" says '{\x1b[2J' dlq show "$broken"
no_escape() { ! { dlq list; dlq show "$broken"; dlq stats; } | grep -q $'\x1b\|\x07'; }
fact "nothing in it speaks to the terminal" no_escape
run_no_escape() { grep -q 'u:broken' "$top/run" && ! grep -q $'\x1b' "$top/run"; }
fact "nor in what run says of it" run_no_escape
fact "bytes that are no text stand in lines of sixteen" says '00000000 7f 45 4c 46 00 00' dlq show "$file"
fact "an ID that is none is said" status 1 dlq show 0000
fact "three digits are too few" status 2 dlq show 000
fact "an export has them all" count 3 dlq export
valid() { dlq export | tests/schemas_test.sh log; }
fact "and its lines are lines of the log" valid
fact "which to send back must be said" status 2 dlq retry
fact "a dry run says what would be done" says "$broken would be sent to d.articles for enrich" dlq retry --all --dry-run
fact "and does nothing" count 3 dlq list

# ---- back ----

fact "each goes back to where it came from" says "$shape sent to d.enriched for sink.db" dlq retry --all
fact "a second time there is none" count 0 dlq retry --all
fact "and by name it is said" status 1 dlq retry "$shape"
line
fact "what fails again is a new letter of a second attempt" count 3 dlq list
second() { dlq list | cut -f 6 | sort -u | tr -d '\n'; }
fact "all three are" is "$(second)" 2
again=$(id_of --stage sink.db --which new)
attempts() { dlq show "$again" | grep '^attempt'; }
fact "with the history of both" count 2 attempts
fact "the sink beside it did not get it again" is "$(in_files u:shape)" 1
fact "the first ones are kept as retried" count 3 dlq list --which retried
fact "what was done is in the topic of states" is "$(topic state | grep -c '"state":"retried"')" 3
states() { topic state | tests/schemas_test.sh log; }
fact "as the schema has it" states
requests() { topic ledger | tests/schemas_test.sh log; }
fact "and so are the requests to watch" requests

fact "what nobody wants is dropped" says "$again dropped" dlq drop "$again"
fact "and no longer new" count 2 dlq list
fact "nor sent back with the rest" count 0 dlq retry --stage sink

# ---- mended ----

# As an older version of enrich set it aside: this one can.
put <<-'END'
	{"topic": "d.deadletter", "key": "u:mended", "headers": {"ce_source": "/d/in", "nw-spool": "in",
	 "__connect.errors.topic": "d.articles", "__connect.errors.partition": "0", "__connect.errors.offset": "0",
	 "__connect.errors.exception.class.name": "crash", "__connect.errors.exception.message": "it died",
	 "nw-dlq-stage": "enrich", "nw-dlq-reason": "crash", "nw-dlq-attempt": "1", "nw-dlq-history":
	 "[{\"at\":\"2026-11-24T08:15:00Z\",\"stage\":\"enrich\",\"reason\":\"crash\",\"text\":\"it died\"}]"},
	 "value": {"uri": "u:mended", "version": "1", "headline": "Dockers return", "pubstatus": "usable",
	 "body_text": "Dockers in Lisbon returned to work on Tuesday."}}
END
fact "a crash of an older version" says "it died" dlq list --reason crash
dlq retry --reason crash >/dev/null
line
fact "passes the mended one" is "$(in_db u:mended)" 1
fact "and reaches every sink once" is "$(in_files '"key":"u:mended"')" 1
fact "there is none of that reason any more" count 0 dlq list --reason crash

# A letter that its topic has no longer: this one never had it.
dlq export --which all | grep '"key":"u:mended"' | sed 's/u:mended/u:filed/g' >"$top/letters"
fact "a letter of a file is listed" says "it died" dlq list --file "$top/letters"
fact "and goes back" says "sent to d.articles for enrich" dlq retry --file "$top/letters" --all
fact "once" count 0 dlq retry --file "$top/letters" --all
line
fact "it is in the store" is "$(in_db u:filed)" 1
sed 's/^{"id":"[^"]*","state":"[^"]*",/{/' "$top/letters" | sed 's/u:filed/u:kept/g' >"$top/lines"
fact "so is one of an archive of the topic" says "sent to d.articles for enrich" dlq retry --file "$top/lines" --reason crash
echo '{"id":' >>"$top/letters"
fact "what is no line is said" says "letters line 2" dlq list --file "$top/letters" --which all
fact "and a file that is not there" status 2 dlq list --file "$top/none"

printf 'Port talks resume\n\nLISBON, March 5 - Talks on the port of Lisbon resumed on Thursday.\n' >"$in/bad.txt"
line
fact "a file that was mended needs no retry" is "$(topic articles | grep -c '"nw-file":"bad.txt"')" 1
dlq retry --stage watch >/dev/null
line
fact "and a retry does not publish it twice" is "$(topic articles | grep -c '"nw-file":"bad.txt"')" 1

printf 'Large\n\n' >"$in/large.txt"; yes 'LISBON, March 5 - A long day.' | head -c 200000 >>"$in/large.txt"
NEWSWIRE_WATCH_MAX_FILE_BYTES=100000 line
fact "a file over the limit" says too-large dlq list --stage watch.in
fact "is kept to its first 64 kB, and where the whole lies is said" says "whole    large.txt" dlq show "$(id_of --reason too-large)"
dlq retry --reason too-large >/dev/null
line
fact "goes through when the limit is raised" is "$(topic articles | grep -c '"nw-file":"large.txt"')" 1

echo "$passed passed, $failed failed"
[ $failed = 0 ]
