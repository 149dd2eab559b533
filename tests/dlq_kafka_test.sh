#!/bin/bash
# dlq_test.sh against a real broker of its own.
set -euo pipefail
dir=$(mktemp -d /tmp/dlq_kafka_test.XXXXXX)
trap 'tests/lib/broker.sh stop "$dir"; rm -rf "$dir"' EXIT
BROKER=$(OWNER=$$ tests/lib/broker.sh start "$dir" | tail -1)
export BROKER
tests/dlq_test.sh
