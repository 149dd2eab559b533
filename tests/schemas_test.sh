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
for schema in article enriched event story alert ledger state deadletter; do
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

# What stands beside a reference counts as well as what it refers to, at every depth.
cat >"$bad/beside.json" <<'END'
{"$defs": {"word": {"type": "string", "minLength": 2},
           "tree": {"type": "array", "items": {"anyOf": [{"$ref": "#/$defs/word"},
                    {"description": "a smaller one", "$ref": "#/$defs/tree", "maxItems": 1}]}}},
 "properties": {"a": {"$ref": "#/$defs/word", "maxLength": 3, "description": "not long"},
                "b": {"$ref": "#/$defs/word", "allOf": [{"pattern": "^x"}]},
                "c": {"$ref": "#/$defs/tree"}}}
END
printf '%s\n' '{"a":"no","b":"xy","c":["ab",["cd"]]}' '{"a":"yes","c":[["ab"],["cd"],"ef"]}' >"$bad/good"
printf '%s\n' '{"a":"long"}' '{"a":"x"}' '{"b":"yx"}' '{"b":"x"}' '{"c":[["ab","cd"]]}' '{"c":[["a"]]}' >"$bad/lines"
expect "2 valid, 0 not" 0 $validate "$bad/beside.json" "$bad/good"
expect "0 valid, 6 not" 1 $validate "$bad/beside.json" "$bad/lines"

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
