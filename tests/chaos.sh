#!/usr/bin/env bash
# Runs real workers while everything around them breaks, and lets an oracle judge what is left:
#
#   tests/chaos.sh                                  the short run, before a merge
#   tests/chaos.sh --long                           100,000 reversals, 1,000 faults
#   tests/chaos.sh --seed 42 --workers 2 --only COMMIT,confirms
#   tests/chaos.sh --contestant wolverine           another worker through the same faults
#   tests/chaos.sh cluster                          three servers of each kind, and one machine lost after the other
#   tests/chaos.sh cluster --faults 200 --minutes 60
#   tests/chaos.sh cluster --failover patroni       the same, and Patroni decides who is the primary: the newest one, or
#                                                   the one that PATRONI=/usr/bin/patroni names
#   tests/chaos.sh oracle                           tests the oracle itself
#   tests/chaos.sh bugs --only hmac-skipped         tests the whole with planted bugs
#   tests/chaos.sh --help
#
# tests/README.md explains it. The servers are private instances: they are killed and restarted.
# Exit code 0: everything held; 1: something broke; 2: usage. The last line is `N passed, N failed`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export SERVERS_USE=private
unset ConnectionStrings__Postgres ConnectionStrings__RabbitMq
# shellcheck source=deploy/servers.sh
. "$here/../deploy/servers.sh"

state=$(mktemp -d "${TMPDIR:-/tmp}/reversal-chaos.XXXXXX")
program=$here/Chaos/bin/Release/net10.0/Reversals.Tests.Chaos
status=0

stop_everything() {
    local ended=$?
    set +e
    trap '' INT TERM HUP
    # The broker that runs by now may be one that the program started.
    [ -z "${SERVERS_RABBITMQCTL:-}" ] || $SERVERS_RABBITMQCTL stop >/dev/null 2>&1
    servers_down
    if [ $ended = 0 ] || [ $ended = 2 ] || [ $ended -gt 128 ]; then rm -rf "$state"; fi
}
trap stop_everything EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

servers_build "$state/build.log" tests/Chaos/Chaos.csproj
# The worker with its crash points; what is delivered has none. Its source is analysed where that is built.
servers_step 'building the worker' "$state/build.log" \
    flock -o "$servers_root/deploy" dotnet build "$servers_root/src/Worker/Worker.csproj" -c Chaos \
    --disable-build-servers -p:RestoreLockedMode=true -p:RunAnalyzers=false ||
    servers_fail 'building the worker' "$state/build.log" 'read the errors above'
servers_build "$state/build.log" src/Gateway/Gateway.csproj
case " $* " in
    *[\ =]'hand-written '*) servers_build "$state/build.log" tests/Benchmarks/Benchmarks.csproj ;;
    *[\ =]'wolverine '*) servers_build "$state/build.log" tests/Peers/Peers.csproj ;;
esac
case " $* " in
    *' --help '* | *' -h '* | *' -? '*) exec "$program" --help ;;
esac
enter=()
if [ "${1:-}" = cluster ]; then
    # It starts its servers itself. In a network of its own each machine gets one too, and can be cut off.
    servers_programs "$state/apt.log"
    case " $* " in
        *--failover[\ =]patroni*)
            # shellcheck source=tests/Chaos/patroni.sh
            . "$here/Chaos/patroni.sh"
            patroni_programs "$state/apt.log" "$state"
            ;;
    esac
    # PostgreSQL's own user has to pass through.
    chmod o+x "$state"
    if unshare --net --mount --pid --fork true 2>/dev/null && command -v ip >/dev/null; then
        # All processes end with the first one. A shell, since somebody has to bury those that lost their parents.
        enter=(env CLUSTER_NETWORK=own unshare --net --mount --pid --fork --kill-child --mount-proc sh -c
            'mkdir -p /run/netns && mount -t tmpfs none /run/netns && ip link set lo up && "$@"; exit $?' sh)
    else
        servers_say '- no networks of their own here: nothing is cut off'
    fi
else
    servers_up "$state"
fi
servers_spawn - "${enter[@]}" "$program" "$@" --state "$state"
# Known as the step that runs, so that whatever ends this script ends it and its children with it. It has no log:
# it speaks for itself.
servers_busy=$servers_pid
# Without a word about the servers that were killed meanwhile.
wait "$servers_busy" 2>/dev/null || status=$?
servers_busy=''
exit $status
