# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with ../kubernetes.sh and ../platform.sh
# Starts a worker or a gateway as something of deploy says, without any server, and sees whether it lives.

program=''    # process of the worker or the gateway
registry=''   # process of a registry of images
worker=$servers_root/src/Worker/bin/Release/net10.0/reversal-worker
gateway=$servers_root/src/Gateway/bin/Release/net10.0/reversal-gateway

not() { ! "$@"; }

answers() { # PORT PATH
    (exec 3<>"/dev/tcp/127.0.0.1/$1" && printf 'GET %s HTTP/1.0\r\n\r\n' "$2" >&3 && head -n 1 <&3 | grep -q ' 200') 2>/dev/null
}

# With these variables and no others; it runs on.
goes_live() { # BINARY HEALTH-PORT VARIABLE…
    local status=0
    : >"$state/live.log"
    servers_spawn "$state/live.log" env -i HOME="$HOME" PATH="$PATH" ${DOTNET_ROOT:+DOTNET_ROOT="$DOTNET_ROOT"} \
        "${@:3}" "$1" run
    program=$servers_pid
    servers_await "starting $(basename "$1")" 30 "$program" answers "$2" /health/live || status=1
    [ $status = 0 ] || { tail -n 5 "$state/live.log"; stop_program; }
    return $status
}

stop_program() {
    [ -z "$program" ] || servers_stop "$program" 20
    program=''
}

becomes_live() { # BINARY HEALTH-PORT VARIABLE…
    goes_live "$@" && stop_program
}

programs_built() {
    [ ! -x "$worker" ] || [ ! -x "$gateway" ] || return 0
    servers_build "$state/build.log" src/Worker && servers_build "$state/build.log" src/Gateway
}

# However it ends, nothing runs on; the logs stay when something failed.
stop_everything() {
    local status=$?
    set +e
    trap '' INT TERM HUP
    [ -z "$program" ] || servers_stop "$program" 20
    [ -z "$registry" ] || servers_stop "$registry" 5
    servers_down
    [ -z "${engine_pid:-}" ] || engine_down
    if [ $status = 0 ] || [ $status -gt 128 ]; then rm -rf "$state"; else servers_say "logs: $state"; fi
}
trap stop_everything EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
