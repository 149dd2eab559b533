#!/bin/bash
# bus_copy_test.sh: a line on the embedded log is killed on its way and carried to a real broker,
# killed there too; it goes on as if nothing had been: each file published once, each article
# enriched once, each stored once in every sink.
set -uo pipefail
NEWSWIRE=$(realpath "${NEWSWIRE:-build/newswire}")
TAP=$(realpath "${TAP:-build/tests/tap}") PUT=$(realpath "${PUT:-build/tests/put}")
top=$(mktemp -d /tmp/bus_copy_test.XXXXXX)
state=$top/state in=$top/in passed=0 failed=0 pids=
clean() {
	for p in $pids; do kill -KILL "$p" 2>/dev/null; done
	tests/lib/broker.sh stop "$top/broker"
	rm -rf "$top"
}
trap clean EXIT
mkdir -p "$in"
BROKER=$(OWNER=$$ tests/lib/broker.sh start "$top/broker" | tail -1)
export NEWSWIRE_NEWSWIRE_PREFIX=c NEWSWIRE_NEWSWIRE_STATE=$state NEWSWIRE_CONFIG=$top/conf
cat >"$top/conf" <<-END
	[sink db]
	type = sqlite
	[sink files]
	type = jsonl
	path = $top/files
	roll_ms = 200
END

fact() { # NAME COMMAND...
	local name=$1; shift
	if "$@" >"$top/out" 2>&1; then passed=$((passed + 1)); else
		failed=$((failed + 1)); echo "FAILED: $name"; head -20 "$top/out" | cut -c1-300
	fi
}
status() { # N COMMAND...
	local want=$1; shift
	"$@"; local got=$?
	[ $got = "$want" ] || { echo "status $got, not $want"; return 1; }
}
says() { # TEXT COMMAND...
	local text=$1; shift
	"$@" >"$top/said" 2>&1
	grep -qF -- "$text" "$top/said" || { cat "$top/said"; return 1; }
}
is() { [ "$1" = "$2" ] || { echo "$1 is not $2"; return 1; }; }
on_log() { "$TAP" --log "$state/log.db" "c.$1"; }
there() { "$TAP" --set "bootstrap.servers=$BROKER" "c.$1"; }
copy() { "$NEWSWIRE" bus copy "$state/log.db" "$BROKER" "$@"; }
story() { printf 'Strike %d\n\nLISBON, March 3 - Dockers in Lisbon attacked the port %d on Tuesday, police said.\n' "$1" "$1"; }

# ---- a line, killed on its way ----

for i in $(seq 4000); do story "$i" >"$in/$i.txt"; done
printf '\177ELF\0\0' >"$in/bad.txt"
"$NEWSWIRE" watch --once --quiet "$in" 2>/dev/null
"$NEWSWIRE" topics >/dev/null
for worker in enrich "sink db" "sink files"; do
	# shellcheck disable=SC2086
	"$NEWSWIRE" $worker --quiet 2>/dev/null & pids="$pids $!"
done
end=$((SECONDS + 60))
# Some of it is stored in both sinks, some is not even enriched.
until [ "$(find "$top/files" -name '*.gz' 2>/dev/null | wc -l)" -gt 1 ] || [ $SECONDS -gt $end ]; do sleep 0.05; done
fact "nobody may run on the log" says "stop them first" copy
# shellcheck disable=SC2086
{ kill -KILL $pids; wait; } 2>/dev/null; pids=
echo '{"topic": "c.articles", "key": "u:broken", "value": "{"}' | "$PUT" --log "$state/log.db"
enriched=$(on_log enriched | wc -l)
fact "it was on its way" test "$enriched" -gt 0 -a "$enriched" -lt 4000

# ---- carried, killed on its way ----

fact "a dry run says what would be carried" says "c.articles would be carried: 4001 records" copy --dry-run
for ms in 0.3 0.6 0.9 1.2 1.5 2 2.5 3 4 5; do
	timeout -s KILL $ms "$NEWSWIRE" bus copy "$state/log.db" "$BROKER" >/dev/null 2>&1
