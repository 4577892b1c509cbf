#!/usr/bin/env bash
# Builds everything once and runs every test: those that start whole stacks by themselves, since two cores serve them.
#   deploy/test.sh [FILTER]: only the tests whose names match
set -euo pipefail
cd "$(dirname "$0")/.."

swift format lint --strict -r Package.swift Sources Tests Benchmarks
swift build --build-tests
if [ $# -gt 0 ]; then
    exec swift test --skip-build --filter "$1"
fi
swift test --skip-build --skip EndToEndTests
swift test --skip-build --filter EndToEndTests
