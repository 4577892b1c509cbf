#!/usr/bin/env bash
# Builds everything once and runs every test, one target after the other: several start servers and whole stacks, and two
# cores serve one such at a time. Everything runs, whatever fails; the end says what did.
#   deploy/test.sh [FILTER]: only the tests whose names match
set -euo pipefail
cd "$(dirname "$0")/.."

swift format lint --strict -r Package.swift Sources Tests Benchmarks
# Colours as at a terminal, or a build at one and a build in a pipe would each undo the other.
swift build --color-diagnostics --build-tests
if [ $# -gt 0 ]; then
    exec swift test --skip-build --filter "$1"
fi

failed=()
log=$(mktemp)
failures=$(mktemp)
trap 'rm -f "$log" "$failures"' EXIT
for folder in Tests/*/; do
    name=$(basename "$folder")
    case "$name" in Support | SimulatedWorld) continue ;; esac
    started=$SECONDS
    if swift test --skip-build --filter "^${name}Tests\\." >"$log" 2>&1; then
        printf '%-18s %s (%d s)\n' "$name" "$(grep -oE 'Test run with [0-9]+ tests? .*passed' "$log" | tail -n 1)" $((SECONDS - started))
        # A target whose tests are not found passes too: that is no success.
        grep -qE 'Test run with [1-9]' "$log" || failed+=("$name (no tests were found)")
    else
        cat "$log"
        failed+=("$name")
        # Said again at the end: what failed must be read without the whole log.
        # Of a crash, its words and the first frames of the thread that crashed.
        grep -E -A 8 '^✘|recorded an issue|^error:|signal code|Fatal error|Precondition failed|^Thread .* crashed' "$log" \
            | cut -c 1-300 | head -n 60 >>"$failures" || true
        [ -s "$failures" ] || echo "$name printed no reason" >>"$failures"
    fi
done
if [ ${#failed[@]} -gt 0 ]; then
    cat "$failures" >&2
    printf 'Failed: %s\n' "${failed[@]}" >&2
    exit 1
fi
echo "All tests passed in $SECONDS s."
