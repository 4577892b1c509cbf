#!/usr/bin/env bash
# Builds both programs with the given build command, and lays the bundled pipeline out as artifacts, one per service:
#   .tidegate/build/{api,worker}/{artifact.json,pipeline}
set -euo pipefail
cd "$(dirname "$0")/.."

started=$SECONDS
echo "Building tidegate and the pipeline (the first time takes some minutes) …"
for product in tidegate pipeline; do
    "$@" --product "$product"
done
binaries=$("$@" --show-bin-path)
mkdir -p .tidegate/build .tidegate/bin

# A program is replaced only when it changed: what runs keeps its file, and the artifacts their digests.
place() {
    local from=$1 to=$2
    local new="$to.new"
    strip -o "$new" "$from"
    if [ -f "$to" ] && cmp -s "$new" "$to"; then rm "$new"; else mv "$new" "$to"; fi
}
place "$binaries/tidegate" .tidegate/bin/tidegate
place "$binaries/pipeline" .tidegate/bin/pipeline

for service in api worker; do
    folder=.tidegate/build/$service
    mkdir -p "$folder"
    cmp -s .tidegate/bin/pipeline "$folder/pipeline" || {
        rm -f "$folder/pipeline"
        cp .tidegate/bin/pipeline "$folder/pipeline"
    }
    {
        printf '{"command":["./pipeline","%s"],"contract":' "$service"
        cat "contracts/$service.json"
        printf '}\n'
    } >"$folder/artifact.json.new"
    mv "$folder/artifact.json.new" "$folder/artifact.json"
done
echo "Built in $((SECONDS - started)) s."
