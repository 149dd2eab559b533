#!/bin/bash
# watch_test.sh [TEST...]: watch and spool against the embedded log, or with BROKER=HOST:PORT
# against Kafka: every way in, every hostile file, every kill.  Each test has a spool, a
# state directory and a prefix of its own; nothing waits by the clock alone.
set -uo pipefail
NEWSWIRE=$(realpath "${NEWSWIRE:-build/newswire}") TAP=$(realpath "${TAP:-build/tests/tap}")
export NEWSWIRE_NEWSWIRE_LEXICON=${NEWSWIRE_NEWSWIRE_LEXICON:-$PWD/lexicon}
top=$(mktemp -d /tmp/watch_test.XXXXXX)
failed=0 passed=0 watcher= prefix=
[ -z "${BROKER-}" ] || export NEWSWIRE_KAFKA_BOOTSTRAP_SERVERS=$BROKER

clean() {
	[ -n "$watcher" ] && kill -KILL "$watcher" 2>/dev/null
	mountpoint -q "$top/disk" && umount -l "$top/disk"
	rm -rf "$top"
}
trap clean EXIT

# ---- words ----

fail() { echo "  $test: $*"; bad=1; }
is() { [ "$2" = "$3" ] || fail "$1 is '$2', not '$3'"; }

# until_true COMMAND...: true within 90 s, else the test has failed.
until_true() {
	local end=$((SECONDS + 90))
	until "$@" 2>/dev/null; do
		[ $SECONDS -lt $end ] || { fail "waited in vain: $*"; return 1; }
		sleep 0.02
	done
}

nw() { "$NEWSWIRE" "$@" --state "$state"; }
once() { nw watch --once --cut-ms 300 --settle-ms 50 "$@" "$in" 2>"$dir/log"; }
topic() {
	if [ -n "${BROKER-}" ]; then
		"$TAP" --set "bootstrap.servers=$BROKER" "$prefix.$1"
	else
		"$TAP" --log "$state/log.db" "$prefix.$1"
	fi
}
count() { topic "$1" | wc -l; }
articles_are() { [ "$(count articles)" = "$1" ]; }
dead_are() { [ "$(count deadletter)" = "$1" ]; }

# state PATH, version PATH, uri PATH: as `spool list` has them (PATH as it is printed).
column() { nw spool list in | P=$1 awk -F'\t' -v c="$2" '$4 == ENVIRON["P"] { print $c }'; }
state() { column "$1" 2; }
version() { column "$1" 3; }
uri() { column "$1" 5; }
state_is() { [ "$(state "$1")" = "$2" ]; }
version_is() { [ "$(version "$1")" = "$2" ]; }

start() {
	"$NEWSWIRE" watch --settle-ms 50 --cut-ms 300 --state "$state" "$@" "$in" 2>>"$dir/log" &
	watcher=$!
	until_true grep -q "directory=$in" "$dir/log"
}
stop() {
	kill -TERM "$watcher"
	wait "$watcher"
	is "exit status of a stopped watch" $? 0
	watcher=
}

# The only article of PATH, and the text it must hold.
holds() { topic articles | grep -F "\"nw-file\":\"$1\"" | grep -qF "$2" || fail "$1 lacks: $2"; }

story() { # N: an article of its own
	printf 'Harbour strike enters day %s\n\nLISBON, March 3 - Dockers in Lisbon stayed away for a %sth day on Tuesday, their union said.\n\nTalks resume on Friday, a spokeswoman for the port told reporters.\n' "$1" "$1"
}

# Every record is what its schema says.
check_records() {
	for t in articles ledger deadletter; do topic $t; done 2>/dev/null | head -n 1000 >"$dir/records"
	[ ! -s "$dir/records" ] || tests/schemas_test.sh log "$dir/records" >"$dir/invalid" ||
		fail "$(head -3 "$dir/invalid")"
}

