#!/bin/bash
# hub_test.sh [TEST...]: a line on the embedded log gives its records to a topic on a real broker;
# sink and broker are killed on the way.
set -uo pipefail
. "$(dirname "$0")/lib/facts.sh"
here=$(cd "$(dirname "$0")/.." && pwd)
BROKER=$(OWNER=$$ "$here/tests/lib/broker.sh" start "$top/broker" | tail -1) || exit 1
stop_all() { "$here/tests/lib/broker.sh" stop "$top/broker"; clean; }
trap stop_all EXIT

# ---- words ----

articles() { # FIRST LAST
	local i
	for ((i = $1; i <= $2; i++)); do
		printf 'Strike %d\n\nLISBON, March 3 - Dockers in Lisbon attacked the port %d on Tuesday, police said.\n' $i $i >"$dir/in/$i.txt"
	done
	NEWSWIRE_CONFIG=$dir/none nw run --once --quiet --state "$dir/state" "$dir/in" >/dev/null 2>&1
}
hub() { "$TAP" --set "bootstrap.servers=$BROKER" "$target"; }
# How many records there are, and of how many different articles.
there() { hub | python3 -c 'import json, sys
ids = [r["headers"]["ce_id"] for r in map(json.loads, sys.stdin)]
print(len(ids), len(set(ids)))'; }
there_are() { [ "$(there)" = "$1" ]; }
at_least() { [ "$(hub | wc -l)" -ge "$1" ]; }
start() { "$NEWSWIRE" sink hub --quiet "$@" >>"$dir/out" 2>>"$dir/err" & runner=$!; }

# ---- facts ----

each_record_is_there_once_whatever_is_killed() {
	local i
	articles 1 3000
	for ((i = 0; i < 8; i++)); do
		start
		sleep "0.$((RANDOM % 10))"
		if [ $i = 4 ]; then
			until_true at_least 1
			"$here/tests/lib/broker.sh" kill "$top/broker"
			sleep 1
			kill -0 $runner || fail "the sink has ended where it was to wait"
			"$here/tests/lib/broker.sh" restart "$top/broker" >/dev/null
			sleep 1
		fi
		kill -KILL $runner; wait $runner 2>/dev/null; runner=
	done
	start
	until_true there_are "3000 3000"
	articles 3001 3010
	until_true there_are "3010 3010"
	kill -TERM $runner; wait $runner; is "its status at the end" $? 0; runner=
	start
	sleep 2
	kill -TERM $runner; wait $runner; runner=
	is "after another start" "$(there)" "3010 3010"
}

a_value_goes_over_as_it_is() {
	articles 1 2
	start
	until_true there_are "2 2"
	kill -TERM $runner; wait $runner; runner=
	both() { python3 -c 'import json, sys
keep = ("key", "value", "headers")
for r in map(json.loads, sys.stdin):
    print(json.dumps([r[k] for k in keep], sort_keys=True))' | sort; }
	"$TAP" --log "$dir/state/log.db" s.enriched | both >"$dir/here"
	hub | both | grep -F -f <(sed 's/.*"ce_id": "\([^"]*\)".*/\1/' "$dir/here") >"$dir/there"
	is "lines" "$(wc -l <"$dir/here")" 2
	cmp "$dir/here" "$dir/there" || fail "it is another there"
}

a_record_is_chosen_and_cut_on_its_way() {
	articles 1 4
	start --where '.article.headline == "Strike 3"' --fields article.uri
	until_true there_are "1 1"
	kill -TERM $runner; wait $runner; runner=
	is "what came" "$(hub | grep -c '"value":{"article":{"uri":"[^"]*"}}')" 1
}

# ---- all of them ----

begin() {
	export NEWSWIRE_NEWSWIRE_PREFIX=s NEWSWIRE_NEWSWIRE_STATE=$dir/state NEWSWIRE_CONFIG=$dir/conf
	mkdir -p "$dir/in"; : >"$dir/none"
	target=$test.enriched # of each log one, as a sink refuses the positions of another
	printf '[sink hub]\ntype = kafka\nbrokers = %s\ntarget = %s\n' "$BROKER" "$target" >"$dir/conf"
	NEWSWIRE_KAFKA_BOOTSTRAP_SERVERS=$BROKER nw topics --prefix "$test" >/dev/null 2>&1 || fail "no topics"
}
facts
