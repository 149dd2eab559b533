#!/bin/sh
# deps.sh build|test|long: installs with apt what is missing (Debian 12, Ubuntu 24.04); quiet and quick
# when nothing is.  As root, or with sudo.  Only names that both have: libraries come with their
# -dev packages, whatever they are called (libglib2.0-0 is libglib2.0-0t64 on Ubuntu 24.04).
set -e
build="gcc libc6-dev make pkg-config librdkafka-dev libjansson-dev zlib1g-dev libglib2.0-dev libsqlite3-dev
	libssl-dev libmicrohttpd-dev libuchardet-dev libutf8proc-dev libpcre2-dev libjq-dev
	libpq-dev libcurl4-openssl-dev libzstd-dev sqlite3"
tests="git procps libcmocka-dev python3-jsonschema python3-yaml util-linux mandoc
	postgresql curl jq"
long="clang libclang-rt-dev valgrind"
case $1 in
build) want=$build ;;
test) want="$build $tests" ;;
long) want="$build $tests $long" ;;
*) echo "usage: deps.sh build|test|long" >&2; exit 2 ;;
esac

missing=
for p in $want; do
	dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
done
# A Java or a Maven that is there will do, wherever it comes from.
if [ "$1" != build ]; then
	command -v javac >/dev/null || missing="$missing openjdk-17-jdk-headless"
	command -v mvn >/dev/null || missing="$missing maven"
fi
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || { echo "these packages are missing and you are not root:$missing" >&2; exit 1; }
	sudo=sudo
fi
echo "installing:$missing"
$sudo apt-get update -qq
log=$(mktemp)
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing \
	>"$log" 2>&1 || { cat "$log" >&2; exit 1; }
rm -f "$log"
