#!/bin/sh
# summary.sh STATUS STAMP...: counts what the logs of these tests say; the last line of every test
# run.  STATUS is what make said of it.  A test without its stamp counts as failed even if it ended
# before it could say so, and so does one that never ran: it did not build.
status=$1 passed=0 failed=0
shift
for stamp; do
	log=${stamp%.ok}.log p=0 f=0
	if [ -e "$log" ]; then
		p=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p; s/^\([0-9]*\) passed, [0-9]* failed$/\1/p' "$log" | tail -1)
		f=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test.*/\1/p; s/^[0-9]* passed, \([0-9]*\) failed$/\1/p' "$log" | tail -1)
	else
		echo "did not run: ${stamp%.ok}"
	fi
	[ -e "$stamp" ] || [ "${f:-0}" -gt 0 ] || f=1
	passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0}))
done
# Something else did not build: the tests that ran are not all there is.
[ "$status" = 0 ] || [ "$failed" -gt 0 ] || failed=1
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
