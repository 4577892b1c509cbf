#!/usr/bin/env bash
# Stops what deploy/run.sh started: instances, router, control plane, simulators. What was recorded stays, and
# `make run` brings it back.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=deploy/common.sh
. deploy/common.sh

if [ -x .tidegate/bin/tidegate ] && [ -S .tidegate/control.sock ]; then
    tidegate stop
fi
stop_simulators
say "Stopped."
