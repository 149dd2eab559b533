#!/bin/sh
# Every example is valid and every bad one is refused; its name says why.  With arguments,
# SCHEMA FILE..., the records in those files are valid too.
cd "$(dirname "$0")/.." || exit 1
validate=tests/lib/validate.py
[ $# = 0 ] || exec $validate "$@"

passed=0 failed=0
expect() { # WHAT-IT-SAYS-LAST STATUS COMMAND...
	last=$1 status=$2
	shift 2
	said=$("$@" 2>&1)
	if [ $? = "$status" ] && [ "${said##*
}" = "$last" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$*: $said"
	fi
}
for schema in article enriched event story ledger state deadletter; do
	set -- schemas/examples/$schema*.json
	expect "$# valid, 0 not" 0 $validate $schema "$@"
	set -- schemas/examples/bad/$schema-*.json
	expect "0 valid, $# not" 1 $validate $schema "$@"
done

# What no schema sees: JSON that two readers would read differently.
bad=$(mktemp -d) || exit 1
trap 'rm -r "$bad"' EXIT
printf '{"uri":"u:1","uri":"u:2"}\n{"uri":"u:\\ud800"}\n{"uri":NaN}\n' >"$bad/lines"
expect "0 valid, 3 not" 1 $validate article "$bad/lines"
: >"$bad/none"
expect "0 valid, 0 not" 1 $validate article "$bad/none"

# Lines of the log are told by their topic.
printf '%s\n' '{"topic":"x.ledger","headers":{},"value":{"uri":"u:1"}}' \
	'{"topic":"x.ledger","headers":{},"value":null}' \
	'{"topic":"x.state","headers":[],"value":{"uri":"u:1"}}' >"$bad/log"
expect "2 valid, 1 not" 1 $validate log "$bad/log"

# What the program makes of the demo's files.
NEWSWIRE=${NEWSWIRE:-build/newswire}
set -- demo/*.txt*
"$NEWSWIRE" extract --lexicon lexicon --state "$bad/state" "$@" >"$bad/enriched"
expect "$# valid, 0 not" 0 $validate enriched "$bad/enriched"

echo "$passed passed, $failed failed"
[ $failed = 0 ]
