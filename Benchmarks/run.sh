#!/usr/bin/env bash
# Builds the benchmarks and runs them against the release build in .tidegate/bin.
set -euo pipefail
cd "$(dirname "$0")/.."
swift build --product benchmarks
"$(swift build --show-bin-path)/benchmarks" .tidegate/bin
