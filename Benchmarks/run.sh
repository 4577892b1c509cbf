#!/usr/bin/env bash
# Builds the benchmarks and runs them against the release build in .tidegate/bin.
set -euo pipefail
cd "$(dirname "$0")/.."
hyperfine -N --warmup 5 --runs 50 '.tidegate/bin/tidegate validate'
swift build --product benchmarks
"$(swift build --show-bin-path)/benchmarks" .tidegate/bin
