#!/bin/bash
# What of watch_test.sh depends on the bus, against a real broker of its own.
set -euo pipefail
BROKER_DIR=$(mktemp -d /tmp/watch_kafka_test.XXXXXX)
trap 'tests/lib/broker.sh stop "$BROKER_DIR"; rm -rf "$BROKER_DIR"' EXIT
BROKER=$(OWNER=$$ tests/lib/broker.sh start "$BROKER_DIR" | tail -1)
export BROKER BROKER_DIR DROP=5000
tests/watch_test.sh every_bad_file_has_its_outcome_and_the_next_goes_through \
	other_bytes_are_the_next_version_and_the_same_are_nothing \
	what_was_there_before_is_skipped_and_may_be_taken_after_all \
	a_cache_that_was_lost_or_damaged_publishes_nothing_twice \
	twenty_kills_lose_and_double_nothing \
	fifty_thousand_files_at_once_lose_none \
	a_broker_that_dies_is_waited_for
