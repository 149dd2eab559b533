#!/bin/sh
# summary.sh DIR...: counts what the tests' logs say; the last line of every test run.
# A test without a passed stamp counts as failed even if it ended before it could say so, and so
# does one that never ran: it did not build.
passed=0 failed=0
logs=$(find "$@" -name '*.log' 2>/dev/null)
for log in $logs; do
	p=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p; s/^\([0-9]*\) passed, [0-9]* failed$/\1/p' "$log" | tail -1)
	f=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test.*/\1/p; s/^[0-9]* passed, \([0-9]*\) failed$/\1/p' "$log" | tail -1)
	[ -e "${log%.log}.ok" ] || [ "${f:-0}" -gt 0 ] || f=1
	passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0}))
done
for source in tests/unit/*_test.c tests/kafka/*_test.c tests/*_test.sh; do
	[ -e "$source" ] || continue
	name=${source#tests/}
	echo "$logs" | grep -q "/tests/${name%.*}.log$" && continue
	echo "did not run: $source"
	failed=$((failed + 1))
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
