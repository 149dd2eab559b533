#!/bin/sh
# docs_test.sh [update]: the manual says what the program says: every command has its page, every
# flag and every key stands in one, defaults and examples are true, and the pages are without fault.
# `update` writes the table of the README anew.
newswire=$(realpath "${NEWSWIRE:-build/newswire}")
dir=$(mktemp -d) passed=0 failed=0
trap 'rm -rf "$dir"' EXIT

fact() {
	name=$1; shift
	if "$@" >"$dir/out" 2>&1; then passed=$((passed + 1)); else
		failed=$((failed + 1)); echo "FAILED: $name"; cat "$dir/out"
	fi
}

# The first 12 lines of what `make demo` prints; the file's time counts where a dateline has no year.
demo_prints() {
	mkdir "$dir/demo" && cp demo/*.txt* "$dir/demo" && touch -d 2026-11-24T08:00:00Z "$dir"/demo/*
	COLUMNS= "$newswire" run --once --quiet --state "$dir/state" "$dir/demo" >"$dir/table" || return 1
	sed -n '1,12s/^/    /p' "$dir/table"
}
if [ "${1:-}" = update ]; then
	demo_prints >"$dir/shown" || exit 1
	sed -i -e "/^    date  /{r $dir/shown
		}" -e '/^    date  /,/^$/{/./d}' README.md
	exit
fi

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

# A file with a section of every kind; a sink and a channel of each type.
keys() {
	for type in $(ls common/sink/sink_*.c | sed 's/.*sink_\(.*\)\.c/\1/'); do
		printf '[sink %s]\n' "$type"
	done >"$dir/all.conf"
	for type in $(ls common/channel/channel_*.c | sed 's/.*channel_\(.*\)\.c/\1/'); do
		printf '[channel %s]\n' "$type"
	done >>"$dir/all.conf"
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

# And the other way round: what a page speaks of, the program has.
shared_flags() { "$newswire" config --help | sed -n '/^of all commands/,$s/^  \(--[a-z-]*\) .*/\1/p'; }
no_flag_is_made_up() { # COMMAND: as its page shows them in the synopsis and the list
	{ "$newswire" "$1" --help | sed -n 's/^  \(--[a-z-]*\) .*/\1/p'; echo --help; } >"$dir/flags"
	sed -n '/^\.\(Op\|It\) Fl/p' "docs/newswire-$1.1" | grep -o 'Fl -[a-z-]*' | sed 's/Fl /-/' |
		grep -vxFf "$dir/flags" && return 1
	return 0
}
no_key_is_made_up() {
	keys >"$dir/keys"
	sed -n '/^\.Sh EXAMPLES/q; s/^\.It Cm //p' docs/newswire.conf.5 | tr -s ' ,' '\n' >"$dir/said"
	[ -s "$dir/said" ] || return 1
	! grep -vxFf "$dir/keys" "$dir/said"
}
# Lines "SECTION KEY VALUE", of the page where a key's text ends in its default.
defaults_said() {
	awk '/^\.Ss/ { section = substr($2, 2); sub(/\]$/, "", section); key = "" }
		/^\.It Cm/ { key = NF == 3 ? $3 : "" }
		key && /^([^.].*: )?([0-9]+|true|false|[a-z]+)\.$/ {
			value = $NF; sub(/\.$/, "", value); print section, key, value; key = "" }' docs/newswire.conf.5
}
defaults_in_force() {
	"$newswire" config --config "$dir/all.conf" | sed 's/^#\([a-z_]* =\)/\1/' |
		awk '/^\[/ { section = $1; gsub(/[][]/, "", section) }
			/^[a-z_]* =/ { print section, $1, $3 }' | sort -u
}
defaults_are_true() {
	keys >/dev/null; defaults_in_force >"$dir/force"; defaults_said >"$dir/said"
	[ "$(wc -l <"$dir/said")" -gt 20 ] || { cat "$dir/said"; return 1; }
	! grep -vxFf "$dir/force" "$dir/said"
}

# Examples: files of configuration, and commands as one types them.
example_is_accepted() { # FILE: its blocks that begin with a section
	awk '/^(\.Ed|    END)$/ { on = 0 }
		on && /^ *\[/ { any = 1 }
		on && any { sub(/^    /, ""); print }
		/^\.Bd -literal|<<END$/ { on = 1; any = 0 }' "$1" >"$dir/example.conf"
	[ -s "$dir/example.conf" ] && "$newswire" config --check --config "$dir/example.conf"
}
every_key_of_a_rule_is_in_its_page() {
	text docs/newswire-alert-rules.5 >"$dir/page"
	sed -n 's/^\t{ "\([a-z_]*\)", [a-z]*_*read_.*/\1/p' common/alert/rule_key.c >"$dir/keys"
	[ "$(wc -l <"$dir/keys")" -gt 10 ] || return 1
	while read -r key; do
		grep -qw "$key" "$dir/page" || { echo "newswire-alert-rules.5 lacks $key"; return 1; }
	done <"$dir/keys"
}
rules_in_the_page_are_accepted() {
	sed -n '/^\.Bd -literal/,/^\.Ed/{/^\./d;p;}' docs/newswire-alert-rules.5 >"$dir/rules"
	"$newswire" alert --test "$dir/rules" >"$dir/said" && grep -q ' 5 rules, nothing wrong' "$dir/said"
}
typed() {
	sed -n 's/^    \(build\/\)*newswire \([a-z]* .*\)/\2/p' README.md
	sed -n 's/^\(\.Dl \)*newswire \([a-z]* .*\)/\2/p' docs/*.1
}
typed_words_are_known() {
	typed | sed 's/[#|;&>].*//' >"$dir/typed"
	[ "$(wc -l <"$dir/typed")" -gt 15 ] || return 1
	while read -r c words; do
		"$newswire" "$c" --help >"$dir/help" 2>&1 || { echo "no command: $c"; return 1; }
		for w in $words; do case $w in
			--*) grep -q "^  ${w%%=*} " "$dir/help" || { echo "$c has no $w"; return 1; }
		esac; done
	done <"$dir/typed"
}
shows_the_demo() {
	demo_prints >"$dir/shown" && sed -n '/^    date  /,/^$/{/./p}' README.md | diff - "$dir/shown" &&
		[ "$(wc -l <"$dir/shown")" = 12 ]
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
	fact "every flag in the page of $c is one" no_flag_is_made_up "$c"
done
for page in docs/*.[15]; do fact "$page has no fault" no_fault "$page"; done
fact "every page is of a command" every_page_is_of_a_command
fact "every page that is referred to exists" references_exist
# shellcheck disable=SC2046
fact "the flags of all commands stand in newswire.1" every_flag_is_in docs/newswire.1 $(shared_flags)
fact "every key stands in newswire.conf.5" every_key_is_in_the_page
fact "every section stands in newswire.conf.5" every_section_is_in_the_page
fact "every key in newswire.conf.5 is one" no_key_is_made_up
fact "every default in newswire.conf.5 is true" defaults_are_true
for page in README.md docs/newswire.conf.5 docs/newswire-watch.1 docs/newswire-sink.1; do
	fact "the configuration in $page is accepted" example_is_accepted "$page"
done
fact "every key of a rule stands in its page" every_key_of_a_rule_is_in_its_page
fact "the rules in the page are accepted" rules_in_the_page_are_accepted
fact "what is typed in examples is known" typed_words_are_known
fact "the README shows what the demo prints; else: make cases-update" shows_the_demo
fact "every path that the texts name exists" links_exist
fact "a command completes" completes config "$newswire" conf
fact "a word of a command completes" completes retry "$newswire" dlq ret
fact "a flag completes" completes --check "$newswire" config --ch

echo "$passed passed, $failed failed"
[ $failed = 0 ]
