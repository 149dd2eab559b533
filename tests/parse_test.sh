#!/bin/sh
# parse_test.sh [update]: parse as it is called, and tests/cases/parse/NAME: in.txt, in.conllu or
# in.headlines gives out.conllu.  `update` writes those anew: a person reads the difference.
newswire=$(realpath "${NEWSWIRE:-build/newswire}")
cases=$(realpath tests/cases/parse) lexicon=$(realpath lexicon)
dir=$(mktemp -d) passed=0 failed=0
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

fact() {
	name=$1; shift
	if "$@" >out 2>&1; then passed=$((passed + 1)); else
		failed=$((failed + 1)); echo "FAILED: $name"; cat out
	fi
}
parse() { "$newswire" parse --lexicon "$lexicon" "$@"; }
case_as_written() { # DIRECTORY
	case $(ls "$1") in
		*in.conllu*) parse --tokens <"$1/in.conllu" ;;
		*in.headlines*) parse --headlines <"$1/in.headlines" ;;
		*) parse <"$1/in.txt" ;;
	esac >made && diff -u "$1/out.conllu" made
}
if [ "${1:-}" = update ]; then
	for c in "$cases"/*/; do
		touch "$c/out.conllu"; case_as_written "$c" >out; cp made "$c/out.conllu"
	done
	exit
fi

says() { # STATUS TEXT INPUT FLAG...: it ends with this status and says this text
	status=$1 text=$2 input=$3; shift 3
	printf "$input" | parse "$@" >said 2>&1
	[ $? = "$status" ] && grep -qF -- "$text" said || { cat said; return 1; }
}
reads_again() { # what parse prints, its words kept, is what it prints
	printf 'He did not go. “We can’t,” she said at 10am.\n\nThen they left.\n' | parse >first &&
		parse --tokens <first >second && diff first second
}
large() { # its own memory is what counts, not that of a sanitizer
	case $B in *san*) limit=unlimited ;; *) limit=2500000 ;; esac
	head -c "${DROP:-20000000}" /dev/zero | tr '\0' "$1" | timeout 300 sh -c "ulimit -v $limit"'; exec "$@"' - \
		"$newswire" parse --lexicon "$lexicon" >made && [ "$(wc -l <made)" -gt 20 ]
}

for c in "$cases"/*/; do fact "case $(basename "$c")" case_as_written "${c%/}"; done
fact "words carry their place" says 0 'SpaceAfter=No' 'Go.\n'
fact "a paragraph is marked" says 0 '# newpar' 'One.\n\nTwo.\n'
fact "what was printed is read again the same" reads_again
fact "nothing gives nothing" sh -c '[ -z "$("$0" parse --lexicon "$1" </dev/null)" ]' "$newswire" "$lexicon"
fact "no CoNLL-U is said with its line" says 1 'line 1: there are not ten columns' 'x y\n' --tokens
fact "a head out of its sentence is said" says 1 'the head of token 1' \
	'1\ta\t_\t_\t_\t_\t7\tdep\t_\t_\n\n' --tokens
fact "a missing model is said" says 2 'cannot read the model none' 'a\n' --model none
fact "a file is not an argument" sh -c '"$0" parse a.txt 2>&1 | grep -q "standard input"' "$newswire"
fact "bytes that are no UTF-8 come out as UTF-8" sh -c \
	'printf "caf\351 \377\376 x\n" | "$0" parse --lexicon "$1" | iconv -f UTF-8 -t UTF-8 >/dev/null' "$newswire" "$lexicon"
fact "20 MB of one word end, in bounded memory" large x
fact "a full disk is told from bad input" sh -c 'echo a | "$0" parse --lexicon "$1" >/dev/full 2>said; [ $? = 75 ]' \
	"$newswire" "$lexicon"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