done 2>/dev/null
fact "killed ten times, the same command goes on" copy
fact "and once more it does nothing" says already copy
fact "the log is sealed" status 2 "$NEWSWIRE" watch --once --quiet "$in"
for t in articles enriched ledger state deadletter; do on_log $t >"$top/log.$t"; there $t >"$top/there.$t"; done
same() { python3 - "$top" <<-'END'
	import json, sys
	for t in "articles enriched ledger state deadletter".split():
	    sides = []
	    for side in "log", "there":
	        parts = {}
	        for r in map(json.loads, open("%s/%s.%s" % (sys.argv[1], side, t))):
	            if not str(r["key"]).startswith("copy/"):
	                parts.setdefault(r["partition"], []).append((r["key"], r["headers"], r["value"], r["timestamp"]))
	        sides.append(parts)
	    assert sides[0] == sides[1], t
	    print(t, sum(len(p) for p in sides[0].values()))
	END
}
fact "keys, headers, values and times are the same on both sides" same
valid() { grep -h . "$top/there.state" | tests/schemas_test.sh log; }
fact "its states are as the schema has them" valid

# ---- and the line goes on ----

export NEWSWIRE_KAFKA_BOOTSTRAP_SERVERS=$BROKER
for i in $(seq 4001 4100); do story "$i" >"$in/$i.txt"; done
fact "the line goes on on the cluster" status 1 "$NEWSWIRE" run --once --quiet "$in"
once() { # TOPIC: how many different ce_id it has, if each is there once
	there "$1" | python3 -c 'import json, sys
ids = [r["headers"].get("ce_id") for r in map(json.loads, sys.stdin) if r["key"] != "u:broken"]
assert len(ids) == len(set(ids)), "twice"
print(len(ids))'
}
fact "each file is published once" is "$(once articles)" 4100
fact "each article is enriched once" is "$(once enriched)" 4100
rows() { python3 -c 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM articles").fetchone()[0])' "$state/db.db"; }
fact "each is in SQLite" is "$(rows)" 4100
lines() { find "$top/files" -name '*.gz' -print0 | xargs -0 zcat | python3 -c 'import json, sys
keys = [json.loads(l)["key"] for l in sys.stdin]
print(len(keys), len(set(keys)))'; }
fact "and once in the files" is "$(lines)" "4100 4100"
fact "of the log and of the cluster, in directories of their own" test -d "$top/files/c.enriched" -a -d "$top/files/c.enriched.newswire-test-00000001"
letters() { there deadletter | python3 -c 'import json, sys
print(*sorted(r["headers"]["nw-dlq-stage"] for r in map(json.loads, sys.stdin)))'; }
fact "what is bad was set aside once" is "$(letters)" "enrich watch.in"
printf 'Port talks resume\n\nLISBON, March 5 - Talks on the port of Lisbon resumed on Thursday.\n' >"$in/1.txt"
"$NEWSWIRE" run --once --quiet "$in" >/dev/null 2>&1
version() { there articles | grep -F '"nw-file":"1.txt"' | tail -1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["value"]["version"])'; }
fact "a file that changes is the next version of its article" is "$(version)" 2

# ---- what is refused ----

unset NEWSWIRE_KAFKA_BOOTSTRAP_SERVERS
"$NEWSWIRE" topics --state "$top/other" >/dev/null
other() { NEWSWIRE_NEWSWIRE_STATE=$top/other "$NEWSWIRE" bus copy "$top/other/log.db" "$BROKER"; }
fact "another log is not carried over it" says "has records already" other
fact "and can be taken into use again" says "in use again" "$NEWSWIRE" bus unseal "$top/other/log.db"
fact "a log that is not there is said" status 2 "$NEWSWIRE" bus copy "$top/none.db" "$BROKER"
fact "and not made" test ! -e "$top/none.db"
fact "words that are missing are said" status 2 "$NEWSWIRE" bus copy "$state/log.db"

# ---- and when nobody asks any more ----

forget() { "$NEWSWIRE" bus forget "$state/log.db" "$BROKER"; }
left() { there state | python3 -c 'import json, sys
last = {r["key"]: r["value"] for r in map(json.loads, sys.stdin)}
print(sum(k.startswith("copy/") and v is not None for k, v in last.items()))'; }
fact "the copy has left where everything went" test "$(left)" -gt 5
fact "that is forgotten when it is asked for" says "records of the copy are forgotten" forget
fact "all of it" is "$(left)" 0
fact "once" says "0 records of the copy" forget

echo "$passed passed, $failed failed"
[ $failed = 0 ]
