#!/bin/bash
# alert_worker_test.sh [TEST...]: newswire alert against the embedded log, or with BROKER=HOST:PORT
# against Kafka.  Each test has a state directory and a prefix of its own.
set -uo pipefail
. "$(dirname "$0")/lib/facts.sh"
here=$PWD
PUT=$(realpath "${PUT:-build/tests/put}")
export NEWSWIRE_NEWSWIRE_LEXICON=${NEWSWIRE_NEWSWIRE_LEXICON:-$PWD/lexicon}
[ -z "${BROKER-}" ] || export NEWSWIRE_KAFKA_BOOTSTRAP_SERVERS=$BROKER

# ---- words ----

bus() { if [ -n "${BROKER-}" ]; then echo "--set bootstrap.servers=$BROKER"; else echo "--log $NEWSWIRE_NEWSWIRE_STATE/log.db"; fi; }
topic() { "$TAP" $(bus) "$prefix.$1"; }
count_is() { [ "$(topic "$1" | wc -l)" = "$2" ]; }
# One record of a story: N STORY ARTICLES [HEADERS [SOURCE]]; it is of now.
record() {
	python3 - "$prefix" "$@" <<'END'
import datetime, json, sys
prefix, n, story, articles, headers, source = (sys.argv[1:] + ["{}", "Reuters"])[:4] + (sys.argv[5:] + ["{}", "Reuters"][len(sys.argv[5:]):])[:2]
e = json.load(open("schemas/examples/story.json"))
now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
e["article"].update(uri="u:" + n, versioncreated=now, firstcreated=now)
e["article"]["infosource"] = [{"name": source}]
e["story"].update(id=story.rjust(16, "0"), articles=int(articles), sources=min(int(articles), 9))
print(json.dumps({"topic": prefix + ".stories", "key": "u:" + n, "headers": json.loads(headers), "value": e}))
END
}
send() { "$PUT" $(bus) || fail "cannot send"; }
rules() { cat >"$dir/rules"; }
start() { # [FLAGS]: in the background, until it has its partitions
	: >"$dir/log"
	"$NEWSWIRE" alert --rules "$dir/rules" "$@" >>"$dir/log" 2>&1 &
	runner=$!
	until_true grep -q remembers "$dir/log" || cat "$dir/log"
}
stop() { kill "-${1:-TERM}" "$runner"; wait "$runner" 2>/dev/null; local s=$?; runner=; return $s; }
alerts() { topic alerts | python3 -c '
import json, sys
for line in sys.stdin:
    v = json.loads(line)["value"]
    print(v["kind"], v["rule"], v["why"][0], (v["story"] or "").lstrip("0"), sep="|")' | sort; }
valid() { topic alerts | tests/schemas_test.sh log && topic state | tests/schemas_test.sh log; }

begin() {
	prefix=a$$$RANDOM
	export NEWSWIRE_NEWSWIRE_STATE=$dir/state NEWSWIRE_NEWSWIRE_PREFIX=$prefix
	mkdir "$dir/state"
	nw topics >/dev/null 2>&1 || fail "no topics"
	rules <<'END'
[floods]
type = ACCUSE
actor = Portugal
again = articles >= 4
END
}

# ---- facts ----

a_story_is_told_of_once_over_restarts() {
	record 1 a 1 | send
	start
	until_true count_is alerts 1
	stop || fail "it ended with $?"
	start
	record 2 a 2 | send
	record 3 b 1 | send
	until_true count_is alerts 2
	stop KILL
	start
	record 4 b 2 | send
	record 5 a 4 | send
	until_true count_is alerts 3
	is "what was told" "$(alerts)" 'match|floods|again: articles 4|a
match|floods|first sight|a
match|floods|first sight|b'
	stop
	is "dead letters" "$(topic deadletter)" ""
	valid >"$dir/valid" 2>&1 || { fail "not valid"; head -5 "$dir/valid" | cut -c1-500; }
	says "the key" "$(topic alerts | head -1)" '"key":"floods\u0000'
	says "a header" "$(topic alerts | head -1)" '"ce_type":"newswire.alert"'
}

what_is_replayed_tells_nothing() {
	start
	{ record 1 a 1 '{"nw-replay": "r1"}'; record 2 b 1; } | send
	until_true count_is alerts 1
	is "what was told" "$(alerts)" 'match|floods|first sight|b'
	says "the state" "$(topic state | wc -l)" 1
	stop
}

new_rules_are_taken_whole_or_not_at_all() {
	start
	record 1 a 1 | send
	until_true count_is alerts 1
	printf '[floods]\ntype = ACUSE\n' >"$dir/rules"
	kill -HUP "$runner"
	until_true grep -q 'as before' "$dir/log"
	says "the log" "$(cat "$dir/log")" "rules:2:8: [floods]: type: no type 'ACUSE'; did you mean 'ACCUSE'?"
	record 2 b 1 | send
	until_true count_is alerts 2
	printf '[all]\nwords = flood* OR plans\n[half]\nwords = (a' >"$dir/rules"
	kill -HUP "$runner"
	until_true grep -q 'is it being written' "$dir/log"
	record 3 c 1 | send
	until_true count_is alerts 3
	printf '[all]\nwords = flood* OR plans\n' >"$dir/rules"
	kill -HUP "$runner"
	until_true sh -c 'tail -1 "$0" | grep -q rules=1' "$dir/log"
	record 4 c 2 | send
	until_true count_is alerts 4
	is "what was told" "$(alerts)" 'match|all|first sight|c
match|floods|first sight|a
match|floods|first sight|b
match|floods|first sight|c'
	stop
}

a_file_that_somebody_writes_is_not_taken() {
	start
	cp "$dir/rules" "$dir/good"
	exec 7>>"$dir/rules"
	kill -HUP "$runner"
	until_true grep -q 'open for writing; send SIGHUP' "$dir/log"
	record 1 a 1 | send
	until_true count_is alerts 1
	exec 7>&-
	kill -HUP "$runner"
	until_true sh -c '[ "$(grep -c rules=1 "$0")" = 2 ]' "$dir/log"
	stop
}

wrong_rules_do_not_start() {
	printf '[floods]\ntype = ACUSE\n' >"$dir/rules"
	nw alert --rules "$dir/rules" 2>"$dir/said"
	is "the status" $? 2
	says "it" "$(cat "$dir/said")" 'rules:2:8:'
	nw alert 2>"$dir/said"
	is "the status without any" $? 2
	says "it then" "$(cat "$dir/said")" 'which rules?'
}

a_muted_rule_is_silent_at_once() {
	start
	echo '{"topic":"'$prefix'.state","key":"mute/floods","value":{"kind":"mute","id":"floods","at":"2026-11-24T08:00:00Z","until":null,"by":"t"}}' | send
	sleep 2 # it listens twice a second
	record 1 a 1 | send
	sleep 1
	record 2 b 1 '{}' | send
	echo '{"topic":"'$prefix'.state","key":"mute/floods","value":null}' | send
	sleep 2
	record 3 c 1 | send
	until_true count_is alerts 1
	is "what was told" "$(alerts)" 'match|floods|first sight|c'
	stop
}

a_source_that_is_quiet_is_told_of() {
	printf '[quiet]\nexpect = Reuters every 2s\n' >"$dir/rules"
	start
	until_true count_is alerts 1
	record 1 a 1 | send
	until_true sh -c '[ "$1" -ge 2 ]' - "$(sleep 1; topic alerts | wc -l)"
	says "what was told" "$(alerts)" 'recover|quiet|Reuters is heard again|'
	says "and" "$(alerts)" 'silence|quiet|nothing from Reuters yet|'
	stop
	valid >/dev/null 2>&1 || fail "not valid"
}

a_second_one_stands_by() {
	[ -z "${BROKER-}" ] || return 0
	start
	"$NEWSWIRE" alert --rules "$dir/rules" >"$dir/second" 2>&1 &
	second=$!
	until_true ls "$dir/state/slot.$prefix.alert.1"
	sleep 1
	grep -q remembers "$dir/second" && fail "both are at it"
	stop KILL
	until_true grep -q remembers "$dir/second"
	record 1 a 1 | send
	until_true count_is alerts 1
	kill $second
	wait $second
	is "its status" $? 0
}

run_starts_it_where_there_are_rules() {
	[ -z "${BROKER-}" ] || return 0
	mkdir "$dir/in"
	printf '[alert]\nrules = %s\n' "$dir/rules" >"$dir/conf"
	"$NEWSWIRE" run --config "$dir/conf" "$dir/in" >"$dir/log" 2>&1 &
	runner=$!
	until_true grep -q 'alert.0.*remembers' "$dir/log"
	record 1 a 1 | send
	until_true count_is alerts 1
	stop || fail "it ended with $?"
}

facts
