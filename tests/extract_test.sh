#!/bin/sh
# extract and explain as they are called: what they read, say and end with.
newswire=$(realpath "${NEWSWIRE:-build/newswire}")
demo=$(realpath demo)
lexicon=$(realpath lexicon)
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
lines() { n=$1; shift; "$@" >made 2>errors; [ "$(wc -l <made)" = "$n" ] || { cat errors; return 1; }; }
from() { printf "$1" | "$newswire" extract -; }

cat >a.txt <<'END'
Minister opens bridge

OSLO, Nov 3 (Atlas) - Norwegian Prime Minister Jonas Gahr Store opened a bridge in Bergen on Sunday.
END
article='{"uri":"urn:a:1","body_text":"He left  Oslo on Sunday.","versioncreated":"2026-11-24T00:00:00Z"}\n'

fact "each of the demo's articles gives one line" lines 10 "$newswire" extract "$demo"/*.txt "$demo"/*.gz
fact "a file gives its names" says 0 '"name":"Jonas Gahr Store"' "$newswire" extract a.txt
fact "the same file gives the same bytes" sh -c '"$0" extract a.txt >x && "$0" extract a.txt >y && cmp x y' "$newswire"
fact "an undated file takes the given date" says 0 '"versioncreated":"2026-11-03' \
	"$newswire" extract --published 2026-11-03 a.txt
fact "lines come out as they came in" says 0 '"body_text":"He left  Oslo on Sunday."' from "$article"
fact "times count from the article's date" says 0 '"value":"2026-11-22"' from "$article"
fact "a last line without a newline counts" lines 2 from "$article${article%\\n}"
fact "blank lines are no articles" lines 1 from "\n  \n$article\n"
fact "a bad line is said with its number, the next goes on" says 1 'line 2: ' from "$article{]\n$article"
fact "and the good ones are there" lines 2 from "$article{]\n$article"
fact "an empty headline counts as none" says 0 '"language":"en","body_text":"Go."' \
	from '{"uri":"u:1","headline":"","body_text":"Go.","language":"en"}\n'
long() { { head -c 34000000 /dev/zero | tr '\0' x; printf "\n$article"; } | "$newswire" extract -; }
fact "a line without measure is refused, the next goes on" lines 1 long
fact "a missing file is said, the next goes on" says 1 'cannot open none.txt' "$newswire" extract none.txt a.txt
fact "and gives its line" lines 1 "$newswire" extract none.txt a.txt
fact "a date that is none is wrong usage" says 2 'no date' "$newswire" extract --published 2026-13-01 a.txt
fact "no file is wrong usage" says 2 'which files' "$newswire" extract
fact "a full disk is told from bad input" sh -c '"$0" extract a.txt >/dev/full 2>said; [ $? = 75 ]' "$newswire"
cat >read.py <<'END'
# The rows as Python's csv reads them: as many columns as there should be, and what stands in some.
import csv, sys
shape, columns = sys.argv[1], int(sys.argv[2])
rows = list(csv.reader(open(f"{shape}.csv", newline=""), "excel-tab"))
names = rows.pop(0) if shape == "polecat" else None
assert rows and all(len(r) == columns for r in rows + ([names] if names else [])), [len(r) for r in rows]
main = [r for r in rows if not names and r[25] == "1"] or rows
if names:
    row = dict(zip(names, main[0]))
    assert row["Event Type"] == "ACCUSE" and row["Actor Country"] == "PRK", row
    assert row["Source"] == 'The "Atlas"' and row["Recipient Country"] == "USA", row
else:
    row = main[0]
    assert row[7] == "PRK" and row[17] == "USA" and row[28] == "11" and row[29] == "3", row
    assert row[60] == 'urn:a:"1"', row[60]
END
accused='{"uri":"urn:a:\\"1\\"","infosource":[{"name":"The \\"Atlas\\""}],"body_text":"North Korea accused the United States of lies on Sunday.","versioncreated":"2026-11-24T00:00:00Z"}\n'
shaped() { printf "$accused" | "$newswire" extract --shape "$1" - >"$1.csv" && python3 read.py "$1" "$2"; }
fact "another reader finds GDELT's columns" shaped gdelt 61
fact "another reader finds POLECAT's columns" shaped polecat 40
plover() {
	printf "$accused" | "$newswire" extract --shape plover - | python3 -c '
import json, sys
e = [json.loads(l) for l in sys.stdin]
assert e[0]["event"] == "ACCUSE" and e[0]["actor"][0]["country"] == "PRK", e'
}
fact "another reader finds PLOVER's members" plover
fact "a shape that is none is wrong usage" says 2 'plover, gdelt or polecat' "$newswire" extract --shape icews a.txt

mkdir lexicon
cp "$lexicon"/*.tsv lexicon
fact "a lexicon without its model is said" says 2 'lexicon/english.model: No such file or directory; it belongs to the lexicon' \
	"$newswire" extract --lexicon lexicon a.txt
head -c 1000000 "$lexicon"/english.model >lexicon/english.model
fact "and one cut short" says 2 'is cut short: 1000000 bytes of' "$newswire" extract --lexicon lexicon a.txt
: >lexicon/english.model
fact "and an empty one" says 2 'is cut short: 0 bytes' "$newswire" extract --lexicon lexicon a.txt
cp lexicon/words.tsv lexicon/english.model
fact "and another file in its place" says 2 'is no model of newswire' "$newswire" extract --lexicon lexicon a.txt
fact "explain shows the value of a time" says 0 'Sunday = ' "$newswire" explain a.txt
fact "explain shows words" says 0 'opened|a|bridge|in|Bergen' "$newswire" explain --tokens a.txt
fact "explain without a terminal has no colour" sh -c '! "$0" explain a.txt | grep -q "$(printf "\033")"' "$newswire"
fact "explain says what fails" says 1 'cannot open none.txt' "$newswire" explain none.txt

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
