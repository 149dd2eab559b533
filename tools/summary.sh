#!/bin/sh
# summary.sh DIR...: counts what the tests' logs say; the last line of every test run.
# A test without a passed stamp counts as failed even if it ended before it could say so.
passed=0 failed=0
for log in $(find "$@" -name '*.log' 2>/dev/null); do
	p=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p; s/^\([0-9]*\) passed, [0-9]* failed$/\1/p' "$log" | tail -1)
	f=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test.*/\1/p; s/^[0-9]* passed, \([0-9]*\) failed$/\1/p' "$log" | tail -1)
	[ -e "${log%.log}.ok" ] || [ "${f:-0}" -gt 0 ] || f=1
	passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0}))
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
