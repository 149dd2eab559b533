#!/bin/bash
# opensearch.sh start|stop|kill|restart|port DIR: one OpenSearch node on loopback, its data in DIR.
. "$(dirname "$0")/serve.sh"

jars=${NEWSWIRE_CACHE:-$HOME/.cache/newswire}/opensearch-2.11.1

configure() {
	"$here/maven-jars.sh" opensearch-2.11.1 org.opensearch:opensearch:2.11.1 \
		org.opensearch.plugin:transport-netty4-client:2.11.1 \
		org.apache.logging.log4j:log4j-core:2.20.0
	mkdir -p "$dir/config" "$dir/modules" "$dir/plugins" "$dir/classes"
	javac -cp "$jars/*" -d "$dir/classes" "$here/OpenSearchNode.java" || die "javac failed"
	free_port >"$dir/port"
}

launch() {
	local port=$(cat "$dir/port")
	setsid java -Xmx512m -Xshare:auto -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
		-cp "$dir/classes:$jars/*" OpenSearchNode "$dir" $port >"$dir/log" 2>&1 </dev/null &
	local pid=$!
	echo $pid >"$dir/pid"
	watch $pid
	until curl -fs -o "$dir/health" "http://127.0.0.1:$port/_cluster/health?wait_for_status=yellow&timeout=5s"; do
		kill -0 $pid 2>/dev/null || die "it died: $(tail -n 5 "$dir/log")"
		sleep 0.1
	done
	echo "http://127.0.0.1:$port"
}

serve
