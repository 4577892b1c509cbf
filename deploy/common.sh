# Shared by the scripts beside it; sourced with the project as the working directory.
# shellcheck shell=bash

SIMULATORS=http://127.0.0.1:7190

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
[ -t 1 ] || say() { printf '==> %s\n' "$*"; }

# field NAME JSON: that member of the document, or of a list's first one; empty without it.
field() { printf '%s' "$2" | jq -r --arg name "$1" '(if type == "array" then .[0] else . end) | .[$name] // empty'; }

tidegate() { .tidegate/bin/tidegate "$@"; }

# answers URL: whether something there says 200.
answers() { curl -fsS -o /dev/null --max-time 2 "$1" 2>/dev/null; }

# failed WHAT LOG: ends with the last lines that it wrote.
failed() {
    echo "$1. The last lines of $2:" >&2
    tail -n 5 "$2" >&2 || true
    exit 1
}

# wait_for URL SECONDS WHAT LOG PID
wait_for() {
    local end=$((SECONDS + $2))
    until answers "$1"; do
        kill -0 "$5" 2>/dev/null || failed "$3 ended at once" "$4"
        [ $SECONDS -lt $end ] || failed "$3 did not answer at $1 within $2 s" "$4"
        sleep 0.1
    done
}

start_simulators() {
    local pid
    pid=$(cat .tidegate/simulators.pid 2>/dev/null || echo 0)
    if answers "$SIMULATORS/health" && ! is_outdated "$pid"; then
        say "The provider simulators run already."
        return
    fi
    say "Starting the provider simulators."
    stop_simulators
    mkdir -p .tidegate/logs
    setsid nohup .tidegate/bin/pipeline simulate --port "${SIMULATORS##*:}" \
        >>.tidegate/logs/simulators.log 2>&1 </dev/null &
    echo $! >.tidegate/simulators.pid
    wait_for "$SIMULATORS/health" 20 "The provider simulators" .tidegate/logs/simulators.log $!
}

stop_simulators() {
    [ -f .tidegate/simulators.pid ] || return 0
    local pid
    pid=$(cat .tidegate/simulators.pid)
    # The id counts only while it is still ours.
    if grep -qz simulate "/proc/$pid/cmdline" 2>/dev/null; then end_process "$pid"; fi
    rm -f .tidegate/simulators.pid
}

# engine: what the project's control plane says of itself; fails when none answers.
engine() { curl -fsS --max-time 2 --unix-socket .tidegate/control.sock http://localhost/api/v1/engine 2>/dev/null; }

# is_outdated PID: whether the process runs a program that has been built anew since.
is_outdated() { readlink "/proc/$1/exe" 2>/dev/null | grep -q ' (deleted)$'; }

# end_process PID: asks it to end, and waits.
end_process() {
    kill "$1" 2>/dev/null || return 0
    while kill -0 "$1" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; do sleep 0.05; done
}

start_control_plane() {
    local about pid end
    if about=$(engine); then
        pid=$(field pid "$about")
        if ! is_outdated "$pid"; then
            say "The control plane runs already."
            return
        fi
        say "The control plane was built anew: restarting it. What it rolled out goes on meanwhile."
        end_process "$pid"
    else
        say "Starting the control plane."
    fi
    setsid nohup .tidegate/bin/tidegate serve >>.tidegate/engine.log 2>&1 </dev/null &
    pid=$!
    end=$((SECONDS + 20))
    until engine >/dev/null; do
        kill -0 $pid 2>/dev/null || failed "The control plane ended at once" .tidegate/engine.log
        [ $SECONDS -lt $end ] || failed "The control plane did not answer within 20 s" .tidegate/engine.log
        sleep 0.1
    done
}

# state_of_dev: `empty` when dev never had a release, otherwise what its status says, once that is steady or a minute has
# passed: a control plane that has just started brings back what it knows.
state_of_dev() {
    local end=$((SECONDS + 60)) state status told=
    while :; do
        status=$(tidegate status dev --json)
        if [ -n "$(field release "$status")" ]; then state=$(field state "$status"); else state=empty; fi
        case "$state" in
        steady | rolled_back | empty) break ;;
        esac
        [ $SECONDS -lt $end ] || break
        [ -n "$told" ] || say "dev is $state; waiting a minute at most until it is steady." >&2
        told=yes
        sleep 0.2
    done
    echo "$state"
}
