#!/bin/bash
# replay_test.sh [TEST...]: newswire replay against the embedded log, or with BROKER=HOST:PORT
# against Kafka.  Each test has a state directory and a prefix of its own.
set -uo pipefail
here=$PWD
. "$(dirname "$0")/lib/facts.sh"
export NEWSWIRE_NEWSWIRE_LEXICON=${NEWSWIRE_NEWSWIRE_LEXICON:-$PWD/lexicon}
[ -z "${BROKER-}" ] || export NEWSWIRE_KAFKA_BOOTSTRAP_SERVERS=$BROKER

# ---- words ----

replay() { nw replay "$@" 2>&1; }
topic() {
	if [ -n "${BROKER-}" ]; then
		"$TAP" --set "bootstrap.servers=$BROKER" "$prefix.$1"
	else
		"$TAP" --log "$NEWSWIRE_NEWSWIRE_STATE/log.db" "$prefix.$1"
	fi
}
count() { topic "$1" | wc -l; }
count_is() { [ "$(count "$1")" = "$2" ]; }
at_least() { [ "$(count "$1")" -ge "$2" ]; }

# A file of lines: N records from FIRST on, keys k0..k4, event times by the hour of the number.
lines() { # FIRST N
	local i
	for ((i = $1; i < $1 + $2; i++)); do
		printf '{"topic":"x","partition":0,"offset":%d,"timestamp":%d,"key":"k%d","headers":[["n","%d"],["ce_time","2026-11-%02dT08:00:00Z"]],"value":{"n":%d,"even":%s}}\n' \
			$i $((1795507200000 + i * 1000)) $((i % 5)) $i $((i % 28 + 1)) $i $([ $((i % 2)) = 0 ] && echo true || echo false)
	done
}
load() { # TOPIC FIRST N: puts them there
	lines "$2" "$3" >"$dir/load.$2"
	replay "$dir/load.$2" --into "$prefix.$1" >>"$dir/log" || fail "cannot load"
	until_true at_least "$1" "$3"
}
# The numbers on a topic, in order, on one line.
numbers() { topic "$1" | sed 's/.*"headers":{"n":"\([0-9]*\)".*/\1/' | sort -n | tr '\n' ' ' | sed 's/ $//'; }
# What a Python expression of d makes of the JSON on standard input.
pick() { python3 -c "import json, sys; d = json.load(sys.stdin); print($1)"; }
id_of() { sed -n 's/^replay \([^:]*\):.*/\1/p' <<<"$1" | head -1; }

# ---- facts ----

a_line_is_done_once_and_says_so() {
	load in 0 10
	local said again
	said=$(replay $prefix.in --into $prefix.out --reason 'a "test"') || fail "status $?"
	says "the end" "$said" "10 records read, 10 sent into $prefix.out"
	is "its number of records" "$(count out)" 10
	again=$(replay $prefix.in --into $prefix.out --reason 'another') || fail "status $?"
	says "the second run" "$again" "nothing is left to do"
	is "the number after it" "$(count out)" 10
	again=$(replay $prefix.in --into $prefix.out --id again)
	says "under another name" "$again" "replay again: done"
	is "the number then" "$(count out)" 20
	says "another line of that name" "$(replay $prefix.in --into $prefix.out --limit 3 --id again)" \
		"is another line"
}

# A transaction that is ending is waited for; a log's is whole or not there at all.
what_is_being_committed_belongs_to_the_stretch() {
	[ -n "${BROKER-}" ] || return 0
	load in 0 5
	lines 5 5 >"$dir/five"
	"$TAP" "${forge_to[@]}" --hold 1500 --send "$dir/five" "$prefix.in" &
	sleep 0.8
	says "the replay" "$(replay "$prefix.in" --into "$prefix.out")" "10 records read"
	wait $!
}

