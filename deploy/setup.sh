#!/usr/bin/env bash
# Installs the Debian packages that are missing for a purpose, quietly, and nothing when none is; for tests also the
# programs from PyPI that they ask for a second opinion, into a folder named for the list of their versions.
#   deploy/setup.sh run | test | bench
set -euo pipefail

build=(libcurl4-openssl-dev libpq-dev libsqlite3-dev libssl-dev libyaml-dev pkg-config)
run=(haproxy poppler-utils curl jq binutils)
tests=(postgresql prometheus prometheus-alertmanager openssl python3 python3-venv python3-jsonschema age chromium)
bench=(hyperfine postgresql python3 python3-venv time wrk)

case "${1:-}" in
run) wanted=("${build[@]}" "${run[@]}") ;;
test) wanted=("${build[@]}" "${run[@]}" "${tests[@]}") ;;
bench) wanted=("${build[@]}" "${run[@]}" "${bench[@]}") ;;
*)
    echo "usage: deploy/setup.sh run|test|bench" >&2
    exit 1
    ;;
esac

if ! command -v swift >/dev/null; then
    echo "There is no Swift toolchain on the PATH: install Swift 6.2 or newer from https://swift.org/install." >&2
    exit 1
fi
if ! command -v dpkg-query >/dev/null; then
    echo "This is no Debian: install the equivalents of ${wanted[*]} yourself, and run the make target's script." >&2
    exit 1
fi

missing=()
for package in "${wanted[@]}"; do
    state=$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null || true)
    [ "${state:0:2}" = ii ] || missing+=("$package")
done
python_tools() {
    local list folder
    list="$(dirname "$0")/../Tests/python.txt"
    folder="$HOME/.cache/tidegate/python-$(cksum <"$list" | cut -d ' ' -f 1)"
    [ -e "$folder/complete" ] && return
    echo "Installing Python programs for the tests …"
    python3 -m venv --clear "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$list"
    touch "$folder/complete"
}

if [ ${#missing[@]} -eq 0 ]; then
    [ "$1" != test ] || python_tools
    exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if sudo -n true 2>/dev/null; then
        as_root=(sudo -n)
    else
        echo "These packages are missing and this user may not install them: run" >&2
        echo "  sudo apt-get install ${missing[*]}" >&2
        exit 1
    fi
fi

echo "Installing ${missing[*]} …"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
    # No service starts by itself: what runs here is started by Tidegate or by the tests.
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$log" 2>&1
}
if ! install; then
    "${as_root[@]}" apt-get update -qq >>"$log" 2>&1 || true
    if ! install; then
        tail -n 20 "$log" >&2
        echo "Those packages could not be installed: ${missing[*]}." >&2
        exit 1
    fi
fi

[ "$1" != test ] || python_tools
