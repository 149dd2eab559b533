# To be sourced: what broker.sh, postgres.sh and opensearch.sh do alike.
#
#	NAME.sh start|stop|kill|restart|port DIR
#
# A script says how to configure() a fresh $dir and how to launch() the server in it; launch ends
# with `watch PID` and the line that says where the server is.  `start` is called once for a DIR.
# A watcher kills the server when OWNER (a pid; by default our caller's) is gone, so that a test
# that crashes leaves none behind.  (PR_SET_PDEATHSIG would fire when the script ends.)
set -euo pipefail

name=$(basename "$0" .sh)
die() { echo "$name: $*" >&2; exit 1; }
[ $# = 2 ] || die "usage: $name.sh start|stop|kill|restart|port DIR"
verb=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
owner=${OWNER:-$PPID}

# Below the kernel's own range, so that no client is given it meanwhile.
free_port() {
	local p
	while p=$((RANDOM % 12000 + 20000)); (exec 3<>/dev/tcp/127.0.0.1/$p) 2>/dev/null; do :; done
	echo $p
}

# When a process began: its number may be another's by the time that we look again.
born() { sed 's/.*) //' /proc/$1/stat 2>/dev/null | cut -d' ' -f20; }

watch() {
	(ours=$(born $owner) its=$(born $1)
	while [ "$(born $owner)" = "$ours" ] && [ "$(born $1)" = "$its" ]; do sleep 0.3; done
	[ "$(born $1)" != "$its" ] || kill -9 $1) >/dev/null 2>&1 </dev/null &
}

end() {
	[ -e "$dir/pid" ] || return 0
	local pid=$(cat "$dir/pid")
	kill -$1 $pid 2>/dev/null || true
	while kill -0 $pid 2>/dev/null; do sleep 0.05; done
	rm -f "$dir/pid"
}

serve() {
	case $verb in
	start)	[ -e "$dir/port" ] || configure; launch ;;
	stop)	end ${stop_signal:-TERM} ;;
	kill)	end KILL ;;
	restart) end KILL; launch ;;
	port)	cat "$dir/port" ;;
	*)	die "no such verb: $verb" ;;
	esac
}