a_record_stays_what_it_was_and_is_marked() {
	load in 0 3
	local said id record
	said=$(replay $prefix.in --into $prefix.out --reason why --allow-effects a,b)
	id=$(id_of "$said")
	record=$(topic out | grep '"n":"2"')
	says "the record" "$record" '"key":"k2","headers":{"n":"2","ce_time":"2026-11-03T08:00:00Z","nw-replay":'
	says "its mark" "$record" "{\\\"id\\\":\\\"$id\\\",\\\"reason\\\":\\\"why\\\",\\\"by\\\":\\\""
	says "its mark" "$record" '\"effects\":[\"a\",\"b\"]}'
	says "its value" "$record" '"value":{"n":2,"even":true}}'
	is "the number of marks" "$(grep -o nw-replay <<<"$record" | wc -l)" 1
}

a_stretch_is_from_a_time_up_to_a_time() {
	lines 0 100 >"$dir/all"
	replay "$dir/all" --from 2026-11-24T08:00:10Z --to 2026-11-24T08:00:13Z --into $prefix.out >/dev/null
	is "the stretch of the file" "$(numbers out)" "10 11 12"
	load in 0 5
	sleep 1.1
	local middle=$(date -u +%FT%TZ)
	load in 5 5
	sleep 1.1
	load in 10 5
	replay $prefix.in --to "$middle" --into $prefix.before >/dev/null
	is "what came before" "$(numbers before)" "0 1 2 3 4"
	replay $prefix.in --from "$middle" --into $prefix.since >/dev/null
	is "what has come since" "$(numbers since)" "5 6 7 8 9 10 11 12 13 14"
	says "a stretch the wrong way round" "$(replay $prefix.in --from 2026-11-02 --to 2026-11-01 --into x)" \
		"--from 2026-11-02 is not before --to 2026-11-01"
}

only_what_is_meant_goes() {
	load in 0 20
	printf 'k1\r\n\nk3\n' >"$dir/keys"
	replay $prefix.in --into $prefix.keys --keys "$dir/keys" >/dev/null
	is "by key" "$(numbers keys)" "1 3 6 8 11 13 16 18"
	replay $prefix.in --into $prefix.event --event-from 2026-11-05 --event-to 2026-11-07 >/dev/null
	is "by event time" "$(numbers event)" "4 5"
	replay $prefix.in --into $prefix.where --where '.even and .n < 7' >/dev/null
	is "by jq" "$(numbers where)" "0 2 4 6"
	replay $prefix.in --into $prefix.all --where '.even' --keys "$dir/keys" --event-to 2026-11-10 >/dev/null
	is "by all of them" "$(numbers all)" "6 8"
	replay $prefix.in --into $prefix.limit --limit 7 >/dev/null
	is "with a limit" "$(count limit)" 7
	says "with a limit, again" "$(replay $prefix.in --into $prefix.limit --limit 7)" "nothing is left"
	is "with a limit, again" "$(count limit)" 7
	local said
	said=$(replay $prefix.in --into $prefix.some --where 'if .n == 3 then error("three") else true end') && fail "status 0"
	says "a question that fails" "$said" "three"
	says "a question that fails" "$said" "19 sent"
	says "no jq" "$(replay $prefix.in --into $prefix.x --where '.a >')" "line 1, column"
	: >"$dir/none"
	says "no keys" "$(replay $prefix.in --into $prefix.x --keys "$dir/none")" "has no key in it"
}

took() { # COMMAND...: its milliseconds
	local start=$(date +%s%N)
	"$@" >/dev/null 2>&1 || fail "status $?: $*"
	echo $((($(date +%s%N) - start) / 1000000))
}
a_replay_goes_as_fast_as_it_is_told() {
	lines 0 100 >"$dir/all" # one a second
	local ms=$(took nw replay "$dir/all" --into $prefix.in --speed 50x)
	[ "$ms" -ge 1900 ] || fail "99 s at fifty times their speed took $ms ms"
	is "what is there" "$(numbers in)" "$(seq -s ' ' 0 99)"
	ms=$(took nw replay $prefix.in --into $prefix.half --speed 0.5x --verify)
	[ "$ms" -ge 3800 ] || fail "1.98 s at half their speed took $ms ms"
	is "what is there then" "$(numbers half)" "$(seq -s ' ' 0 99)"
	ms=$(took nw replay $prefix.in --into $prefix.rate --rate 40/s)
	[ "$ms" -ge 2300 ] || fail "100 records at 40/s took $ms ms"
	for wrong in --rate=0/s --rate=fast --speed=2/s --speed=-1x; do
		says "$wrong" "$(replay $prefix.in --into $prefix.x $wrong)" "is neither max nor a number"
	done
}

