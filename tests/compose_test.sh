#!/bin/sh
# docker-compose.yml and Dockerfile say nothing that the program does not know: no daemon is asked,
# the files are parsed and each command, flag, variable and package of them is looked up.
newswire=${NEWSWIRE:-build/newswire} built=${B:-build}/newswire # NEWSWIRE may be valgrind with it
dir=$(mktemp -d) passed=0 failed=0
trap 'rm -rf "$dir"' EXIT

fact() {
	name=$1; shift
	if "$@" >"$dir/out" 2>&1; then passed=$((passed + 1)); else
		failed=$((failed + 1)); echo "FAILED: $name"; cat "$dir/out"
	fi
}

# Lines of "SERVICE what value..." for the shell; exits 1 where the file itself is wrong.
cat >"$dir/read.py" <<'PY'
import sys, yaml
doc = yaml.safe_load(open("docker-compose.yml"))
services = doc["services"]
for name, s in services.items():
    for d, how in s.get("depends_on", {}).items():
        assert d in services, f"{name} waits for {d}, which is no service"
        check = services[d].get("healthcheck", {})
        if how["condition"] == "service_healthy":
            assert "test" in check, f"{d} is waited for but has no health check"
    for v in s.get("volumes", []):
        source = v.rsplit(":/", 1)[0] if not v.endswith(":ro") else v[:-3].rsplit(":/", 1)[0]
        assert source[0] in "./$" or source in doc["volumes"], f"{name}: no volume {source}"
    assert s.get("restart"), f"{name} has no restart policy"
    ours = s["image"] == "newswire"
    copies = s.get("deploy", {}).get("replicas", 1)
    print(name, "service", "ours" if ours else s["image"], copies)
    if ours:
        print(name, "command", *s["command"])
        if "test" in s["healthcheck"]:
            print(name, "health", *s["healthcheck"]["test"])
        for key in s.get("environment", {}):
            print(name, "variable", key)
PY

# Lines of a kind, without its name and the service's.
lines() { sed -n "s/^[a-z]* $1 //p" "$dir/lines"; }
all() { # KIND COMMAND: the command says yes to every line of this kind, and there is one
	lines "$1" >"$dir/all"; [ -s "$dir/all" ] || return 1
	while read -r words; do
		# shellcheck disable=SC2086
		"$2" $words || { echo "not so: $words"; return 1; }
	done <"$dir/all"
}

parses() { python3 "$dir/read.py" >"$dir/lines"; }
is_command() { "$newswire" "$1" --help >"$dir/help" && flags_are_known "$@"; }
flags_are_known() {
	for word; do case $word in --*) grep -q -- " ${word%%=*} " "$dir/help" || return 1 ;; esac; done
}
is_read() { env "$1=8080" "$newswire" config --check; }
is_script() { [ "$1" = CMD ] && [ "$2" = newswire-ready ] && [ -x tools/ready.sh ]; }
has_service() { grep -qx "$1 service $2" "$dir/lines"; }

# The packages of the libraries that the program names itself, as Debian 12 calls them.
needs_packages() {
	readelf -d "$built" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' >"$dir/needed"
	[ -s "$dir/needed" ] || return 1
	while read -r so; do
		path=$(ldd "$built" | sed -n "s|.*$so => \([^ ]*\) .*|\1|p")
		package=$(dpkg -S "$(realpath "$path")" | sed 's/:.*//')
		case $package in libc6 | lib[at]san? | libubsan?) continue ;; esac
		sed -n '/^FROM debian:bookworm-slim$/,$p' Dockerfile | grep -qw -- "${package%t64}" ||
			{ echo "the image lacks $package for $so"; return 1; }
	done <"$dir/needed"
}
is_not_root() { sed '1,/^FROM debian:bookworm-slim$/d' Dockerfile | grep -q '^USER newswire$'; }
copied_files_exist() {
	for f in $(sed -n 's/^COPY \([a-z][^ ]*\) .*/\1/p' Dockerfile); do [ -e "$f" ] || return 1; done
}

# A server that answers /readyz once, with this status, on a port that it prints.
answers() {
	cat >"$dir/serve.py" <<'PY'
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(sys.argv[1]) if self.path == "/readyz" else 404)
        self.end_headers()
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
print(server.server_address[1], flush=True)
server.handle_request()
PY
	mkfifo "$dir/port.$1"
	timeout 60 python3 "$dir/serve.py" "$1" >"$dir/port.$1" &
	read -r port <"$dir/port.$1"
	tools/ready.sh "$port"
}
is_unready() { ! answers 503; }
nobody_is_ready() { ! tools/ready.sh 1; }

fact "the file parses; what is waited for and mounted is there" parses
fact "Kafka is Apache's own image" has_service kafka "apache\/kafka:4.1.1 1"
fact "two workers enrich" has_service enrich "ours 2"
fact "one sink stores" has_service sink "ours 1"
fact "every command and flag is known to the program" all command is_command
fact "every variable is read by the program" all variable is_read
fact "every health check asks /readyz" all health is_script
fact "a worker that is ready is" answers 200
fact "one that is not is not" is_unready
fact "where nobody listens nobody is ready" nobody_is_ready
fact "the image has every library that the program needs" needs_packages
fact "the image does not run as root" is_not_root
fact "what the image copies is there" copied_files_exist

echo "$passed passed, $failed failed"
[ $failed = 0 ]
