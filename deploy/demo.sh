#!/usr/bin/env bash
# Rolls out a release that answers a fifth of its requests with 500 once it has served a while, under traffic, and shows
# it being taken back without anyone's help.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=deploy/common.sh
. deploy/common.sh

version=demo-$(date -u +%Y%m%d-%H%M%S)
report=.tidegate/demo-load.json
serving=$(field release "$(tidegate status dev --json)")

echo
say "Recording $version: the same program, with a defect that the smoke tests do not meet."
tidegate release create "$version" --from .tidegate/build --origin "make demo" \
    --set UPLOAD_PIPELINE_DRILL_ERROR_RATE=0.2 --set UPLOAD_PIPELINE_DRILL_ERROR_AFTER=60

say "Sending 60 requests a second through the router, a third of them POSTs, none of them twice."
.tidegate/bin/pipeline load --url http://127.0.0.1:8000 --rps 60 --seconds 600 --users 30 >"$report" 2>.tidegate/demo-load.log &
load=$!
trap 'kill -INT $load 2>/dev/null || true' EXIT

say "Rolling $version out to dev. Nobody touches anything from here on."
code=0
tidegate rollout dev --release "$version" --yes --reason "make demo" || code=$?
kill -INT $load 2>/dev/null || true
wait $load || true
trap - EXIT

status=$(tidegate status dev --json)
shown=$(tidegate history dev --json)
rollout=$(field id "$shown")
echo
say "What happened"
printf '  %-42s %s\n' \
    "outcome" "$(field outcome "$shown") (exit $code)" \
    "from the first step to the end" "$(awk -v s="$(field seconds "$shown")" 'BEGIN { printf "%.1f s", s }')" \
    "requests sent meanwhile" "$(field requests "$(cat "$report")")" \
    "of them failed" "$(field failed "$(cat "$report")")" \
    "from the first bad answer to the last" "$(awk -v a="$(field first_failure "$(cat "$report")")" \
        -v b="$(field last_failure "$(cat "$report")")" 'BEGIN { printf "%.1f s", b - a }')" \
    "serving before" "$serving" \
    "serving now" "$(field release "$status") ($(field state "$status"))"
echo
echo "The verdict, with its numbers:  .tidegate/bin/tidegate show $rollout"

if [ "$code" -ne 5 ] || [ "$(field release "$status")" != "$serving" ]; then
    echo "That is not what the demo expects: it should end with 5, and $serving should serve." >&2
    exit 1
fi
