#!/bin/sh
# The configuration: printed whole, read in again, and every wrong word has a sentence.
newswire=$(realpath "${NEWSWIRE:-build/newswire}")
dir=$(mktemp -d) passed=0 failed=0
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

fact() {
	name=$1; shift
	if "$@" >out 2>&1; then passed=$((passed + 1)); else
		failed=$((failed + 1)); echo "FAILED: $name"; cat out
	fi
}

config() { "$newswire" config --config c.conf "$@"; }
says() { # STATUS TEXT COMMAND...: it ends with this status and says this text
	status=$1 text=$2; shift 2
	"$@" >said 2>&1
	[ $? = "$status" ] && grep -qF -- "$text" said || { cat said; return 1; }
}
with() { printf "$1" >c.conf; shift; "$@"; }
round_trip() {
	config --secrets >printed.conf && "$newswire" config --secrets --config printed.conf >again.conf &&
	grep -v '^#' printed.conf >a && grep -v '^#' again.conf >b && diff a b
}

full='[newswire]\nprefix = desk\nstate = /var/x y\n[topics]\npartitions=2\n[kafka]\nbootstrap.servers = k:1\nsasl.password = pa=s\n[spool wire one]\npath = /in put\n[sink archive]\ntype = jsonl\nlevel = 9\n'

fact "every section is printed without a file" \
	with '' says 0 'retention_days = 7' config
fact "what is printed can be read in again and says the same" with "$full" round_trip
fact "the keys of a sink are those of its type" with "$full" says 0 'roll_records = 100000' config
fact "a type that is none names the nearest" with '[sink a]\ntype=sqlte\n' \
	says 2 "[sink a]: no sink of type 'sqlte'; did you mean 'sqlite'?" config
fact "a key of another type is unknown" with '[sink a]\ntype=sqlite\nlevel=1\n' \
	says 2 "[sink a] has no key 'level'" config
fact "a value of the file says so" with "$full" says 0 ' [file]' config
fact "the environment wins over the file" \
	with "$full" env NEWSWIRE_TOPICS_PARTITIONS=9 sh -c \
	'"$0" config --config c.conf | grep -A1 "partitions.*\[environment\]" | grep -qx "partitions = 9"' "$newswire"
fact "a flag wins over both" with "$full" says 0 'prefix = other' config --prefix other
hides() { config >shown && grep -qF "$1" shown && ! grep -F "$2" shown; }
fact "a password is not shown" with "$full" hides '#sasl.password = hidden' pa=s
fact "unless it is asked for" with "$full" says 0 'sasl.password = pa=s' config --secrets
fact "a word in an address is not shown" with '[kafka]\na.url = x://me:word@host\n' \
	hides '#a.url = hidden' word@
fact "a right file has nothing wrong" with "$full" says 0 'c.conf: nothing wrong' config --check

fact "an unknown section names the nearest" \
	with '[topcis]\na=1\n' says 2 'no section [topcis]; did you mean [topics]?' config --check
fact "an unknown key names the nearest" \
	with '[topics]\npartition=1\n' says 2 "no key 'partition'; did you mean 'partitions'?" config --check
fact "it is refused without --check as well" \
	with '[topics]\npartition=1\n' says 2 "no key 'partition'" config
fact "a value out of range is said with its range" \
	with '[topics]\npartitions=0\n' says 2 '[topics]: partitions: 0 is outside 1 .. 1000' config --check
fact "a variable that nothing reads names the nearest" \
	with '' says 2 'did you mean NEWSWIRE_TOPICS_PARTITIONS?' \
	env NEWSWIRE_TOPICS_PARTITION=1 "$newswire" config --check
fact "any key of [kafka] is taken from the environment" \
	with '' env NEWSWIRE_KAFKA_BOOTSTRAP_SERVERS=k:9 sh -c \
	'"$0" config --config c.conf | grep -qx "bootstrap.servers = k:9"' "$newswire"
fact "a flag that is no setting is no key" \
	with '[config]\ncheck=true\n' says 2 'no section [config]' config --check
fact "a file that was named must exist" says 2 'none.conf' "$newswire" config --config none.conf
fact "text that is no configuration is refused" with 'a=1\n' says 2 'c.conf' config --check
fact "a word too many is refused" with '' says 2 "'x' is too much" config x

echo "$passed passed, $failed failed"
[ $failed = 0 ]