# A live sink that takes 100 records a second is never more than max_lag behind; one that is gone
# is not waited for.
live_readers_come_first() {
	load in 0 1500
	printf '[sink slow]\ntype = stdout\ntopic = %s.out\nreplayed = true\n[replay]\nmax_lag = 40\n' $prefix >"$dir/conf"
	replay $prefix.in --into $prefix.out --limit 1 >/dev/null # makes the topic
	"$NEWSWIRE" sink slow --config "$dir/conf" 2>"$dir/sink.log" > >(while read -r line; do echo; sleep 0.01; done >"$dir/taken") &
	local sink=$!
	until_true test -s "$dir/taken"
	"$NEWSWIRE" replay $prefix.in --into $prefix.out --config "$dir/conf" >"$dir/said" 2>"$dir/replay.log" &
	runner=$!
	local i sent taken most=0
	for ((i = 0; i < 8; i++)); do
		sleep 0.4
		taken=$(wc -l <"$dir/taken")
		sent=$(count out)
		[ $((sent - taken)) -gt $most ] && most=$((sent - taken))
	done
	# What the pipe holds has been taken by the sink: some 130 lines.
	[ $most -lt 450 ] || fail "$most records were sent before they were taken"
	[ $sent -lt 1400 ] || fail "it did not wait"
	kill -KILL $sink
	wait $sink 2>/dev/null
	wait $runner || fail "status $?"
	runner=
	is "all of them" "$(count out)" 1501
	grep -q "has not moved" "$dir/replay.log" || fail "it does not say that the group stands still"
}

# A sink of what enrich makes takes 100 a second; the replay goes into the topic that enrich reads.
readers_of_what_a_worker_makes_come_first_too() {
	local i n taken most=0
	mkdir "$dir/in"
	for ((i = 0; i < 900; i++)); do
		printf 'Day %d\n\nLISBON, March 3 (Wire) - It was day %d.\n' $i $i >"$dir/in/$i.txt"
	done
	nw watch --once "$dir/in" 2>>"$dir/log" || fail "status $?"
	printf '[sink slow]\ntype = stdout\nreplayed = true\n' >"$dir/conf"
	"$NEWSWIRE" enrich 2>>"$dir/log" &
	local enrich=$!
	until_true at_least enriched 900
	"$NEWSWIRE" sink slow --config "$dir/conf" 2>"$dir/sink.log" \
		> >(while read -r line; do echo; [ ! -e "$dir/slow" ] || sleep 0.01; done >"$dir/taken") &
	local sink=$!
	until_true eval '[ "$(wc -l <"$dir/taken")" = 900 ]'
	touch "$dir/slow"
	"$NEWSWIRE" replay $prefix.articles --into $prefix.articles --config "$dir/conf" >"$dir/said" 2>"$dir/replay.log" &
	runner=$!
	until_true at_least enriched 950
	for ((i = 0; i < 8; i++)); do
		sleep 0.3
		taken=$(wc -l <"$dir/taken")
		n=$(count enriched)
		[ $((n - taken)) -gt $most ] && most=$((n - taken))
	done
	[ $most -lt 450 ] || fail "$most records were made before they were taken"
	kill -TERM $runner
	wait $runner
	runner=
	kill -KILL $sink $enrich
	wait $sink $enrich 2>/dev/null
}

