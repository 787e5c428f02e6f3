#!/usr/bin/env bash
# How long a worker takes from exec to ready (it has the schema, both servers, and reads the queue), published in several
# ways that take turns; or what it costs while nothing happens:
#
#   tests/startup.sh [ROUNDS [PATTERN]]      10 by default, and all ways
#   tests/startup.sh idle [SECONDS [PATTERN]]      three times 30 by default, as it is delivered
#
# STARTUP_FOLDER keeps what was published, as publishing takes longer than measuring.
# Prints a table: median, slowest, CPU time and memory at that moment, and what is to be delivered.
set -euo pipefail

case ${1:-} in
    idle) what=idle number=${2:-30} pattern=${3:-as delivered} ;;
    *) what=measure number=${1:-10} pattern=${2:-.} ;;
esac
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export SERVERS_USE=${SERVERS_USE:-private}
# shellcheck source=deploy/servers.sh
. "$here/../deploy/servers.sh"
state=$(mktemp -d "${TMPDIR:-/tmp}/reversal-startup.XXXXXX")
log=$state/log
# shellcheck source=tests/Platform/release.sh
. "$here/Platform/release.sh"
trap 'servers_down; rm -rf "$state"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# NAME: how it is published, and after a | what is set when it runs
ways=(
    'as delivered:'
    'with TieredPGO:|DOTNET_TieredPGO=1'
    'without tiers:|DOTNET_TieredCompilation=0'
    'compiled at the start:-p:PublishReadyToRun=false'
    "ReadyToRun, whole:-r linux-x64 --self-contained true -p:PublishReadyToRun=true"
    "ReadyToRun, composite:-r linux-x64 --self-contained true -p:PublishReadyToRun=true -p:PublishReadyToRunComposite=true"
    "trimmed (partial):-r linux-x64 --self-contained true -p:PublishTrimmed=true -p:TrimMode=partial -p:TreatWarningsAsErrors=false"
)

# A lock file holds for the platform that it was written for.
publish() { # OUT ARGUMENT…
    (cd "$state/sources" && servers_step "publishing ${*:2}" "$log" dotnet publish src/Worker -c Release -o "$1" -nologo -v q \
        --disable-build-servers -p:RunAnalyzers=false -p:RestorePackagesWithLockFile=false "${@:2}")
}

servers_dotnet "$log"
lay_sources "$state/sources"
find "$state/sources" -name packages.lock.json -delete
published=${STARTUP_FOLDER:-$state/published}
contestants=()
for way in "${ways[@]}"; do
    name=${way%%:*}
    grep -qE -- "$pattern" <<<"$name" || continue
    rest=${way#*:}
    arguments=${rest%%|*} setting=''
    [ "$rest" = "$arguments" ] || setting=${rest#*|}
    folder=$published/$(tr -dc 'A-Za-z' <<<"$arguments")x
    # shellcheck disable=SC2086 # several arguments in one text
    if [ -d "$folder" ] || publish "$folder" $arguments; then
        contestants+=("$name|$folder|$setting")
    else
        servers_say "- $name cannot be published: $(grep -m 1 -o 'error.*' "$log" | cut -c1-200)"
    fi
    rm -rf "$state"/sources/src/*/obj "$state"/sources/src/*/bin
done
servers_up "$state"
"$published/x/reversal-worker" migrate >>"$log" 2>&1 || { tail "$log"; exit 1; }
export Clients__demo__ApiKeys__0=a-key-of-a-test DOTNET_GCgen0size=0x4000000
node "$here/Startup/$what.mjs" "$number" "${contestants[@]}"
