#!/bin/sh
# kafka-jars.sh [DIR]: the jars of an Apache Kafka broker, fetched once by Maven into DIR.
# A stamp says that the set is whole, so a second call costs milliseconds and says nothing.
set -eu

version=4.1.1
dir=${1:-${NEWSWIRE_CACHE:-$HOME/.cache/newswire}/kafka-$version}
[ -e "$dir/.whole" ] && exit 0

die() { echo "kafka-jars: $*" >&2; exit 1; }
command -v mvn >/dev/null || die "no mvn: apt-get install maven"

# Fetched aside and renamed jar by jar under a lock: tests may start side by side.
mkdir -p "$dir"
exec 9>"$dir/.lock"
flock 9
[ -e "$dir/.whole" ] && exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Kafka brings slf4j 1.7 and log4j 2 but not the bridge between them: without it no log is written.
cat >"$work/pom.xml" <<POM
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>newswire</groupId>
  <artifactId>kafka-jars</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>$version</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>2.24.3</version>
    </dependency>
  </dependencies>
</project>
POM
mvn -q -B -f "$work/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
	-DoutputDirectory="$dir" >"$work/log" 2>&1 ||
	{ tail -20 "$work/log" >&2; die "Maven could not fetch Kafka $version; is there a network?"; }
ls "$dir"/kafka_2.13-$version.jar >/dev/null 2>&1 || die "Maven left no broker jar in $dir"
touch "$dir/.whole"
