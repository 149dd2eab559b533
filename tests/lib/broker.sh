#!/bin/bash
# broker.sh start|stop|kill|restart|port DIR: one Kafka broker on loopback, its data in DIR.
#
# A watcher kills the broker when OWNER (a pid; by default our caller's) is gone, so a test
# that crashes leaves none behind.  (PR_SET_PDEATHSIG would fire when this script ends.)
set -euo pipefail

die() { echo "broker: $*" >&2; exit 1; }
[ $# = 2 ] || die "usage: broker.sh start|stop|kill|restart|port DIR"
mkdir -p "$2"
dir=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
owner=${OWNER:-$PPID}
jars=${NEWSWIRE_CACHE:-$HOME/.cache/newswire}/kafka-4.1.1
jvm="-Xmx512m -Xshare:auto -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.level=WARN"

# Below the kernel's own range, so that no client is given it meanwhile.
free_port() {
	local p
	while p=$((RANDOM % 12000 + 20000)); (exec 3<>/dev/tcp/127.0.0.1/$p) 2>/dev/null; do :; done
	echo $p
}

# An ApiVersions request, version 0, without client id: any four bytes back will do.
answers() {
	(exec 3<>/dev/tcp/127.0.0.1/$1
	printf '\0\0\0\12\0\22\0\0\0\0\0\1\377\377' >&3
	[ "$(head -c 4 <&3 | wc -c)" = 4 ]) 2>/dev/null
}

# A broker killed with -9 is let in again only when its last session is over: 9 s by default.
configure() {
	local port=$(free_port) control=$(free_port)
	cat >"$dir/server.properties" <<CONF
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$control
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.quorum.voters=1@127.0.0.1:$control
log.dirs=$dir/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
message.max.bytes=9437184
replica.fetch.max.bytes=9437184
broker.heartbeat.interval.ms=200
broker.session.timeout.ms=1000
CONF
	echo "$port" >"$dir/port"
	java $jvm -cp "$jars/*" kafka.tools.StorageTool format -t newswire-test-00000001 \
		-c "$dir/server.properties" >"$dir/format.log" 2>&1 || die "$(cat "$dir/format.log")"
}

launch() {
	setsid java $jvm -cp "$jars/*" kafka.Kafka "$dir/server.properties" \
		>"$dir/log" 2>&1 </dev/null &
	local pid=$!
	echo $pid >"$dir/pid"
	(while kill -0 $owner && kill -0 $pid; do sleep 0.3; done; kill -9 $pid) \
		>/dev/null 2>&1 </dev/null &
	until answers "$(cat "$dir/port")"; do
		kill -0 $pid 2>/dev/null || die "it died: $(tail -n 5 "$dir/log")"
		sleep 0.05
	done
	echo "127.0.0.1:$(cat "$dir/port")"
}

end() {
	[ -e "$dir/pid" ] || return 0
	local pid=$(cat "$dir/pid")
	kill -$1 $pid 2>/dev/null || true
	while kill -0 $pid 2>/dev/null; do sleep 0.05; done
	rm -f "$dir/pid"
}

case $1 in
start)	"$here/kafka-jars.sh"; [ -e "$dir/port" ] || configure; launch ;;
stop)	end TERM ;;
kill)	end KILL ;;
restart) end KILL; launch ;;
port)	cat "$dir/port" ;;
*)	die "no such verb: $1" ;;
esac