a_broker_that_dies_is_waited_for() {
	[ -n "${BROKER-}" ] || return 0 # the embedded log has none
	load in 0 600
	local i
	"$NEWSWIRE" replay $prefix.in --into $prefix.out --rate 150/s --verify >"$dir/said" 2>"$dir/replay.log" &
	runner=$!
	until_true at_least out 50
	for i in 1 2; do
		tests/lib/broker.sh kill "$BROKER_DIR"
		sleep 1
		OWNER=$$ tests/lib/broker.sh restart "$BROKER_DIR" >/dev/null
		until_true at_least out $((50 + 150 * i))
	done
	wait $runner || fail "status $?: $(cat "$dir/said" "$dir/replay.log")"
	runner=
	is "all of them" "$(numbers out)" "$(seq -s ' ' 0 599)"
	is "partitions that are the same" "$(grep -c 'the same$' "$dir/said")" 4
}

# Of more bytes than a transaction may have, and of sizes that end a batch anywhere.
large_records_go_through() {
	python3 - "$dir/large" <<'END'
import json, sys
with open(sys.argv[1], "w") as f:
    for i in range(60):
        json.dump({"topic": "x", "partition": 0, "offset": i, "timestamp": 0, "key": str(i), "headers": [["n", str(i)]],
                   "value": "x" * (7000000 if i % 3 == 0 else 1000 * i)}, f)
        f.write("\n")
END
	replay "$dir/large" --into $prefix.in >/dev/null || fail "status $?"
	replay $prefix.in --into $prefix.out --verify >"$dir/out" || fail "$(cat "$dir/out")"
	is "partitions that are the same" "$(grep -c 'the same$' "$dir/out")" 4
}

a_dry_run_counts_and_writes_nothing() {
	load in 0 20
	local said before=$(topic state)
	said=$(replay $prefix.in --into $prefix.out --where .even --dry-run)
	says "the dry run" "$said" "20 records read, 10 of them"
	is "the state" "$(topic state)" "$before"
	topic out 2>/dev/null && fail "it has made a topic"
}

the_ends_are_fixed_at_the_start() {
	load in 0 200
	{ timeout -s KILL 1 "$NEWSWIRE" replay $prefix.in --into $prefix.in --rate 40/s; } 2>/dev/null
	load in 1000 50
	local said
	said=$(replay $prefix.in --into $prefix.in --verify) || fail "status $?: $said"
	says "the second run" "$said" "200 records read, 200 sent"
	until_true at_least in 450
	is "the number in the topic" "$(count in)" 450
	is "the number of what came later" "$(topic in | grep -c '"n":"10[0-9][0-9]"')" 50
}

a_replay_is_paused_resumed_and_cancelled() {
	load in 0 300
	"$NEWSWIRE" replay $prefix.in --into $prefix.out --id slow --rate 50/s >"$dir/out" 2>"$dir/err" &
	runner=$!
	until_true at_least out 5
	says "pause" "$(replay pause slow)" "pauses"
	until_true grep -q "is paused" "$dir/err"
	local n=$(count out)
	sleep 1
	is "the number after a second of pause" "$(count out)" "$n"
	replay list | grep -q '^slow *paused' || fail "the list does not say it"
	kill -KILL $runner
	wait $runner 2>/dev/null
	"$NEWSWIRE" replay $prefix.in --into $prefix.out --id slow --rate 50/s >"$dir/out" 2>"$dir/err" &
	runner=$!
	until_true grep -q "is paused" "$dir/err"
	is "the number after a start while it is paused" "$(count out)" "$n"
	replay resume slow >/dev/null
	until_true at_least out $((n + 5))
	says "cancel" "$(replay cancel slow)" "is cancelled"
	wait $runner
	is "the status of one that was cancelled" $? 1
	runner=
	n=$(count out)
	[ "$n" -lt 300 ] || fail "it was done already"
	says "the line of a cancelled one" "$(replay $prefix.in --into $prefix.out --id slow)" "cancelled after $n"
	is "the number after it" "$(count out)" "$n"
	says "show" "$(replay show slow)" "state       cancelled"
	says "pause of a cancelled one" "$(replay pause slow)" "is cancelled already"
	says "pause of none" "$(replay pause other)" "no replay 'other'"
}

