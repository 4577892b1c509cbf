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

state=$(state_of_dev)
case "$state" in
steady | rolled_back) say "dev is steady already: nothing to roll out." ;;
empty)
    say "Rolling v1 out to dev."
    tidegate rollout dev --release v1 --yes --reason "make run"
    say "Running the smoke tests through the router."
    tidegate smoke dev
    ;;
*)
    # Whatever runs there was rolled out by somebody, who has to say what is to become of it.
    tidegate status dev >&2
    echo >&2
    echo "dev is $state, so that nothing is rolled out. What to do:" >&2
    echo "  .tidegate/bin/tidegate history dev      what was done lately, and what is under way" >&2
    echo "  .tidegate/bin/tidegate logs dev         why instances do not become ready" >&2
    exit 1
    ;;
esac

echo
tidegate status dev
echo
echo "Dashboard  $(field dashboard "$(engine)")"
echo "API        http://127.0.0.1:8000"
echo "Stop       make stop        Demo  make demo        Command line  .tidegate/bin/tidegate --help"
