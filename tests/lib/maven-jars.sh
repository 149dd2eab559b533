#!/bin/sh
# maven-jars.sh NAME GROUP:ARTIFACT:VERSION...: these and what they need, fetched once by Maven into
# the cache under NAME; prints nothing.  A stamp says that the set is whole, so a second call costs
# milliseconds.
set -eu

name=$1; shift
dir=${NEWSWIRE_CACHE:-$HOME/.cache/newswire}/$name
[ -e "$dir/.whole" ] && exit 0

die() { echo "maven-jars: $*" >&2; exit 1; }
command -v mvn >/dev/null || die "no mvn: apt-get install maven"

# Under a lock: tests may start side by side.
mkdir -p "$dir"
exec 9>"$dir/.lock"
flock 9
[ -e "$dir/.whole" ] && exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
{
	echo "<project><modelVersion>4.0.0</modelVersion><groupId>newswire</groupId>"
	echo "<artifactId>$name</artifactId><version>1</version><packaging>pom</packaging><dependencies>"
	for a; do
		IFS=: read -r group artifact version <<A
$a
A
		echo "<dependency><groupId>$group</groupId><artifactId>$artifact</artifactId>"
		echo "<version>$version</version></dependency>"
	done
	echo "</dependencies></project>"
} >"$work/pom.xml"
mvn -q -B -f "$work/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
	-DoutputDirectory="$dir" >"$work/log" 2>&1 ||
	{ tail -20 "$work/log" >&2; die "Maven could not fetch $name; is there a network?"; }
ls "$dir"/*.jar >/dev/null 2>&1 || die "Maven left no jar in $dir"
touch "$dir/.whole"