a_replay_that_is_stopped_says_how_to_go_on() {
	load in 0 300
	"$NEWSWIRE" replay $prefix.in --into $prefix.out --rate 100/s >"$dir/out" 2>&1 &
	runner=$!
	until_true at_least out 20
	kill -TERM $runner
	wait $runner
	is "its status" $? 75
	runner=
	says "its end" "$(cat "$dir/out")" "the same line goes on"
	replay $prefix.in --into $prefix.out --rate max >/dev/null
	is "what is there at last" "$(numbers out)" "$(seq -s ' ' 0 299)"
}

verify_finds_what_is_not_the_same() {
	load in 0 50
	replay $prefix.in --into $prefix.out --id v --verify >"$dir/out" || fail "status $?"
	is "partitions that are the same" "$(grep -c 'the same$' "$dir/out")" 4
	# A record more with this replay's mark, as if one had been sent twice.
	topic out | grep '"n":"7"' | sed 's/.*"nw-replay":"\(.*\)"},"value".*/\1/' >"$dir/mark"
	printf '{"topic":"x","partition":0,"offset":0,"timestamp":0,"key":"k2","headers":[["n","7"],["nw-replay","%s"]],"value":{"n":7}}\n' \
		"$(cat "$dir/mark")" >"$dir/forged"
	sed 's/"nw-replay"/"nw-replaced"/' "$dir/forged" >"$dir/other"
	forge "$dir/forged" out
	local said
	said=$(replay $prefix.in --into $prefix.out --id v --verify) && fail "status 0"
	says "verify" "$said" "NOT the same"
	is "partitions that are not" "$(grep -c 'NOT' <<<"$said")" 1
}
# Sends a line of the log as it is, with a mark that replay would replace.
forge() { "$TAP" "${forge_to[@]}" --send "$1" "$prefix.$2"; }

a_topic_or_archive_that_is_not_there_is_said() {
	load in 0 3
	says "a wrong topic" "$(replay $prefix.inn --into $prefix.out)" "there is no topic '$prefix.inn'"
	replay $prefix.inn --into $prefix.out >/dev/null
	is "its status" $? 2
	mkdir "$dir/empty"
	says "an empty directory" "$(replay "$dir/empty" --into $prefix.out)" "PARTITION-OFFSET.jsonl.gz"
	says "no target" "$(replay $prefix.in)" "--into TOPIC"
	says "a wrong sink" "$(replay $prefix.in --into sink:sqlit)" "did you mean 'sqlite'"
	printf 'no line\n' >"$dir/bad"
	says "no line of the log" "$(replay "$dir/bad" --into $prefix.out)" "bad line 1"
	lines 0 500 | gzip | head -c 3000 >"$dir/cut.gz"
	says "a file that was cut" "$(replay "$dir/cut.gz" --into $prefix.out)" "cut or damaged"
}

a_sink_that_appends_passes_over_a_replay_unless_it_is_named() {
	load in 0 6
	says "into such a sink" "$(replay $prefix.in --into sink:jsonl)" "--allow-effects jsonl"
	replay $prefix.in --into sink:jsonl --allow-effects jsonl >/dev/null || fail "status $?"
	is "its lines" "$(cat "$NEWSWIRE_NEWSWIRE_STATE"/jsonl/*/*/*.gz | zcat | wc -l)" 6
}

what_a_sink_wants_of_a_record_counts_in_a_replay_too() {
	load in 0 6
	NEWSWIRE_SINK_JSONL_WHERE=.even NEWSWIRE_SINK_JSONL_FIELDS=n \
		replay $prefix.in --into sink:jsonl --allow-effects jsonl >/dev/null || fail "status $?"
	is "its values" "$(cat "$NEWSWIRE_NEWSWIRE_STATE"/jsonl/*/*/*.gz | zcat | sed 's/.*"value"://' | sort | tr -d '\n')" \
		'{"n":0}}{"n":2}}{"n":4}}'
}

