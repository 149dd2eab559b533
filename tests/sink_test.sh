#!/bin/bash
# sink_test.sh [TEST...]: newswire sink from outside, on the embedded log.  Each test has a state
# directory of its own.
set -uo pipefail
. "$(dirname "$0")/lib/facts.sh"

# ---- words ----

now() { date -u +%FT%TZ; }
topic() { "$TAP" --log "$dir/state/log.db" "t.$1"; }

# Records with n from FIRST on; a time that is behind them and before the next.
load() { # FIRST N
	local i
	for ((i = $1; i < $1 + $2; i++)); do
		printf '{"topic":"x","partition":0,"offset":%d,"timestamp":0,"key":"k%d","headers":[],"value":{"n":%d,"even":%s}}\n' \
			$i $((i % 5)) $i $([ $((i % 2)) = 0 ] && echo true || echo false)
	done >"$dir/load"
	nw replay "$dir/load" --id "load$1" --into t.in >>"$dir/log" 2>&1 || fail "cannot load"
	sleep 1.1
	now
}
bare() { nw sink stdout --topic t.in --replayed --values bare "$@" 2>>"$dir/log"; }
numbers() { sed 's/.*"n":\([0-9]*\).*/\1/' | sort -n | tr '\n' ' ' | sed 's/ $//'; }
archive() { zcat "$dir"/state/jsonl/t.in/*/*.gz | sed 's/.*"value"://' | numbers; }
jsonl() { nw sink jsonl --topic t.in --replayed --roll-ms 0 "$@" 2>>"$dir/log"; }
archive_is() { [ "$(archive)" = "$1" ]; }
positions() {
	sqlite3 "$dir/state/log.db" "select count(*) from positions where member_of like '%sink.jsonl%'"
}
get() { # PATH TEXT: the answer has the text
	exec 3<>"/dev/tcp/127.0.0.1/$port" && printf 'GET /%s HTTP/1.0\r\n\r\n' "$1" >&3 && grep -qF "$2" <&3
}
sum() { awk '{ n += $1 } END { print n }'; }
# One that stays; no function, so that its pid is the program's.
start() { "$NEWSWIRE" sink "$@" >>"$dir/out" 2>>"$dir/err" & runner=$!; }
stop() { kill -TERM "$runner"; wait "$runner"; runner=; }

# ---- facts ----

a_stretch_has_what_was_produced_in_its_time() {
	local first second
	first=$(load 0 4)
	second=$(load 10 4)
	load 20 4 >/dev/null
	is "before the first" "$(bare --to "$first" | numbers)" "0 1 2 3"
	is "between" "$(bare --from "$first" --to "$second" | numbers)" "10 11 12 13"
	is "after the second" "$(bare --from "$second" --to now | numbers)" "20 21 22 23"
	is "some of it" "$(bare --from "$first" --to "$second" --where .even --fields n)" \
		"$(printf '{"n":10}\n{"n":12}')"
	is "nothing" "$(bare --from now --to now)" ""
	says "an end that is no time" "$(nw sink stdout --to never 2>&1)" "to: 'never' is no time"
}

a_stretch_is_stored_once_and_leaves_the_group_alone() {
	local first
	first=$(load 0 4)
	load 10 4 >/dev/null
	for again in 1 2; do
		jsonl --to "$first" || fail "status $?"
		is "the archive" "$(archive)" "0 1 2 3"
	done
	is "groups" "$(positions)" 0
	start jsonl --topic t.in --replayed --roll-ms 0
	until_true archive_is "0 1 2 3 10 11 12 13"
	stop
	is "the archive after it" "$(archive)" "0 1 2 3 10 11 12 13"
	[ "$(positions)" -gt 0 ] || fail "the live sink has no positions in its group"
}

a_line_of_the_log_says_which_of_the_workers_it_is_of() {
	load 0 1 >/dev/null
	printf '[sink a]\ntype = stdout\ntopic = t.in\n[sink b]\ntype = stdout\ntopic = t.in\n' >"$dir/conf"
	for name in a b; do
		NEWSWIRE_WORKER_HEALTH_PORT=0 start "$name" --config "$dir/conf"
		until_true grep -q " info sink\.$name\.0: health=" "$dir/err"
		stop
	done
}

a_stretch_that_would_leave_a_hole_is_refused() {
	local first second
	first=$(load 0 4)
	second=$(load 10 4)
	load 20 4 >/dev/null
	jsonl --to "$first" || fail "status $?"
	says "the refusal" "$(nw sink jsonl --topic t.in --replayed --from "$second" --to now 2>&1)" \
		"would be missing for good"
	jsonl --from "$first" --to now || fail "status $?"
	is "the archive" "$(archive)" "0 1 2 3 10 11 12 13 20 21 22 23"
}

a_new_sink_begins_at_its_time_and_goes_on_from_there() {
	local first
	first=$(load 0 4)
	load 10 4 >/dev/null
	for again in 1 2; do
		start jsonl --topic t.in --replayed --roll-ms 0 --from "$first"
		until_true archive_is "10 11 12 13"
		stop
	done
	load 20 2 >/dev/null
	start jsonl --topic t.in --replayed --roll-ms 0 --from now
	until_true archive_is "10 11 12 13 20 21"
	stop
}

a_bad_record_of_a_stretch_goes_to_the_dead_letters() {
	load 0 4 >/dev/null
	is "what passes" "$(bare --to now --where '.n / (.n - 2) != 9' | numbers)" "0 1 3"
	is "dead letters" "$(topic deadletter | wc -l)" 1
	says "the dead letter" "$(topic deadletter)" "cannot be divided because the divisor is zero"
}

a_dry_run_says_what_would_be_stored_and_stores_nothing() {
	local said
	load 0 20 >/dev/null
	said=$(jsonl --dry-run --where '.even and .n / (.n - 2) < 9' --fields n) || fail "status $?"
	is "records" "$(sed 's/.*: \([0-9]*\) records.*/\1/' <<<"$said" | sum)" 20
	is "to store" "$(sed 's/.*, \([0-9]*\) to store.*/\1/' <<<"$said" | sum)" 9
	is "to pass over" "$(sed 's/.*, \([0-9]*\) to pass over.*/\1/' <<<"$said" | sum)" 10
	is "to set aside" "$(sed 's/.*, \([0-9]*\) to set aside.*/\1/' <<<"$said" | sum)" 1
	is "bytes" "$(sed 's/.*(\([0-9]*\) bytes).*/\1/' <<<"$said" | sum)" \
		"$(for n in 0 4 6 8 10 12 14 16 18; do printf '{"n":%d}' $n; done | wc -c)"
	[ ! -e "$dir/state/jsonl" ] || fail "there is a store"
	topic deadletter 2>/dev/null | grep -q . && fail "there are dead letters"
	start jsonl --topic t.in --replayed --roll-ms 0
	until_true archive_is "$(seq -s ' ' 0 19)"
	stop
	says "a dry run after it" "$(jsonl --dry-run)" ": 0 records"
}

