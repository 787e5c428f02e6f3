#!/usr/bin/env bash
# Measures the worker beside its alternatives, on servers of its own:
#
#   tests/bench.sh                                          all contestants, three times
#   tests/bench.sh --rounds 1 --only ours,bare-coalescer --json figures.jsonl
#   tests/bench.sh --only ours,hand-written --same-bill 50  every second request on a bill that came before
#   tests/bench.sh --bills 10k,1M,20M --past --rounds 1     how it grows
#   tests/bench.sh --held 1700k --rounds 3                  an hour of somebody else's open transaction
#   tests/bench.sh --standby --rounds 3                     what a synchronous standby costs
#   tests/bench.sh report figures.jsonl                     the report once more, also of a run that was ended early
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
    [ -z "${SERVERS_STANDBY_CTL:-}" ] || "$SERVERS_STANDBY_CTL" stop -m immediate >/dev/null 2>&1
    servers_down
    if [ $status = 0 ] || [ $status = 2 ] || [ $status -gt 128 ]; then rm -rf "$state"; fi
}
trap stop_everything EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# A standby of the private server, on this machine and stopped; the program starts it when its turn comes. Its slot
# keeps for it what is written meanwhile.
standby_make() {
    local bin port home=$servers_pg_home as=()
    [ "$servers_kind_postgres" = private ] || { servers_say '--standby: needs a private PostgreSQL'; return 1; }
    bin=$(servers_pg_bin)
    port=$(sed -n 's/^port = //p' "$home/data/postgresql.conf" | tail -n 1)
    [ "$(id -u)" != 0 ] || as=(setpriv --reuid=postgres --regid=postgres --init-groups)
    (cd "$home" && "${as[@]}" env PGPASSFILE="$home/pgpass" "$bin/pg_basebackup" -h 127.0.0.1 -p "$port" \
        -U reversal -D "$home/standby" -R -C -S bench -c fast -X stream) || return 1
    echo "port = $(servers_free_port)" >>"$home/standby/postgresql.conf"
    cat >"$home/standby_ctl" <<END
#!/bin/sh
# Stopping what does not run is no failure, nor is starting what runs: the last of a round is the first of the next.
cd $home
[ "\$1" != stop ] || [ -e $home/standby/postmaster.pid ] || exit 0
[ "\$1" != start ] || [ ! -e $home/standby/postmaster.pid ] || exit 0
exec ${as[*]} $bin/pg_ctl -s -w -D $home/standby -l $home/standby.log "\$@" </dev/null >/dev/null 2>&1
END
    chmod 755 "$home/standby_ctl"
    : >"$home/standby.log"
    [ ${#as[@]} = 0 ] || chown postgres: "$home/standby.log"
    export SERVERS_STANDBY_CTL=$home/standby_ctl
}

servers_build "$state/build.log" tests/Benchmarks/Benchmarks.csproj
case " $* " in
    *' --help '* | *' -h '* | *' -? '*) exec "$program" --help ;;
    ' report '*) exec "$program" "$@" ;;
    # Takes part when it is named, and when nobody is.
    *wolverine*) servers_build "$state/build.log" tests/Peers/Peers.csproj ;;
    *' --only'[\ =]* | *' --workers'* | *' --bills'* | *' --hot'* | *' --duplicates'* | *' --rejections'*) ;;
    *' --backlog'* | *' --held'* | *' --standby'* | *' --retention'*) ;;
    *) servers_build "$state/build.log" tests/Peers/Peers.csproj ;;
esac
servers_up "$state"
case " $* " in
    *' --standby '*) standby_make || exit 1 ;;
esac
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