enrich_passes_the_mark_on() {
	nw run --once --quiet "$here/demo" >/dev/null 2>&1 || fail "status $?"
	local n=$(count enriched) said
	said=$(replay $prefix.articles --into $prefix.articles --reason again)
	"$NEWSWIRE" enrich 2>/dev/null &
	runner=$!
	until_true at_least enriched $((2 * n))
	kill -TERM $runner
	wait $runner
	runner=
	is "enriched records with the mark" "$(topic enriched | grep -c "\\\\\"id\\\\\":\\\\\"$(id_of "$said")")" "$n"
}

a_store_that_was_lost_comes_back_from_the_topic_and_from_the_archive() {
	nw run --once --quiet "$here/demo" >/dev/null 2>&1 || fail "status $?"
	local store=$NEWSWIRE_NEWSWIRE_STATE all="select uri, version, headline from articles order by 1"
	nw query --format csv "$all" >"$dir/before"
	[ -s "$dir/before" ] || fail "no articles"
	replay $prefix.enriched --into sink:jsonl --allow-effects jsonl >/dev/null || fail "status $?"
	for source in $prefix.enriched "$store"/jsonl/*; do
		rm -f "$store"/sqlite*
		replay "$source" --into sink:sqlite --id "from-${source##*/}" >/dev/null || fail "status $?"
		nw query --format csv "$all" >"$dir/after"
		cmp -s "$dir/before" "$dir/after" || fail "another store from $source"
	done
}

# A lexicon that knows no urging, and of which blacklisting is a rejection.
another_lexicon() {
	cp -r "$NEWSWIRE_NEWSWIRE_LEXICON" "$dir/lexicon"
	sed -i -e 's/^urge, //' -e '/^urge\t/d' -e '/^sanction, blacklist\t/s,SANCTION/discontinue,REJECT,' "$dir/lexicon/triggers.tsv"
}

articles_go_through_another_lexicon_beside_what_is_there() {
	nw run --once --quiet "$here/demo" >/dev/null 2>&1 || fail "status $?"
	another_lexicon
	local n=$(count enriched) said again
	says "in their place" "$(replay $prefix.articles --through enrich --into $prefix.enriched --lexicon "$dir/lexicon")" \
		"this lexicon is not promoted"
	is "the number of enriched records" "$(count enriched)" "$n"
	said=$(replay $prefix.articles --through enrich --into $prefix.enriched.next --lexicon "$dir/lexicon") || fail "$said"
	is "the number beside them" "$(count enriched.next)" "$n"
	is "of the next epoch" "$(topic enriched.next | grep -c '"epoch":2,')" "$n"
	is "that are marked" "$(topic enriched.next | grep -c "\\\\\"id\\\\\":\\\\\"$(id_of "$said")")" "$n"
	again=$(replay $prefix.articles --through enrich --into $prefix.enriched.next --lexicon "$dir/lexicon")
	says "the same again" "$again" "nothing is left to do"
	again=$(replay $prefix.articles --through enrich --into $prefix.enriched.next)
	is "another lexicon is another replay" "$(count enriched.next)" $((2 * n))
	says "a wrong stage" "$(replay $prefix.articles --through story --into $prefix.x)" "there is \`enrich\` only"
	# What does not parse is set aside for enrich.
	printf '{"topic":"x","partition":0,"offset":0,"timestamp":0,"key":"u:1","headers":[],"value":{"no":"article"}}\n' >"$dir/bad"
	replay "$dir/bad" --through enrich --into $prefix.enriched.next >/dev/null
	is "the status with a bad one" $? 1
	topic deadletter | grep -q "nw-dlq-stage.*enrich" || fail "no dead letter"
}

