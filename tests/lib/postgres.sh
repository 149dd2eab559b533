#!/bin/bash
# postgres.sh start|stop|kill|restart DIR: one PostgreSQL server on loopback, its data in DIR.
#
# Prints a conninfo; the password is "secret".  The server refuses to run as root: then it runs as
# nobody.  A watcher ends it when OWNER (a pid; by default our caller's) is gone.
set -euo pipefail

die() { echo "postgres: $*" >&2; exit 1; }
[ $# = 2 ] || die "usage: postgres.sh start|stop|kill|restart DIR"
mkdir -p "$2"
dir=$(cd "$2" && pwd)
owner=${OWNER:-$PPID}
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
as=()
if [ "$(id -u)" = 0 ]; then
	as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
	chown nobody "$dir"
fi

free_port() {
	local p
	while p=$((RANDOM % 12000 + 20000)); (exec 3<>/dev/tcp/127.0.0.1/$p) 2>/dev/null; do :; done
	echo $p
}

configure() {
	free_port >"$dir/port"
	echo secret >"$dir/password"; chmod 644 "$dir/password"
	(cd / && "${as[@]}" "$bin/initdb" -D "$dir/data" -U tester -A scram-sha-256 --no-sync \
		--pwfile="$dir/password" --locale=C.UTF-8) >"$dir/initdb.log" 2>&1 || die "$(cat "$dir/initdb.log")"
	cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $(cat "$dir/port")
unix_socket_directories = ''
shared_buffers = 64MB
max_wal_size = 512MB
CONF
}

answers() {
	PGPASSWORD=secret psql -Atqc 'SELECT 1' "$1 dbname=postgres" >/dev/null 2>&1
}

# After kill -9 a start is refused until the last of the old server's children is gone.
launch() {
	local info="host=127.0.0.1 port=$(cat "$dir/port") user=tester" pid= tries=0
	until [ -n "$pid" ] && answers "$info"; do
		if [ -z "$pid" ] || ! kill -0 $pid 2>/dev/null; then
			[ $((tries += 1)) -le 40 ] || die "it does not start: $(tail -n 5 "$dir/log")"
			(cd / && exec setsid "${as[@]}" "$bin/postgres" -D "$dir/data") >"$dir/log" 2>&1 </dev/null &
			pid=$!
			echo $pid >"$dir/pid"
		fi
		sleep 0.1
	done
	(while kill -0 $owner && kill -0 $pid; do sleep 0.3; done; kill -QUIT $pid) \
		>/dev/null 2>&1 </dev/null &
	echo "$info dbname=postgres"
}

end() {
	[ -e "$dir/pid" ] || return 0
	local pid=$(cat "$dir/pid")
	kill -$1 $pid 2>/dev/null || true
	while kill -0 $pid 2>/dev/null; do sleep 0.05; done
	rm -f "$dir/pid"
}

case $1 in
start)	[ -e "$dir/port" ] || configure; launch ;;
stop)	end INT ;;
kill)	end KILL ;;
restart) end KILL; launch ;;
*)	die "no such verb: $1" ;;
esac
