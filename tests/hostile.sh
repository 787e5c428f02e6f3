#!/usr/bin/env bash
# Puts hostile input through a running worker, on servers of its own, and judges what becomes of it:
#
#   tests/hostile.sh                        the corpora that come with it, 10,000 forged signatures
#   tests/hostile.sh --all                  every text at every place, signed, unsigned and wrongly signed
#   tests/hostile.sh FOLDER…                other corpora instead
#   tests/hostile.sh --forged 1000000 --rate 4000
#   tests/hostile.sh --over http            only what comes in through a gateway
#   tests/hostile.sh --help
#
# tests/README.md says which formats are understood. The last line is `N passed, N failed`.
# Exit code 0: all passed; 1: some failed; 2: usage, or the run could not be made.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export SERVERS_USE=${SERVERS_USE:-private}
# As the image has it (deploy/Dockerfile).
export DOTNET_GCgen0size=${DOTNET_GCgen0size:-0x4000000}
# shellcheck source=deploy/servers.sh
. "$here/../deploy/servers.sh"

state=$(mktemp -d "${TMPDIR:-/tmp}/reversal-hostile.XXXXXX")
logs_are_wanted=yes
program=$here/Hostile/bin/Release/net10.0/Reversals.Tests.Hostile

stop_everything() {
    local status=$?
    set +e
    trap '' INT TERM HUP
    servers_down
    if [ $status = 0 ] || [ $status -gt 128 ] || [ -z "$logs_are_wanted" ]; then rm -rf "$state"; fi
}
trap stop_everything EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

servers_build "$state/build.log" src/Worker/Worker.csproj || exit 2
servers_build "$state/build.log" src/Gateway/Gateway.csproj || exit 2
servers_build "$state/build.log" tests/Hostile/Hostile.csproj || exit 2
case " $* " in
    *' --help '* | *' -h '* | *' -? '*) "$program" --help; exit 0 ;;
esac
servers_up "$state" || exit 2
# From here on the program says what there is to say, and the last line is its own.
logs_are_wanted=''
status=0
servers_spawn - "$program" "$@"
# Known as the step that runs, so that whatever ends this script ends it and its children with it.
servers_busy=$servers_pid
wait "$servers_busy" || status=$?
servers_busy=''
exit $status
