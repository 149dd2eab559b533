#!/bin/sh
# story - as it is called: what it groups, what it says, what it refuses, how well.
newswire=$(realpath "${NEWSWIRE:-build/newswire}")
demo=$(realpath demo) score=$(realpath tests/lib/score_stories.py)
NEWSWIRE_NEWSWIRE_LEXICON=$(realpath lexicon)
export NEWSWIRE_NEWSWIRE_LEXICON
dir=$(mktemp -d) passed=0 failed=0
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

fact() {
	name=$1; shift
	if "$@" >out 2>&1; then passed=$((passed + 1)); else
		failed=$((failed + 1)); echo "FAILED: $name"; cut -c1-300 out | tail -20
	fi
}
says() { # STATUS TEXT COMMAND...: it ends with this status and says this text
	status=$1 text=$2; shift 2
	"$@" >said 2>&1
	[ $? = "$status" ] && grep -qF -- "$text" said || { cat said; return 1; }
}
story() { "$newswire" story -; }
# URI TIME SOURCE TEXT [MEMBER...]: an article with nothing found in it
record() {
	uri=$1 time=$2 source=$3 text=$4 more=$5
	printf '{"article":{"uri":"%s","type":"text","version":"1","versioncreated":"%s","pubstatus":"usable",' "$uri" "$time"
	printf '"language":"en","infosource":[{"name":"%s"}],"body_text":"%s"%s},' "$source" "$text" "$more"
	printf '"extractor":{"version":"1","epoch":1,"model":"rules","lexicon":"0"},"events":[],"times":[],"quotes":[],"entities":[],"meta":{}}\n'
}

"$newswire" extract "$demo"/*.txt "$demo"/*.gz >demo.jsonl
story <demo.jsonl >stories.jsonl
fact "every line comes out, with its story" sh -c \
	'[ "$(wc -l <stories.jsonl)" = "$(wc -l <demo.jsonl)" ] && [ "$(grep -c "\"story\":{\"id\":\"[0-9a-f]\{16\}\"" stories.jsonl)" = 10 ]'
fact "the two on one occurrence are one story, the others are alone" sh -c \
	'[ "$(jq -r .story.id stories.jsonl | sort -u | wc -l)" = 9 ] &&
	jq "select(.story.articles == 2) | .story.why[0]" stories.jsonl | grep "names: "'
fact "the rest of the record is as it was" sh -c 'jq -c "del(.story)" stories.jsonl | cmp - demo.jsonl || {
	jq -cS "del(.story)" stories.jsonl >a; jq -cS . demo.jsonl >b; cmp a b; }'
fact "the same in, the same out" sh -c '"$0" story - <demo.jsonl | cmp - stories.jsonl' "$newswire"
fact "a packed stream is unpacked" sh -c 'gzip -c demo.jsonl | "$0" story - | cmp - stories.jsonl' "$newswire"
fact "lines through a slow pipe are not lost" sh -c \
	'{ head -c 100 demo.jsonl; sleep 0.2; tail -c +101 demo.jsonl; } | "$0" story - | cmp - stories.jsonl' "$newswire"

{ echo '{"article": 1}'; cat demo.jsonl; echo nothing; } >bad.jsonl
fact "a bad line is said, and the rest is done" says 1 "line 1: " sh -c '"$0" story - <bad.jsonl >most' "$newswire"
fact "to its end" cmp most stories.jsonl
fact "how it is called is said" says 2 "takes \`-\`" "$newswire" story demo.jsonl
fact "nothing is left behind" sh -c '"$0" story --state "$PWD/none" - </dev/null && [ ! -e none ]' "$newswire"
fact "nothing in, nothing out" sh -c '[ -z "$("$0" story - </dev/null)" ]' "$newswire"

# ---- bad input ----
for i in $(seq 300); do record "e:$i" 2026-03-02T10:00:00Z A "" ; done >empty.jsonl
fact "articles without a text are each alone" sh -c \
	'[ "$("$0" story - <empty.jsonl | jq -r .story.id | sort -u | wc -l)" = 300 ]' "$newswire"
text="The dam above Koria broke on Monday and water rose in the streets of the town, the mayor said."
for i in $(seq 2000); do record "s:$i" 2026-03-02T10:00:00Z "S$((i % 7))" "$text"; done >same.jsonl
fact "the same text a thousand times is one story of copies" sh -c \
	'"$0" story - <same.jsonl >o && [ "$(jq -r .story.id o | sort -u | wc -l)" = 1 ] &&
	[ "$(jq -r .story.copy_of o | grep -c "^s:")" = 1999 ] &&
	[ "$(tail -1 o | jq -c "[.story.articles, .story.sources]")" = "[2000,7]" ]' "$newswire"
for i in $(seq 500); do record s:1 2026-03-02T10:00:00Z A "$text"; done >again.jsonl
fact "the same article again and again stands once" sh -c \
	'[ "$("$0" story - <again.jsonl | jq .story.articles | sort -u)" = 1 ]' "$newswire"
{ record t:1 1970-01-01T00:00:00Z A "$text"; record t:2 2126-01-01T00:00:00Z B "$text"
  record t:3 2026-03-02T10:00:00Z C "$text"; record t:4 2026-03-02T11:00:00Z D "$text"; } >times.jsonl
fact "a time to come is not believed, one long ago has its own story" sh -c \
	'"$0" story - <times.jsonl >o && [ "$(jq -r .story.id o | sort -u | wc -l)" -ge 2 ] &&
	! jq -r .story.last o | grep -q ^2126' "$newswire"

# ---- how well ----
fact "the cases of our own are grouped" sh -c 'python3 "$0" --part dev -- "$1 extract - | $1 story -" >scores &&
	awk "{ for (i = 1; i <= NF; i++) if (split(\$i, p, \"=\") == 2) v[p[1]] = p[2] }
	END { exit !(v[\"bcubed_f1\"] >= 0.88 && v[\"copies\"] == \"6/6\" && v[\"versions\"] == \"6/6\") }" scores || { cat scores; exit 1; }' \
	"$score" "$newswire"

echo "story_test: $passed passed, $failed failed"
[ "$failed" = 0 ]
