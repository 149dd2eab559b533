#!/bin/bash
# outage_test.sh [TEST...]: what docs/operations.md says of a full disk, a password that is wrong and
# a store of a newer newswire, by the program from outside.
set -uo pipefail
. "$(dirname "$0")/lib/facts.sh"
here=$(cd "$(dirname "$0")/.." && pwd)

# ---- words ----

articles() { # FIRST LAST: files of 5 kB in the spool
	local i
	for ((i = $1; i <= $2; i++)); do
		printf 'Minister opens bridge %d\n\nOSLO, Nov 3 (Atlas) - Norwegian Prime Minister Jonas Gahr Store opened bridge %d in Bergen on Sunday.\n\n%s\n' \
			$i $i "$(head -c 3700 /dev/urandom | base64 -w 70)" >"$dir/in/$i.txt"
	done
}
stored() { sqlite3 "$dir/state/sqlite.db" "select count(*) from articles where headline like 'Minister opens bridge %'"; }
stored_is() { [ "$(stored 2>/dev/null)" = "$1" ]; }
# The line and its workers.
pids() { echo "$runner"; pgrep -P "$runner"; }

# ---- facts ----

# A limit on the size of files stands for the disk: only root may mount a small one.
a_full_disk_is_waited_for_and_then_the_line_goes_on() {
	local pid
	articles 1 300
	(trap '' XFSZ; ulimit -S -f 1000; exec "$NEWSWIRE" run --state "$dir/state" "$dir/in") >"$dir/out" 2>"$dir/err" & runner=$!
	until_true grep -q 'waits: .*log.db' "$dir/err"
	sleep 4
	# It tries less and less often, and does not say that it goes on when it does not.
	[ "$(grep -c 'goes on' "$dir/err")" -le 3 ] || fail "it goes on $(grep -c 'goes on' "$dir/err") times"
	for pid in $(pids); do
		kill -0 "$pid" || fail "$pid has ended"
		prlimit --pid "$pid" --fsize=unlimited
	done
	until_true stored_is 300
	until_true grep -q 'goes on' "$dir/err"
	is "articles" "$(sqlite3 "$dir/state/sqlite.db" 'select count(distinct headline) from articles')" 300
	kill -TERM $runner; wait $runner; is "the status at the end" $? 0; runner=
}

a_password_that_changed_is_waited_for_and_one_that_was_never_right_is_said() {
	local info changed="alter user tester password 'changed'"
	local cut="select pg_terminate_backend(pid) from pg_stat_activity where usename = 'tester' and pid <> pg_backend_pid()"
	chmod 755 "$top" # its server may run as nobody
	info=$(OWNER=$$ "$here/tests/lib/postgres.sh" start "$dir/server" 2>>"$dir/log") || { fail "no server"; return; }
	export PGPASSFILE=$dir/pass
	printf '*:*:*:*:wrong\n' >"$dir/pass"; chmod 600 "$dir/pass"
	articles 1 2
	nw run --once --quiet --state "$dir/state" "$dir/in" >/dev/null 2>&1
	says "a password that was never right" "$(nw sink postgres --conninfo "$info" 2>&1)" "the password in ~/.pgpass"
	nw sink postgres --conninfo "$info" >/dev/null 2>&1
	is "its status" $? 2
	printf '*:*:*:*:secret\n' >"$dir/pass"
	"$NEWSWIRE" sink postgres --conninfo "$info" >"$dir/out" 2>"$dir/err" & runner=$!
	rows() { PGPASSWORD=$1 psql -Atqc 'select count(*) from newswire.articles' "$info"; }
	rows_are() { [ "$(rows "$1")" = "$2" ]; }
	until_true rows_are secret 2
	PGPASSWORD=secret psql -Atqc "$changed" -c "$cut" "$info" >/dev/null
	articles 3 4
	nw run --once --quiet --state "$dir/state" "$dir/in" >/dev/null 2>&1
	until_true grep -q 'try=4 .*password' "$dir/err"
	is "articles meanwhile" "$(rows changed)" 2
	kill -0 $runner || fail "it has ended"
	printf '*:*:*:*:changed\n' >"$dir/pass"
	until_true rows_are changed 4
	kill -TERM $runner; wait $runner; is "the status at the end" $? 0; runner=
	"$here/tests/lib/postgres.sh" stop "$dir/server"
}

a_store_of_a_newer_newswire_is_refused_and_nothing_is_lost() {
	local was
	articles 1 2
	nw run --once --quiet --state "$dir/state" "$dir/in" >/dev/null 2>&1
	is "articles" "$(stored)" 2
	was=$(sqlite3 "$dir/state/sqlite.db" 'pragma user_version')
	sqlite3 "$dir/state/sqlite.db" 'pragma user_version = 99'
	articles 3 4
	says "the refusal" "$(nw sink sqlite 2>&1)" "was written by a newer newswire (schema 99"
	nw sink sqlite >/dev/null 2>&1
	is "its status" $? 2
	nw run --once --quiet --state "$dir/state" "$dir/in" >"$dir/out" 2>&1
	says "the line" "$(cat "$dir/out")" "newer newswire"
	is "articles meanwhile" "$(stored)" 2
	sqlite3 "$dir/state/sqlite.db" "pragma user_version = $was"
	nw run --once --quiet --state "$dir/state" "$dir/in" >/dev/null 2>&1
	is "articles in the end" "$(stored)" 4
}

# ---- all of them ----

begin() {
	export NEWSWIRE_NEWSWIRE_STATE=$dir/state
	mkdir "$dir/in"
}
facts
