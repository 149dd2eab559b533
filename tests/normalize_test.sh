#!/bin/sh
# normalize: each thing that may lie in a spool has one outcome, and the next file goes through.
cd "$(dirname "$0")/.." || exit 1
newswire=$(realpath "${NEWSWIRE:-build/newswire}")
lexicon=$(realpath lexicon) demo=$(realpath demo)
dir=$(mktemp -d) passed=0 failed=0
trap 'chmod -R u+rwx "$dir"; rm -rf "$dir"' EXIT
cd "$dir" || exit 1

fact() {
	name=$1; shift
	if "$@" >out 2>&1; then passed=$((passed + 1)); else
		failed=$((failed + 1)); echo "FAILED: $name"; cut -c1-600 out
	fi
}
normalize() { "$newswire" normalize --lexicon "$lexicon" "$@"; }

# refuses TEXT FILE...: an error line with this text, then the good file's article; status 1
refuses() {
	text=$1; shift
	normalize "$@" good.txt >lines
	[ $? = 1 ] && [ "$(wc -l <lines)" = 2 ] &&
	sed -n 1p lines | grep -qF -- "$text" &&
	sed -n 1p lines | grep -q '"error":{"code":"reject","message":"' &&
	sed -n 2p lines | grep -qF '"headline":"Bridge closed"' || { cut -c1-300 lines; return 1; }
}
# takes TEXT FILE: one article line with this text; status 0
takes() {
	normalize "$2" >lines
	[ $? = 0 ] && [ "$(wc -l <lines)" = 1 ] && grep -qF -- "$1" lines ||
		{ cut -c1-600 lines; return 1; }
}

printf 'Bridge closed\n\nThe old bridge was closed on Monday after a lorry had hit it.\n' >good.txt
mkdir directory.txt
mkfifo fifo.txt
ln -s nowhere dangling.txt
: >empty.txt
printf ' \n\t\r\n\302\240\n' >blank.txt
printf '\357\273\277' >bom.txt
head -c 5000 /dev/zero >zeros.txt
printf '\177ELF\2\1\1\0' >program.txt
printf '%%PDF-1.7\n' >paper.txt
truncate -s 300M huge.txt
gzip -c good.txt >good.gz
head -c 40 good.gz >cut.txt.gz
cp good.gz torn.txt.gz
printf '\377\377' | dd of=torn.txt.gz bs=1 seek=30 conv=notrunc 2>/dev/null
head -c 100000000 /dev/zero | gzip -1 >bomb.txt.gz
printf 'Bridge closed\n\nThe caf\303\251 is op\377en, the n\303\240me too, \303\251t\303\251.\n' >bad-utf8.txt
printf 'Bridge closed\n\nThe old\0 bridge was closed on Monday after a lorry had hit it twice.\n' >nul.txt
awk 'BEGIN { for (i = 0; i < 400000; i++) printf "The bridge stayed closed on day %06d. ", i }' |
	head -c 20000000 >long-line.txt
awk 'BEGIN { for (i = 0; i < 2000000; i++) print "a" }' >short-lines.txt
awk 'BEGIN { for (i = 0; i < 20000; i++) print "By Jane Doe | March 14, 2024 | (((((((((((((( - - - \"\"\"" }' >rules.txt
nl='
'
cp good.txt "new${nl}line.txt"
cp good.txt "$(printf 'b\377d.txt')"
cp good.txt locked.txt
chmod 0 locked.txt

fact "a good file" takes '"headline":"Bridge closed"' good.txt
fact "a gzipped file under any name" takes '"headline":"Bridge closed"' good.gz
fact "an absent file" refuses 'No such file' absent.txt
fact "a directory" refuses 'is a directory' directory.txt
fact "a FIFO" refuses 'is a FIFO' fifo.txt
fact "a device" refuses 'is a device' /dev/zero
fact "a dangling link" refuses 'No such file' dangling.txt
[ "$(id -u)" = 0 ] || fact "no permission" refuses 'Permission denied' locked.txt
fact "an empty file" refuses 'empty' empty.txt
fact "only blanks" refuses 'blank' blank.txt
fact "only a byte order mark" refuses 'blank' bom.txt
fact "zeros" refuses 'binary' zeros.txt
fact "a program" refuses 'ELF' program.txt
fact "a PDF" refuses 'PDF' paper.txt
fact "300 MB" refuses 'larger than 64000000 bytes' huge.txt
fact "a gzip cut short" refuses 'truncated gzip' cut.txt.gz
fact "a corrupt gzip" refuses 'bad gzip' torn.txt.gz
fact "a gzip bomb" refuses 'inflates to more than 64000000 bytes' bomb.txt.gz
fact "a file over a small ceiling" refuses 'larger than 100 bytes' --max-file-bytes 100 rules.txt
fact "invalid UTF-8" takes '"body_text":"The café is opÿen, the nàme too, été."' bad-utf8.txt
fact "a NUL byte" takes '"body_text":"The old bridge was' nul.txt
fact "one line of 20 MB" takes 'on day 399999' long-line.txt
fact "two million lines" takes '"body_text":"a\na\na' short-lines.txt
fact "lines that try all rules" takes '"wordcount":259688' rules.txt
fact "a newline in the name" takes '{"file":"new\nline.txt","article"' "new${nl}line.txt"
fact "a name that is no UTF-8" takes "$(printf '{"file":"b\357\277\275d.txt","article"')" "$(printf 'b\377d.txt')"

status() { want=$1; shift; "$@" >/dev/null 2>&1; [ $? = "$want" ]; }
full() { normalize good.txt >/dev/full; }
fact "no file is wrong usage" status 2 normalize
fact "a full disk under the output" status 75 full
fact "an absent lexicon is wrong usage" status 2 "$newswire" normalize --lexicon /nowhere good.txt
# An article that is not true to the schema is not printed: the demo's are.
fact "the ten articles of the demo" status 0 normalize "$demo"/*.txt "$demo"/*.gz
normalize "$demo"/*.txt "$demo"/*.gz >lines
has() { [ "$(grep -cF -- "$2" lines)" = "$1" ]; }
fact "ten lines" has 10 '"pubstatus":"usable"'
fact "nine headlines" has 9 '"headline":'
fact "all English" has 10 '"language":"en"'
fact "all of November 2026" has 10 '"versioncreated":"2026-11-'
fact "the menu is removed" has 1 '"removed":["Home | World | Business | Sport | Opinion"]'

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
