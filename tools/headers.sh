#!/bin/sh
# headers.sh CC FLAGS...: every header compiles on its own.
bad=0
for h in common/*/*.h; do
	printf '#include "%s"\n' "${h#common/}" | "$@" -MF /dev/null -fsyntax-only -x c - || { echo "$h"; bad=1; }
done
exit $bad
