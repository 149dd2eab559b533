#!/bin/bash
# broker.sh start|stop|kill|restart|port DIR: one Kafka broker on loopback, its data in DIR.
. "$(dirname "$0")/serve.sh"

jars=${NEWSWIRE_CACHE:-$HOME/.cache/newswire}/kafka-4.1.1
jvm="-Xmx512m -Xshare:auto -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.level=WARN"

# An ApiVersions request, version 0, without client id: any four bytes back will do.
answers() {
	(exec 3<>/dev/tcp/127.0.0.1/$1 || exit 1
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
	watch $pid
	until answers "$(cat "$dir/port")"; do
		kill -0 $pid 2>/dev/null || die "it died: $(tail -n 5 "$dir/log")"
		sleep 0.05
	done
	echo "127.0.0.1:$(cat "$dir/port")"
}

[ "$verb" != start ] || "$here/kafka-jars.sh"
serve
