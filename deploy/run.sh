#!/usr/bin/env bash
# Starts the provider simulators and the control plane, records release v1 from the build, and rolls it out to dev.
# Run again, it changes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=deploy/common.sh
. deploy/common.sh

start_simulators
start_control_plane

if tidegate release show v1 >/dev/null 2>&1; then
    say "Release v1 is recorded already."
else
    say "Recording release v1 from the build."
    tidegate release create v1 --from .tidegate/build --origin "$(git describe --always --dirty 2>/dev/null || echo unknown)"
fi

say "Validating dev."
tidegate validate dev

if wait_until_steady; then
    say "dev is steady already: nothing to roll out."
else
    say "Rolling v1 out to dev."
    tidegate rollout dev --release v1 --yes --reason "make run"
    say "Running the smoke tests through the router."
    tidegate smoke dev
fi

echo
tidegate status dev
echo
echo "Dashboard  $(field dashboard "$(engine)")"
echo "API        http://127.0.0.1:8000"
echo "Stop       make stop        Demo  make demo        Command line  .tidegate/bin/tidegate --help"