run() {
	local seconds=$SECONDS
	test=$1 bad=
	dir=$top/$1 in=$top/$1/in state=$top/$1/state prefix=t$((passed + failed))
	export NEWSWIRE_NEWSWIRE_PREFIX=$prefix
	mkdir -p "$in"
	"$1"
	[ -n "$watcher" ] && { kill -KILL "$watcher"; wait "$watcher"; watcher=; } 2>/dev/null
	check_records
	[ -n "$bad" ] && tail -5 "$dir/log" 2>/dev/null
	[ -z "$bad" ] && passed=$((passed + 1)) || failed=$((failed + 1))
	printf '%s %s (%d s)\n' "$([ -z "$bad" ] && echo ok || echo FAILED)" "$1" $((SECONDS - seconds))
	rm -rf "$dir"
}

# ---- what becomes of a file ----

every_bad_file_has_its_outcome_and_the_next_goes_through() {
	: >"$in/empty.txt"
	printf ' \n\t\n  \n' >"$in/blanks.txt"
	head -c 60000 "$TAP" >"$in/binary.txt"
	truncate -s 300M "$in/huge.txt"
	mkdir "$in/x.txt"; story 1 >"$in/x.txt/inside.txt"
	ln -s /nowhere "$in/dangling.txt"
	mkfifo "$in/fifo.txt"
	story 2 | gzip >"$dir/whole.gz"
	head -c 100 "$dir/whole.gz" >"$in/cut.txt.gz"
	{ head -c 60 "$dir/whole.gz"; echo garbage; tail -c +80 "$dir/whole.gz"; } >"$in/corrupt.txt.gz"
	head -c 100M /dev/zero | gzip >"$in/bomb.txt.gz"
	{ story 3; printf 'The caf\351 on the pier was open.\n'; } >"$in/latin1.txt"
	{ head -c 20000000 /dev/zero | tr '\0' a; echo; } >"$in/line.txt"
	story 4 >"$in/"$'new\nline.txt'
	story 5 >"$in/"$'bad\377.txt'
	story 6 >"$in/nextyear.txt"; touch -d "next year" "$in/nextyear.txt"
	touch -d "1901-01-01" "$in/x.txt/inside.txt"
	story 7 | gzip >"$in/zipped.txt.gz"
	story 8 >"$in/zz-good.txt"
	once
	is "exit status" $? 1
	local name want
	while read -r name want; do
		is "$name" "$(state "$name")" "$want"
	done <<-'ROWS'
		empty.txt rejected
		blanks.txt rejected
		binary.txt rejected
		huge.txt rejected
		dangling.txt rejected
		fifo.txt rejected
		cut.txt.gz rejected
		corrupt.txt.gz rejected
		bomb.txt.gz rejected
		line.txt rejected
		latin1.txt published
		x.txt/inside.txt published
		new\x0aline.txt published
		bad\xff.txt published
		nextyear.txt published
		zipped.txt.gz published
		zz-good.txt published
	ROWS
	is articles "$(count articles)" 7
	is "dead letters" "$(count deadletter)" 8 # a link and a FIFO have no bytes
	topic deadletter | grep -F '"nw-file":"huge.txt"' >"$dir/huge"
	grep -q '"nw-size":"314572800"' "$dir/huge" || fail "no size with huge.txt"
	grep -q '"nw-sha256":"[0-9a-f]\{64\}"' "$dir/huge" || fail "no sum with huge.txt"
	[ "$(wc -c <"$dir/huge")" -lt 600000 ] || fail "huge.txt came whole"
	topic deadletter | grep -F '"nw-file":"cut.txt.gz"' | grep -q '"nw-dlq-reason":"truncated"' ||
		fail "cut.txt.gz is not said to be truncated"
	once
	is "exit status when nothing is new" $? 0
	is "articles after a second run" "$(count articles)" 7
	is "dead letters after a second run" "$(count deadletter)" 8
}

nul_bytes_are_taken_out_of_text() {
	{ story 1; printf 'a\0b\n'; } >"$in/nul.txt"
	once
	is "exit status" $? 0
	holds nul.txt "Dockers in Lisbon"
	! topic articles | grep -q '\\u0000' || fail "a NUL went through"
}