files_can_be_checked_and_replayed_however_they_are_packed() {
	local how
	load 0 20 >/dev/null
	for how in gzip zstd none; do
		jsonl --to now --path "$dir/$how" --compress $how || fail "$how: status $?"
		nw sink jsonl --check --path "$dir/$how" >"$dir/said" || fail "$how: the check has status $?"
		is "$how: records" "$(sed -n 's/^t.in *[0-9]* *[0-9]* *\([0-9]*\).*/\1/p' "$dir/said" | sum)" 20
		is "$how: sums" "$(cd "$dir/$how/t.in" && for m in */*.manifest; do
			sed 's|{"file":"\([^"]*\)".*"sha256":"\([^"]*\)".*|\2  '"${m%/*}"'/\1|' "$m"; done |
			sha256sum -c 2>&1 | grep -cv ': OK$')" 0
		nw replay "$dir/$how/t.in" --into t.$how --id $how >/dev/null 2>>"$dir/log" || fail "$how: replay"
		is "$how: replayed" "$(topic $how | sed 's/.*"n":\([0-9]*\).*/\1/' | numbers)" \
			"$(seq 0 19 | tr '\n' ' ' | sed 's/ $//')"
	done
	is "suffixes" "$(ls "$dir"/{gzip,zstd,none}/t.in/*/*jsonl* | sed 's/.*jsonl//' | sort -u | tr '\n' ' ')" " .gz .zst "
	printf x >>"$(echo "$dir"/gzip/t.in/*/*.gz | cut -d' ' -f1)"
	nw sink jsonl --check --path "$dir/gzip" >"$dir/said" 2>>"$dir/log"
	is "the status of a fault" $? 1
	says "the fault" "$(cat "$dir/said")" "has another size than it had"
	nw sink sqlite --check >>"$dir/log" 2>&1
	is "a sink without files" $? 2
}

