#!/bin/sh
# alert --test as it is called: which rules fire on which articles, why, and what is refused.
newswire=$(realpath "${NEWSWIRE:-build/newswire}")
examples=$(realpath schemas/examples)
NEWSWIRE_NEWSWIRE_LEXICON=$(realpath lexicon)
export NEWSWIRE_NEWSWIRE_LEXICON
dir=$(mktemp -d) passed=0 failed=0
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

fact() {
	name=$1; shift
	if "$@" >out 2>&1; then passed=$((passed + 1)); else
		failed=$((failed + 1)); echo "FAILED: $name"; cat out
	fi
}
says() { # STATUS TEXT COMMAND...: it ends with this status and says this text
	status=$1 text=$2; shift 2
	"$@" >said 2>&1
	[ $? = "$status" ] && grep -qF -- "$text" said || { cat said; return 1; }
}
try() { "$newswire" alert --test rules "$@"; }

cat >rules <<'END'
[Oslo]
actor = Norway/GOV
on = article

[floods]
type = ACCUSE
actor = Portugal
context = disasters
words = flood* NEAR/2 plans
again = articles >= 4

[anything]
words = NOT elephant

[missiles]
actor = North Korea
END
cat >a.txt <<'END'
Minister opens bridge

OSLO, Nov 3 (Atlas) - Norwegian Prime Minister Jonas Gahr Store met fishermen in Bergen on Sunday.
END
{ tr '\n' ' ' <"$examples/story.json"; echo; } >story.jsonl
sed 's/"articles": 4/"articles": 1/' story.jsonl >small.jsonl

fact "an article fires, and why is said" says 0 'fires  [Oslo] first sight; actor: ' try a.txt
fact "what the others lack is said" says 0 'no     [missiles] actor: no event with North Korea' try a.txt
fact "or left out" sh -c '"$0" alert --only-fires --test rules a.txt >o && grep fires o && ! grep "no  " o' "$newswire"
fact "a record with its story fires" says 0 \
	'fires  [floods] first sight; type: ACCUSE; context: disasters; actor: Portugal (PRT); trigger: accused; words: flood* NEAR/2 plans' \
	try story.jsonl
fact "standard input is records" says 0 'standard input:1' sh -c '"$0" alert --test rules - <story.jsonl' "$newswire"
fact "a story is told of once" says 0 'quiet  [floods] told before' try story.jsonl story.jsonl
fact "and again as the rule asks" says 0 'fires  [floods] again: articles 4' try small.jsonl story.jsonl
fact "an article that was told of is quiet" says 0 'quiet  [Oslo] told before' try a.txt a.txt
fact "all is counted" says 0 '2 articles, 4 alerts' try story.jsonl a.txt
fact "a rule that no index holds is said" says 0 'rules that every article is tried on: 1' try a.txt
fact "without a file the rules are checked" says 0 'rules: 4 rules, nothing wrong' try
fact "a record that is none is said with its line, the next goes on" says 1 'bad.jsonl:1: ' sh -c \
	'(echo "{}"; cat story.jsonl) >bad.jsonl; "$0" alert --test rules bad.jsonl' "$newswire"
fact "and does not count" says 1 '1 articles, 2 alerts' try bad.jsonl
fact "a file that is not there is said" says 1 'nowhere.jsonl: No such file' try nowhere.jsonl
fact "no rules, no test" says 2 'files are for --test' "$newswire" alert a.txt
printf '[a]\ntype = ACUSE\n' >wrong
fact "a wrong rule is said with its place and the nearest right name" \
	says 2 "wrong:2:8: [a]: type: no type 'ACUSE'; did you mean 'ACCUSE'?" "$newswire" alert --test wrong a.txt
printf '[bomb]\nwords = /(a+)+(a+)+(a+)+$/\n' >bomb
{ echo "A headline"; echo; echo "OSLO, Nov 3 (Atlas) - $(head -c 3000 /dev/zero | tr '\0' a)b."; } >a3000.txt
fact "a pattern that takes for ever gives up" says 0 '[bomb] gave up 1 times' \
	timeout 60 "$newswire" alert --only-fires --test bomb a3000.txt

echo "$passed passed, $failed failed"
[ $failed = 0 ]
