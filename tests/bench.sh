#!/usr/bin/env bash
# Measures the worker beside its alternatives, on servers of its own:
#
#   tests/bench.sh                                          all contestants, three times
#   tests/bench.sh --rounds 1 --only ours,bare-coalescer --json figures.jsonl
#   tests/bench.sh --bills 10k,1M,20M --past --rounds 1     how it grows
#   tests/bench.sh --help
#
# All options go to the program; tests/Benchmarks/README.md explains them. The servers are private instances
# unless SERVERS_USE or ConnectionStrings__* say otherwise: the CPU of processes in a container cannot be seen.
# Exit code 0: measured; 1: void, because messages were lost or doubled or a contestant failed; 2: usage.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export SERVERS_USE=${SERVERS_USE:-private}
# As the image has it (deploy/Dockerfile); every contestant gets it.
export DOTNET_GCgen0size=${DOTNET_GCgen0size:-0x4000000}
# shellcheck source=deploy/servers.sh
. "$here/../deploy/servers.sh"
# What a server of this size is given in production; initdb's own settings are for the smallest of machines.
servers_pg_settings="shared_buffers = $(awk '/^MemTotal/ { print int($2 / 8192) }' /proc/meminfo)MB
max_wal_size = 8GB
checkpoint_timeout = 15min
wal_compression = lz4
random_page_cost = 1.1"

state=$(mktemp -d "${TMPDIR:-/tmp}/reversal-bench.XXXXXX")
program=$here/Benchmarks/bin/Release/net10.0/Reversals.Tests.Benchmarks

stop_everything() {
    local status=$?
    set +e
    trap '' INT TERM HUP
    servers_down
    if [ $status = 0 ] || [ $status = 2 ] || [ $status -gt 128 ]; then rm -rf "$state"; fi
}
trap stop_everything EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

servers_build "$state/build.log" tests/Benchmarks/Benchmarks.csproj
case " $* " in
    *' --help '* | *' -h '* | *' -? '*) exec "$program" --help ;;
esac
servers_up "$state"
if [ "$servers_kind_rabbitmq" = private ]; then
    # Once a minute RabbitMQ starts an Erlang machine to see whether epmd is still there. Where everything runs on a
    # few cores that is a stall of 0.1 to 0.4 s for whoever is measured just then.
    $SERVERS_RABBITMQCTL eval 'rabbit_sup:stop_child(rabbit_epmd_monitor_sup).' >"$state/epmd.log" 2>&1 ||
        servers_fail 'stopping the look for epmd' "$state/epmd.log" 'see the log'
fi
status=0
servers_spawn - "$program" "$@"
# Known as the step that runs, so that whatever ends this script ends it and its children with it. It has no log:
# it speaks for itself.
servers_busy=$servers_pid
wait "$servers_busy" || status=$?
servers_busy=''
[ $status != 1 ] || servers_say "logs: $state"
exit $status
