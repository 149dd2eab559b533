#!/bin/sh
# The manual says what the program says: every command has its page, every flag and every key
# stands in one, and the pages are without fault.
newswire=$(realpath "${NEWSWIRE:-build/newswire}")
dir=$(mktemp -d) passed=0 failed=0
trap 'rm -rf "$dir"' EXIT

fact() {
	name=$1; shift
	if "$@" >"$dir/out" 2>&1; then passed=$((passed + 1)); else
		failed=$((failed + 1)); echo "FAILED: $name"; cat "$dir/out"
	fi
}

commands=$("$newswire" --help | sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p')
text() { mandoc -T ascii "$1" | sed "s|.$(printf '\b')||g"; } # without its overstrikes

no_fault() { # mandoc does not know that a page's second word is another page
	found=$(mandoc -T lint -W warning "$1" | grep -v 'cross reference to self: Xr newswire 1')
	echo "$found"; [ -z "$found" ]
}
flags_of() { "$newswire" "$1" --help | sed -n '/^of all commands/q; s/^  \(--[a-z-]*\) .*/\1/p'; }
every_flag_is_in() { # PAGE FLAG...
	page=$1; shift
	text "$page" >"$dir/page"
	for flag; do
		grep -q -- "$flag\\([^a-z-]\\|\$\\)" "$dir/page" || { echo "$page lacks $flag"; return 1; }
	done
}
says_what_for() { "$newswire" "$1" --help | head -1 | grep -q "^usage: newswire $1" ; }
references_exist() {
	sed -n 's/^\.Xr \([^ ]*\) \([15]\).*/\1.\2/p' docs/*.[15] | sort -u >"$dir/refs"
	[ -s "$dir/refs" ] || return 1
	while read -r page; do [ -e "docs/$page" ] || { echo "no page $page"; return 1; }; done <"$dir/refs"
}
every_page_is_of_a_command() {
	for page in docs/newswire-*.1; do
		c=${page#docs/newswire-}
		echo " $commands " | tr '\n' ' ' | grep -q " ${c%.1} " || { echo "$page: no command"; return 1; }
	done
}

# A file with a section of every kind; the types of a sink are what a wrong one is told.
keys() {
	for type in $(ls common/sink/sink_*.c | sed 's/.*sink_\(.*\)\.c/\1/'); do
		printf '[sink %s]\n' "$type"
	done >"$dir/all.conf"
	printf '[spool a]\n' >>"$dir/all.conf"
	"$newswire" config --config "$dir/all.conf" | sed -n 's/^#\{0,1\}\([a-z_]*\) =.*/\1/p' | sort -u
}
every_key_is_in_the_page() {
	text docs/newswire.conf.5 >"$dir/page"
	keys >"$dir/keys"
	[ "$(wc -l <"$dir/keys")" -gt 10 ] || return 1
	while read -r key; do
		grep -qw "$key" "$dir/page" || { echo "newswire.conf.5 lacks $key"; return 1; }
	done <"$dir/keys"
}
every_section_is_in_the_page() {
	keys >/dev/null
	"$newswire" config --config "$dir/all.conf" | sed -n 's/^\[\([a-z]*\).*/\1/p' | sort -u >"$dir/sections"
	[ -s "$dir/sections" ] || return 1
	while read -r s; do
		grep -q "^\\.Ss \\[$s[] ]" docs/newswire.conf.5 || { echo "newswire.conf.5 lacks [$s]"; return 1; }
	done <"$dir/sections"
}

# Links of the text files lead somewhere.
links_exist() {
	grep -o '](\([^)#]*\))' README.md | sed 's/](\(.*\))/\1/' | grep -v '^https*:' >"$dir/links"
	grep -o '`\(docs\|demo\|tests\|tools\|schemas\|lexicon\|common\)/[A-Za-z0-9_./-]*`' README.md docs/*.md |
		sed 's/.*`\(.*\)`/\1/' >>"$dir/links"
	sed -i '/NAME/d' "$dir/links"; [ -s "$dir/links" ] || return 1
	while read -r f; do [ -e "$f" ] || { echo "no $f"; return 1; }; done <"$dir/links"
}

completes() { # WORDS... : the last one completes to this first word
	want=$1; shift
	bash -c 'want=$1; shift; . docs/newswire.bash-completion; COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1)); _newswire; printf "%s\n" "${COMPREPLY[@]}" | grep -qx -- "$want"' \
		bash "$want" "$@"
}

fact "the program lists its commands" [ -n "$commands" ]
for c in $commands; do
	fact "$c says what it is for" says_what_for "$c"
	fact "$c has a page" [ -e "docs/newswire-$c.1" ]
	# shellcheck disable=SC2046
	fact "every flag of $c stands in its page" every_flag_is_in "docs/newswire-$c.1" $(flags_of "$c")
done
for page in docs/*.[15]; do fact "$page has no fault" no_fault "$page"; done
fact "every page is of a command" every_page_is_of_a_command
fact "every page that is referred to exists" references_exist
fact "every key stands in newswire.conf.5" every_key_is_in_the_page
fact "every section stands in newswire.conf.5" every_section_is_in_the_page
fact "every path that the texts name exists" links_exist
fact "a command completes" completes config "$newswire" conf
fact "a flag completes" completes --check "$newswire" config --ch

echo "$passed passed, $failed failed"
[ $failed = 0 ]
