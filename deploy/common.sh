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

# wait_for URL SECONDS WHAT LOG
wait_for() {
    local end=$((SECONDS + $2))
    until answers "$1"; do
        if [ $SECONDS -ge $end ]; then
            echo "$3 did not answer at $1 within $2 s. The last lines of $4:" >&2
            tail -n 15 "$4" >&2 || true
            exit 1
        fi
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
    wait_for "$SIMULATORS/health" 20 "The provider simulators" .tidegate/logs/simulators.log
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
    end=$((SECONDS + 20))
    until engine >/dev/null; do
        if [ $SECONDS -ge $end ]; then
            echo "The control plane did not answer within 20 s. The last lines of .tidegate/engine.log:" >&2
            tail -n 15 .tidegate/engine.log >&2
            exit 1
        fi
        sleep 0.1
    done
}

# wait_until_steady: whether dev has a release and all of it runs; gives a control plane that has just started time to
# bring back what it knows.
wait_until_steady() {
    local end=$((SECONDS + 60)) state status
    while :; do
        status=$(tidegate status dev --json)
        if [ -n "$(field release "$status")" ]; then state=$(field state "$status"); else state=empty; fi
        case "$state" in
        steady | rolled_back) return 0 ;;
        empty) return 1 ;;
        esac
        [ $SECONDS -lt $end ] || return 1
        sleep 0.2
    done
}
