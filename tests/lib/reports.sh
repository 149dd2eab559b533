#!/bin/sh
# reports.sh DIR COMMAND...: COMMAND fails too when valgrind or a sanitizer had anything to say of
# any process that came of it: also of one in the background, or one whose end nobody looked at.
# The reports stay in DIR.
dir=$1; shift
rm -rf "$dir"
mkdir -p "$dir" && chmod 1777 "$dir" || exit 1 # a test may go on as another user
dir=$(realpath "$dir")
here=$(realpath "$(dirname "$0")")
export ASAN_OPTIONS="log_path=$dir/asan:detect_leaks=1"
export UBSAN_OPTIONS="log_path=$dir/ubsan:print_stacktrace=1"
export TSAN_OPTIONS="log_path=$dir/tsan:suppressions=$here/tsan.supp"
export LSAN_OPTIONS="print_suppressions=0"
# Our programs start shells and Java too: those are not ours to look at.
VALGRIND_OPTS="-q --vgdb=no --log-file=$dir/valgrind.%p --suppressions=$here/valgrind.supp --leak-check=full"
VALGRIND_OPTS="$VALGRIND_OPTS --errors-for-leak-kinds=definite --show-leak-kinds=definite"
VALGRIND_OPTS="$VALGRIND_OPTS --trace-children=yes --trace-children-skip=/bin/*,/usr/*"
export VALGRIND_OPTS
"$@"
status=$?
for report in "$dir"/*; do
	[ -s "$report" ] || continue
	echo "== $report"
	head -n 60 "$report"
	status=1
done
exit $status