a_file_that_may_not_be_read_is_tried_again_when_it_may() {
	story 1 >"$in/secret.txt"; story 2 >"$in/good.txt"
	chmod 0 "$in/secret.txt"
	chmod -R a+rwX "$dir"; chmod 755 "$top"; chmod 0 "$in/secret.txt"
	local NEWSWIRE_AS=()
	if [ "$(id -u)" = 0 ]; then
		chown -R nobody "$dir"
		cp "$NEWSWIRE" "$dir/newswire"
		NEWSWIRE_AS=(setpriv --reuid=nobody --regid=nogroup --clear-groups "$dir/newswire")
	else
		NEWSWIRE_AS=("$NEWSWIRE")
	fi
	local lexicon=()
	[ -d "$NEWSWIRE_NEWSWIRE_LEXICON" ] && cp -r "$NEWSWIRE_NEWSWIRE_LEXICON" "$dir/lexicon" &&
		lexicon=(--lexicon "$dir/lexicon")
	"${NEWSWIRE_AS[@]}" watch --settle-ms 50 "${lexicon[@]}" --state "$state" "$in" 2>"$dir/log" &
	watcher=$!
	until_true state_is secret.txt unreadable
	until_true state_is good.txt published
	is "times said" "$(grep -c 'cannot read' "$dir/log")" 1
	chmod 644 "$in/secret.txt"
	until_true state_is secret.txt published
	stop
}

a_spool_that_is_read_only_is_read() {
	story 1 >"$in/a.txt"
	chmod 555 "$in"
	if [ "$(id -u)" = 0 ] && mount --bind "$in" "$in" 2>/dev/null; then
		mount -o remount,ro,bind "$in"
		once
		is "exit status" $? 0
		umount "$in"
	else
		once
		is "exit status" $? 0
	fi
	is a.txt "$(state a.txt)" published
	chmod 755 "$in"
}

a_file_that_vanishes_is_passed_over() {
	start
	kill -STOP "$watcher"
	story 1 >"$in/gone.txt"
	story 2 >"$in/stays.txt"
	rm "$in/gone.txt"
	kill -CONT "$watcher"
	until_true state_is stays.txt published
	is gone.txt "$(state gone.txt)" ""
	stop
}

# ---- when a file is whole ----

a_slow_writer_is_waited_for() {
	start
	exec 3>"$in/slow.txt"
	story 1 >&3
	for i in 1 2 3 4 5 6; do
		echo "Line $i came later." >&3
		sleep 0.1 # the writer's pace: longer than settle_ms
	done
	is "articles while it is written" "$(count articles)" 0
	echo "The last line." >&3
	exec 3>&-
	until_true articles_are 1
	is version "$(version slow.txt)" 1
	holds slow.txt "The last line."
	stop
}

a_cut_gzip_is_held_until_it_is_whole() {
	story 1 | gzip >"$dir/whole.gz"
	head -c 100 "$dir/whole.gz" >"$in/a.txt.gz"
	start --cut-ms 60000
	until_true state_is a.txt.gz held
	tail -c +101 "$dir/whole.gz" >>"$in/a.txt.gz"
	until_true state_is a.txt.gz published
	is "dead letters" "$(count deadletter)" 0
	stop
}

where_directories_cannot_be_watched_scans_find_what_comes() {
	mkdir "$in/1" "$in/2" "$in/3" "$in/4"
	unshare -Ur sh -c 'echo 2 >/proc/sys/user/max_inotify_watches' 2>/dev/null || {
		echo "  (no right to lower the limit of watches)"
		return
	}
	unshare -Ur sh -c 'echo 2 >/proc/sys/user/max_inotify_watches; exec "$@"' - \
		"$NEWSWIRE" watch --settle-ms 50 --state "$state" "$in" 2>>"$dir/log" &
	watcher=$!
	until_true grep -q "not every directory can be watched" "$dir/log"
	for i in 1 2 3 4; do
		story $i >"$in/$i/a.txt"
		until_true state_is $i/a.txt published
	done
	is "times said" "$(grep -c 'not every directory' "$dir/log")" 1
	stop
}

