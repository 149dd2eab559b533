#!/bin/sh
# longest.sh: our ten longest functions, for review to read; over 100 lines without a reason fails.
# A reason is a comment "long:" on a line inside the function.
git ls-files '*.c' | xargs awk '
	/^[a-z_A-Z].*\(/ { name = $0 }
	/^\{/ { start = FNR; why = 0 }
	/long:/ { why = 1 }
	/^\}/ { if (start) printf "%d %s:%d %s%s\n", FNR - start, FILENAME, start, name, why ? "" : " !"; start = 0 }' |
	sort -rn | head -10 | awk '{ print } $1 > 100 && /!$/ { bad = 1 } END { exit bad }'
