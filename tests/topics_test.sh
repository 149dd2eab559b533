#!/bin/sh
# `newswire topics` on the embedded log; on Kafka the same calls are in the suite of the buses.
newswire=${NEWSWIRE:-build/newswire}
dir=$(mktemp -d) passed=0 failed=0
trap 'rm -rf "$dir"' EXIT

fact() {
	name=$1; shift
	if "$@" >"$dir/out" 2>&1; then passed=$((passed + 1)); else
		failed=$((failed + 1)); echo "FAILED: $name"; cat "$dir/out"
	fi
}

topics() { "$newswire" topics --state "$dir/state" "$@"; }
says() { # STATUS COUNT TEXT FLAGS...: ends with STATUS, and COUNT lines have TEXT
	status=$1 count=$2 text=$3; shift 3
	topics "$@" >"$dir/said" 2>&1
	[ $? = "$status" ] && [ "$(grep -c -- "$text" "$dir/said")" = "$count" ] && return 0
	cat "$dir/said"; return 1
}

fact "a dry run says what is missing" says 0 7 'is missing' --dry-run
fact "and creates nothing" says 0 7 'is missing' --dry-run
fact "what is missing is created" says 0 7 'created, partitions=4'
fact "a second time there is nothing to do" says 0 1 'all as they should be'
fact "another prefix has topics of its own" says 0 7 '^desk\..*created, partitions=2' \
	--prefix desk --partitions 2
fact "partitions that differ are said" says 0 7 'has 4 partitions, not 8' --partitions 8
fact "and left as they are" says 0 1 'all as they should be'
fact "days that differ are said of what is kept by time" says 0 4 '^news\.' --retention-days 8
fact "the flat topic is one more, where it is asked for" env NEWSWIRE_ENRICH_EVENTS=true \
	"$newswire" topics --state "$dir/flat"
fact "and then it is there" sh -c "NEWSWIRE_ENRICH_EVENTS=true '$newswire' topics --state '$dir/flat' | grep -q '^8 topics'"
mkdir "$dir/in" && cp demo/*.txt "$dir/in"
fact "a line has two groups" "$newswire" run --once --quiet --state "$dir/state" "$dir/in"
full() { # what a full log says to do is a command that there is
	mkdir "$dir/more" && echo 'One more.' >"$dir/more/one.txt"
	timeout 60 "$newswire" watch --once --state "$dir/state" --max-log-bytes 1 "$dir/more" 2>"$dir/err" &
	watch=$!
	until grep -q 'is full' "$dir/err"; do kill -0 $watch || break; sleep 0.1; done
	kill $watch; wait $watch
	cat "$dir/err"
	grep -q 'waiting for the group news\.[a-z.]* to catch up (`newswire topics forget GROUP`' "$dir/err"
}
fact "a full log says whom it waits for" full
fact "a group is forgotten by its short name" says 0 1 '^news.enrich: forgotten' forget enrich
fact "and by its whole one" says 0 1 '^news.sink.sqlite: forgotten' forget news.sink.sqlite
fact "one that is not there is told apart" says 1 1 'there is no group news.enrich: it is' forget enrich
fact "a group must be named" says 2 1 'not understood' forget
fact "a wrong word is refused" says 2 1 "'crate' is not understood" crate
fact "partitions have a range" says 2 1 'outside 1 .. 1000' --partitions 0

echo "$passed passed, $failed failed"
[ $failed = 0 ]