# ---- versions and names ----

other_bytes_are_the_next_version_and_the_same_are_nothing() {
	start
	story 1 >"$in/a.txt"
	until_true version_is a.txt 1
	local first; first=$(uri a.txt)
	story 2 >"$in/a.txt"
	until_true version_is a.txt 2
	story 3 >"$in/.a" && mv "$in/.a" "$in/a.txt"
	until_true version_is a.txt 3
	story 3 >"$in/a.txt" # once more, the same
	story 9 >"$in/marker.txt"
	until_true version_is marker.txt 1
	is "version after the same bytes" "$(version a.txt)" 3
	is uri "$(uri a.txt)" "$first"
	is articles "$(count articles)" 4
	stop
}

a_link_and_a_copy_are_articles_of_their_own() {
	story 7 >"$in/twin.txt"
	story 7 >"$in/other-twin.txt"
	start
	story 1 >"$in/a.txt"
	until_true state_is a.txt published
	ln "$in/a.txt" "$in/linked.txt"
	cp "$in/a.txt" "$in/copied.txt"
	until_true state_is linked.txt published
	until_true state_is copied.txt published
	is "uris" "$(nw spool list in | cut -f5 | sort -u | wc -l)" 5
	is "articles" "$(count articles)" 5
	stop
}

directories_that_come_and_move_are_followed() {
	start
	mkdir -p "$in/a/b"; story 1 >"$in/a/b/one.txt"
	until_true state_is a/b/one.txt published
	mkdir "$dir/outside"; story 2 >"$dir/outside/two.txt"
	mv "$dir/outside" "$in/moved"
	until_true state_is moved/two.txt published
	story 3 >"$in/moved/three.txt"
	until_true state_is moved/three.txt published
	stop
}

what_was_there_before_is_skipped_and_may_be_taken_after_all() {
	story 1 >"$in/old.txt"; story 2 >"$in/older.txt"
	start --existing skip
	until_true state_is old.txt skipped
	story 3 >"$in/new.txt"
	until_true state_is new.txt published
	nw spool retry "$in/old.txt" >/dev/null || fail "retry refused"
	until_true state_is old.txt published
	story 4 >"$in/older.txt"
	until_true state_is older.txt published
	is articles "$(count articles)" 3
	nw spool retry "$in/new.txt" >/dev/null 2>&1
	is "exit status of a retry of what is out" $? 1
	stop
}

a_rejected_file_is_taken_again_when_asked() {
	: >"$in/empty.txt"
	once
	is "dead letters" "$(count deadletter)" 1
	nw spool retry "$in/empty.txt" >/dev/null
	once
	is "dead letters after a retry" "$(count deadletter)" 2
	once
	is "dead letters after that" "$(count deadletter)" 2
}

what_nobody_has_looked_at_is_pending() {
	story 1 >"$in/a.txt"
	once
	story 2 >"$in/b.txt"; story 3 >"$in/a.txt"
	is b.txt "$(state b.txt)" pending
	is "a.txt" "$(state a.txt | sort | paste -sd+)" "pending+published"
}

# ---- wrong use ----

wrong_words_end_with_status_2() {
	nw watch "$dir/missing" 2>"$dir/log"; is "a missing directory" $? 2
	mkdir -p "$dir/1/wires" "$dir/2/wires"
	nw watch "$dir/1/wires" "$dir/2/wires" 2>"$dir/log"; is "two spools of one name" $? 2
	grep -q "two spools are called 'wires'" "$dir/log" || fail "not said: $(cat "$dir/log")"
	mkdir -p "$in/sub" "$in-side"
	ln -s "$in/sub" "$dir/link"
	for two in "$in $in/sub" "$in/sub $in" "$in $dir/link"; do
		nw watch $two 2>"$dir/log"; is "one within another: $two" $? 2
		grep -q "spool 'sub' ($in/sub) is within spool 'in' ($in): .*; watch one of the two" "$dir/log" ||
			fail "not said: $(cat "$dir/log")"
	done
	nw watch --once "$in" "$in-side" 2>"$dir/log"; is "two side by side" $? 0
	nw watch 2>"$dir/log"; is "no directory" $? 2
	nw watch --existing maybe "$in" 2>"$dir/log"; is "a wrong value" $? 2
	nw spool list nosuch 2>"$dir/log"; is "no such spool" $? 2
}

