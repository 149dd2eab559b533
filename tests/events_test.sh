#!/bin/bash
# events_test.sh: the flat topic says of each article what the enriched records say, each
# statement whole and once, and who follows it holds what the SQLite sink holds.
set -uo pipefail
NEWSWIRE=$(realpath "${NEWSWIRE:-build/newswire}")
TAP=$(realpath "${TAP:-build/tests/tap}") PUT=$(realpath "${PUT:-build/tests/put}")
top=$(mktemp -d /tmp/events_test.XXXXXX)
state=$top/state in=$top/in passed=0 failed=0
trap 'rm -rf "$top"' EXIT
export NEWSWIRE_NEWSWIRE_PREFIX=e NEWSWIRE_NEWSWIRE_STATE=$state

fact() { # NAME COMMAND...
	local name=$1; shift
	if "$@" >"$top/out" 2>&1; then passed=$((passed + 1)); else
		failed=$((failed + 1)); echo "FAILED: $name"; head -20 "$top/out"
	fi
}
topic() { "$TAP" --log "$state/log.db" "e.$1"; }
line() { "$NEWSWIRE" run --once --quiet "$in" >"$top/run" 2>&1; }
story() { # N VERB: an article of its own
	printf 'Dockers of Lisbon %s port %s\n\nLISBON, March 3 - Dockers in Lisbon %s the port on Tuesday, police said.\n' "$2" "$1" "$2"
}

mkdir -p "$in"
story 1 blockaded >"$in/one.txt"
line
fact "there is no such topic unless it is asked for" bash -c "! '$TAP' --log '$state/log.db' e.events"
export NEWSWIRE_ENRICH_EVENTS=true
fact "then it is made with the others" bash -c "'$NEWSWIRE' topics | grep -q '^e.events: created'"

for i in $(seq 2 300); do story "$i" attacked >"$in/$i.txt"; done
"$NEWSWIRE" watch --once --quiet "$in"
# Killed again and again on the way.
for ms in 0.15 0.3 0.45 0.6 0.75; do
	timeout -s KILL $ms "$NEWSWIRE" enrich --quiet
done 2>/dev/null
line
story 1 left >"$in/one.txt" # another version, with other events
printf 'Notice\n\nNothing here.\n' >"$in/2.txt" # another, with none
line
uri=$(topic articles | sed -n 's/.*"key":"\([^"]*\)".*"nw-file":"3.txt".*/\1/p')
put() { "$PUT" --log "$state/log.db"; }
echo "{\"topic\": \"e.articles\", \"key\": \"$uri\", \"value\": {\"uri\": \"$uri\", \"version\": \"2\", \"pubstatus\": \"canceled\"}}" | put
line

follow() {
	topic enriched >"$top/enriched"; topic events >"$top/events"
	python3 - "$top/enriched" "$top/events" "$state/sqlite.db" <<-'END'
		import json, sqlite3, sys
		enriched = [json.loads(l) for l in open(sys.argv[1])]
		flat = [json.loads(l) for l in open(sys.argv[2])]
		# What one does who follows the topic: no value takes back, a value adds.
		held, said = {}, []
		for r in flat:
		    if r["value"] is None:
		        held[r["key"]] = []
		        said.append((r["headers"]["ce_id"], int(r["headers"]["nw-events"]), r["key"], []))
		    else:
		        v = r["value"]
		        held[r["key"]].append(v["id"])
		        last = [s for s in reversed(said[-50:]) if s[2] == r["key"]][0]
		        last[3].append(v)
		        assert v["number"] == len(last[3]) and v["of"] == last[1], v
		        assert r["headers"]["ce_id"] == "%s#%d" % (last[0], v["number"])
		assert all(len(s[3]) == s[1] for s in said), "a statement is not whole"
		# Each enriched record since the topic is there, once, with the same events.
		want = {r["headers"]["ce_id"]: r["value"]["events"] for r in enriched}
		ids = [s[0] for s in said]
		assert len(ids) == len(set(ids)), "said twice"
		missing = set(want) - set(ids)
		assert len(missing) == 1, missing  # the first article, before the topic was there
		for id, n, key, events in said:
		    assert [e["id"] for e in events] == [e["id"] for e in want[id]]
		    for e, w in zip(events, want[id]):
		        assert all(e[k] == w[k] for k in w)
		db = sqlite3.connect(sys.argv[3])
		stored = {}
		for uri, event in db.execute("SELECT uri, e.id FROM articles a JOIN events e ON e.article = a.id"
		                             " ORDER BY uri, e.number"):
		    stored.setdefault(uri, []).append(event)
		assert stored == {u: e for u, e in held.items() if e}
		print(len(said), "statements,", sum(len(e) for e in held.values()), "events held,",
		      sum(not e for e in held.values()), "articles without")
		assert len(said) > 300 and sum(not e for e in held.values()) >= 2
	END
}
fact "who follows it holds what the SQLite sink holds" follow
valid() { tests/schemas_test.sh log "$top/events"; }
fact "every record is as its schema says" valid
keep_order() { python3 -c 'import json,sys
for l in open(sys.argv[1]):
    r = json.loads(l); h = r["headers"]
    assert h["nw-version"] and h["nw-epoch"] == "1" and (r["key"] == sys.argv[2] or h["ce_source"] == "/e/in"), h' "$top/events" "$uri"; }
fact "headers say version, epoch and source" keep_order

echo "$passed passed, $failed failed"
[ $failed = 0 ]
