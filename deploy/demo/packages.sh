#!/usr/bin/env bash
# Installs the Debian packages named, where their program is missing; starts no service and leaves none behind.
#   packages.sh [--optional] PACKAGE…      --optional: say so and go on where one cannot be installed
set -euo pipefail

optional=false
if [ "${1:-}" = --optional ]; then optional=true; shift; fi

is_there() {
    case $1 in
        rabbitmq-server) compgen -G '/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server' || command -v rabbitmq-server ;;
        postgresql) compgen -G '/usr/lib/postgresql/*/bin/postgres' || command -v postgres ;;
        libfaketime) compgen -G '/usr/lib/*/faketime/libfaketime.so.1' ;;
        nodejs) command -v node ;;
        python3-venv) python3 -c 'import ensurepip' ;;
        *) command -v "$1" ;;
    esac >/dev/null 2>&1
}

missing=()
for package in "$@"; do is_there "$package" || missing+=("$package"); done
[ ${#missing[@]} -gt 0 ] || exit 0

give_up() {
    echo "Not installed: ${missing[*]}. $1" >&2
    if $optional; then exit 0; else exit 1; fi
}

command -v apt-get >/dev/null || give_up "Install them by your system's means."
[ "$(id -u)" = 0 ] || give_up "As root: apt-get install ${missing[*]}"

# Packages of servers start them. invoke-rc.d asks this file first, and 101 means no.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
    trap 'rm -f $policy' EXIT
fi

echo "Installing ${missing[*]} …" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
extra=()
if [[ " ${missing[*]} " == *" chromium "* ]]; then extra=(fonts-dejavu-core); fi
if ! { apt-get update -q && apt-get install -qy --no-install-recommends "${missing[@]}" "${extra[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    give_up "apt-get failed; its last lines are above."
fi
rm -f "$log"

# Nor are they to start with the machine: the hub runs private nodes of its own.
if [ -d /run/systemd/system ]; then
    for service in rabbitmq-server postgresql; do
        if [[ " ${missing[*]} " == *" $service "* ]]; then systemctl disable --quiet $service || true; fi
    done
fi