a_second_watch_on_one_state_is_told_who_has_it() {
	start
	nw watch --once "$in" 2>"$dir/second"
	is "exit status" $? 2
	grep -q "process $(pgrep -P $$ -f "newswire watch" | head -1)" "$dir/second" ||
		grep -q "is watched already, by process" "$dir/second" || fail "$(cat "$dir/second")"
	stop
}

sections_name_spools() {
	mkdir "$dir/other"
	printf '[spool wires]\npath = %s\n[spool blogs]\npath = %s\n' "$in" "$dir/other" >"$dir/conf"
	story 1 >"$in/a.txt"; story 2 >"$dir/other/a.txt"
	nw watch --config "$dir/conf" --once --settle-ms 50 2>"$dir/log"
	is "exit status" $? 0
	is "spools" "$(nw spool list | cut -f1 | sort | paste -sd+)" "blogs+wires"
	is "sources" "$(topic articles | grep -o '"ce_source":"[^"]*"' | sort | paste -sd+)" \
		"\"ce_source\":\"/$prefix/blogs\"+\"ce_source\":\"/$prefix/wires\""
}

# ---- kills and losses ----

# Every file in the spool is one article, and its sum is the file's.
checked_by_sum() {
	(cd "$in" && sha256sum -- *.txt | sed 's/ [ *]/ /' | sort) >"$dir/want"
	topic articles | sed 's/.*"nw-file":"\([^"]*\)".*"nw-sha256":"\([0-9a-f]*\)".*/\2 \1/' |
		sort >"$dir/have"
	cmp -s "$dir/want" "$dir/have" ||
		fail "$(diff "$dir/want" "$dir/have" | head -3; wc -l "$dir/want" "$dir/have")"
}

a_cache_that_was_lost_or_damaged_publishes_nothing_twice() {
	for i in 1 2 3 4 5; do story $i >"$in/$i.txt"; done
	once
	rm "$state/ledger.$prefix.in.db"*
	once
	printf garbage | dd of="$state/ledger.$prefix.in.db" conv=notrunc bs=1 seek=20 2>/dev/null
	once
	is "exit status" $? 0
	checked_by_sum
}

twenty_kills_lose_and_double_nothing() {
	local n=0 round i most=150
	[ -z "${BROKER-}" ] || most=1500 # it takes longer to begin
	for round in $(seq 20); do
		"$NEWSWIRE" watch --settle-ms 10 --batch 7 --state "$state" "$in" 2>>"$dir/log" &
		watcher=$!
		for i in $(seq 15); do
			n=$((n + 1))
			story $n >"$in/.$n" && mv "$in/.$n" "$in/$n.txt"
		done
		sleep "$(printf '%d.%03d' $((i = RANDOM % most, i / 1000)) $((i % 1000)))" # anywhere
		kill -KILL "$watcher"; wait "$watcher" 2>/dev/null
		watcher=
	done
	once
	is "exit status" $? 0
	checked_by_sum
	is "dead letters" "$(count deadletter)" 0
}

fifty_thousand_files_at_once_lose_none() {
	start
	kill -STOP "$watcher"
	local i
	for ((i = 0; i < ${DROP:-50000}; i++)); do
		echo "Ferry number $i left the harbour of Split on Sunday, the line said." >"$in/$i.txt"
	done
	kill -CONT "$watcher"
	local n=0 last=0 end=$((SECONDS + 120)) # while more arrive there is time
	until [ "$n" = "$i" ] || [ $SECONDS -ge $end ]; do
		sleep 0.5
		n=$(count articles)
		[ "$n" = "$last" ] || last=$n end=$((SECONDS + 120))
	done
	is articles "$(topic articles | grep -o '"nw-file":"[^"]*"' | sort -u | wc -l)" "$i"
	is records "$(count articles)" "$i"
	stop
}

# It is said within 5 s, which are a busy machine's two, after what was said before.
is_said() {
	local end=$(($(date +%s) + 5)) line
	until line=$(tail -n +$((said + 1)) "$dir/log" | grep -n -m 1 "$1"); do
		[ "$(date +%s)" -le $end ] || { fail "not said in time: $1"; return; }
		sleep 0.05
	done
	said=$((said + ${line%%:*}))
}

a_broker_that_dies_is_waited_for() {
	if [ -z "${BROKER-}" ]; then
		echo "  (the embedded log has no broker)"
		return
	fi
	local said=0
	start
	story 0 >"$in/0.txt"
	until_true articles_are 1
	tests/lib/broker.sh kill "$BROKER_DIR"
	for i in $(seq 30); do story "$i" >"$in/$i.txt"; done
	is_said "Kafka at $BROKER does not answer"
	stop
	"$NEWSWIRE" watch --settle-ms 50 --state "$state" "$in" 2>>"$dir/log" &
	watcher=$!
	is_said "Kafka at $BROKER does not answer"
	OWNER=$$ tests/lib/broker.sh restart "$BROKER_DIR" >/dev/null
	is_said "Kafka at $BROKER answers again"
	until_true articles_are 31
	checked_by_sum
	tests/lib/broker.sh kill "$BROKER_DIR"
	is_said "Kafka at $BROKER does not answer" # nothing is to be sent now
	OWNER=$$ tests/lib/broker.sh restart "$BROKER_DIR" >/dev/null
	is_said "Kafka at $BROKER answers again"
	stop
}

a_full_disk_is_waited_out() {
	mkdir -p "$top/disk"
	if ! mount -t tmpfs -o size=4m tmpfs "$top/disk" 2>/dev/null; then
		echo "  (no right to mount: the disk stays as it is)"
		return
	fi
	state=$top/disk/state
	start
	until_true test -f "$state/log.db"
	dd if=/dev/zero of="$top/disk/filler" bs=4096 2>/dev/null
	for i in $(seq 40); do story $i >"$in/$i.txt"; done
	until_true grep -q "waits:" "$dir/log"
	rm "$top/disk/filler"
	until_true articles_are 40
	checked_by_sum
	stop
	umount "$top/disk"
}

for test_name in ${*:-every_bad_file_has_its_outcome_and_the_next_goes_through \
	nul_bytes_are_taken_out_of_text \
	a_file_that_may_not_be_read_is_tried_again_when_it_may \
	a_spool_that_is_read_only_is_read \
	a_file_that_vanishes_is_passed_over \
	a_slow_writer_is_waited_for \
	a_cut_gzip_is_held_until_it_is_whole \
	where_directories_cannot_be_watched_scans_find_what_comes \
	other_bytes_are_the_next_version_and_the_same_are_nothing \
	a_link_and_a_copy_are_articles_of_their_own \
	directories_that_come_and_move_are_followed \
	what_was_there_before_is_skipped_and_may_be_taken_after_all \
	a_rejected_file_is_taken_again_when_asked \
	what_nobody_has_looked_at_is_pending \
	wrong_words_end_with_status_2 \
	a_second_watch_on_one_state_is_told_who_has_it \
	sections_name_spools \
	a_cache_that_was_lost_or_damaged_publishes_nothing_twice \
	twenty_kills_lose_and_double_nothing \
	fifty_thousand_files_at_once_lose_none \
	a_broker_that_dies_is_waited_for \
	a_full_disk_is_waited_out}; do
	run "$test_name"
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
