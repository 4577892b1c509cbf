#!/usr/bin/env bash
# Rolls out two bad releases under traffic, one that answers a fifth of its requests with 500 once it has served a while, and
# one that pays twice for each document, and shows both being taken back without anyone's help. Between them goes a good one.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=deploy/common.sh
. deploy/common.sh

report=.tidegate/demo-load.json
load=

end_load() {
    [ -z "$load" ] || kill -INT "$load" 2>/dev/null || true
    [ -z "$load" ] || wait "$load" || true
    load=
}
trap end_load EXIT

# send RPS DOCUMENTS USERS: requests and documents a second through the router, until end_load.
send() {
    .tidegate/bin/pipeline load --url http://127.0.0.1:8000 --rps "$1" --documents "$2" --seconds 600 --users "$3" \
        >"$report" 2>.tidegate/demo-load.log &
    load=$!
    # Registering its users comes first.
    local end=$((SECONDS + 90))
    until grep -q "requests a second" .tidegate/demo-load.log; do
        if [ $SECONDS -ge $end ] || ! kill -0 $load 2>/dev/null; then
            echo "The load did not begin. The last lines of .tidegate/demo-load.log:" >&2
            tail -n 5 .tidegate/demo-load.log >&2
            exit 1
        fi
        sleep 0.1
    done
}

# roll_out_bad VERSION SERVING: rolls a release out, and shows that it was taken back.
roll_out_bad() {
    local code=0 status shown failed
    say "Rolling $1 out to dev. Nobody touches anything from here on."
    tidegate rollout dev --release "$1" --yes --reason "make demo" || code=$?
    end_load
    status=$(tidegate status dev --json)
    shown=$(tidegate history dev --json)
    failed=$(field failed "$(cat "$report")")
    echo
    say "What happened"
    printf '  %-42s %s\n' \
        "outcome" "$(field outcome "$shown") (exit $code)" \
        "from the first step to the end" "$(awk -v s="$(field seconds "$shown")" 'BEGIN { printf "%.1f s", s }')" \
        "requests sent since the load began" "$(field requests "$(cat "$report")")" \
        "of them failed" "$failed"
    if [ "$failed" -gt 0 ]; then
        printf '  %-42s %s\n' "from the first bad answer to the last" "$(awk \
            -v a="$(field first_failure "$(cat "$report")")" -v b="$(field last_failure "$(cat "$report")")" \
            'BEGIN { printf "%.1f s", b - a }')"
    fi
    printf '  %-42s %s\n' \
        "serving before" "$2" \
        "serving now" "$(field release "$status") ($(field state "$status"))"
    echo
    echo "The verdict, with its numbers:  .tidegate/bin/tidegate show $(field id "$shown")"
    if [ "$code" -ne 5 ] || [ "$(field release "$status")" != "$2" ]; then
        echo "That is not what the demo expects: it should end with 5, and $2 should serve." >&2
        exit 1
    fi
}

serving=$(field release "$(tidegate status dev --json)")
version=demo-$(date -u +%Y%m%d-%H%M%S)

echo
say "Recording $version: the same program, with a defect that the smoke tests do not meet."
tidegate release create "$version" --from .tidegate/build --origin "make demo" \
    --set UPLOAD_PIPELINE_DRILL_ERROR_RATE=0.2 --set UPLOAD_PIPELINE_DRILL_ERROR_AFTER=60
say "Sending 60 requests a second through the router, a third of them POSTs, none of them twice."
send 60 0 30
roll_out_bad "$version" "$serving"

echo
say "Recording $version-good, with which nothing is wrong: what a document costs is measured while it proves itself."
tidegate release create "$version-good" --from .tidegate/build --origin "make demo" \
    --set UPLOAD_PIPELINE_LOG_LEVEL=warning
say "Sending 20 requests and 20 documents a second, of 60 users."
send 20 20 60
tidegate rollout dev --release "$version-good" --yes --reason "make demo"

echo
say "Recording $version-dear: nothing of it fails, but its worker has each document parsed twice."
tidegate release create "$version-dear" --from .tidegate/build --origin "make demo" \
    --set UPLOAD_PIPELINE_DRILL_PARSE_TWICE=true
roll_out_bad "$version-dear" "$version-good"
