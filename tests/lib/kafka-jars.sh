#!/bin/sh
# The jars of an Apache Kafka broker, into the cache.  Kafka brings slf4j 1.7 and log4j 2 but not the
# bridge between them: without it no log is written.
exec "$(dirname "$0")/maven-jars.sh" kafka-4.1.1 org.apache.kafka:kafka_2.13:4.1.1 \
	org.apache.logging.log4j:log4j-slf4j-impl:2.24.3
