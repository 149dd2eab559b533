#!/bin/sh
# cases_test.sh [update]: each tests/cases/format_*/CASE/in.* gives the lines of its article.json.
# `update` writes them anew: a person reads the difference.
cd "$(dirname "$0")/.." || exit 1
lexicon=$(realpath lexicon) newswire=$(realpath "${NEWSWIRE:-build/newswire}")
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0
for case in tests/cases/format_*/*/; do
	name=${case%/} name=${name#tests/cases/}
	rm -f "$dir"/in.*
	cp "$case"in.* "$dir"
	touch -d 2026-11-24T08:00:00Z "$dir"/in.* # the file's time counts where nothing else tells
	(cd "$dir" && "$newswire" normalize --lexicon "$lexicon" in.*) >"$dir/out.json"
	if [ "$1" = update ]; then
		cp "$dir/out.json" "${case}article.json"
	elif ! diff -u "${case}article.json" "$dir/out.json"; then
		echo "not as written: $name"
		failed=$((failed + 1))
		continue
	fi
	passed=$((passed + 1))
done
echo "$passed passed, $failed failed"
[ "$passed" -gt 0 ] && [ "$failed" = 0 ]
