#!/bin/bash
# alert_worker_test.sh against a real broker of its own.
set -euo pipefail
BROKER_DIR=$(mktemp -d /tmp/alert_worker_kafka_test.XXXXXX)
trap 'tests/lib/broker.sh stop "$BROKER_DIR"; rm -rf "$BROKER_DIR"' EXIT
BROKER=$(OWNER=$$ tests/lib/broker.sh start "$BROKER_DIR" | tail -1)
export BROKER BROKER_DIR
tests/alert_worker_test.sh "$@"
