# To be sourced, with the script's own arguments: a script whose facts are functions with a _ in
# their names, each with a directory of its own, $dir, below $top.  It says how to begin() one and
# ends with `facts`.  What a fact starts in the background it calls $runner; that is killed.
NEWSWIRE=$(realpath "${NEWSWIRE:-build/newswire}") TAP=$(realpath "${TAP:-build/tests/tap}")
wanted=$*
top=$(mktemp -d "/tmp/$(basename "$0" .sh).XXXXXX")
failed=0 passed=0 runner=

clean() {
	[ -n "$runner" ] && kill -KILL "$runner" 2>/dev/null
	rm -rf "$top"
}
trap clean EXIT

fail() { echo "  $test: $*"; bad=1; }
is() { [ "$2" = "$3" ] || fail "$1 is '$2', not '$3'"; }
says() { case $2 in *"$3"*) ;; *) fail "$1 says '$2', nothing of '$3'" ;; esac; }
until_true() {
	local end=$((SECONDS + 90))
	until "$@" 2>/dev/null; do
		[ $SECONDS -lt $end ] || { fail "waited in vain: $*"; return 1; }
		sleep 0.05
	done
}
nw() { "$NEWSWIRE" "$@"; }

facts() {
	for test in ${wanted:-$(sed -n 's/^\([a-z_]*\)() {$/\1/p' "$0" | grep _.*_)}; do
		bad=0 dir=$top/$test
		mkdir "$dir"
		begin
		$test
		[ -n "$runner" ] && { kill -KILL "$runner"; wait "$runner"; runner=; } 2>/dev/null
		if [ $bad = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $test"; fi
	done
	echo "$passed passed, $failed failed"
	[ $failed = 0 ]
}
