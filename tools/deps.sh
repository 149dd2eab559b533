#!/bin/sh
# deps.sh build|test: installs with apt what is missing (Debian 12, Ubuntu 24.04); quiet and quick
# when nothing is.  As root, or with sudo.
set -e
build="gcc make pkg-config librdkafka-dev libjansson-dev zlib1g-dev libglib2.0-dev libsqlite3-dev
	libssl-dev libmicrohttpd-dev libuchardet-dev libutf8proc-dev libpcre2-dev sqlite3"
tests="libcmocka-dev python3-jsonschema python3-yaml openjdk-17-jre-headless maven util-linux mandoc"
case $1 in
build) want=$build ;;
test) want="$build $tests" ;;
*) echo "usage: deps.sh build|test" >&2; exit 2 ;;
esac
missing=
for p in $want; do
	dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
done
[ -z "$missing" ] && exit 0
command -v java >/dev/null && missing=$(echo "$missing" | sed 's/ openjdk-17-jre-headless//')
command -v mvn >/dev/null && missing=$(echo "$missing" | sed 's/ maven//')
[ -z "$(echo $missing)" ] && exit 0
sudo=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || { echo "these packages are missing and you are not root:$missing" >&2; exit 1; }
	sudo=sudo
fi
echo "installing:$missing"
$sudo apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