events_lie_in_files_as_extract_prints_them() {
	local shape type columns demo
	demo=$(cd "$(dirname "$0")/.." && pwd)/demo
	mkdir "$dir/in" && cp "$demo"/*.txt* "$dir/in"
	nw run --once --quiet --state "$dir/state" "$dir/in" >/dev/null 2>>"$dir/log"
	for shape in gdelt polecat plover; do
		type=csv; [ $shape != plover ] || type=jsonl
		nw sink $type --shape $shape --path "$dir/$shape" --compress none --to now >>"$dir/log" 2>&1 || fail "$shape: status $?"
		nw sink $type --check --path "$dir/$shape" >/dev/null || fail "$shape: the check has status $?"
		columns=1-59,61- # when a record came is not known to extract
		[ $shape = gdelt ] || columns=1-
		cat "$dir/$shape"/t.enriched/*/[0-9]*-* | cut -f $columns | sort -u >"$dir/$shape.is"
		nw extract --shape $shape "$dir"/in/* 2>>"$dir/log" | cut -f $columns | sort -u >"$dir/$shape.should"
		[ "$(wc -l <"$dir/$shape.is")" -gt 10 ] || fail "$shape has $(wc -l <"$dir/$shape.is") lines"
		cmp "$dir/$shape.is" "$dir/$shape.should" || fail "$shape: the files say something else"
	done
}

what_it_does_is_seen_on_a_terminal_and_in_its_metrics() {
	load 0 20 >/dev/null
	says "a terminal" "$(script -qec "$NEWSWIRE sink jsonl --topic t.in --replayed --where .even --to now" /dev/null)" \
		"sink jsonl: 100 %, 10 stored, 10 passed over, 0 set aside"
	export NEWSWIRE_WORKER_HEALTH_PORT=0
	start stdout --topic t.in --replayed --where .even
	until_true grep -q health= "$dir/err"
	port=$(sed -n 's/.*health=127.0.0.1:\([0-9]*\).*/\1/p' "$dir/err")
	until_true get metrics 'newswire_sink_records_total{sink="stdout",result="written"} 10'
	get metrics 'newswire_sink_records_total{sink="stdout",result="filtered"} 10' || fail "filtered"
	get metrics 'newswire_sink_failing_since_timestamp_seconds{sink="stdout"} 0' || fail "failing since"
	stop
	unset NEWSWIRE_WORKER_HEALTH_PORT
}

a_store_that_does_not_answer_is_waited_for_and_that_is_seen() {
	load 0 20 >/dev/null
	NEWSWIRE_WORKER_HEALTH_PORT=0 script -qec "exec $NEWSWIRE sink webhook --topic t.in --replayed --url http://127.0.0.1:1/" \
		/dev/null >"$dir/err" & runner=$!
	until_true grep -q health= "$dir/err"
	port=$(sed -n 's/.*health=127.0.0.1:\([0-9]*\).*/\1/p' "$dir/err")
	until_true get metrics 'failing_since_timestamp_seconds{sink="webhook"} 1'
	until_true get readyz 503
	get livez 200 || fail "it is said to be dead"
	until_true grep -q 'sink webhook: waits for its store since [1-9][0-9]* s, 20 behind' "$dir/err"
	kill -TERM "$(pgrep -P $runner)"
	wait $runner || fail "status $?"
	runner=
}

# ---- all of them ----

begin() {
	export NEWSWIRE_NEWSWIRE_PREFIX=t NEWSWIRE_NEWSWIRE_STATE=$dir/state
	nw topics >/dev/null 2>&1 || fail "no topics"
}
facts
