# Shared by the scripts beside it; sourced with the project as the working directory.
# shellcheck shell=bash

DASHBOARD=http://127.0.0.1:7070
SIMULATORS=http://127.0.0.1:7190

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
[ -t 1 ] || say() { printf '==> %s\n' "$*"; }

# field NAME JSON: the first member of that name, if it is text or a number.
field() { printf '%s' "$2" | grep -oE "\"$1\":(\"[^\"]*\"|-?[0-9.]+)" | head -n 1 | cut -d: -f2- | tr -d '"' || true; }

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
    if answers "$SIMULATORS/health"; then
        say "The provider simulators run already."
        return
    fi
    say "Starting the provider simulators."
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
    if grep -qz simulate "/proc/$pid/cmdline" 2>/dev/null; then kill "$pid"; fi
    rm -f .tidegate/simulators.pid
}

start_control_plane() {
    if answers "$DASHBOARD/"; then
        say "The control plane runs already."
        return
    fi
    say "Starting the control plane."
    mkdir -p .tidegate
    setsid nohup .tidegate/bin/tidegate serve >>.tidegate/engine.log 2>&1 </dev/null &
    wait_for "$DASHBOARD/" 20 "The control plane" .tidegate/engine.log
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