diff_says_what_the_other_lexicon_changes() {
	nw run --once --quiet "$here/demo" >/dev/null 2>&1 || fail "status $?"
	another_lexicon
	replay $prefix.articles --through enrich --into $prefix.enriched.next --lexicon "$dir/lexicon" >/dev/null || fail "status $?"
	local said urged=$(topic enriched | grep -o '"lemma":"urge"' | wc -l) listed=$(topic enriched | grep -o '"lemma":"blacklist"' | wc -l)
	[ $urged -gt 0 ] && [ $listed -gt 0 ] || fail "the demo urges and blacklists nobody"
	said=$(nw diff --format json $prefix.enriched $prefix.enriched.next) || fail "status $?"
	is "what has gone" "$(pick '[(t["type"], t["gone"]) for t in d["types"] if t["gone"]]' <<<"$said")" "[('REQUEST', $urged)]"
	is "what has changed" "$(pick '[(t["type"], t["changed"]) for t in d["types"] if t["changed"]]' <<<"$said")" "[('SANCTION', $listed)]"
	# What was urged may then be taken for done: that comes where an urging has gone.
	is "what has come elsewhere" "$(pick '{e["uri"] for e in d["examples"] if e["change"] == "added"} - {e["uri"] for e in d["examples"] if e["change"] == "gone"}' <<<"$said")" "set()"
	is "examples of what has come" "$(pick 'sum(e["change"] == "added" for e in d["examples"]) == d["events"]["added"]' <<<"$said")" True
	says "its fields" "$(pick '[f["field"] for f in d["fields"]]' <<<"$said")" "'type'"
	is "articles on both sides" "$(pick 'd["articles"]["both"]' <<<"$said")" "$(count enriched)"
	is "examples" "$(pick '[e["before"] for e in d["examples"] if e["change"] == "changed"]' <<<"$said" | grep -o blacklist | wc -l)" "$listed"
	# The same from files.
	nw extract "$here"/demo/*.txt* >"$dir/a.jsonl" && nw extract --lexicon "$dir/lexicon" "$here"/demo/*.txt* >"$dir/b.jsonl"
	is "of files" "$(cd "$dir" && nw diff --format json a.jsonl b.jsonl | pick 'd["events"]')" "$(pick 'd["events"]' <<<"$said")"
	says "as tables" "$(nw diff "$dir/a.jsonl" "$dir/b.jsonl")" "$listed changed"
	is "of a side with itself" "$(nw diff --format json $prefix.enriched $prefix.enriched | pick '[d["events"][c] for c in ("changed", "added", "gone")]')" "[0, 0, 0]"
	nw diff $prefix.enriched $prefix.nothing >/dev/null 2>&1
	is "the status without a side" $? 2
	echo 'no record' >>"$dir/b.jsonl"
	nw diff "$dir/a.jsonl" "$dir/b.jsonl" >/dev/null 2>&1
	is "the status with a line that is none" $? 1
}

# N articles in a spool, each with one event that the other lexicon does not know.
urge() {
	local i
	mkdir -p "$dir/in"
	for ((i = 0; i < $1; i++)); do
		printf 'Day %d of the strike\n\nLISBON, March 3 (Wire) - Portugal urged Spain on Tuesday to end day %d of the strike.\n' $i $i >"$dir/in/$i.txt"
	done
	nw run --once --quiet "$dir/in" >/dev/null 2>&1 || fail "status $?"
}
urged() { nw query --format csv "select count(*) from events where lemma = 'urge'" 2>/dev/null | tail -1; }

what_is_promoted_takes_the_place_of_what_is_there() {
	urge 40
	another_lexicon
	local before=$(urged) n=$(count enriched)
	[ "$before" = 40 ] || fail "$before have urged"
	says "nothing beside it" "$(nw promote $prefix.nothing 2>&1)" "no topic '$prefix.nothing'"
	replay $prefix.articles --through enrich --into $prefix.enriched.next --lexicon "$dir/lexicon" >/dev/null || fail "status $?"
	# Killed at any time it goes on; a reader sees the old or the new.
	local said i
	for i in 1 2 3 4 5 6 7 8; do
		{ timeout -s KILL 0.0$((i + 1)) "$NEWSWIRE" promote $prefix.enriched.next; } >/dev/null 2>&1
		case $(urged) in 0 | 40) ;; *) fail "$(urged) have urged in between" ;; esac
	done
	said=$(nw promote $prefix.enriched.next --reason new 2>&1) || fail "status $?: $said"
	says "promote" "$said" "epoch 2, lexicon"
	is "who has urged" "$(urged)" 0
	until_true at_least enriched $((2 * n))
	is "enriched records" "$(count enriched)" $((2 * n))
	is "of epoch 2" "$(topic enriched | grep -c '"epoch":2,')" "$n"
	is "the epoch" "$(topic state | grep '"extractor/current"' | tail -1 | pick 'd["value"]["epoch"]')" 2
	said=$(nw promote $prefix.enriched.next 2>&1) || fail "status $?"
	says "again" "$said" "was current before"
	is "enriched records after it" "$(count enriched)" $((2 * n))
	# The sink of the live line comes behind, and nothing changes.
	nw run --once --quiet "$dir/in" >/dev/null 2>&1
	is "who has urged after the sink has read on" "$(urged)" 0
	# Another lexicon does not take the epoch, and cannot fill in its place.
	says "in place, with the old lexicon" "$(replay $prefix.articles --through enrich --into $prefix.enriched)" "not promoted"
	replay $prefix.articles --through enrich --into $prefix.enriched --lexicon "$dir/lexicon" >/dev/null || fail "status $?"
	until_true at_least enriched $((3 * n))
	printf 'Day 40\n\nLISBON, March 3 (Wire) - Portugal urged Spain on Tuesday to end it.\n' >"$dir/in/new.txt"
	nw run --once --quiet --lexicon "$dir/lexicon" "$dir/in" >/dev/null 2>&1
	is "what enrich makes with the new one" "$(topic enriched | grep 'Day 40' | grep -c '"epoch":2,')" 1
	sed -i 's/Day 40/Day 41/' "$dir/in/new.txt"
	nw run --once --quiet "$dir/in" >/dev/null 2>&1
	is "what enrich makes with the old one" "$(topic enriched | grep 'Day 41' | grep -c '"epoch":1,')" 1
}

a_lexicon_alone_is_promoted() {
	another_lexicon
	says "the first" "$(nw promote)" "epoch 2, lexicon"
	says "again" "$(nw promote)" "was current before"
	says "another" "$(nw promote --lexicon "$dir/lexicon")" "epoch 3, lexicon"
	says "two topics" "$(nw promote a b 2>&1)" "one topic"
	load articles 0 2
	says "no records of enrich" "$(nw promote $prefix.articles 2>&1)" "no record of enrich"
}

what_retention_took_is_said_before_anything_is_written() {
	[ -z "${BROKER-}" ] || return 0
	load in 0 20
	local before=$(date -u -d '-1 hour' +%FT%TZ) said
	python3 - "$NEWSWIRE_NEWSWIRE_STATE/log.db" $prefix.in <<'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
lane, n = db.execute("select lane, partitions from topics where name = ?", [sys.argv[2]]).fetchone()
for i in range(lane, lane + n):
    first, = db.execute("select first + 1 from lanes where id = ? and next > first", [i]).fetchone() or (None,)
    if first:
        db.execute("delete from records where id >> 40 = ? and id & ((1 << 40) - 1) < ?", [i, first])
        db.execute("update lanes set first = ? where id = ?", [first, i])
db.commit()
END
	said=$(replay $prefix.in --from "$before" --into $prefix.out) && fail "status 0"
	says "what is not there" "$said" "is whole from 20"
	topic out >/dev/null 2>&1 && fail "it has made the topic"
	local from=$(sed -n 's/.*Say --from \([^,]*\),.*/\1/p' <<<"$said")
	sleep 1.1
	load in 100 5
	said=$(replay $prefix.in --from "$from" --into $prefix.out) || fail "$said"
	is "what is left" "$(numbers out)" "100 101 102 103 104"
	replay $prefix.in --into $prefix.rest >/dev/null || fail "without --from all that is there goes"
}

# ---- all of them ----

begin() {
	prefix=r$RANDOM$RANDOM
	export NEWSWIRE_NEWSWIRE_PREFIX=$prefix NEWSWIRE_NEWSWIRE_STATE=$dir/state
	if [ -n "${BROKER-}" ]; then forge_to=(--set "bootstrap.servers=$BROKER"); else forge_to=(--log "$dir/state/log.db"); fi
	nw topics >/dev/null 2>&1 || fail "no topics"
}
facts
