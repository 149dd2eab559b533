#!/bin/sh
# What is installed runs without the tree it was built in, and can be taken away again.
dir=$(mktemp -d) passed=0 failed=0
trap 'rm -rf "$dir"' EXIT
here=$(pwd)
unset MAKEFLAGS MFLAGS MAKELEVEL

fact() {
	name=$1; shift
	if "$@" >"$dir/out" 2>&1; then passed=$((passed + 1)); else
		failed=$((failed + 1)); echo "FAILED: $name"; cat "$dir/out"
	fi
}

to() { make -s "$@" "B=${B:-build}" "DESTDIR=$dir/root" PREFIX=/opt/news; }
base=$dir/root/opt/news
has_all_pages() {
	for page in docs/*.[15]; do
		[ -s "$base/share/man/man${page##*.}/${page#docs/}" ] || { echo "no $page"; return 1; }
	done
}
runs() { # with nothing round it: not the tree, no home, an empty place to stand in
	mkdir -p "$dir/empty"
	(cd "$dir/empty" && env -i PATH=/usr/bin:/bin "$base/bin/newswire" extract \
		"$here/demo/colombia-army-clash-cauca.txt" | grep -q '"events":\[{')
}
nothing_left() { [ -z "$(find "$dir/root" -type f | tee "$dir/left")" ] || { cat "$dir/left"; return 1; }; }

fact "it installs" to install
fact "the program is there" [ -x "$base/bin/newswire" ]
fact "every page is there" has_all_pages
fact "the completion is there" [ -s "$base/share/bash-completion/completions/newswire" ]
fact "it runs with its own lexicon" runs
fact "it uninstalls" to uninstall
fact "and leaves no file" nothing_left

echo "$passed passed, $failed failed"
[ $failed = 0 ]
