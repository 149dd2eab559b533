#!/bin/bash
# postgres.sh start|stop|kill|restart DIR: one PostgreSQL server on loopback, its data in DIR.
# Prints a conninfo; the password is "secret".  The server refuses to run as root: then it runs as
# nobody.
. "$(dirname "$0")/serve.sh"

bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
as=()
if [ "$(id -u)" = 0 ]; then
	as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
	chown nobody "$dir"
fi

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
	watch $pid
	echo "$info dbname=postgres"
}

stop_signal=INT
serve
