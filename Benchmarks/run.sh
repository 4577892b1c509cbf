#!/usr/bin/env bash
# Runs the benchmarks against the release build in .tidegate/bin.
#   Benchmarks/run.sh BENCHMARKS: the program that `swift build --product benchmarks` makes
set -euo pipefail
cd "$(dirname "$0")/.."
hyperfine -N --warmup 5 --runs 50 '.tidegate/bin/tidegate validate'
benchmarks=$1
# Two other checkers of the same values, in a Python of their own.
peers=.build/peers
if [ ! -x "$peers/bin/dotenv-linter" ]; then
    python3 -m venv "$peers"
    "$peers/bin/pip" --quiet --disable-pip-version-check install pydantic-settings==2.16.3 dotenv-linter==0.9.0
fi
"$benchmarks" validation .tidegate/bin "$peers/bin"
"$benchmarks" .tidegate/bin
"$benchmarks" engine
"$benchmarks" rollback Benchmarks
# The bundled pipeline beside what a team would write in Python.
pipeline_peers=.build/pipeline-peers
if [ ! -e "$pipeline_peers/complete" ]; then
    python3 -m venv --clear "$pipeline_peers"
    "$pipeline_peers/bin/pip" --quiet --disable-pip-version-check install -r Benchmarks/pipeline/peers/requirements.txt
    touch "$pipeline_peers/complete"
fi
"$benchmarks" pipeline .tidegate/bin "$pipeline_peers/bin" Benchmarks/pipeline
"$benchmarks" documents .tidegate/bin
"$benchmarks" ledger Benchmarks/ledger
